/* kernels.h — the inner loops of the forward pass, once per instruction set, all giving the same bits.
 *
 * Convolution and dense are one loop: a sum takes, from each of `rows` input rows, a run of `run` neighbouring bytes
 * (K pixels × channels lie next to each other, channels last) times the weights. Then, in one go, the bias, the maximum
 * of a pooling window, and the requantisation: 32-bit sums never lie in memory but for the last layer's.
 * kernels_plain.c is the definition. Sums stay below 2^31: run·rows·127·128 + |bias|, checked at load. */
#ifndef DIGITS_KERNELS_H
#define DIGITS_KERNELS_H

#include "digits.h"

/* A vector kernel may read this many bytes past the last run (they meet zero weights), works on channels by the
 * KERNEL_BLOCK, and packs into memory aligned to 16. */
enum { KERNEL_OVERREAD = 16, KERNEL_BLOCK = 16 };

typedef struct kernel_layer {
    int32_t width, height;  /* output pixels, after pooling */
    int32_t pool;           /* each is the maximum over pool×pool sums, pool sums apart; 1 = no pooling */
    int32_t step;           /* bytes from an input pixel to the next */
    int32_t row_stride;     /* bytes from an input row to the next */
    int32_t rows, run;      /* as above */
    int32_t columns;        /* K: a run is K columns of K pixels, see weight_at; 0: it is a row of the weights */
    int32_t out_c;          /* output channels */
    int32_t out_row_stride; /* bytes from an output row to the next; a pixel is out_c bytes */
    int32_t most;           /* the largest activation, 63 or 127; the bytes read are no larger */
    const void *packed;     /* what pack made */
    const int32_t *bias;    /* out_c, and zeros up to a multiple of KERNEL_BLOCK */
    const float *scale;     /* likewise; NULL: the last layer, whose sums are the logits */
} kernel_layer;

/* Weight k of row r of output channel o. The file has int8[out_c][rows][run]; or, where the picture comes in as columns
 * of K pixels and zeros up to a multiple of four, int8[out_c][K][K], row by row. */
static inline int8_t weight_at(const kernel_layer *l, const int8_t *weights, int32_t o, int32_t r, int32_t k)
{
    if (!l->columns) return weights[(o * l->rows + r) * l->run + k];
    const int32_t size = l->columns, height = l->run / size;
    return k % height < size ? weights[(o * size + k % height) * size + k / height] : 0;
}

typedef struct kernels {
    const char *name;
    /* These two read the shape alone. */
    size_t (*packed_bytes)(const kernel_layer *l);
    /* weights: as the file has them → the kernel's own order. */
    void (*pack)(const kernel_layer *l, const int8_t *weights, void *packed);
    /* The whole layer. in: the first byte of the first run. out: uint8[height][out_row_stride], the first pixel's first
     * channel; an activation is the sum · scale[channel] in float32, clamped to 0..most, rounded to nearest even.
     * Without scale, out is int32[height][width][out_c]. */
    void (*run)(const kernel_layer *l, const uint8_t *in, void *out);
} kernels;

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
extern const kernels kernels_avx2, kernels_vnni; /* for processors that have them (__builtin_cpu_supports) */
#endif

#endif
