/* kernels_x86.h — 256-bit vectors of x86-64 as kernels_bytes.h and kernels_run.h want them. INSTRUCTIONS is defined: the
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

static inline INSTRUCTIONS vec requantize8(vec sum, vec scale, vec most)
{
    const __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_castsi256_ps(scale));
    return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(v, _mm256_setzero_ps()), _mm256_castsi256_ps(most)));
}

static inline INSTRUCTIONS void requantize(const vec sum[VECTORS], const vec scale[VECTORS], vec most,
                                           uint8_t out[16])
{
    vec v = _mm256_packs_epi32(requantize8(sum[0], scale[0], most), requantize8(sum[1], scale[1], most));
    v = _mm256_permute4x64_epi64(v, 0xd8); /* packing works on each half apart */
    _mm_storeu_si128((__m128i_u *)(void *)out,
                     _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
}
