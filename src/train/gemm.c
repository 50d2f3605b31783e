#include "gemm.h"

#include <string.h>

/* The widest vectors of the machine that this is compiled for. By pointer: returning a vector has another ABI on
 * machines without AVX. */
#ifdef __AVX512F__
enum { WIDE = 16 };
#else
enum { WIDE = 8 };
#endif
typedef float lanes __attribute__((vector_size(4 * WIDE)));
typedef float half __attribute__((vector_size(32))); /* N is a multiple of so many */

#define TILE(name, vector)                                                                                           \
    static inline __attribute__((always_inline)) void name(const gemm_view *v, int m0, int n0, const int m,          \
                                                           const int nv)                                             \
    {                                                                                                                \
        enum { LANES = sizeof(vector) / sizeof(float) };                                                             \
        vector acc[8][2];                                                                                            \
        _Pragma("GCC unroll 8") for (int i = 0; i < m; i++) _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++)     \
            memcpy(&acc[i][j], v->c + (m0 + i) * v->c_m + n0 + LANES * j, sizeof(vector));                           \
        for (int r = 0; r < v->rows; r++) {                                                                          \
            const float *a = v->a + m0 * v->a_m + r * v->a_row, *b = v->b + r * v->b_row + n0;                       \
            const long a_m = v->a_m, a_k = v->a_k, b_k = v->b_k;                                                     \
            for (int k = 0; k < v->run; k++, a += a_k, b += b_k) {                                                   \
                vector w[2];                                                                                         \
                _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++) memcpy(&w[j], b + LANES * j, sizeof(vector));   \
                _Pragma("GCC unroll 8") for (int i = 0; i < m; i++)                                                  \
                    _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++) acc[i][j] += a[i * a_m] * w[j];             \
            }                                                                                                        \
        }                                                                                                            \
        _Pragma("GCC unroll 8") for (int i = 0; i < m; i++) _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++)     \
            memcpy(v->c + (m0 + i) * v->c_m + n0 + LANES * j, &acc[i][j], sizeof(vector));                           \
    }
TILE(tile_wide, lanes)
TILE(tile_half, half)

#define COLUMNS(name, tile, nv)                                                                                      \
    static void name(const gemm_view *v, int n0)                                                                     \
    {                                                                                                                \
        int m = 0;                                                                                                   \
        for (; v->m - m > 8; m += 7) tile(v, m, n0, 7, nv);                                                          \
        switch (v->m - m) {                                                                                          \
        case 8: tile(v, m, n0, 8, nv); break;                                                                        \
        case 7: tile(v, m, n0, 7, nv); break;                                                                        \
        case 6: tile(v, m, n0, 6, nv); break;                                                                        \
        case 5: tile(v, m, n0, 5, nv); break;                                                                        \
        case 4: tile(v, m, n0, 4, nv); break;                                                                        \
        case 3: tile(v, m, n0, 3, nv); break;                                                                        \
        case 2: tile(v, m, n0, 2, nv); break;                                                                        \
        case 1: tile(v, m, n0, 1, nv); break;                                                                        \
        default: break;                                                                                              \
        }                                                                                                            \
    }
COLUMNS(columns_two, tile_wide, 2)
COLUMNS(columns_one, tile_wide, 1)
COLUMNS(columns_half, tile_half, 1)

void gemm(const gemm_view *v)
{
    int n = 0;
    for (; n + 2 * WIDE <= v->n; n += 2 * WIDE) columns_two(v, n);
    for (; n + WIDE <= v->n; n += WIDE) columns_one(v, n);
    if (n < v->n) columns_half(v, n);
}
