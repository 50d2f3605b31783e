/* kernels_simd128.c — 128-bit vectors: WebAssembly SIMD128 in the browser, SSE2 on x86-64.
 *
 * One tile is TILE output pixels × 8 output channels, in 2·TILE registers of four 32-bit sums. Each step takes
 * eight input bytes a pixel, widens them to 16 bits, and gives every pair of them to four channels at once by the
 * one instruction both machines have: 8 products of 16 bits, neighbours added to 32 (pmaddwd, i32x4.dot_i16x8).
 * A product is at most 127·127, so nothing can overflow and the order of adding does not matter: same bits. */
#include "kernels.h"

#ifdef DIGITS_HAS_SIMD128

#include <string.h>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
typedef v128_t vec;
#define LOAD(p) wasm_v128_load(p)
#define STORE(p, v) wasm_v128_store(p, v)
#define WIDEN(p) wasm_u16x8_load8x8(p)
#define PAIR(v, i) wasm_i32x4_shuffle(v, v, i, i, i, i)
#define DOT(a, b) wasm_i32x4_dot_i16x8(a, b)
#define ADD(a, b) wasm_i32x4_add(a, b)
#else
#include <emmintrin.h>
typedef __m128i vec;
#define LOAD(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define STORE(p, v) _mm_storeu_si128((__m128i *)(void *)(p), v)
#define WIDEN(p) _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(const void *)(p)), _mm_setzero_si128())
#define PAIR(v, i) _mm_shuffle_epi32(v, (i)*0x55)
#define DOT(a, b) _mm_madd_epi16(a, b)
#define ADD(a, b) _mm_add_epi32(a, b)
#endif

enum { TILE = 4 };

/* Packed: int16[out_c/8][rows][run/8][4 pairs][2 halves][4 channels][2], everything rounded up, zeros behind. */
static int32_t blocks(int32_t n) { return (n + 7) / 8; }

static size_t packed_bytes(const kernel_shape *s)
{
    return (size_t)blocks(s->out_c) * (size_t)s->rows * (size_t)blocks(s->run) * 64 * sizeof(int16_t);
}

static void pack(const kernel_shape *s, const int8_t *weights, void *packed)
{
    int16_t *out = packed;
    memset(packed, 0, packed_bytes(s));
    for (int32_t o = 0; o < s->out_c; o++)
        for (int32_t r = 0; r < s->rows; r++)
            for (int32_t k = 0; k < s->run; k++) {
                const int32_t block = ((o / 8) * s->rows + r) * blocks(s->run) + k / 8;
                const int32_t pair = k % 8 / 2, half = o % 8 / 4;
                out[block * 64 + pair * 16 + half * 8 + o % 4 * 2 + k % 2] = weights[(o * s->rows + r) * s->run + k];
            }
}

/* pixels is a constant wherever this is inlined, so that its loops unroll into registers. */
static inline __attribute__((always_inline)) void tile(const kernel_shape *s, const int16_t *w, const int32_t *bias,
                                                       const uint8_t *in, int32_t *out, const int pixels)
{
    vec acc[TILE][2];
    for (int t = 0; t < pixels; t++) {
        acc[t][0] = LOAD(bias);
        acc[t][1] = LOAD(bias + 4);
    }
    for (int32_t r = 0; r < s->rows; r++, in += s->row_stride)
        for (int32_t k = 0; k < s->run; k += 8, w += 64) {
            vec a[TILE];
            for (int t = 0; t < pixels; t++) a[t] = WIDEN(in + t * s->step + k);
#define STEP(pair)                                                                                                   \
    for (int t = 0; t < pixels; t++) {                                                                               \
        const vec two = PAIR(a[t], pair);                                                                            \
        acc[t][0] = ADD(acc[t][0], DOT(two, LOAD(w + (pair)*16)));                                                   \
        acc[t][1] = ADD(acc[t][1], DOT(two, LOAD(w + (pair)*16 + 8)));                                               \
    }
            STEP(0) STEP(1) STEP(2) STEP(3)
#undef STEP
        }
    for (int t = 0; t < pixels; t++) {
        STORE(out + t * s->sum_stride, acc[t][0]);
        STORE(out + t * s->sum_stride + 4, acc[t][1]);
    }
}

static void sums(const kernel_shape *s, const void *packed, const int32_t *bias, const uint8_t *in, int32_t *out)
{
    const int16_t *w = packed;
    for (int32_t o = 0; o < s->out_c; o += 8, w += s->rows * blocks(s->run) * 64) {
        int32_t x = 0;
        for (; x + TILE <= s->width; x += TILE)
            tile(s, w, bias + o, in + x * s->step, out + x * s->sum_stride + o, TILE);
        for (; x < s->width; x++) tile(s, w, bias + o, in + x * s->step, out + x * s->sum_stride + o, 1);
    }
}

/* Four sums → four bytes in the low lanes' 32 bits. The clamp comes first, as in the plain kernel. */
static inline int32_t requantize4(const int32_t *sum, const float *scale, float most)
{
#ifdef __wasm_simd128__
    v128_t v = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(LOAD(sum)), LOAD(scale));
    v = wasm_f32x4_pmax(wasm_f32x4_splat(0), v);
    v = wasm_f32x4_pmin(wasm_f32x4_splat(most), v);
    v = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(v));
    v = wasm_i16x8_narrow_i32x4(v, v);
    return wasm_i32x4_extract_lane(wasm_u8x16_narrow_i16x8(v, v), 0);
#else
    __m128 f = _mm_mul_ps(_mm_cvtepi32_ps(LOAD(sum)), _mm_loadu_ps(scale));
    f = _mm_min_ps(_mm_max_ps(f, _mm_setzero_ps()), _mm_set1_ps(most));
    __m128i v = _mm_cvtps_epi32(f); /* rounds to nearest even */
    v = _mm_packs_epi32(v, v);
    return _mm_cvtsi128_si32(_mm_packus_epi16(v, v));
#endif
}

static void requantize(const kernel_shape *s, const int32_t *in, const float *scale, uint8_t *out)
{
    for (int32_t x = 0; x < s->width; x++, in += s->sum_stride, out += s->out_c)
        for (int32_t o = 0; o < s->out_c; o += 4) {
            const int32_t four = requantize4(in + o, scale + o, (float)s->most);
            memcpy(out + o, &four, s->out_c - o < 4 ? (size_t)(s->out_c - o) : 4);
        }
}

const kernels kernels_simd128 = {"simd128", packed_bytes, pack, sums, requantize};

#endif
