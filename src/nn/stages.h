/* stages.h — what is inside a network: for the files of this folder.
 *
 * A stage is a layer, or a convolution and the max pooling behind it as one. Its weights (kernel_layer) are the same for
 * pictures of any size; where it reads and writes in the working memory (memory_plan) depends on the size. */
#ifndef DIGITS_STAGES_H
#define DIGITS_STAGES_H

#include "architecture.h"
#include "kernels/kernels.h"

enum { NETWORK_ALIGN = 16, MAX_STAGES = ARCHITECTURE_MAX_LAYERS };

typedef struct stage {
    int32_t layer;       /* its layer in the architecture */
    int32_t last;        /* the layer that comes out of it: the same, or the pooling behind it */
    int32_t from, add;   /* stages whose outputs it reads and adds; -1: the picture; none */
    kernel_layer kernel; /* of conv and dense */
} stage;

/* What one stage writes, or the picture: uint8[border + height + border][border + width + border][channels], the border
 * all zeros. */
typedef struct buffer {
    size_t at, bytes; /* in the working memory; KERNEL_OVERREAD bytes lie behind the last pixel */
    int32_t height, width, channels;
    int32_t border; /* zero padding for the stages that read it */
    int32_t until;  /* the last stage that reads it: from then on its bytes are free for others */
} buffer;

typedef struct memory_plan {
    size_t bytes;
    buffer picture, outputs[MAX_STAGES]; /* the last stage writes into the caller's memory: no bytes */
    kernel_view views[MAX_STAGES];
} memory_plan;

struct digits_network {
    const kernels *kernels;
    architecture architecture;
    int32_t count;
    stage stages[MAX_STAGES];
    int32_t input_shift;       /* a pixel's 8 bits become 7 or 6 */
    const float *output_scale; /* one an output channel */
    int32_t offset_count;      /* of all kernels together */
    memory_plan plan;          /* of a network for pictures of one size */
};

/* The working memory for pictures of that size. DIGITS_BAD_ARGUMENT if the architecture does not read that size, or
 * 2 GiB would not do. */
digits_status memory_plan_make(const digits_network *net, int32_t height, int32_t width, memory_plan *plan);

/* Fills offsets (net->offset_count of them) for the kernels' views, which point to them from then on. */
void memory_plan_set_offsets(const digits_network *net, memory_plan *plan, int32_t *offsets);

/* A multiple of NETWORK_ALIGN. */
static inline size_t network_aligned(size_t n) { return (n + NETWORK_ALIGN - 1) / NETWORK_ALIGN * NETWORK_ALIGN; }

/* Where pixel (y, x) is in the working memory; the border is at negative numbers. */
static inline size_t buffer_offset(const buffer *b, int32_t y, int32_t x)
{
    const size_t row = (size_t)b->width + 2 * (size_t)b->border;
    const int32_t down = b->border + y, right = b->border + x;
    return b->at + ((size_t)down * row + (size_t)right) * (size_t)b->channels;
}

static inline int32_t buffer_row_stride(const buffer *b) { return (b->width + 2 * b->border) * b->channels; }

/* What stage i reads. */
static inline const buffer *stage_input(const digits_network *net, const memory_plan *plan, int32_t i)
{
    return net->stages[i].from < 0 ? &plan->picture : &plan->outputs[net->stages[i].from];
}

static inline int32_t layer_padding(const layer_shape *l) { return l->kind == LAYER_CONV ? l->size / 2 : 0; }

static inline int layer_is_summed(const layer_shape *l) { return l->kind == LAYER_CONV || l->kind == LAYER_DENSE; }

#endif
