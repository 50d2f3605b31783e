/* kernels_bytes.h — products of bytes: WebAssembly relaxed SIMD, AVX2 and VNNI. An including file has defined what
 * kernels_run.h wants but block_bytes and tile, and
 *
 *   SPLAT(p)            four bytes, again and again
 *   ADD_DOT(s, a, w)    32-bit numbers: s and the sums of four products of a's bytes (0..127) and w's (signed)
 *
 * A step gives four bytes of a pixel to LANES channels at once. */

/* Packed: [out_c/(2·LANES)][rows][run/4][2][LANES channels][4 bytes], everything rounded up, zeros behind. */
static inline int32_t fours(int32_t n) { return (n + 3) / 4; }

static inline size_t block_bytes(const kernel_layer *l)
{
    return (size_t)l->rows * (size_t)fours(l->run) * 2 * LANES * 4;
}

static size_t packed_bytes(const kernel_layer *l)
{
    return (size_t)((l->out_c + 2 * LANES - 1) / (2 * LANES)) * block_bytes(l);
}

static void pack(const kernel_layer *l, const int8_t *weights, void *packed)
{
    int8_t *out = packed;
    memset(packed, 0, packed_bytes(l));
    for (int32_t o = 0; o < l->out_c; o++)
        for (int32_t r = 0; r < l->rows; r++)
            for (int32_t k = 0; k < l->run; k++) {
                const int32_t step = (o / (2 * LANES) * l->rows + r) * fours(l->run) + k / 4;
                out[(step * 2 * LANES + o % (2 * LANES)) * 4 + k % 4] = weight_at(l, weights, o, r, k);
            }
}

/* pixels is a constant wherever this is inlined, so that its loops unroll into registers. */
static inline __attribute__((always_inline)) INSTRUCTIONS void
tile(const kernel_layer *l, const uint8_t *w, const uint8_t *const at[TILE], vec sum[TILE][2], const int pixels)
{
    for (int32_t r = 0; r < l->rows; r++)
        for (int32_t k = 0; k < l->run; k += 4, w += 2 * LANES * 4)
            for (int t = 0; t < pixels; t++) {
                const vec a = SPLAT(at[t] + r * l->row_stride + k);
                sum[t][0] = ADD_DOT(sum[t][0], a, LOAD(w));
                sum[t][1] = ADD_DOT(sum[t][1], a, LOAD(w + LANES * 4));
            }
}
