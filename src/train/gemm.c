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

/* m rows × nv vectors of C, in registers: 12 × 2 of the 32 of AVX-512, 7 × 2 of the 16 of AVX2, fit but for two. Rows
 * of B that lie here and there have to be asked for ahead of time: no machine guesses where the next one is. */
enum { TILE_ROWS = WIDE == 16 ? 12 : 7 };
#define TILE(name, vector)                                                                                           \
    static inline __attribute__((always_inline)) void name(const gemm_view *v, int m0, int n0, const int m,          \
                                                           const int nv, const int some)                             \
    {                                                                                                                \
        enum { LANES = sizeof(vector) / sizeof(float) };                                                             \
        vector acc[TILE_ROWS][2];                                                                                    \
        _Pragma("GCC unroll 12") for (int i = 0; i < m; i++) _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++)    \
            memcpy(&acc[i][j], v->c + (m0 + i) * v->c_m + n0 + LANES * j, sizeof(vector));                           \
        for (int r = 0; r < v->rows; r++) {                                                                          \
            const float *a = v->a + m0 * v->a_m + r * v->a_row, *b = v->b + r * v->b_row + n0;                       \
            const long a_m = v->a_m, a_k = v->a_k, b_k = v->b_k;                                                     \
            for (int k = 0; k < v->run; k++) {                                                                       \
                const long at = some ? v->only[k] : k;                                                               \
                const long soon = some ? v->only[k + 6 < v->run ? k + 6 : k] : 0;                                    \
                vector w[2];                                                                                         \
                _Pragma("GCC unroll 2") for (int j = 0; some && j < nv; j++)                                         \
                    __builtin_prefetch(b + soon * b_k + LANES * j);                                                  \
                _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++)                                                 \
                    memcpy(&w[j], b + at * b_k + LANES * j, sizeof(vector));                                         \
                _Pragma("GCC unroll 12") for (int i = 0; i < m; i++)                                                 \
                    _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++) acc[i][j] += a[at * a_k + i * a_m] * w[j];  \
            }                                                                                                        \
        }                                                                                                            \
        _Pragma("GCC unroll 12") for (int i = 0; i < m; i++) _Pragma("GCC unroll 2") for (int j = 0; j < nv; j++)    \
            memcpy(v->c + (m0 + i) * v->c_m + n0 + LANES * j, &acc[i][j], sizeof(vector));                           \
    }
TILE(tile_wide, lanes)
TILE(tile_half, half)

/* Rows are shared out evenly: as many are left at the end as there were in each tile before, or one less. */
#define COLUMNS(name, tile, nv, some)                                                                                \
    static void name(const gemm_view *v, int n0)                                                                     \
    {                                                                                                                \
        for (int m = 0, rows; m < v->m; m += rows) {                                                                 \
            const int left = v->m - m, tiles = (left + TILE_ROWS - 1) / TILE_ROWS;                                   \
            rows = (left + tiles - 1) / tiles;                                                                       \
            switch (rows) {                                                                                          \
            case 12: tile(v, m, n0, TILE_ROWS < 12 ? TILE_ROWS : 12, nv, some); break;                               \
            case 11: tile(v, m, n0, TILE_ROWS < 11 ? TILE_ROWS : 11, nv, some); break;                               \
            case 10: tile(v, m, n0, TILE_ROWS < 10 ? TILE_ROWS : 10, nv, some); break;                               \
            case 9: tile(v, m, n0, TILE_ROWS < 9 ? TILE_ROWS : 9, nv, some); break;                                  \
            case 8: tile(v, m, n0, TILE_ROWS < 8 ? TILE_ROWS : 8, nv, some); break;                                  \
            case 7: tile(v, m, n0, 7, nv, some); break;                                                              \
            case 6: tile(v, m, n0, 6, nv, some); break;                                                              \
            case 5: tile(v, m, n0, 5, nv, some); break;                                                              \
            case 4: tile(v, m, n0, 4, nv, some); break;                                                              \
            case 3: tile(v, m, n0, 3, nv, some); break;                                                              \
            case 2: tile(v, m, n0, 2, nv, some); break;                                                              \
            default: tile(v, m, n0, 1, nv, some); break;                                                             \
            }                                                                                                        \
        }                                                                                                            \
    }
COLUMNS(all_two, tile_wide, 2, 0)
COLUMNS(all_one, tile_wide, 1, 0)
COLUMNS(all_half, tile_half, 1, 0)
COLUMNS(some_two, tile_wide, 2, 1)
COLUMNS(some_one, tile_wide, 1, 1)
COLUMNS(some_half, tile_half, 1, 1)

void gemm(const gemm_view *v)
{
    int n = 0;
    for (; n + 2 * WIDE <= v->n; n += 2 * WIDE) (v->only ? some_two : all_two)(v, n);
    for (; n + WIDE <= v->n; n += WIDE) (v->only ? some_one : all_one)(v, n);
    if (n < v->n) (v->only ? some_half : all_half)(v, n);
}

int gemm_used(const float *a, int m, long a_m, int run, long a_k, int *only)
{
    int n = 0;
    for (int k = 0; k < run; k++) {
        int used = 0;
        for (int i = 0; i < m; i++) used |= a[k * a_k + i * a_m] != 0;
        only[n] = k;
        n += used;
    }
    return n;
}
