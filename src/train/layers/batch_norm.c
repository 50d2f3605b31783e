/* Batch norm over the pictures of a shard (Ioffe & Szegedy 2015). */
#include "layers.h"

#include <math.h>
#include <string.h>

/* Eight channels. Every sum below goes over the pixels in their order, each channel by itself. */
typedef float lanes __attribute__((vector_size(32)));
enum { LANES = 8, BLOCKS = 4 };

static inline lanes load(const float *from)
{
    lanes v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(float *to, lanes v) { memcpy(to, &v, sizeof v); }

/* body(nb) once for every nb blocks of eight channels, from channel o on; nb is a constant in each. */
#define FOR_BLOCKS(channels, body)                                                                                   \
    for (int o = 0; o < (channels); o += LANES * BLOCKS) switch (((channels)-o) / LANES) {                           \
        case 1: body(1); break;                                                                                      \
        case 2: body(2); break;                                                                                      \
        case 3: body(3); break;                                                                                      \
        default: body(4); break;                                                                                     \
        }

#define INLINE static inline __attribute__((always_inline))

INLINE void add_pixels(const model_tensor *x, float *data, int n, int o, float *mean, float *variance, const int nb)
{
    lanes sum[BLOCKS], centre[BLOCKS];
    for (int b = 0; b < nb; b++) {
        sum[b] = (lanes){0};
        centre[b] = variance ? load(mean + o + LANES * b) : (lanes){0};
    }
    for (int y = 0; y < n * x->h; y++) {
        const float *row = tensor_row(x, data, y / x->h, y % x->h) + o;
        for (int i = 0; i < x->w; i++, row += x->c)
            for (int b = 0; b < nb; b++) {
                const lanes v = load(row + LANES * b) - centre[b];
                if (variance) sum[b] += v * v;
                else sum[b] += v;
            }
    }
    for (int b = 0; b < nb; b++) store((variance ? variance : mean) + o + LANES * b, sum[b]);
}

INLINE void normalize_pixels(const model_tensor *x, float *data, int n, int o, const float *mean,
                             const float *deviation, const float *gamma, const float *beta, float *normal,
                             const int nb)
{
    lanes m[BLOCKS], d[BLOCKS], g[BLOCKS], z[BLOCKS];
    for (int b = 0; b < nb; b++) {
        m[b] = load(mean + o + LANES * b);
        d[b] = load(deviation + o + LANES * b);
        g[b] = load(gamma + o + LANES * b);
        z[b] = load(beta + o + LANES * b);
    }
    normal += o;
    for (int y = 0; y < n * x->h; y++) {
        float *row = tensor_row(x, data, y / x->h, y % x->h) + o;
        for (int i = 0; i < x->w; i++, row += x->c, normal += x->c)
            for (int b = 0; b < nb; b++) {
                const lanes v = (load(row + LANES * b) - m[b]) / d[b];
                store(normal + LANES * b, v);
                store(row + LANES * b, g[b] * v + z[b]);
            }
    }
}

void batch_norm_forward(const model *m, int i, const float *weights, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    const model_tensor *x = &m->tensors[i + 1];
    const int pixels = n * x->h * x->w;
    float *mean = t->moments + l->norm, *variance = mean + x->c, *data = t->value[i + 1];
    /* Means first, then squares of what is left: no difference of large numbers. */
#define MEANS(nb) add_pixels(x, data, n, o, mean, NULL, nb)
    FOR_BLOCKS(x->c, MEANS)
    for (int o = 0; o < x->c; o++) mean[o] /= (float)pixels;
#define VARIANCES(nb) add_pixels(x, data, n, o, mean, variance, nb)
    FOR_BLOCKS(x->c, VARIANCES)
    for (int o = 0; o < x->c; o++) variance[o] /= (float)pixels;
    for (int o = 0; o < x->c; o++) t->deviation[i][o] = sqrtf(variance[o] + 1e-5f);
#define NORMALIZE(nb)                                                                                                \
    normalize_pixels(x, data, n, o, mean, t->deviation[i], weights + l->gamma, weights + l->bias, t->normal[i], nb)
    FOR_BLOCKS(x->c, NORMALIZE)
}

/* Sums over all pixels, per channel: of the gradient, and of gradient · normal where there is batch norm. */
INLINE void sum_gradient(const model_tensor *x, float *grad, const float *normal, int n, int o, float *sums,
                         float *products, const int nb)
{
    lanes sum[BLOCKS], product[BLOCKS];
    for (int b = 0; b < nb; b++) sum[b] = product[b] = (lanes){0};
    if (normal) normal += o;
    for (int y = 0; y < n * x->h; y++) {
        const float *row = tensor_row(x, grad, y / x->h, y % x->h) + o;
        for (int i = 0; i < x->w; i++, row += x->c) {
            for (int b = 0; b < nb; b++) sum[b] += load(row + LANES * b);
            if (!normal) continue;
            for (int b = 0; b < nb; b++) product[b] += load(row + LANES * b) * load(normal + LANES * b);
            normal += x->c;
        }
    }
    for (int b = 0; b < nb; b++) {
        store(sums + o + LANES * b, sum[b]);
        store(products + o + LANES * b, product[b]);
    }
}

INLINE void spread_gradient(const model_tensor *x, float *grad, const float *normal, int n, int o,
                            const float *factor, const float *sums, const float *products, const int nb)
{
    lanes f[BLOCKS], s[BLOCKS], p[BLOCKS];
    for (int b = 0; b < nb; b++) {
        f[b] = load(factor + o + LANES * b);
        s[b] = load(sums + o + LANES * b);
        p[b] = load(products + o + LANES * b);
    }
    normal += o;
    for (int y = 0; y < n * x->h; y++) {
        float *row = tensor_row(x, grad, y / x->h, y % x->h) + o;
        for (int i = 0; i < x->w; i++, row += x->c, normal += x->c)
            for (int b = 0; b < nb; b++)
                store(row + LANES * b, f[b] * (load(row + LANES * b) - s[b] - load(normal + LANES * b) * p[b]));
    }
}

void batch_norm_backward(const model *m, int i, const float *weights, int n, tape *t, float *gradient)
{
    const model_layer *l = &m->layers[i];
    const model_tensor *x = &m->tensors[i + 1];
    const int norm = l->has_norm && m->normalizing;
    float sums[ARCHITECTURE_MAX_CHANNELS], products[ARCHITECTURE_MAX_CHANNELS], *grad = t->grad[i + 1];
    const float *normal = norm ? t->normal[i] : NULL;
#define SUMS(nb) sum_gradient(x, grad, normal, n, o, sums, products, nb)
    FOR_BLOCKS(x->c, SUMS)
    for (int o = 0; o < x->c; o++) gradient[l->bias + (size_t)o] += sums[o];
    if (!norm) return;
    float factor[ARCHITECTURE_MAX_CHANNELS];
    const float share = 1 / (float)(n * x->h * x->w);
    for (int o = 0; o < x->c; o++) {
        gradient[l->gamma + (size_t)o] += products[o];
        factor[o] = weights[l->gamma + (size_t)o] / t->deviation[i][o];
        sums[o] *= share;
        products[o] *= share;
    }
#define SPREAD(nb) spread_gradient(x, grad, normal, n, o, factor, sums, products, nb)
    FOR_BLOCKS(x->c, SPREAD)
}
