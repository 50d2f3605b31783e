#include "layers.h"

static const struct {
    layer_forward *forward;
    layer_backward *backward;
} kinds[] = {
    [LAYER_CONV] = {conv_forward, conv_backward},
    [LAYER_POOL] = {pool_forward, pool_backward},
    [LAYER_UPSAMPLE] = {upsample_forward, upsample_backward},
    [LAYER_DENSE] = {dense_forward, dense_backward},
};

void layers_flip(const model_layer *l, const float *weights, size_t from, size_t to, float *flipped)
{
    conv_flip(l, weights, from, to, flipped); /* a dense layer is a convolution over one pixel */
}

void model_forward(const model *m, const float *weights, const uint8_t *const *pixels, int n, tape *t)
{
    const model_tensor *x = &m->tensors[0];
    const int shift = m->input_qmax == MODEL_PICTURE_QMAX ? 1 : 2;
    for (int p = 0; p < n; p++)
        for (int y = 0; y < x->h; y++) {
            float *row = tensor_row(x, t->value[0], p, y);
            const uint8_t *from = pixels[p] + y * x->w;
            for (int i = 0; i < x->w; i++) row[i] = (float)(from[i] >> shift) / (float)m->input_qmax;
        }
    for (int i = 0; i < m->count; i++) kinds[m->layers[i].shape.kind].forward(m, i, weights, n, t);
}

void model_backward(const model *m, const float *weights, const float *flipped, int n, tape *t, float *gradient)
{
    for (int i = m->count - 1; i >= 0; i--)
        kinds[m->layers[i].shape.kind].backward(m, i, weights, flipped, n, t, gradient);
}
