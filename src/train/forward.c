#include "gemm.h"
#include "model.h"

#include <math.h>
#include <string.h>

/* The first float of row y of a bordered activation. */
static float *row_of(float *a, int y, int width, int channels, int border)
{
    return a + ((y + border) * (width + 2 * border) + border) * channels;
}

/* ReLU over the n sums of a row, onto the grid of steps once the range is known. */
static void activate(const model *m, int layer, float *v, int n, float *largest)
{
    const float range = m->range[layer], up = MODEL_ACTIVATION_STEPS / range, down = range / MODEL_ACTIVATION_STEPS;
    float most[16] = {0}; /* side by side, as vectors have them: n is a multiple of 8 */
    for (int i = 0; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++) {
            v[i + j] = v[i + j] > 0 ? v[i + j] : 0;
            most[j] = v[i + j] > most[j] ? v[i + j] : most[j];
        }
    for (int i = n / 16 * 16, j = 0; j < n % 16; j++) {
        v[i + j] = v[i + j] > 0 ? v[i + j] : 0;
        most[j] = v[i + j] > most[j] ? v[i + j] : most[j];
    }
    for (int j = 0; j < 16; j++) *largest = most[j] > *largest ? most[j] : *largest;
    if (m->quantized)
        for (int i = 0; i < n; i++) v[i] = rintf((v[i] < range ? v[i] : range) * up) * down;
}

/* The sums of a convolution over one picture, bias included unless batch norm brings its own. */
static void convolve(const model *m, int i, const float *weights, const float *in, float *out)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int in_row = (s->in_w + 2 * l->border) * s->in_c, run = s->size * s->in_c;
    const int norm = l->has_norm && m->normalizing;
    for (int y = 0; y < s->out_h; y++) {
        float *row = row_of(out, y, s->out_w, l->out_p, l->out_border);
        if (norm) memset(row, 0, (size_t)(s->out_w * l->out_p) * sizeof *row);
        else
            for (int x = 0; x < s->out_w; x++)
                memcpy(row + x * l->out_p, weights + l->bias, (size_t)l->out_p * sizeof *row);
        gemm(&(gemm_view){.m = s->out_w,
                          .n = l->out_p,
                          .rows = s->size,
                          .run = run,
                          .a = in + y * in_row,
                          .a_m = s->in_c,
                          .a_row = in_row,
                          .a_k = 1,
                          .b = weights + l->weights,
                          .b_row = run * l->out_p,
                          .b_k = l->out_p,
                          .c = row,
                          .c_m = l->out_p});
    }
}

/* Batch norm over the shard: the sums in t->in[i + 1] become gamma·normal + beta. */
static void normalize(const model *m, int i, const float *weights, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int c = l->out_p, pixels = n * s->out_h * s->out_w;
    float *mean = t->moments + l->norm, *variance = mean + c;
    memset(mean, 0, 2 * (size_t)c * sizeof *mean);
    /* Means first, then squares of what is left: no difference of large numbers. */
    for (int pass = 0; pass < 2; pass++) {
        for (int y = 0; y < n * s->out_h; y++) {
            const float *row =
                row_of(t->in[i + 1] + (size_t)(y / s->out_h) * l->out_size, y % s->out_h, s->out_w, c, l->out_border);
            for (int x = 0; x < s->out_w; x++, row += c)
                for (int o = 0; o < c; o++) {
                    if (pass == 0) mean[o] += row[o];
                    else variance[o] += (row[o] - mean[o]) * (row[o] - mean[o]);
                }
        }
        for (int o = 0; o < c; o++) *(pass == 0 ? &mean[o] : &variance[o]) /= (float)pixels;
    }
    for (int o = 0; o < c; o++) t->deviation[i][o] = sqrtf(variance[o] + 1e-5f);
    float *normal = t->normal[i];
    const float *gamma = weights + l->gamma, *beta = weights + l->bias, *deviation = t->deviation[i];
    for (int y = 0; y < n * s->out_h; y++) {
        float *row =
            row_of(t->in[i + 1] + (size_t)(y / s->out_h) * l->out_size, y % s->out_h, s->out_w, c, l->out_border);
        for (int x = 0; x < s->out_w; x++, row += c, normal += c)
            for (int o = 0; o < c; o++) {
                normal[o] = (row[o] - mean[o]) / deviation[o];
                row[o] = gamma[o] * normal[o] + beta[o];
            }
    }
}

static void forward_conv(const model *m, int i, const float *weights, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    for (int p = 0; p < n; p++)
        convolve(m, i, weights, t->in[i] + (size_t)p * l->in_size, t->in[i + 1] + (size_t)p * l->out_size);
    if (l->has_norm && m->normalizing) normalize(m, i, weights, n, t);
    for (int y = 0; y < n * l->shape.out_h; y++)
        activate(m, i,
                 row_of(t->in[i + 1] + (size_t)(y / l->shape.out_h) * l->out_size, y % l->shape.out_h, l->shape.out_w,
                        l->out_p, l->out_border),
                 l->shape.out_w * l->out_p, &t->largest[i]);
}

/* All pictures of the shard are the rows of one product; of ink, eight at a time, so that few have ink somewhere. */
static void forward_dense(const model *m, int i, const float *weights, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    float *out = t->in[i + 1];
    for (int p = 0; p < n; p++) memcpy(out + p * l->out_p, weights + l->bias, (size_t)l->out_p * sizeof *out);
    const int together = i == 0 ? 8 : n;
    for (int p = 0; p < n; p += together) {
        const float *in = t->in[i] + p * l->shape.in_c;
        const int m = n - p < together ? n - p : together;
        int only[DIGITS_PIXELS];
        gemm(&(gemm_view){.m = m,
                          .n = l->out_p,
                          .rows = 1,
                          .run = i == 0 ? gemm_used(in, m, l->shape.in_c, l->shape.in_c, 1, only) : l->shape.in_c,
                          .a = in,
                          .a_m = l->shape.in_c,
                          .a_k = 1,
                          .b = weights + l->weights,
                          .b_k = l->out_p,
                          .c = out + p * l->out_p,
                          .c_m = l->out_p,
                          .only = i == 0 ? only : NULL});
    }
    if (i + 1 < m->count) activate(m, i, out, n * l->out_p, &t->largest[i]);
}

static void forward_pool(const model_layer *l, const float *in, float *out)
{
    const layer_shape *s = &l->shape;
    const int c = s->in_c, row = s->in_w * c;
    for (int y = 0; y < s->out_h; y++) {
        float *to = row_of(out, y, s->out_w, c, l->out_border);
        for (int x = 0; x < s->out_w; x++, to += c) {
            const float *from = in + y * s->size * row + x * s->size * c;
            memcpy(to, from, (size_t)c * sizeof *to);
            for (int v = 0; v < s->size; v++)
                for (int u = 0; u < s->size; u++) {
                    const float *other = from + v * row + u * c;
                    for (int o = 0; o < c; o++) to[o] = to[o] > other[o] ? to[o] : other[o];
                }
        }
    }
}

void model_forward(const model *m, const float *weights, const uint8_t *const *pixels, int n, tape *t)
{
    for (int y = 0; y < n * DIGITS_SIDE; y++) {
        const int p = y / DIGITS_SIDE, v = y % DIGITS_SIDE;
        float *row = row_of(t->in[0] + (size_t)p * m->layers[0].in_size, v, DIGITS_SIDE, 1, m->layers[0].border);
        for (int x = 0; x < DIGITS_SIDE; x++)
            row[x] = (float)(pixels[p][v * DIGITS_SIDE + x] >> 2) / MODEL_ACTIVATION_STEPS;
    }
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        switch (l->shape.kind) {
        case LAYER_CONV: forward_conv(m, i, weights, n, t); break;
        case LAYER_DENSE: forward_dense(m, i, weights, n, t); break;
        case LAYER_UPSAMPLE: break; /* model_init refuses it */
        case LAYER_POOL:
            for (int p = 0; p < n; p++)
                forward_pool(l, t->in[i] + (size_t)p * l->in_size, t->in[i + 1] + (size_t)p * l->out_size);
        }
    }
}
