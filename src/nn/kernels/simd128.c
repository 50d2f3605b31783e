/* kernels_simd128.c — 128-bit vectors: WebAssembly SIMD128 in the browser, SSE2 on x86-64.
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

/* Packed: int16[out_c/KERNEL_BLOCK][rows][run/8][4 pairs][KERNEL_BLOCK channels][2], everything rounded up, zeros
 * behind. */
enum { PAIR_WORDS = 2 * KERNEL_BLOCK, STEP_WORDS = 4 * PAIR_WORDS };

static int32_t steps(const kernel_layer *l) { return (l->run + 7) / 8; }

static size_t blocks_at(const kernel_layer *l)
{
    (void)l;
    return 0;
}

static size_t block_bytes(const kernel_layer *l)
{
    return (size_t)l->rows * (size_t)steps(l) * STEP_WORDS * sizeof(int16_t);
}

static size_t packed_bytes(const kernel_layer *l)
{
    return (size_t)((l->out_c + KERNEL_BLOCK - 1) / KERNEL_BLOCK) * block_bytes(l);
}

static void pack(const kernel_layer *l, const int8_t *weights, void *packed)
{
    int16_t *out = packed;
    memset(packed, 0, packed_bytes(l));
    for (int32_t o = 0; o < l->out_c; o++)
        for (int32_t r = 0; r < l->rows; r++)
            for (int32_t k = 0; k < l->run; k++) {
                const int32_t step = (o / KERNEL_BLOCK * l->rows + r) * steps(l) + k / 8;
                out[step * STEP_WORDS + k % 8 / 2 * PAIR_WORDS + o % KERNEL_BLOCK * 2 + k % 2] =
                    weight_at(l, weights, o, r, k);
            }
}

/* pixels is a constant wherever this is inlined, so that its loops unroll into registers. */
static inline __attribute__((always_inline)) void tile(const kernel_layer *l, const uint8_t *packed,
                                                       const uint8_t *const at[TILE], vec sum[TILE][VECTORS],
                                                       const int pixels)
{
    const int16_t *w = (const int16_t *)(const void *)packed;
    for (int t = 0; t < pixels; t++)
        for (int v = 0; v < VECTORS; v++) sum[t][v] = ZERO;
    for (int32_t r = 0; r < l->rows; r++)
        for (int32_t k = 0; k < l->run; k += 8) {
            vec a[TILE];
            for (int t = 0; t < pixels; t++) a[t] = WIDEN(at[t] + r * l->row_stride + k);
#define STEP(pair)                                                                                                   \
    for (int t = 0; t < pixels; t++) {                                                                               \
        const vec two = PAIR(a[t], pair);                                                                            \
        for (int v = 0; v < VECTORS; v++) sum[t][v] = ADD(sum[t][v], DOT(two, LOAD(w + 2 * LANES * v)));             \
    }                                                                                                                \
    w += PAIR_WORDS;
            STEP(0) STEP(1) STEP(2) STEP(3)
#undef STEP
        }
}

#include "run.h"

const kernels kernels_simd128 = {"simd128", packed_bytes, pack, run};

#endif
