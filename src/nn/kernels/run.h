/* run.h — a whole layer, tile by tile: what is alike in all vector kernels. An including file has defined
 *
 *   INSTRUCTIONS                      an attribute for every function, or nothing
 *   vec, LANES                        a vector, and how many 32-bit numbers it holds
 *   VECTORS                           vectors of KERNEL_BLOCK 32-bit numbers
 *   TILE                              how many groups are summed at once. A group is VECTORS vectors of sums: of
 *                                     KERNEL_BLOCK channels of one pixel, or of half a block of two pixels
 *   LOAD(p), ADD(a, b), MAX(a, b)     of 32-bit numbers
 *   SPLAT_FLOAT(f)                    a float, again and again
 *   block_bytes(l, channels)          bytes of a block of so many channels
 *   tile(l, v, w, at, sum, pixels, vectors)
 *                                     sum[pixels][vectors] = sums of the pixels whose first runs begin at at[], for the
 *                                     block of channels whose packed weights w are; pixels and vectors are constants
 *   requantize(sum, scale, residual, add_scale, qmax, out)
 *                                     VECTORS vectors of sums → KERNEL_BLOCK bytes; residual: as many bytes, or NULL
 *
 * and gets run(). */

/* Before a loop over a tile: without it, clang keeps its sums in memory. */
#define UNROLLED _Pragma("GCC unroll 8")

enum { HALF = KERNEL_BLOCK / 2, MAX_PIXELS = 2 * TILE };

/* What the sums of a block of channels have in common. */
typedef struct block {
    const kernel_layer *layer;
    const kernel_view *view;
    const uint8_t *weights;
    int32_t count; /* channels of it that the layer has */
    vec bias[VECTORS], scale[VECTORS], add_scale, qmax;
} block;

static inline __attribute__((always_inline)) INSTRUCTIONS void copy(uint8_t *to, const uint8_t *from, int32_t n)
{
    if (n == HALF) memcpy(to, from, HALF);
    else memcpy(to, from, (size_t)n);
}

static inline __attribute__((always_inline)) INSTRUCTIONS void add_bias(const block *b, vec *sum)
{
    for (int v = 0; v < VECTORS; v++) sum[v] = ADD(sum[v], b->bias[v]);
}

/* From a copy, so that sum itself need not be in memory. */
static inline __attribute__((always_inline)) INSTRUCTIONS void put_sums(const vec *sum, const int vectors, int32_t n,
                                                                        uint8_t *out)
{
    vec copied[VECTORS];
    for (int v = 0; v < vectors; v++) copied[v] = sum[v];
    memcpy(out, copied, (size_t)n * sizeof(int32_t));
}

/* The group of one pixel. residual: NULL where there is none. */
static inline __attribute__((always_inline)) INSTRUCTIONS void put(const block *b, vec *sum, const uint8_t *residual,
                                                                   uint8_t *out)
{
    add_bias(b, sum);
    if (!b->layer->scale) {
        put_sums(sum, VECTORS, b->count, out);
    } else if (b->count == KERNEL_BLOCK) {
        requantize(sum, b->scale, residual, b->add_scale, b->qmax, out);
    } else {
        uint8_t bytes[KERNEL_BLOCK];
        requantize(sum, b->scale, residual, b->add_scale, b->qmax, bytes);
        copy(out, bytes, b->count);
    }
}

/* The group of two pixels. */
static inline __attribute__((always_inline)) INSTRUCTIONS void
put_two(const block *b, vec *sum, const uint8_t *const residual[2], uint8_t *const out[2])
{
    uint8_t bytes[KERNEL_BLOCK], both[KERNEL_BLOCK];
    add_bias(b, sum);
    if (!b->layer->scale) {
        for (int i = 0; i < 2; i++) put_sums(sum + i * VECTORS / 2, VECTORS / 2, b->count, out[i]);
        return;
    }
    for (int i = 0; i < 2 && residual[0]; i++) memcpy(both + i * HALF, residual[i], HALF);
    requantize(sum, b->scale, residual[0] ? both : NULL, b->add_scale, b->qmax, bytes);
    for (int i = 0; i < 2; i++) copy(out[i], bytes + i * HALF, b->count);
}

/* Without pooling: tiles of pixels, row after row, that may begin on one row and end on the next. The last tile is filled
 * up with its first pixel again. half: the block is half a block. residual: NULL where there is none. */
static inline __attribute__((always_inline)) INSTRUCTIONS void
run_tiles(const block *b, const uint8_t *in, const uint8_t *residual, uint8_t *out, const int half)
{
    const kernel_layer *l = b->layer;
    const kernel_view *v = b->view;
    const int pixels = half ? 2 * TILE : TILE, out_step = l->scale ? l->out_c : l->out_c * (int32_t)sizeof(int32_t);
    int32_t x = 0;
    for (int32_t left = v->width * v->height; left > 0; left -= pixels) {
        const uint8_t *at[MAX_PIXELS], *add[MAX_PIXELS];
        uint8_t *to[MAX_PIXELS];
        vec sum[TILE * VECTORS];
        for (int t = 0; t < pixels; t++) {
            at[t] = t < left ? in + x * l->step : at[0];
            to[t] = t < left ? out + x * out_step : to[0];
            add[t] = !residual ? NULL : t < left ? residual + x * l->out_c : add[0];
            if (++x < v->width) continue;
            x = 0;
            in += v->down;
            out += v->out_row_stride;
            if (residual) residual += v->add_row_stride;
        }
        if (half) {
            tile(l, v, b->weights, at, sum, 2 * TILE, VECTORS / 2);
            UNROLLED
            for (int t = 0; t < TILE; t++) put_two(b, sum + t * VECTORS, add + 2 * t, to + 2 * t);
        } else if (left == 1) {
            tile(l, v, b->weights, at, sum, 1, VECTORS);
            put(b, sum, add[0], to[0]);
        } else {
            tile(l, v, b->weights, at, sum, TILE, VECTORS);
            UNROLLED
            for (int t = 0; t < TILE; t++) put(b, sum + t * VECTORS, add[t], to[t]);
        }
    }
}

/* The largest sums of TILE pixels that far from a window's first one. */
static inline __attribute__((always_inline)) INSTRUCTIONS void
max_of_tile(const block *b, const uint8_t *window, const int32_t offset[TILE], vec max[VECTORS])
{
    const uint8_t *at[MAX_PIXELS];
    vec sum[TILE * VECTORS];
    for (int t = 0; t < TILE; t++) at[t] = window + offset[t];
    tile(b->layer, b->view, b->weights, at, sum, TILE, VECTORS);
    for (int v = 0; v < VECTORS; v++) {
        max[v] = sum[v];
        for (int t = 1; t < TILE; t++) max[v] = MAX(max[v], sum[t * VECTORS + v]);
    }
}

/* Each pixel is the maximum of a window. What is missing to full tiles is filled up with its first pixel again, which
 * changes no maximum. */
static INSTRUCTIONS void run_pooled(const block *b, const uint8_t *in, uint8_t *out)
{
    const kernel_layer *l = b->layer;
    const kernel_view *v = b->view;
    const int32_t size = v->pool, pixels = size * size;
    int32_t offset[4 * 4] = {0};
    for (int32_t i = 0; i < pixels; i++) offset[i] = i / size * v->down + i % size * l->step;
    for (int32_t y = 0; y < v->height; y++, in += size * v->down, out += v->out_row_stride)
        for (int32_t x = 0; x < v->width; x++) {
            const uint8_t *window = in + x * size * l->step;
            vec max[VECTORS], other[VECTORS];
            max_of_tile(b, window, offset, max);
            for (int32_t i = TILE; i < pixels; i += TILE) {
                max_of_tile(b, window, offset + i, other);
                for (int k = 0; k < VECTORS; k++) max[k] = MAX(max[k], other[k]);
            }
            put(b, max, NULL, out + x * l->out_c);
        }
}

static INSTRUCTIONS void run(const kernel_layer *l, const kernel_view *v, const uint8_t *in, const uint8_t *add,
                             void *out)
{
    const uint8_t *w = l->packed;
    for (int32_t o = 0; o < l->out_c; o += KERNEL_BLOCK) {
        const int32_t left = l->out_c - o, channels = kernel_block_channels(l, o);
        block b = {.layer = l, .view = v, .weights = w, .count = left < channels ? left : channels};
        const uint8_t *residual = add ? add + o : NULL;
        uint8_t *to = (uint8_t *)out + (l->scale ? o : o * (int32_t)sizeof(int32_t));
        for (int k = 0; k < VECTORS; k++) {
            const int32_t at = o + k * LANES % channels;
            b.bias[k] = LOAD(l->bias + at);
            if (l->scale) b.scale[k] = LOAD(l->scale + at);
        }
        b.add_scale = SPLAT_FLOAT(l->add_scale);
        b.qmax = SPLAT_FLOAT((float)l->qmax);
        if (v->pool > 1) run_pooled(&b, in, to);
        else if (channels == HALF) run_tiles(&b, in, residual, to, 1);
        else run_tiles(&b, in, residual, to, 0);
        w += block_bytes(l, channels);
    }
}
