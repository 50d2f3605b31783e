#include "gemm.h"

#include <string.h>

typedef float lanes __attribute__((vector_size(32)));

/* By pointer: returning a vector has another ABI on machines without AVX. */
static inline void load(lanes *v, const float *p) { memcpy(v, p, sizeof *v); }

/* m rows × nv vectors of C in registers: 7 × 2 fits the 16 registers of AVX2 but for two, and 7 divides 28, 14
 * and 7, the widths of the network's layers. */
static inline __attribute__((always_inline)) void tile(const gemm_view *v, int m0, int n0, const int m, const int nv)
{
    lanes acc[7][2];
#pragma GCC unroll 7
    for (int i = 0; i < m; i++)
#pragma GCC unroll 2
        for (int j = 0; j < nv; j++) load(&acc[i][j], v->c + (m0 + i) * v->c_m + n0 + 8 * j);
    for (int r = 0; r < v->rows; r++) {
        const float *a = v->a + m0 * v->a_m + r * v->a_row, *b = v->b + r * v->b_row + n0;
        const long a_m = v->a_m, a_k = v->a_k, b_k = v->b_k;
        for (int k = 0; k < v->run; k++, a += a_k, b += b_k) {
            lanes w[2];
#pragma GCC unroll 2
            for (int j = 0; j < nv; j++) load(&w[j], b + 8 * j);
#pragma GCC unroll 7
            for (int i = 0; i < m; i++)
#pragma GCC unroll 2
                for (int j = 0; j < nv; j++) acc[i][j] += a[i * a_m] * w[j];
        }
    }
#pragma GCC unroll 7
    for (int i = 0; i < m; i++)
#pragma GCC unroll 2
        for (int j = 0; j < nv; j++) memcpy(v->c + (m0 + i) * v->c_m + n0 + 8 * j, &acc[i][j], sizeof(lanes));
}

static inline __attribute__((always_inline)) void columns(const gemm_view *v, int n0, const int nv)
{
    int m = 0;
    for (; m + 7 <= v->m; m += 7) tile(v, m, n0, 7, nv);
    switch (v->m - m) {
    case 6: tile(v, m, n0, 6, nv); break;
    case 5: tile(v, m, n0, 5, nv); break;
    case 4: tile(v, m, n0, 4, nv); break;
    case 3: tile(v, m, n0, 3, nv); break;
    case 2: tile(v, m, n0, 2, nv); break;
    case 1: tile(v, m, n0, 1, nv); break;
    default: break;
    }
}

void gemm(const gemm_view *v)
{
    int n = 0;
    for (; n + 16 <= v->n; n += 16) columns(v, n, 2);
    if (n < v->n) columns(v, n, 1);
}
