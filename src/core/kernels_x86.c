/* kernels_x86.c — 256-bit vectors: AVX2, and AVX-512 VNNI where the processor has it; found out when it runs.
 *
 * One tile is TILE output pixels × 16 output channels. Each step gives four input bytes of a pixel to eight channels at
 * once: 32 products, each four of them added to one 32-bit sum. VNNI does that in one instruction (vpdpbusd); AVX2 adds
 * two products to 16 bits first (vpmaddubsw), which 2·127·127 = 32,258 does not overflow. Exact: same bits. */
#include "kernels.h"

#ifdef DIGITS_HAS_X86

#include <immintrin.h>
#include <string.h>

enum { TILE = 4 };

/* Packed: int8[out_c/8][rows][run/4][8 channels][4], everything rounded up, zeros behind. */
static int32_t eights(int32_t n) { return (n + 7) / 8; }
static int32_t fours(int32_t n) { return (n + 3) / 4; }
static size_t block_bytes(const kernel_shape *s) { return (size_t)s->rows * (size_t)fours(s->run) * 32; }

static size_t packed_bytes(const kernel_shape *s) { return (size_t)eights(s->out_c) * block_bytes(s); }

static void pack(const kernel_shape *s, const int8_t *weights, void *packed)
{
    int8_t *out = packed;
    memset(packed, 0, packed_bytes(s));
    for (int32_t o = 0; o < s->out_c; o++)
        for (int32_t r = 0; r < s->rows; r++)
            for (int32_t k = 0; k < s->run; k++) {
                const int32_t block = ((o / 8) * s->rows + r) * fours(s->run) + k / 4;
                out[block * 32 + o % 8 * 4 + k % 4] = weights[(o * s->rows + r) * s->run + k];
            }
}

#define DOT_AVX2(sum, a, w) _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, w), _mm256_set1_epi16(1)))
#define DOT_VNNI(sum, a, w) _mm256_dpbusd_epi32(sum, a, w)

/* The sums of a row for one instruction set. pixels and halves (of 16 channels) are constants wherever a tile is
 * inlined, so that its loops unroll into registers. */
#define DEFINE_SUMS(set, instructions, DOT)                                                                          \
    static inline __attribute__((always_inline, target(instructions))) void tile_##set(                              \
        const kernel_shape *s, const int8_t *w, const int32_t *bias, const uint8_t *in, int32_t *out,                \
        const int pixels, const int halves)                                                                          \
    {                                                                                                                \
        __m256i sum[TILE][2];                                                                                        \
        const size_t block = block_bytes(s);                                                                         \
        for (int t = 0; t < pixels; t++)                                                                             \
            for (int h = 0; h < halves; h++) sum[t][h] = _mm256_loadu_si256((const __m256i_u *)(bias + 8 * h));      \
        for (int32_t r = 0; r < s->rows; r++, in += s->row_stride)                                                   \
            for (int32_t k = 0; k < s->run; k += 4, w += 32)                                                         \
                for (int t = 0; t < pixels; t++) {                                                                   \
                    int32_t four;                                                                                    \
                    memcpy(&four, in + t * s->step + k, 4);                                                          \
                    const __m256i a = _mm256_set1_epi32(four);                                                       \
                    for (int h = 0; h < halves; h++)                                                                 \
                        sum[t][h] =                                                                                  \
                            DOT(sum[t][h], a, _mm256_loadu_si256((const __m256i_u *)(w + (size_t)h * block)));       \
                }                                                                                                    \
        for (int t = 0; t < pixels; t++)                                                                             \
            for (int h = 0; h < halves; h++)                                                                         \
                _mm256_storeu_si256((__m256i_u *)(out + t * s->sum_stride + 8 * h), sum[t][h]);                      \
    }                                                                                                                \
    __attribute__((target(instructions))) static void sums_##set(                                                    \
        const kernel_shape *s, const void *packed, const int32_t *bias, const uint8_t *in, int32_t *out)             \
    {                                                                                                                \
        const int8_t *w = packed;                                                                                    \
        int32_t o = 0;                                                                                               \
        for (; o + 8 < s->out_c; o += 16, w += 2 * block_bytes(s)) {                                                 \
            int32_t x = 0;                                                                                           \
            for (; x + TILE <= s->width; x += TILE)                                                                  \
                tile_##set(s, w, bias + o, in + x * s->step, out + x * s->sum_stride + o, TILE, 2);                  \
            for (; x < s->width; x++)                                                                                \
                tile_##set(s, w, bias + o, in + x * s->step, out + x * s->sum_stride + o, 1, 2);                     \
        }                                                                                                            \
        for (int32_t x = 0; o < s->out_c && x < s->width; x++)                                                       \
            tile_##set(s, w, bias + o, in + x * s->step, out + x * s->sum_stride + o, 1, 1);                         \
    }

DEFINE_SUMS(avx2, "avx2", DOT_AVX2)
DEFINE_SUMS(vnni, "avx2,avx512f,avx512vl,avx512vnni", DOT_VNNI)

__attribute__((target("avx2"))) static void requantize(const kernel_shape *s, const int32_t *in, const float *scale,
                                                       uint8_t *out)
{
    for (int32_t x = 0; x < s->width; x++, in += s->sum_stride, out += s->out_c)
        for (int32_t o = 0; o < s->out_c; o += 8) {
            __m256 f = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i_u *)(in + o)));
            f = _mm256_mul_ps(f, _mm256_loadu_ps(scale + o));
            f = _mm256_min_ps(_mm256_max_ps(f, _mm256_setzero_ps()), _mm256_set1_ps((float)s->most));
            const __m256i v = _mm256_cvtps_epi32(f); /* rounds to nearest even */
            const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
            uint8_t bytes[16];
            _mm_storeu_si128((__m128i_u *)bytes, _mm_packus_epi16(words, words));
            memcpy(out + o, bytes, s->out_c - o < 8 ? (size_t)(s->out_c - o) : 8);
        }
}

const kernels kernels_avx2 = {"avx2", packed_bytes, pack, sums_avx2, requantize};
const kernels kernels_vnni = {"avx512-vnni", packed_bytes, pack, sums_vnni, requantize};

#endif
