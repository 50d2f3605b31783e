/* avx2.c — x86-64 with AVX2: 32 products of bytes an instruction (vpmaddubsw). */
#ifdef __x86_64__
#define INSTRUCTIONS __attribute__((target("avx2")))
#include "x86.h"

#define DOT(sum, a, w) _mm256_add_epi16(sum, _mm256_maddubs_epi16(a, w))
#define MAX_LANE INT16_MAX
#define WIDEN(part) _mm256_madd_epi16(part, _mm256_set1_epi16(1))
#include "bytes.h"
#include "run.h"

static int supported(void) { return __builtin_cpu_supports("avx2"); }

const kernels kernels_avx2 = {"avx2", supported, packed_bytes, offset_count, pack, set_offsets, run};
#endif
