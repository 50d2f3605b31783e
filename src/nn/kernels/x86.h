/* x86.h — 256-bit vectors of x86-64 as bytes.h and run.h want them. INSTRUCTIONS is defined: the
 * processor that runs is asked for them, not the one that compiles. */
#include "kernels.h"

#include <immintrin.h>
#include <string.h>

enum { LANES = 8, VECTORS = KERNEL_BLOCK / LANES, TILE = 4 };
typedef __m256i vec;
#define LOAD(p) _mm256_loadu_si256((const __m256i_u *)(const void *)(p))
#define ZERO _mm256_setzero_si256()
#define SPLAT_FLOAT(f) _mm256_castps_si256(_mm256_set1_ps(f))
#define ADD(a, b) _mm256_add_epi32(a, b)
#define MAX(a, b) _mm256_max_epi32(a, b)

static inline INSTRUCTIONS vec SPLAT(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, 4);
    return _mm256_set1_epi32(four);
}

/* LANES bytes as floats. */
static inline INSTRUCTIONS __m256 floats(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i_u *)(const void *)p)));
}

static inline INSTRUCTIONS __m256 scaled(vec sum, vec scale)
{
    return _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_castsi256_ps(scale));
}

static inline INSTRUCTIONS vec rounded(__m256 v, vec qmax)
{
    return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(v, _mm256_setzero_ps()), _mm256_castsi256_ps(qmax)));
}

static inline INSTRUCTIONS void requantize(const vec sum[VECTORS], const vec scale[VECTORS], const uint8_t *residual,
                                           vec add_scale, vec qmax, uint8_t *out)
{
    __m256 low = scaled(sum[0], scale[0]), high = scaled(sum[1], scale[1]);
    if (residual) {
        low = _mm256_add_ps(low, _mm256_mul_ps(floats(residual), _mm256_castsi256_ps(add_scale)));
        high = _mm256_add_ps(high, _mm256_mul_ps(floats(residual + LANES), _mm256_castsi256_ps(add_scale)));
    }
    vec v = _mm256_packs_epi32(rounded(low, qmax), rounded(high, qmax));
    v = _mm256_permute4x64_epi64(v, 0xd8); /* packing works on each half apart */
    _mm_storeu_si128((__m128i_u *)(void *)out,
                     _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
}
