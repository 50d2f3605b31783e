/* kernels.h — the inner loops of the forward pass, once per instruction set, all giving the same bits.
 *
 * Convolution and dense are one loop: an output pixel sums, for each of `rows` input rows, a run of `run`
 * neighbouring bytes (K pixels × channels lie next to each other, channels last) against the weights.
 * kernels_plain.c is the definition. Sums stay below 2^31: run·rows·127·127 + |bias|, checked at load. */
#ifndef DIGITS_KERNELS_H
#define DIGITS_KERNELS_H

#include "digits.h"

/* A vector kernel may read this many bytes past the last run (they meet zero weights), and packs into memory
 * aligned to 16. */
enum { KERNEL_OVERREAD = 16 };

typedef struct kernel_shape {
    int32_t width;      /* output pixels a row */
    int32_t step;       /* bytes from an input pixel to the next: the input's channels */
    int32_t rows, run;  /* as above */
    int32_t row_stride; /* bytes from an input row to the next */
    int32_t out_c;      /* output channels */
    int32_t most;       /* the largest activation, 63 or 127; the bytes read are no larger */
    int32_t sum_stride; /* int32 from one pixel's sums to the next; out_c rounded up to a multiple of 8 */
} kernel_shape;

typedef struct kernels {
    const char *name;
    size_t (*packed_bytes)(const kernel_shape *s);
    /* weights: int8[out_c][rows][run] → the kernel's own order. */
    void (*pack)(const kernel_shape *s, const int8_t *weights, void *packed);
    /* One output row. in: the first byte of the first run; bias: int32[sum_stride], 0 behind out_c;
     * sums: int32[width][sum_stride], the lanes behind out_c left undefined. */
    void (*sums)(const kernel_shape *s, const void *packed, const int32_t *bias, const uint8_t *in, int32_t *sums);
    /* out[width][out_c] = round to nearest even (clamp(sum · scale[channel], 0, most)), in float32. */
    void (*requantize)(const kernel_shape *s, const int32_t *sums, const float *scale, uint8_t *out);
} kernels;

extern const kernels kernels_plain;
#if defined(__SSE2__) || defined(__wasm_simd128__)
#define DIGITS_HAS_SIMD128 1
extern const kernels kernels_simd128; /* 128-bit vectors: SSE2, or WebAssembly SIMD */
#endif
#ifdef __x86_64__
#define DIGITS_HAS_X86 1
extern const kernels kernels_avx2, kernels_vnni; /* for processors that have them (__builtin_cpu_supports) */
#endif

#endif
