#include "gemm.h"
#include "model.h"

#include <string.h>

/* Loss by the outputs of layer i → loss by its sums, in t->delta with the border of its own input. */
static void through_activation(const model *m, int i, tape *t)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int n = s->out_w * l->out_p;
    const int from_row = (s->out_w + 2 * l->out_border) * l->out_p, to_row = (s->out_w + 2 * l->border) * l->out_p;
    const float range = m->quantized ? m->range[i] : 3e38f;
    memset(t->delta, 0, (size_t)to_row * (size_t)(s->out_h + 2 * l->border) * sizeof(float));
    for (int y = 0; y < s->out_h; y++) {
        const int at = (y + l->out_border) * from_row + l->out_border * l->out_p;
        const float *grad = t->grad[i + 1] + at, *out = t->in[i + 1] + at;
        float *to = t->delta + (y + l->border) * to_row + l->border * l->out_p;
        if (i + 1 == m->count) memcpy(to, grad, (size_t)n * sizeof *to);
        else
            for (int j = 0; j < n; j++) to[j] = out[j] > 0 && out[j] < range ? grad[j] : 0;
    }
}

static void backward_sums(const model *m, int i, const float *flipped, tape *t, float *gradient)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int in_row = (s->in_w + 2 * l->border) * s->in_c, run = s->size * s->in_c;
    const int delta_row = (s->out_w + 2 * l->border) * l->out_p;
    const float *delta = t->delta + l->border * delta_row + l->border * l->out_p;

    float *bias = gradient + l->bias;
    for (int y = 0; y < s->out_h; y++)
        for (int x = 0; x < s->out_w; x++)
            for (int o = 0; o < l->out_p; o++) bias[o] += delta[y * delta_row + x * l->out_p + o];

    for (int r = 0; r < s->size; r++) /* weights: every pixel's input run against every pixel's delta */
        gemm(&(gemm_view){.m = run,
                          .n = l->out_p,
                          .rows = s->out_h,
                          .run = s->out_w,
                          .a = t->in[i] + r * in_row,
                          .a_m = 1,
                          .a_row = in_row,
                          .a_k = s->in_c,
                          .b = delta,
                          .b_row = delta_row,
                          .b_k = l->out_p,
                          .c = gradient + l->weights + r * run * l->out_p,
                          .c_m = l->out_p});
    if (i == 0) return;

    /* Input: the convolution of delta with the flipped weights, which is dense's transpose at size 1. */
    float *to = t->grad[i];
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

/* The gradient goes to the first input that equals the maximum. */
static void backward_pool(const model *m, int i, tape *t)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int c = s->in_c, row = s->in_w * c, out_row = (s->out_w + 2 * l->out_border) * c;
    memset(t->grad[i], 0, l->in_size * sizeof(float));
    for (int y = 0; y < s->out_h; y++)
        for (int x = 0; x < s->out_w; x++) {
            const int at = (y + l->out_border) * out_row + (x + l->out_border) * c;
            const float *out = t->in[i + 1] + at, *grad = t->grad[i + 1] + at;
            const int corner = y * s->size * row + x * s->size * c;
            for (int o = 0; o < c; o++)
                for (int j = 0; j < s->size * s->size; j++) {
                    const int from = corner + j / s->size * row + j % s->size * c + o;
                    if (t->in[i][from] == out[o]) {
                        t->grad[i][from] = grad[o];
                        break;
                    }
                }
        }
}

void model_backward(const model *m, const float *flipped, tape *t, float *gradient)
{
    for (int i = m->count - 1; i >= 0; i--) {
        if (m->layers[i].shape.kind == LAYER_POOL) {
            backward_pool(m, i, t);
        } else {
            through_activation(m, i, t);
            backward_sums(m, i, flipped, t, gradient);
        }
    }
}
