#include "gemm.h"
#include "model.h"

#include <math.h>
#include <string.h>

/* The first float of row y of a bordered activation. */
static float *row_of(float *a, int y, int width, int channels, int border)
{
    return a + ((y + border) * (width + 2 * border) + border) * channels;
}

/* ReLU over the n sums of a row, onto the grid of 0..127 steps once the range is known. */
static void activate(const model *m, int layer, float *v, int n, float *largest)
{
    const float range = m->range[layer], up = 127 / range, down = range / 127;
    float most = *largest;
    for (int i = 0; i < n; i++) {
        v[i] = v[i] > 0 ? v[i] : 0;
        most = v[i] > most ? v[i] : most;
    }
    *largest = most;
    if (m->quantized)
        for (int i = 0; i < n; i++) v[i] = rintf((v[i] < range ? v[i] : range) * up) * down;
}

static void forward_sums(const model *m, int i, const float *weights, tape *t)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const int in_row = (s->in_w + 2 * l->border) * s->in_c, run = s->size * s->in_c;
    for (int y = 0; y < s->out_h; y++) {
        float *out = row_of(t->in[i + 1], y, s->out_w, l->out_p, l->out_border);
        for (int x = 0; x < s->out_w; x++)
            memcpy(out + x * l->out_p, weights + l->bias, (size_t)l->out_p * sizeof *out);
        gemm(&(gemm_view){.m = s->out_w,
                          .n = l->out_p,
                          .rows = s->size,
                          .run = run,
                          .a = t->in[i] + y * in_row,
                          .a_m = s->in_c,
                          .a_row = in_row,
                          .a_k = 1,
                          .b = weights + l->weights,
                          .b_row = run * l->out_p,
                          .b_k = l->out_p,
                          .c = out,
                          .c_m = l->out_p});
        if (i + 1 < m->count) activate(m, i, out, s->out_w * l->out_p, &t->largest[i]);
    }
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
            for (int j = 1; j < s->size * s->size; j++) {
                const float *other = from + j / s->size * row + j % s->size * c;
                for (int o = 0; o < c; o++) to[o] = to[o] > other[o] ? to[o] : other[o];
            }
        }
    }
}

void model_forward(const model *m, const float *weights, const uint8_t *pixels, tape *t)
{
    for (int y = 0; y < DIGITS_SIDE; y++) {
        float *row = row_of(t->in[0], y, DIGITS_SIDE, 1, m->layers[0].border);
        for (int x = 0; x < DIGITS_SIDE; x++) row[x] = (float)(pixels[y * DIGITS_SIDE + x] >> 1) / 127;
    }
    for (int i = 0; i < m->count; i++) {
        if (m->layers[i].shape.kind == LAYER_POOL) forward_pool(&m->layers[i], t->in[i], t->in[i + 1]);
        else forward_sums(m, i, weights, t);
    }
}

float model_loss(const model *m, int label, tape *t)
{
    const float *logits = t->in[m->count];
    float *grad = t->grad[m->count];
    float most = logits[0], sum = 0;
    memset(grad, 0, m->layers[m->count - 1].out_size * sizeof *grad);
    for (int i = 1; i < DIGITS_CLASSES; i++) most = logits[i] > most ? logits[i] : most;
    for (int i = 0; i < DIGITS_CLASSES; i++) sum += grad[i] = expf(logits[i] - most);
    for (int i = 0; i < DIGITS_CLASSES; i++) grad[i] /= sum;
    const float loss = logf(sum) - (logits[label] - most);
    grad[label] -= 1;
    return loss;
}
