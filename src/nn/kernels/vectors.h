/* vectors.h — 128-bit vectors as the kernels need them, by one name on WebAssembly and on x86-64 (SSE2). */
#ifndef DIGITS_VECTORS_H
#define DIGITS_VECTORS_H

#include "kernels.h"

#include <string.h>

#define INSTRUCTIONS
enum { LANES = 4, VECTORS = KERNEL_BLOCK / LANES, TILE = 2 }; /* V8 has 15 registers for vectors */

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
typedef v128_t vec;
#define LOAD(p) wasm_v128_load(p)
#define ZERO wasm_i32x4_splat(0)
#define SPLAT_FLOAT(f) wasm_f32x4_splat(f)
#define ADD(a, b) wasm_i32x4_add(a, b)
#define MAX(a, b) wasm_i32x4_max(a, b)

typedef v128_t floats;

/* LANES bytes. */
static inline floats load_floats(const uint8_t *p)
{
    return wasm_f32x4_convert_i32x4(
        wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p))));
}

static inline floats scaled(vec sum, vec scale) { return wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), scale); }

static inline floats add_scaled(floats v, floats residual, vec add_scale)
{
    return wasm_f32x4_add(v, wasm_f32x4_mul(residual, add_scale));
}

/* Adding 2^23 leaves a float no bits behind the point, and rounds halves to even: the lowest byte is the integer. */
static inline vec rounded(floats v, vec qmax)
{
    v = wasm_f32x4_pmin(qmax, wasm_f32x4_pmax(wasm_f32x4_splat(0), v));
    return wasm_v128_and(wasm_f32x4_add(v, wasm_f32x4_splat(0x1p23f)), wasm_i32x4_splat(127));
}

static inline void store_bytes(uint8_t *out, const vec v[4])
{
    wasm_v128_store(
        out, wasm_u8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(v[0], v[1]), wasm_i16x8_narrow_i32x4(v[2], v[3])));
}
#else
#include <emmintrin.h>
typedef __m128i vec;
#define LOAD(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define ZERO _mm_setzero_si128()
#define SPLAT_FLOAT(f) _mm_castps_si128(_mm_set1_ps(f))
#define ADD(a, b) _mm_add_epi32(a, b)

static inline vec MAX(vec a, vec b)
{
    const vec larger = _mm_cmpgt_epi32(a, b);
    return _mm_or_si128(_mm_and_si128(larger, a), _mm_andnot_si128(larger, b));
}

typedef __m128 floats;

static inline floats load_floats(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, 4);
    const vec zero = ZERO;
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(four), zero), zero));
}

static inline floats scaled(vec sum, vec scale) { return _mm_mul_ps(_mm_cvtepi32_ps(sum), _mm_castsi128_ps(scale)); }

static inline floats add_scaled(floats v, floats residual, vec add_scale)
{
    return _mm_add_ps(v, _mm_mul_ps(residual, _mm_castsi128_ps(add_scale)));
}

static inline vec rounded(floats v, vec qmax) /* halves to even */
{
    return _mm_cvtps_epi32(_mm_min_ps(_mm_max_ps(v, _mm_setzero_ps()), _mm_castsi128_ps(qmax)));
}

static inline void store_bytes(uint8_t *out, const vec v[4])
{
    _mm_storeu_si128((vec *)(void *)out, _mm_packus_epi16(_mm_packs_epi32(v[0], v[1]), _mm_packs_epi32(v[2], v[3])));
}
#endif

static inline void requantize(const vec sum[VECTORS], const vec scale[VECTORS], const uint8_t *residual,
                              vec add_scale, vec qmax, uint8_t *out)
{
    vec v[VECTORS];
    for (int i = 0; i < VECTORS; i++) {
        floats f = scaled(sum[i], scale[i]);
        if (residual) f = add_scaled(f, load_floats(residual + LANES * i), add_scale);
        v[i] = rounded(f, qmax);
    }
    store_bytes(out, v);
}

#endif
