/* kernels.c — which kernels there are. */
#include "kernels.h"

/* In order of speed: DIGITS_KERNELS_BEST is the first of these that the processor supports. */
static const struct {
    digits_kernels which;
    const kernels *kernels;
} registry[] = {
#ifdef DIGITS_HAS_X86
    {DIGITS_KERNELS_VNNI, &kernels_vnni},       {DIGITS_KERNELS_AVX2, &kernels_avx2},
#endif
#ifdef DIGITS_HAS_RELAXED
    {DIGITS_KERNELS_RELAXED, &kernels_relaxed},
#endif
#ifdef DIGITS_HAS_SIMD128
    {DIGITS_KERNELS_SIMD128, &kernels_simd128},
#endif
    {DIGITS_KERNELS_PLAIN, &kernels_plain},
};

const kernels *kernels_find(digits_kernels which)
{
    for (size_t i = 0; i < sizeof registry / sizeof *registry; i++)
        if ((which == DIGITS_KERNELS_BEST || which == registry[i].which) && registry[i].kernels->supported())
            return registry[i].kernels;
    return NULL;
}
