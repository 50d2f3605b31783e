/* kernels_bytes.h — products of bytes: WebAssembly relaxed SIMD, AVX2 and VNNI. An including file has defined what
 * kernels_run.h wants but blocks_at, block_bytes and tile, and
 *
 *   SPLAT(p)            four bytes, again and again
 *   DOT(s, a, w)        s and the sums of two neighbouring products (or four) of a's bytes (0..127) and w's (signed)
 *   MOST                the most that a lane of s holds: 32767 where it has 16 bits
 *   WIDEN(s)            s as 32-bit numbers
 *
 * A step gives four bytes of a pixel to KERNEL_BLOCK channels at once. */

/* Packed: where each step reads, relative to a pixel's first run, int32[steps]; and blocks of KERNEL_BLOCK channels: how
 * many steps' sums their lanes hold (int32), zeros up to HEAD_BYTES, and [steps][KERNEL_BLOCK channels][4 bytes]. All
 * rounded up with zeros. */
enum { HEAD_BYTES = 16, STEP_BYTES = KERNEL_BLOCK * 4 };

static inline int32_t fours(int32_t n) { return (n + 3) / 4; }

static inline int32_t steps_of(const kernel_layer *l) { return l->rows * fours(l->run); }

static inline size_t blocks_at(const kernel_layer *l) { return (size_t)fours(steps_of(l)) * 16; }

static inline size_t block_bytes(const kernel_layer *l) { return HEAD_BYTES + (size_t)steps_of(l) * STEP_BYTES; }

static size_t packed_bytes(const kernel_layer *l)
{
    return blocks_at(l) + (size_t)((l->out_c + KERNEL_BLOCK - 1) / KERNEL_BLOCK) * block_bytes(l);
}

/* Whether no lane overflows that sums so many steps. Whatever the input and the order of adding: the sum of some products
 * is at most that of all the positive ones. */
static int fits(const kernel_layer *l, const int8_t *w, int32_t steps)
{
    const int32_t all = steps_of(l);
    for (int32_t lane = 0; lane < STEP_BYTES; lane += 2)
        for (int32_t i = 0, up = 0, down = 0; i < all; i++) {
            if (i % steps == 0) up = down = 0;
            for (int32_t j = lane; j < lane + 2; j++) {
                const int32_t product = w[i * STEP_BYTES + j] * l->most;
                if (product > 0) up += product;
                else down -= product;
            }
            if (up > MOST || down > MOST) return 0;
        }
    return 1;
}

static void pack(const kernel_layer *l, const int8_t *weights, void *packed)
{
    memset(packed, 0, packed_bytes(l));
    int32_t *offsets = packed;
    for (int32_t i = 0; i < steps_of(l); i++) offsets[i] = i / fours(l->run) * l->row_stride + i % fours(l->run) * 4;
    int8_t *block = (int8_t *)packed + blocks_at(l);
    for (int32_t o = 0; o < l->out_c; o += KERNEL_BLOCK, block += block_bytes(l)) {
        int8_t *w = block + HEAD_BYTES;
        for (int32_t c = 0; c < KERNEL_BLOCK && o + c < l->out_c; c++)
            for (int32_t r = 0; r < l->rows; r++)
                for (int32_t k = 0; k < l->run; k++)
                    w[((r * fours(l->run) + k / 4) * KERNEL_BLOCK + c) * 4 + k % 4] =
                        weight_at(l, weights, o + c, r, k);
        int32_t steps = steps_of(l);
        while (!fits(l, w, steps)) steps = (steps + 1) / 2; /* one always does: 2·127·128 is less than 2^15 */
        memcpy(block, &steps, sizeof steps);
    }
}

/* dots[pixels][VECTORS] = the sums of so many steps. pixels is a constant wherever this is inlined, so that its loops
 * unroll into registers. */
static inline __attribute__((always_inline)) INSTRUCTIONS void add_dots(const int32_t *offsets, const uint8_t *w,
                                                                        int32_t steps, const uint8_t *const at[TILE],
                                                                        vec dots[TILE][VECTORS], const int pixels)
{
    for (int t = 0; t < pixels; t++)
        for (int v = 0; v < VECTORS; v++) dots[t][v] = ZERO;
    for (int32_t i = 0; i < steps; i++, w += STEP_BYTES) {
        vec a[TILE];
        for (int t = 0; t < pixels; t++) a[t] = SPLAT(at[t] + offsets[i]);
        for (int v = 0; v < VECTORS; v++) /* outside, so that each is loaded once */
            for (int t = 0; t < pixels; t++) dots[t][v] = DOT(dots[t][v], a[t], LOAD(w + 4 * LANES * v));
    }
}

static inline __attribute__((always_inline)) INSTRUCTIONS void add_parts(const int32_t *offsets, const uint8_t *w,
                                                                         int32_t steps, int32_t part,
                                                                         const uint8_t *const at[TILE],
                                                                         vec sum[TILE][VECTORS], const int pixels)
{
    for (int32_t i = 0; i < steps; i += part) {
        vec dots[TILE][VECTORS];
        add_dots(offsets + i, w + (size_t)i * STEP_BYTES, steps - i < part ? steps - i : part, at, dots, pixels);
        for (int t = 0; t < pixels; t++)
            for (int v = 0; v < VECTORS; v++)
                sum[t][v] = i == 0 ? WIDEN(dots[t][v]) : ADD(sum[t][v], WIDEN(dots[t][v]));
    }
}

/* Functions of their own: their 32-bit sums lie in memory, since registers for both kinds there are not. */
static __attribute__((noinline)) INSTRUCTIONS void parts_of_one(const int32_t *offsets, const uint8_t *w,
                                                                int32_t steps, int32_t part,
                                                                const uint8_t *const at[TILE], vec sum[TILE][VECTORS])
{
    add_parts(offsets, w, steps, part, at, sum, 1);
}

static __attribute__((noinline)) INSTRUCTIONS void parts_of_tile(const int32_t *offsets, const uint8_t *w,
                                                                 int32_t steps, int32_t part,
                                                                 const uint8_t *const at[TILE],
                                                                 vec sum[TILE][VECTORS])
{
    add_parts(offsets, w, steps, part, at, sum, TILE);
}

static inline __attribute__((always_inline)) INSTRUCTIONS void
tile(const kernel_layer *l, const uint8_t *w, const uint8_t *const at[TILE], vec sum[TILE][VECTORS], const int pixels)
{
    const int32_t *offsets = l->packed, steps = steps_of(l);
    int32_t part;
    memcpy(&part, w, sizeof part);
    w += HEAD_BYTES;
    if (part == steps) {
        add_dots(offsets, w, steps, at, sum, pixels);
        for (int t = 0; t < pixels; t++)
            for (int v = 0; v < VECTORS; v++) sum[t][v] = WIDEN(sum[t][v]);
    } else {
        vec parts[TILE][VECTORS];
        if (pixels == 1) parts_of_one(offsets, w, steps, part, at, parts);
        else parts_of_tile(offsets, w, steps, part, at, parts);
        memcpy(sum, parts, (size_t)pixels * sizeof *sum);
    }
}
