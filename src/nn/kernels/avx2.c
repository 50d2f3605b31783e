/* kernels_avx2.c — x86-64 with AVX2: 32 products of bytes an instruction (vpmaddubsw). */
#ifdef __x86_64__
#define INSTRUCTIONS __attribute__((target("avx2")))
#include "x86.h"

#define DOT(sum, a, w) _mm256_add_epi16(sum, _mm256_maddubs_epi16(a, w))
#define MOST INT16_MAX
#define WIDEN(part) _mm256_madd_epi16(part, _mm256_set1_epi16(1))
#include "bytes.h"
#include "run.h"

const kernels kernels_avx2 = {"avx2", packed_bytes, pack, run};
#endif
