/* gemm.h — the one inner loop of training: a matrix product over strided views.
 *
 *   C[m][n] += Σ_r Σ_k A[m·a_m + r·a_row + k·a_k] · B[r·b_row + k·b_k + n]      m < M, n < N, r < rows, k < run
 *
 * Convolution forward, by inputs and by weights, and dense layers are all this sum with other strides (see
 * forward.c, backward.c), so no picture is ever copied out into columns. N is a multiple of 8. Each C[m][n] is
 * summed in the order of r and k whatever the tile, so results do not depend on M or on threads. */
#ifndef DIGITS_GEMM_H
#define DIGITS_GEMM_H

typedef struct gemm_view {
    int m, n, rows, run;
    const float *a;
    long a_m, a_row, a_k;
    const float *b;
    long b_row, b_k;
    float *c;
    long c_m;
    const int *only; /* [run] in place of k = 0, 1 … run - 1, these k; NULL = all */
} gemm_view;

void gemm(const gemm_view *v);

/* Finds those k < run where any of the m rows of A is not 0. Returns how many; only: room for run of them. Ink is
 * mostly nothing, and what is multiplied by it need not be. */
int gemm_used(const float *a, int m, long a_m, int run, long a_k, int *only);

#endif
