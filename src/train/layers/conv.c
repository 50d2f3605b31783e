/* Convolution with stride 1 or 2 and zero padding, as products of strided views (../gemm.h). */
#include "../gemm.h"
#include "layers.h"

#include <string.h>

/* The first input that output row y's filter row r meets. */
static float *input_run(const model_tensor *in, const layer_shape *s, float *picture, int y, int r)
{
    const int half = s->size / 2;
    return tensor_row(in, picture, 0, y * s->stride + r - half) - half * in->c;
}

void conv_forward(const model *m, int i, const float *weights, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const model_tensor *in = &m->tensors[s->from + 1], *out = &m->tensors[i + 1];
    const int run = s->size * in->c, norm = l->has_norm && m->normalizing;
    for (int p = 0; p < n; p++)
        for (int y = 0; y < out->h; y++) {
            float *row = tensor_row(out, t->value[i + 1], p, y);
            if (norm) memset(row, 0, (size_t)(out->w * out->c) * sizeof *row); /* beta comes later */
            else
                for (int x = 0; x < out->w; x++)
                    memcpy(row + x * out->c, weights + l->bias, (size_t)out->c * sizeof *row);
            gemm(&(gemm_view){.m = out->w,
                              .n = out->c,
                              .rows = s->size,
                              .run = run,
                              .a = input_run(in, s, t->value[s->from + 1] + (size_t)p * in->size, y, 0),
                              .a_m = s->stride * in->c,
                              .a_row = tensor_stride(in),
                              .a_k = 1,
                              .b = weights + l->weights,
                              .b_row = run * out->c,
                              .b_k = out->c,
                              .c = row,
                              .c_m = out->c});
        }
    if (norm) batch_norm_forward(m, i, weights, n, t);
    if (i + 1 < m->count) activation_forward(m, i, n, t);
}

/* The transposed convolution, by phases. Of the input's rows, counted from the border's first, row q·stride + p is met
 * by the filter rows p + stride·k, by way of output row q - k; columns alike. So each phase of rows and columns is a
 * convolution of the outputs' gradient, with stride 1, by the filter's phase read backwards:
 * flipped has for each phase, rows first, float[taps][taps'][out_p][in_c], k falling. */
static int taps(const layer_shape *s, int phase) { return (s->size - phase + s->stride - 1) / s->stride; }

void conv_flip(const model_layer *l, const float *w, size_t from, size_t to, float *out)
{
    const layer_shape *s = &l->shape;
    const size_t in_c = (size_t)s->in_c, out_p = (size_t)l->out_p;
    for (int pv = 0; pv < s->stride; pv++)
        for (int pu = 0; pu < s->stride; pu++)
            for (int v = taps(s, pv) - 1; v >= 0; v--)
                for (int u = taps(s, pu) - 1; u >= 0; u--, out += out_p * in_c) {
                    const float *tap =
                        w + (size_t)((pv + s->stride * v) * s->size + pu + s->stride * u) * in_c * out_p;
                    for (size_t o = from; o < to; o++)
                        for (size_t c = 0; c < in_c; c++) out[o * in_c + c] = tap[c * out_p + o];
                }
}

static void backward_weights(const model *m, int i, float *in_picture, const float *delta, long delta_row,
                             float *gradient)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const model_tensor *in = &m->tensors[s->from + 1], *out = &m->tensors[i + 1];
    const int run = s->size * in->c;
    for (int r = 0; r < s->size; r++) /* every pixel's input run against every pixel's delta */
        gemm(&(gemm_view){.m = run,
                          .n = out->c,
                          .rows = out->h,
                          .run = out->w,
                          .a = input_run(in, s, in_picture, 0, r),
                          .a_m = 1,
                          .a_row = (long)s->stride * tensor_stride(in),
                          .a_k = s->stride * in->c,
                          .b = delta,
                          .b_row = delta_row,
                          .b_k = out->c,
                          .c = gradient + l->weights + r * run * out->c,
                          .c_m = out->c});
}

static void backward_input(const model *m, int i, const float *flipped, const float *delta, long delta_row, float *to)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const model_tensor *in = &m->tensors[s->from + 1], *out = &m->tensors[i + 1];
    const int half = s->size / 2;
    const float *phase = flipped + l->weights;
    for (int pv = 0; pv < s->stride; pv++)
        for (int pu = 0; pu < s->stride; pu++) {
            const int rows = taps(s, pv), columns = taps(s, pu);
            /* The first row and column of the phase that are no border, and how many there are. */
            const int v = (half - pv + s->stride - 1) / s->stride, u = (half - pu + s->stride - 1) / s->stride;
            const int width = (half + in->w - 1 - pu) / s->stride - u + 1;
            for (int q = v; q * s->stride + pv < half + in->h; q++)
                gemm(&(gemm_view){.m = width,
                                  .n = in->c,
                                  .rows = rows,
                                  .run = columns * out->c,
                                  .a = delta + (q - rows + 1) * delta_row + (u - columns + 1) * out->c,
                                  .a_m = out->c,
                                  .a_row = delta_row,
                                  .a_k = 1,
                                  .b = phase,
                                  .b_row = columns * out->c * in->c,
                                  .b_k = in->c,
                                  .c = tensor_row(in, to, 0, q * s->stride + pv - half) +
                                       (u * s->stride + pu - half) * in->c,
                                  .c_m = s->stride * in->c});
            phase += rows * columns * out->c * in->c;
        }
}

void conv_backward(const model *m, int i, const float *weights, const float *flipped, int n, tape *t, float *gradient)
{
    const model_layer *l = &m->layers[i];
    const layer_shape *s = &l->shape;
    const model_tensor *in = &m->tensors[s->from + 1], *out = &m->tensors[i + 1];
    if (i + 1 < m->count) activation_backward(m, i, n, t);
    batch_norm_backward(m, i, weights, n, t, gradient);
    if (s->from >= 0 && l->clears_from) tensor_clear(in, t->grad[s->from + 1], n);
    /* The transposed convolution wants a border of half the filter; where the tensor has less, a copy has it. */
    const int half = s->size / 2, copied = out->border < half;
    const model_tensor bordered = {out->h, out->w, out->c, half, 0};
    const long delta_row = tensor_stride(copied ? &bordered : out);
    for (int p = 0; p < n; p++) {
        const float *delta = tensor_row(out, t->grad[i + 1], p, 0);
        if (copied) {
            memset(t->delta, 0, (size_t)delta_row * (size_t)(out->h + 2 * half) * sizeof(float));
            for (int y = 0; y < out->h; y++)
                memcpy(tensor_row(&bordered, t->delta, 0, y), delta + y * tensor_stride(out),
                       (size_t)(out->w * out->c) * sizeof(float));
            delta = tensor_row(&bordered, t->delta, 0, 0);
        }
        backward_weights(m, i, t->value[s->from + 1] + (size_t)p * in->size, delta, delta_row, gradient);
        if (s->from >= 0)
            backward_input(m, i, flipped, delta, delta_row, t->grad[s->from + 1] + (size_t)p * in->size);
    }
}
