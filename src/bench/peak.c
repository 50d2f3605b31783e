/* The most that this machine's cores can do: billions of floating-point operations a second, all threads together, of
 * independent fused multiply-adds between registers, in the widest vectors that the trainer is compiled for. `make
 * bench-train` shows the trainer's share of it. */
#include <omp.h>
#include <stdio.h>

#ifdef __AVX512F__
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif
enum { CHAINS = 12, ROUNDS = 2000000 }; /* more chains than a multiply-add takes cycles, on two units */
typedef float lanes __attribute__((vector_size(4 * LANES)));

/* The result depends on every operation, and floats cannot be reordered: nothing can be left out. */
static float work(float factor, float term)
{
    lanes sum[CHAINS];
    for (int i = 0; i < CHAINS; i++) sum[i] = (lanes){0} + (float)i;
    for (int n = 0; n < ROUNDS; n++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term;
    float all = 0;
    for (int i = 0; i < CHAINS; i++)
        for (int j = 0; j < LANES; j++) all += sum[i][j];
    return all;
}

int main(void)
{
    volatile const float factor = 0.999f, term = 0.5f; /* the compiler must not know them */
    volatile float sink;
    double best = 0;
    for (int tries = 0; tries < 20; tries++) {
        float all = 0;
        const double start = omp_get_wtime();
#pragma omp parallel reduction(+ : all)
        all += work(factor, term);
        const double seconds = omp_get_wtime() - start;
        sink = all;
        const double speed = 2.0 * LANES * CHAINS * ROUNDS * omp_get_max_threads() / seconds / 1e9;
        best = speed > best ? speed : best;
    }
    (void)sink;
    printf("%.1f\n", best);
    return 0;
}
