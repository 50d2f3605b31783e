/* kernels.h — the inner loops of the forward pass, once per instruction set, all giving the same bits.
 *
 * Direct convolution without im2col. Convolution and dense are one loop: a sum (an int32 accumulator) takes, from each of
 * `rows` input rows, a run of `run` neighbouring bytes (K pixels × channels lie next to each other, channels last) times
 * the weights. Then, in one go, the bias, the maximum of a pooling window, the residual, and the requantisation: sums
 * never lie in memory but for the last layer's. plain.c is the definition. Sums stay below 2^31:
 * run·rows·127·128 + |bias|, checked when the network is opened. */
#ifndef DIGITS_KERNELS_H
#define DIGITS_KERNELS_H

#include "digits.h"

/* A vector kernel may read this many bytes past the last run and past the last residual (they change nothing), works on
 * channels by the KERNEL_BLOCK, and packs into memory aligned to 16. */
enum { KERNEL_OVERREAD = 16, KERNEL_BLOCK = 16 };

/* A layer of a network: the same for pictures of any size. */
typedef struct kernel_layer {
    int32_t rows, run; /* as above */
    int32_t step;      /* bytes from the first run of a sum to that of the next sum of the row: stride × channels */
    int32_t out_c;     /* output channels */
    int32_t half_blocks; /* 1: the last block of channels may be half a block; only without pooling */
    int32_t input_max;   /* the largest input byte, 63 or 127 */
    int32_t qmax;        /* the largest activation, 63 or 127 */
    const void *packed;  /* what pack made */
    const int32_t *bias; /* out_c, and zeros up to a multiple of KERNEL_BLOCK */
    const float *scale;  /* likewise; NULL: the last layer, whose sums are the outputs */
    float add_scale;     /* of the residual */
} kernel_layer;

/* Where a layer reads and writes, for pictures of one size. Strides are in bytes. */
typedef struct kernel_view {
    int32_t width, height;  /* output pixels, after pooling */
    int32_t pool;           /* each is the maximum over pool×pool sums, pool sums apart; 1: no pooling */
    int32_t row_stride;     /* from a run of a sum to its next run: an input row */
    int32_t down;           /* from the first run of a sum to that of the sum below: stride × row_stride */
    int32_t out_row_stride; /* an output pixel is out_c bytes, or out_c int32 of the last layer */
    int32_t add_row_stride; /* of the residual, whose pixels are out_c bytes */
    const int32_t *offsets; /* what set_offsets made of row_stride */
} kernel_view;

typedef struct kernels {
    const char *name;
    int (*supported)(void); /* whether this processor has the instructions */
    /* Bytes of the packed weights; how many offsets. Both read the shape (rows to half_blocks) alone. */
    size_t (*packed_bytes)(const kernel_layer *l);
    int32_t (*offset_count)(const kernel_layer *l);
    /* weights: int8[out_c][rows][run] → the kernel's own order. Reads the shape, input_max and qmax. */
    void (*pack)(const kernel_layer *l, const int8_t *weights, void *packed);
    void (*set_offsets)(const kernel_layer *l, int32_t row_stride, int32_t *offsets);
    /* The whole layer. in: the first byte of the first run. add: the first byte of the residual; NULL: none. out: the
     * first pixel's first channel. An activation is clamp(rint(float(sum)·scale[channel] + float(residual)·add_scale),
     * 0, qmax): float32, every product and sum rounded by itself, to nearest even. A residual comes without pooling. */
    void (*run)(const kernel_layer *l, const kernel_view *v, const uint8_t *in, const uint8_t *add, void *out);
} kernels;

/* The kernels of that name. NULL where this build or this processor has none of them. */
const kernels *kernels_find(digits_kernels which);

static inline int32_t kernel_blocks(const kernel_layer *l) { return (l->out_c + KERNEL_BLOCK - 1) / KERNEL_BLOCK; }

/* Channels of the block that begins with that channel: KERNEL_BLOCK, or half as many. */
static inline int32_t kernel_block_channels(const kernel_layer *l, int32_t channel)
{
    return l->half_blocks && l->out_c - channel <= KERNEL_BLOCK / 2 ? KERNEL_BLOCK / 2 : KERNEL_BLOCK;
}

extern const kernels kernels_plain;
#ifdef __wasm_relaxed_simd__
#define DIGITS_HAS_RELAXED 1
extern const kernels kernels_relaxed; /* WebAssembly relaxed SIMD */
#elif defined(__SSE2__) || defined(__wasm_simd128__)
#define DIGITS_HAS_SIMD128 1
extern const kernels kernels_simd128; /* 128-bit vectors: SSE2, or WebAssembly SIMD */
#endif
#ifdef __x86_64__
#define DIGITS_HAS_X86 1
extern const kernels kernels_avx2, kernels_vnni;
#endif

#endif
