/* simd128.c — 128-bit vectors: WebAssembly SIMD128 in the browser, SSE2 on x86-64.
 *
 * Each step takes eight input bytes a pixel, widens them to 16 bits, and gives every pair of them to four channels at
 * once by the one instruction both machines have: 8 products of 16 bits, neighbours added to 32 (pmaddwd,
 * i32x4.dot_i16x8). A product is at most 127·128, so nothing can overflow and the order of adding does not matter. */
#include "kernels.h"

#ifdef DIGITS_HAS_SIMD128

#include "vectors.h"

#include <string.h>

#ifdef __wasm_simd128__
#define WIDEN(p) wasm_u16x8_load8x8(p)
#define PAIR(v, i) wasm_i32x4_shuffle(v, v, i, i, i, i)
#define DOT(a, b) wasm_i32x4_dot_i16x8(a, b)
#else
#define WIDEN(p) _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(const void *)(p)), _mm_setzero_si128())
#define PAIR(v, i) _mm_shuffle_epi32(v, (i)*0x55)
#define DOT(a, b) _mm_madd_epi16(a, b)
#endif

/* Packed: blocks of channels, int16[rows][run/2 pairs][channels][2], the pairs rounded up to an even number with zeros. */
static int32_t pairs(const kernel_layer *l) { return (l->run + 3) / 4 * 2; }

static size_t block_bytes(const kernel_layer *l, int32_t channels)
{
    return (size_t)l->rows * (size_t)pairs(l) * 2 * (size_t)channels * sizeof(int16_t);
}

static size_t packed_bytes(const kernel_layer *l)
{
    size_t bytes = 0;
    for (int32_t o = 0; o < l->out_c; o += KERNEL_BLOCK) bytes += block_bytes(l, kernel_block_channels(l, o));
    return bytes;
}

static int32_t offset_count(const kernel_layer *l)
{
    (void)l;
    return 0;
}

static void set_offsets(const kernel_layer *l, int32_t row_stride, int32_t *offsets)
{
    (void)l, (void)row_stride, (void)offsets;
}

static void pack(const kernel_layer *l, const int8_t *weights, void *packed)
{
    uint8_t *block = packed;
    memset(packed, 0, packed_bytes(l));
    for (int32_t o = 0; o < l->out_c; o += KERNEL_BLOCK) {
        const int32_t channels = kernel_block_channels(l, o);
        int16_t *w = (int16_t *)(void *)block;
        for (int32_t c = 0; c < channels && o + c < l->out_c; c++)
            for (int32_t r = 0; r < l->rows; r++)
                for (int32_t k = 0; k < l->run; k++)
                    w[((r * pairs(l) + k / 2) * channels + c) * 2 + k % 2] =
                        weights[((o + c) * l->rows + r) * l->run + k];
        block += block_bytes(l, channels);
    }
}

/* pixels and vectors are constants wherever this is inlined, so that its loops unroll into registers. */
static inline __attribute__((always_inline)) void tile(const kernel_layer *l, const kernel_view *view,
                                                       const uint8_t *packed, const uint8_t *const *at, vec *sum,
                                                       const int pixels, const int vectors)
{
    const int16_t *w = (const int16_t *)(const void *)packed;
    const int32_t bytes = 2 * pairs(l);
    for (int i = 0; i < pixels * vectors; i++) sum[i] = ZERO;
#define STEP(pair)                                                                                                   \
    for (int t = 0; t < pixels; t++) {                                                                               \
        const vec two = PAIR(a[t], pair);                                                                            \
        for (int v = 0; v < vectors; v++)                                                                            \
            sum[t * vectors + v] = ADD(sum[t * vectors + v], DOT(two, LOAD(w + 2 * LANES * v)));                     \
    }                                                                                                                \
    w += 2 * LANES * vectors;
    for (int32_t r = 0; r < l->rows; r++)
        for (int32_t k = 0; k < bytes; k += 8) {
            vec a[2 * TILE];
            for (int t = 0; t < pixels; t++) a[t] = WIDEN(at[t] + r * view->row_stride + k);
            STEP(0) STEP(1) if (bytes - k == 4) break;
            STEP(2) STEP(3)
        }
#undef STEP
}

#include "run.h"

static int supported(void) { return 1; }

const kernels kernels_simd128 = {"simd128", supported, packed_bytes, offset_count, pack, set_offsets, run};

#endif
