/* vnni.c — x86-64 with AVX-512 VNNI: 32 products of bytes an instruction, added in 32 bits (vpdpbusd). */
#ifdef __x86_64__
#define INSTRUCTIONS __attribute__((target("avx2,avx512f,avx512vl,avx512vnni")))
#include "x86.h"

#define DOT(sum, a, w) _mm256_dpbusd_epi32(sum, a, w)
#define MAX_LANE INT32_MAX
#define WIDEN(part) (part)
#include "bytes.h"
#include "run.h"

static int supported(void) { return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"); }

const kernels kernels_vnni = {"avx512-vnni", supported, packed_bytes, offset_count, pack, set_offsets, run};
#endif
