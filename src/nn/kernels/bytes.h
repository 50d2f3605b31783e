/* bytes.h — products of bytes: WebAssembly relaxed SIMD, AVX2 and VNNI. An including file has defined what run.h wants but
 * block_bytes and tile, and
 *
 *   SPLAT(p)            four bytes, again and again
 *   DOT(s, a, w)        s and the sums of two neighbouring products (or four) of a's bytes (0..127) and w's (signed)
 *   MAX_LANE            the most that a lane of s holds: 32767 where it has 16 bits
 *   WIDEN(s)            s as 32-bit numbers
 *
 * A step gives four bytes of a pixel to a block of channels at once. */

/* Packed: blocks of channels: how many steps' sums their lanes hold (int32), zeros up to HEAD_BYTES, and
 * [steps][channels][4 bytes]. All rounded up with zeros. Offsets: where each step reads, from a pixel's first run on. */
enum { HEAD_BYTES = 16, CHANNEL_BYTES = 4 };

static inline int32_t fours(int32_t n) { return (n + 3) / 4; }

static inline int32_t steps_of(const kernel_layer *l) { return l->rows * fours(l->run); }

static inline size_t block_bytes(const kernel_layer *l, int32_t channels)
{
    return HEAD_BYTES + (size_t)steps_of(l) * (size_t)channels * CHANNEL_BYTES;
}

static size_t packed_bytes(const kernel_layer *l)
{
    size_t bytes = 0;
    for (int32_t o = 0; o < l->out_c; o += KERNEL_BLOCK) bytes += block_bytes(l, kernel_block_channels(l, o));
    return bytes;
}

static int32_t offset_count(const kernel_layer *l) { return steps_of(l); }

static void set_offsets(const kernel_layer *l, int32_t row_stride, int32_t *offsets)
{
    for (int32_t i = 0; i < steps_of(l); i++) offsets[i] = i / fours(l->run) * row_stride + i % fours(l->run) * 4;
}

/* Whether no lane overflows that sums so many steps. Whatever the input and the order of adding: the sum of some products
 * is at most that of all the positive ones. */
static int fits(const kernel_layer *l, const int8_t *w, int32_t channels, int32_t steps)
{
    const int32_t all = steps_of(l), step_bytes = channels * CHANNEL_BYTES;
    for (int32_t lane = 0; lane < step_bytes; lane += 2)
        for (int32_t i = 0, up = 0, down = 0; i < all; i++) {
            if (i % steps == 0) up = down = 0;
            for (int32_t j = lane; j < lane + 2; j++) {
                const int32_t product = w[i * step_bytes + j] * l->input_max;
                if (product > 0) up += product;
                else down -= product;
            }
            if (up > MAX_LANE || down > MAX_LANE) return 0;
        }
    return 1;
}

static void pack(const kernel_layer *l, const int8_t *weights, void *packed)
{
    int8_t *block = packed;
    memset(packed, 0, packed_bytes(l));
    for (int32_t o = 0; o < l->out_c; o += KERNEL_BLOCK) {
        const int32_t channels = kernel_block_channels(l, o);
        int8_t *w = block + HEAD_BYTES;
        for (int32_t c = 0; c < channels && o + c < l->out_c; c++)
            for (int32_t r = 0; r < l->rows; r++)
                for (int32_t k = 0; k < l->run; k++)
                    w[((r * fours(l->run) + k / 4) * channels + c) * CHANNEL_BYTES + k % 4] =
                        weights[((o + c) * l->rows + r) * l->run + k];
        int32_t steps = steps_of(l);
        while (!fits(l, w, channels, steps)) steps = (steps + 1) / 2; /* one does: 2·127·128 is less than 2^15 */
        memcpy(block, &steps, sizeof steps);
        block += block_bytes(l, channels);
    }
}

/* dots[pixels][vectors] = the sums of so many steps. pixels and vectors are constants wherever this is inlined, so that
 * its loops unroll into registers. */
static inline __attribute__((always_inline)) INSTRUCTIONS void add_dots(const int32_t *offsets, const uint8_t *w,
                                                                        int32_t steps, const uint8_t *const *at,
                                                                        vec *dots, const int pixels,
                                                                        const int vectors)
{
    for (int i = 0; i < pixels * vectors; i++) dots[i] = ZERO;
    for (int32_t i = 0; i < steps; i++, w += vectors * LANES * CHANNEL_BYTES) {
        vec a[2 * TILE];
        for (int t = 0; t < pixels; t++) a[t] = SPLAT(at[t] + offsets[i]);
        for (int v = 0; v < vectors; v++) /* outside, so that each is loaded once */
            for (int t = 0; t < pixels; t++)
                dots[t * vectors + v] = DOT(dots[t * vectors + v], a[t], LOAD(w + CHANNEL_BYTES * LANES * v));
    }
}

static inline __attribute__((always_inline)) INSTRUCTIONS void add_parts(const int32_t *offsets, const uint8_t *w,
                                                                         int32_t steps, int32_t part,
                                                                         const uint8_t *const *at, vec *sum,
                                                                         const int pixels, const int vectors)
{
    for (int32_t i = 0; i < steps; i += part) {
        vec dots[TILE * VECTORS];
        add_dots(offsets + i, w + (size_t)i * (size_t)(vectors * LANES * CHANNEL_BYTES),
                 steps - i < part ? steps - i : part, at, dots, pixels, vectors);
        for (int k = 0; k < pixels * vectors; k++) sum[k] = i == 0 ? WIDEN(dots[k]) : ADD(sum[k], WIDEN(dots[k]));
    }
}

/* Functions of their own: their 32-bit sums lie in memory, since registers for both kinds there are not. */
static __attribute__((noinline)) INSTRUCTIONS void parts_of_one(const int32_t *offsets, const uint8_t *w,
                                                                int32_t steps, int32_t part, const uint8_t *const *at,
                                                                vec *sum)
{
    add_parts(offsets, w, steps, part, at, sum, 1, VECTORS);
}

static __attribute__((noinline)) INSTRUCTIONS void parts_of_tile(const int32_t *offsets, const uint8_t *w,
                                                                 int32_t steps, int32_t part,
                                                                 const uint8_t *const *at, vec *sum)
{
    add_parts(offsets, w, steps, part, at, sum, TILE, VECTORS);
}

static __attribute__((noinline)) INSTRUCTIONS void parts_of_half(const int32_t *offsets, const uint8_t *w,
                                                                 int32_t steps, int32_t part,
                                                                 const uint8_t *const *at, vec *sum)
{
    add_parts(offsets, w, steps, part, at, sum, 2 * TILE, VECTORS / 2);
}

static inline __attribute__((always_inline)) INSTRUCTIONS void tile(const kernel_layer *l, const kernel_view *v,
                                                                    const uint8_t *w, const uint8_t *const *at,
                                                                    vec *sum, const int pixels, const int vectors)
{
    const int32_t steps = steps_of(l);
    int32_t part;
    memcpy(&part, w, sizeof part);
    w += HEAD_BYTES;
    if (part == steps) {
        add_dots(v->offsets, w, steps, at, sum, pixels, vectors);
        for (int k = 0; k < pixels * vectors; k++) sum[k] = WIDEN(sum[k]);
    } else {
        vec parts[TILE * VECTORS];
        if (pixels == 1) parts_of_one(v->offsets, w, steps, part, at, parts);
        else if (vectors == VECTORS) parts_of_tile(v->offsets, w, steps, part, at, parts);
        else parts_of_half(v->offsets, w, steps, part, at, parts);
        memcpy(sum, parts, (size_t)(pixels * vectors) * sizeof *sum);
    }
}
