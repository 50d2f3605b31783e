#include "gemm.h"
#include "model.h"

#include <string.h>

/* Loss by the outputs of layer i → loss by what went into its ReLU, in place. The last layer has none. */
static void through_relu(const model *m, int i, int n, tape *t)
{
    if (i + 1 == m->count) return;
    const float range = m->quantized ? m->range[i] : 3e38f;
    float *grad = t->grad[i + 1];
    const float *out = t->in[i + 1];
    const size_t all = (size_t)n * m->layers[i].out_size;
    for (size_t j = 0; j < all; j++) grad[j] = out[j] > 0 && out[j] < range ? grad[j] : 0;
}

/* The pixels of n bordered pictures, row by row: the first float of row y, counted over all pictures. */
static float *row_of(const model_layer *l, float *a, int y)
{
    const layer_shape *s = &l->shape;
    return a + (size_t)(y / s->out_h) * l->out_size +
           (size_t)(((y % s->out_h + l->out_border) * (s->out_w + 2 * l->out_border) + l->out_border) * l->out_p);
}

/* Sums over all pixels, per channel: of the gradient, and of gradient · normal where there is batch norm. */
static void channel_sums(const model_layer *l, float *grad, const float *normal, int n, float *sums, float *products)
{
    const int c = l->out_p;
    for (int y = 0; y < n * l->shape.out_h; y++) {
        const float *row = row_of(l, grad, y);
        for (int x = 0; x < l->shape.out_w; x++, row += c) {
            for (int o = 0; o < c; o++) sums[o] += row[o];
            if (!normal) continue;
            for (int o = 0; o < c; o++) products[o] += row[o] * normal[o];
            normal += c;
        }
    }
}

/* Loss by batch norm's output → loss by the sums that it normalised, in place (Ioffe & Szegedy 2015, section 3). */
static void through_norm(const model *m, int i, const float *weights, int n, tape *t, float *gradient)
{
    const model_layer *l = &m->layers[i];
    const int c = l->out_p, norm = l->has_norm && m->normalizing;
    float sums[ARCHITECTURE_MAX_CHANNELS] = {0}, products[ARCHITECTURE_MAX_CHANNELS] = {0};
    channel_sums(l, t->grad[i + 1], norm ? t->normal[i] : NULL, n, sums, products);
    for (int o = 0; o < c; o++) gradient[l->bias + (size_t)o] += sums[o];
    if (!norm) return;
    float factor[ARCHITECTURE_MAX_CHANNELS];
    const float share = 1 / (float)(n * l->shape.out_h * l->shape.out_w), *normal = t->normal[i];
    for (int o = 0; o < c; o++) {
        gradient[l->gamma + (size_t)o] += products[o];
        factor[o] = weights[l->gamma + (size_t)o] / t->deviation[i][o];
        sums[o] *= share;
        products[o] *= share;
    }
    for (int y = 0; y < n * l->shape.out_h; y++) {
        float *row = row_of(l, t->grad[i + 1], y);
        for (int x = 0; x < l->shape.out_w; x++, row += c, normal += c)
            for (int o = 0; o < c; o++) row[o] = factor[o] * (row[o] - sums[o] - normal[o] * products[o]);
    }
}

/* One picture's gradient with the border that the flipped convolution wants. */
static void copy_bordered(const model_layer *l, float *grad, int picture, float *delta)
{
    const layer_shape *s = &l->shape;
    const int to_row = (s->out_w + 2 * l->border) * l->out_p;
    memset(delta, 0, (size_t)to_row * (size_t)(s->out_h + 2 * l->border) * sizeof *delta);
    for (int y = 0; y < s->out_h; y++)
        memcpy(delta + (y + l->border) * to_row + l->border * l->out_p, row_of(l, grad, picture * s->out_h + y),
               (size_t)(s->out_w * l->out_p) * sizeof *delta);
}

static void backward_conv(const model *m, int i, const float *flipped, int picture, tape *t, float *gradient)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int in_row = (s->in_w + 2 * l->border) * s->in_c, run = s->size * s->in_c;
    const int delta_row = (s->out_w + 2 * l->border) * l->out_p;
    const float *in = t->in[i] + (size_t)picture * l->in_size;
    copy_bordered(l, t->grad[i + 1], picture, t->delta);

    for (int r = 0; r < s->size; r++) /* weights: every pixel's input run against every pixel's delta */
        gemm(&(gemm_view){.m = run,
                          .n = l->out_p,
                          .rows = s->out_h,
                          .run = s->out_w,
                          .a = in + r * in_row,
                          .a_m = 1,
                          .a_row = in_row,
                          .a_k = s->in_c,
                          .b = t->delta + l->border * delta_row + l->border * l->out_p,
                          .b_row = delta_row,
                          .b_k = l->out_p,
                          .c = gradient + l->weights + r * run * l->out_p,
                          .c_m = l->out_p});
    if (i == 0) return;

    /* Input: the convolution of delta with the flipped weights. */
    float *to = t->grad[i] + (size_t)picture * l->in_size;
    memset(to, 0, l->in_size * sizeof *to);
    for (int y = 0; y < s->in_h; y++)
        gemm(&(gemm_view){.m = s->in_w,
                          .n = s->in_c,
                          .rows = s->size,
                          .run = s->size * l->out_p,
                          .a = t->delta + y * delta_row,
                          .a_m = l->out_p,
                          .a_row = delta_row,
                          .a_k = 1,
                          .b = flipped + l->weights,
                          .b_row = s->size * l->out_p * s->in_c,
                          .b_k = s->in_c,
                          .c = to + (y + l->border) * in_row + l->border * s->in_c,
                          .c_m = s->in_c});
}

static void backward_dense(const model *m, int i, const float *flipped, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    if (i == 0) return;
    memset(t->grad[i], 0, (size_t)n * l->in_size * sizeof(float));
    gemm(&(gemm_view){.m = n,
                      .n = l->shape.in_c,
                      .rows = 1,
                      .run = l->out_p,
                      .a = t->grad[i + 1],
                      .a_m = l->out_p,
                      .a_k = 1,
                      .b = flipped + l->weights,
                      .b_k = l->shape.in_c,
                      .c = t->grad[i],
                      .c_m = (long)l->in_size});
}

/* The gradient goes to the first input that equals the maximum. All channels go side by side, in vectors, without a
 * branch: left is what no input has taken yet. */
static void backward_pool(const model *m, int i, int picture, tape *t)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int c = s->in_c, row = s->in_w * c, out_row = (s->out_w + 2 * l->out_border) * c;
    const float *in = t->in[i] + (size_t)picture * l->in_size;
    float *to = t->grad[i] + (size_t)picture * l->in_size, left[ARCHITECTURE_MAX_CHANNELS];
    memset(to, 0, l->in_size * sizeof *to);
    for (int y = 0; y < s->out_h; y++)
        for (int x = 0; x < s->out_w; x++) {
            const size_t at =
                (size_t)picture * l->out_size + (size_t)((y + l->out_border) * out_row + (x + l->out_border) * c);
            const float *out = t->in[i + 1] + at;
            memcpy(left, t->grad[i + 1] + at, (size_t)c * sizeof *left);
            for (int v = 0; v < s->size; v++)
                for (int u = 0; u < s->size; u++) {
                    const int from = (y * s->size + v) * row + (x * s->size + u) * c;
                    for (int o = 0; o < c; o++) {
                        const float taken = in[from + o] == out[o] ? left[o] : 0;
                        to[from + o] = taken;
                        left[o] -= taken;
                    }
                }
        }
}

void model_backward(const model *m, const float *weights, const float *flipped, int n, tape *t, float *gradient)
{
    for (int i = m->count - 1; i >= 0; i--) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind == LAYER_POOL) {
            for (int p = 0; p < n; p++) backward_pool(m, i, p, t);
            continue;
        }
        through_relu(m, i, n, t);
        through_norm(m, i, weights, n, t, gradient);
        if (l->shape.kind == LAYER_DENSE) backward_dense(m, i, flipped, n, t);
        else
            for (int p = 0; p < n; p++) backward_conv(m, i, flipped, p, t, gradient);
    }
}

void model_backward_dense(const model *m, int batch, const batch_rows *b, float *gradient)
{
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind != LAYER_DENSE) continue;
        /* Rows of the weights at a time: a few neighbours in the picture, most of which no digit's ink reaches; or as
         * many as leave the batch's inputs to them in the first cache. */
        const int rows = l->shape.in_c, part = i == 0 ? 7 : 56;
#pragma omp for schedule(dynamic, 1) nowait
        for (int from = 0; from < rows; from += part) {
            int only[i == 0 ? batch : 1];
            const int some = rows - from < part ? rows - from : part;
            const float *in = b->in[i] + from;
            float *to = gradient + l->weights + (size_t)from * (size_t)l->out_p;
            memset(to, 0, (size_t)some * (size_t)l->out_p * sizeof *to);
            gemm(&(gemm_view){.m = some,
                              .n = l->out_p,
                              .rows = 1,
                              .run = i == 0 ? gemm_used(in, some, 1, batch, rows, only) : batch,
                              .a = in,
                              .a_m = 1,
                              .a_k = rows,
                              .b = b->grad[i],
                              .b_k = l->out_p,
                              .c = to,
                              .c_m = l->out_p,
                              .only = i == 0 ? only : NULL});
        }
    }
#pragma omp barrier
}
