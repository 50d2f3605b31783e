/* Nearest-neighbour upsampling by 2. */
#include "layers.h"

#include <string.h>

void upsample_forward(const model *m, int i, const float *weights, int n, tape *t)
{
    (void)weights;
    const int from = m->layers[i].shape.from + 1;
    const model_tensor *in = &m->tensors[from], *out = &m->tensors[i + 1];
    const size_t c = (size_t)in->c;
    for (int y = 0; y < n * out->h; y++) {
        const float *row = tensor_row(in, t->value[from], y / out->h, y % out->h / 2);
        float *to = tensor_row(out, t->value[i + 1], y / out->h, y % out->h);
        for (int x = 0; x < in->w; x++, row += c, to += 2 * c) {
            memcpy(to, row, c * sizeof *to);
            memcpy(to + c, row, c * sizeof *to);
        }
    }
}

void upsample_backward(const model *m, int i, const float *weights, const float *flipped, int n, tape *t,
                       float *gradient)
{
    (void)weights, (void)flipped, (void)gradient;
    const int from = m->layers[i].shape.from + 1;
    if (from == 0) return;
    const model_tensor *in = &m->tensors[from], *out = &m->tensors[i + 1];
    const int c = in->c;
    if (m->layers[i].clears_from) tensor_clear(in, t->grad[from], n);
    for (int y = 0; y < n * out->h; y++) {
        const float *row = tensor_row(out, t->grad[i + 1], y / out->h, y % out->h);
        float *to = tensor_row(in, t->grad[from], y / out->h, y % out->h / 2);
        for (int x = 0; x < in->w; x++, row += 2 * c, to += c)
            for (int o = 0; o < c; o++) to[o] += row[o] + row[c + o];
    }
}
