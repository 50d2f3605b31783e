/* kernels_run.h — a whole layer, tile by tile: what is alike in all vector kernels. An including file has defined
 *
 *   INSTRUCTIONS                      an attribute for every function, or nothing
 *   vec, LANES                        a vector, and how many 32-bit numbers it holds
 *   LOAD(p), MAX(a, b)                of 32-bit numbers
 *   ZERO                              a vector of zeros
 *   block_bytes(l)                    bytes of the packed weights of 2·LANES channels
 *   tile(l, w, at, sum, pixels)       sum[pixels][2] += sums of pixels (1 or TILE) whose first runs begin at at[],
 *                                     for the 2·LANES channels whose packed weights w are
 *   requantize(sum, scale, most, out) two vectors of sums → 2·LANES bytes
 *
 * and gets run(). */

/* What 2·LANES channels have in common. */
typedef struct channels {
    const kernel_layer *layer;
    const uint8_t *weights;
    int32_t count; /* 2·LANES; fewer in the last block */
    vec bias[2], scale[2], most;
} channels;

static inline INSTRUCTIONS void put(const channels *c, const vec sum[2], uint8_t *out)
{
    if (c->count == 2 * LANES) {
        requantize(sum, c->scale, c->most, out);
    } else {
        uint8_t bytes[2 * LANES];
        requantize(sum, c->scale, c->most, bytes);
        memcpy(out, bytes, (size_t)c->count);
    }
}

/* The sums of pixels (1 or TILE) whose first runs begin at at[]. */
static inline __attribute__((always_inline)) INSTRUCTIONS void sums(const channels *c, const uint8_t *const at[TILE],
                                                                    vec sum[TILE][2], const int pixels)
{
    for (int t = 0; t < pixels; t++) {
        sum[t][0] = c->bias[0];
        sum[t][1] = c->bias[1];
    }
    tile(c->layer, c->weights, at, sum, pixels);
}

/* Without pooling: tiles of pixels, row after row, that may begin on one row and end on the next. */
static INSTRUCTIONS void run_alone(const channels *c, const uint8_t *in, uint8_t *out)
{
    const kernel_layer *l = c->layer;
    int32_t x = 0;
    for (int32_t left = l->width * l->height; left > 0; left -= TILE) {
        const uint8_t *at[TILE];
        uint8_t *to[TILE];
        vec sum[TILE][2];
        for (int t = 0; t < TILE; t++) {
            at[t] = t < left ? in + x * l->step : at[0];
            to[t] = t < left ? out + x * l->out_c : to[0];
            if (++x < l->width) continue;
            x = 0;
            in += l->row_stride;
            out += l->out_row_stride;
        }
        if (left == 1) {
            sums(c, at, sum, 1);
        } else {
            sums(c, at, sum, TILE);
            for (int t = TILE - 1; t > 0; t--) put(c, sum[t], to[t]); /* what is doubled is equal */
        }
        put(c, sum[0], to[0]);
    }
}

/* Each pixel is the maximum of a window. What is missing to full tiles is filled up with its first pixel again, which
 * changes no maximum. */
static INSTRUCTIONS void run_pooled(const channels *c, const uint8_t *in, uint8_t *out)
{
    const kernel_layer *l = c->layer;
    const int32_t size = l->pool, window = size * size;
    int32_t offset[4 * 4];
    for (int32_t i = 0; i < 4 * 4; i++) offset[i] = i < window ? i / size * l->row_stride + i % size * l->step : 0;
    for (int32_t y = 0; y < l->height; y++, in += size * l->row_stride, out += l->out_row_stride)
        for (int32_t x = 0; x < l->width; x++) {
            vec most[2] = {ZERO, ZERO}; /* no activation is less */
            for (int32_t i = 0; i < window; i += TILE) {
                const uint8_t *at[TILE];
                vec sum[TILE][2];
                for (int t = 0; t < TILE; t++) at[t] = in + x * size * l->step + offset[i + t];
                sums(c, at, sum, TILE);
                for (int h = 0; h < 2; h++)
                    most[h] = MAX(MAX(most[h], MAX(sum[0][h], sum[1][h])), MAX(sum[2][h], sum[3][h]));
            }
            put(c, most, out + x * l->out_c);
        }
}

/* The last layer: one pixel, whose sums are wanted. */
static INSTRUCTIONS void run_last(const channels *c, const uint8_t *in, int32_t *out)
{
    const uint8_t *const at[TILE] = {in};
    vec sum[TILE][2];
    sums(c, at, sum, 1);
    memcpy(out, sum[0], (size_t)c->count * sizeof *out);
}

static INSTRUCTIONS void run(const kernel_layer *l, const uint8_t *in, void *out)
{
    const uint8_t *w = l->packed;
    for (int32_t o = 0; o < l->out_c; o += 2 * LANES, w += block_bytes(l)) {
        const int32_t left = l->out_c - o;
        channels c = {.layer = l,
                      .weights = w,
                      .count = left < 2 * LANES ? left : 2 * LANES,
                      .bias = {LOAD(l->bias + o), LOAD(l->bias + o + LANES)}};
        if (!l->scale) {
            run_last(&c, in, (int32_t *)out + o);
            continue;
        }
        c.scale[0] = LOAD(l->scale + o);
        c.scale[1] = LOAD(l->scale + o + LANES);
        c.most = SPLAT_FLOAT((float)l->most);
        if (l->pool == 1) run_alone(&c, in, (uint8_t *)out + o);
        else run_pooled(&c, in, (uint8_t *)out + o);
    }
}
