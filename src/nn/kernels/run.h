/* kernels_run.h — a whole layer, tile by tile: what is alike in all vector kernels. An including file has defined
 *
 *   INSTRUCTIONS                      an attribute for every function, or nothing
 *   vec, LANES                        a vector, and how many 32-bit numbers it holds
 *   VECTORS, TILE                     what is worked on at once: KERNEL_BLOCK channels of so many pixels
 *   LOAD(p), ADD(a, b), MAX(a, b)     of 32-bit numbers
 *   SPLAT_FLOAT(f)                    a float, again and again
 *   blocks_at(l), block_bytes(l)      where in what pack made the weights of KERNEL_BLOCK channels are, and their bytes
 *   tile(l, w, at, sum, pixels)       sum[pixels][VECTORS] = sums of pixels (1 or TILE) whose first runs begin at at[],
 *                                     for the KERNEL_BLOCK channels whose packed weights w are
 *   requantize(sum, scale, most, out) VECTORS of sums → KERNEL_BLOCK bytes
 *
 * and gets run(). */

/* What KERNEL_BLOCK channels have in common. */
typedef struct channels {
    const kernel_layer *layer;
    const uint8_t *weights;
    int32_t count; /* KERNEL_BLOCK; fewer in the last one */
    vec bias[VECTORS], scale[VECTORS], most;
} channels;

static inline __attribute__((always_inline)) INSTRUCTIONS void add_bias(const channels *c, vec sum[VECTORS])
{
    for (int v = 0; v < VECTORS; v++) sum[v] = ADD(sum[v], c->bias[v]);
}

static inline __attribute__((always_inline)) INSTRUCTIONS void put(const channels *c, vec sum[VECTORS], uint8_t *out)
{
    add_bias(c, sum);
    if (c->count == KERNEL_BLOCK) {
        requantize(sum, c->scale, c->most, out);
    } else {
        uint8_t bytes[KERNEL_BLOCK];
        requantize(sum, c->scale, c->most, bytes);
        memcpy(out, bytes, (size_t)c->count);
    }
}

/* Without pooling: tiles of pixels, row after row, that may begin on one row and end on the next. */
static INSTRUCTIONS void run_alone(const channels *c, const uint8_t *in, uint8_t *out)
{
    const kernel_layer *l = c->layer;
    int32_t x = 0;
    for (int32_t left = l->width * l->height; left > 0; left -= TILE) {
        const uint8_t *at[TILE];
        uint8_t *to[TILE];
        vec sum[TILE][VECTORS];
        for (int t = 0; t < TILE; t++) {
            at[t] = t < left ? in + x * l->step : at[0];
            to[t] = t < left ? out + x * l->out_c : to[0];
            if (++x < l->width) continue;
            x = 0;
            in += l->row_stride;
            out += l->out_row_stride;
        }
        if (left == 1) {
            tile(l, c->weights, at, sum, 1);
        } else {
            tile(l, c->weights, at, sum, TILE);
            for (int t = TILE - 1; t > 0; t--) put(c, sum[t], to[t]); /* what is doubled is equal */
        }
        put(c, sum[0], to[0]);
    }
}

/* The greatest sums of TILE pixels that far from a window's first one. */
static inline __attribute__((always_inline)) INSTRUCTIONS void greatest(const channels *c, const uint8_t *window,
                                                                        const int32_t offset[TILE], vec most[VECTORS])
{
    const uint8_t *at[TILE];
    vec sum[TILE][VECTORS];
    for (int t = 0; t < TILE; t++) at[t] = window + offset[t];
    tile(c->layer, c->weights, at, sum, TILE);
    for (int v = 0; v < VECTORS; v++) {
        most[v] = sum[0][v];
        for (int t = 1; t < TILE; t++) most[v] = MAX(most[v], sum[t][v]);
    }
}

/* Each pixel is the maximum of a window. What is missing to full tiles is filled up with its first pixel again, which
 * changes no maximum. */
static INSTRUCTIONS void run_pooled(const channels *c, const uint8_t *in, uint8_t *out)
{
    const kernel_layer *l = c->layer;
    const int32_t size = l->pool, pixels = size * size;
    int32_t offset[4 * 4] = {0};
    for (int32_t i = 0; i < pixels; i++) offset[i] = i / size * l->row_stride + i % size * l->step;
    for (int32_t y = 0; y < l->height; y++, in += size * l->row_stride, out += l->out_row_stride)
        for (int32_t x = 0; x < l->width; x++) {
            const uint8_t *window = in + x * size * l->step;
            vec most[VECTORS], other[VECTORS];
            greatest(c, window, offset, most);
            for (int32_t i = TILE; i < pixels; i += TILE) {
                greatest(c, window, offset + i, other);
                for (int v = 0; v < VECTORS; v++) most[v] = MAX(most[v], other[v]);
            }
            put(c, most, out + x * l->out_c);
        }
}

/* The last layer: one pixel, whose sums are wanted. */
static INSTRUCTIONS void run_last(const channels *c, const uint8_t *in, int32_t *out)
{
    const uint8_t *const at[TILE] = {in};
    vec sum[TILE][VECTORS];
    tile(c->layer, c->weights, at, sum, 1);
    add_bias(c, sum[0]);
    memcpy(out, sum[0], (size_t)c->count * sizeof *out);
}

static INSTRUCTIONS void run(const kernel_layer *l, const uint8_t *in, void *out)
{
    const uint8_t *w = (const uint8_t *)l->packed + blocks_at(l);
    for (int32_t o = 0; o < l->out_c; o += KERNEL_BLOCK, w += block_bytes(l)) {
        const int32_t left = l->out_c - o;
        channels c = {.layer = l, .weights = w, .count = left < KERNEL_BLOCK ? left : KERNEL_BLOCK};
        for (int v = 0; v < VECTORS; v++) c.bias[v] = LOAD(l->bias + o + v * LANES);
        if (!l->scale) {
            run_last(&c, in, (int32_t *)out + o);
            continue;
        }
        for (int v = 0; v < VECTORS; v++) c.scale[v] = LOAD(l->scale + o + v * LANES);
        c.most = SPLAT_FLOAT((float)l->most);
        if (l->pool == 1) run_alone(&c, in, (uint8_t *)out + o);
        else run_pooled(&c, in, (uint8_t *)out + o);
    }
}
