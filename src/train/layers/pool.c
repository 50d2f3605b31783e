/* Max pooling. */
#include "layers.h"

#include <string.h>

void pool_forward(const model *m, int i, const float *weights, int n, tape *t)
{
    (void)weights;
    const layer_shape *s = &m->layers[i].shape;
    const model_tensor *in = &m->tensors[s->from + 1], *out = &m->tensors[i + 1];
    const int c = in->c, in_row = tensor_stride(in);
    for (int y = 0; y < n * out->h; y++) {
        const float *from = tensor_row(in, t->value[s->from + 1], y / out->h, y % out->h * s->size);
        float *to = tensor_row(out, t->value[i + 1], y / out->h, y % out->h);
        for (int x = 0; x < out->w; x++, to += c, from += s->size * c) {
            memcpy(to, from, (size_t)c * sizeof *to);
            for (int v = 0; v < s->size; v++)
                for (int u = 0; u < s->size; u++) {
                    const float *other = from + v * in_row + u * c;
                    for (int o = 0; o < c; o++) to[o] = to[o] > other[o] ? to[o] : other[o];
                }
        }
    }
}

/* The gradient goes to the first input that equals the maximum. All channels go side by side, in vectors, without a
 * branch: left is what no input has taken yet. */
void pool_backward(const model *m, int i, const float *weights, const float *flipped, int n, tape *t, float *gradient)
{
    (void)weights, (void)flipped, (void)gradient;
    const layer_shape *s = &m->layers[i].shape;
    if (s->from < 0) return;
    const model_tensor *in = &m->tensors[s->from + 1], *out = &m->tensors[i + 1];
    const int c = in->c, in_row = tensor_stride(in);
    float left[ARCHITECTURE_MAX_CHANNELS];
    if (m->layers[i].clears_from) tensor_clear(in, t->grad[s->from + 1], n);
    for (int y = 0; y < n * out->h; y++) {
        const float *from = tensor_row(in, t->value[s->from + 1], y / out->h, y % out->h * s->size);
        float *to = tensor_row(in, t->grad[s->from + 1], y / out->h, y % out->h * s->size);
        const float *max = tensor_row(out, t->value[i + 1], y / out->h, y % out->h);
        const float *grad = tensor_row(out, t->grad[i + 1], y / out->h, y % out->h);
        for (int x = 0; x < out->w; x++, max += c, grad += c, from += s->size * c, to += s->size * c) {
            memcpy(left, grad, (size_t)c * sizeof *left);
            for (int v = 0; v < s->size; v++)
                for (int u = 0; u < s->size; u++) {
                    const int at = v * in_row + u * c;
                    for (int o = 0; o < c; o++) {
                        const float taken = from[at + o] == max[o] ? left[o] : 0;
                        to[at + o] += taken;
                        left[o] -= taken;
                    }
                }
        }
    }
}
