/* architecture.h — the shape of a network, as a line of text that the core and the trainer read alike.
 *
 *   conv3:16 pool2 conv3:32 pool2 dense:10                           28×28×1 picture → ten logits
 *   input:?x?x1 conv3/2:8 conv3/2:16 conv3:16 conv1:16+1 conv1:3     any picture → three outputs a 4×4 cell
 *
 * Tokens with one space between them. Layers count from 0:
 *   input:HxWx1   first, or left out: the picture's size (1..256 a side), 28x28x1 by default; not a layer.
 *                 `input:?x?x1`: any size that is a multiple of the total stride.
 *   convK:C       K×K convolution (K odd, 1..7), zero padding K/2, C channels, then ReLU
 *   convK/2:C     the same with stride 2: output row y reads the rows 2y - K/2 .. 2y + K/2; an even size becomes half
 *   poolK         max pooling over K×K (K 2..4), stride K; rows and columns left over are dropped
 *   up2           nearest-neighbour upsampling by 2, at most back to the picture's size
 *   dense:N       fully connected, then ReLU; not with an input of any size
 * Suffixes, in this order:
 *   <I            conv, pool, up: the input is layer I's output, not the previous layer's (a skip connection)
 *   +J            conv: layer J's output, of the same shape, is added before the ReLU (a residual connection)
 * The last layer is dense:10, or conv1:C without +J (outputs per pixel); it has no ReLU. */
#ifndef DIGITS_ARCHITECTURE_H
#define DIGITS_ARCHITECTURE_H

#include "digits.h"

enum {
    ARCHITECTURE_MAX_LAYERS = 24,
    ARCHITECTURE_MAX_TEXT = 384, /* with the NUL */
    ARCHITECTURE_MAX_CHANNELS = 1024,
    ARCHITECTURE_MAX_SIDE = 256,       /* of a picture whose size the text gives */
    ARCHITECTURE_MAX_STRIDE = 64,      /* total stride */
    ARCHITECTURE_MAX_PIXELS = 16 << 20 /* of a picture of any size */
};

typedef enum layer_kind { LAYER_CONV, LAYER_POOL, LAYER_UPSAMPLE, LAYER_DENSE } layer_kind;

typedef struct layer_shape {
    layer_kind kind;
    int32_t size;             /* K of conv, pool and up; 1 for dense */
    int32_t stride;           /* input pixels from an output pixel to the next: 1 or 2 for conv, K for pool, else 1 */
    int32_t from;             /* the layer whose output it reads, below its own number; -1: the picture */
    int32_t add;              /* the layer whose output is added before the ReLU; -1: none */
    int32_t total_stride;     /* picture pixels from an output pixel to the next; dense: of its input's */
    int32_t in_h, in_w, in_c; /* dense: 1, 1, the number of inputs (height, width, channel order) */
    int32_t out_h, out_w, out_c;
} layer_shape;

typedef struct architecture {
    int32_t any_size; /* 1: input:?x?x1. Shapes are then those of the smallest picture, until architecture_resize. */
    int32_t height, width; /* of the picture */
    int32_t total_stride;  /* of all layers together: any_size's height and width are multiples of it */
    int32_t count;
    layer_shape layers[ARCHITECTURE_MAX_LAYERS];
} architecture;

/* DIGITS_WEIGHTS_SHAPE if the text is not as above. */
digits_status architecture_parse(const char *text, architecture *out);

/* The shapes for a picture of that size. DIGITS_BAD_ARGUMENT, and nothing changed, if it is not the size that the text
 * gives, or, of any size, not a multiple of the total stride or above ARCHITECTURE_MAX_PIXELS. */
digits_status architecture_resize(architecture *a, int32_t height, int32_t width);

/* Weights of a layer, biases left out; 0 for pool and up. */
size_t layer_weights(const layer_shape *layer);

/* Multiply-accumulates of one forward pass, at the size that the shapes are for. */
uint64_t architecture_macs(const architecture *a);

#endif
