/* Residual sums, ReLU, and the rounding of activations with straight-through gradients (Bengio et al. 2013). */
#include "layers.h"

#include <math.h>

/* ReLU over the n sums of a row, onto the grid of steps once the range is known. */
static void rectify(const model *m, int layer, float *v, int n, float *largest)
{
    const float range = m->range[layer], up = MODEL_ACTIVATION_QMAX / range, down = range / MODEL_ACTIVATION_QMAX;
    float max[16] = {0}; /* side by side, as vectors have them: n is a multiple of 8 */
    for (int i = 0; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++) {
            v[i + j] = v[i + j] > 0 ? v[i + j] : 0;
            max[j] = v[i + j] > max[j] ? v[i + j] : max[j];
        }
    for (int i = n / 16 * 16, j = 0; j < n % 16; j++) {
        v[i + j] = v[i + j] > 0 ? v[i + j] : 0;
        max[j] = v[i + j] > max[j] ? v[i + j] : max[j];
    }
    for (int j = 0; j < 16; j++) *largest = max[j] > *largest ? max[j] : *largest;
    if (m->quantized)
        for (int i = 0; i < n; i++) v[i] = rintf((v[i] < range ? v[i] : range) * up) * down;
}

void activation_forward(const model *m, int i, int n, tape *t)
{
    const model_tensor *x = &m->tensors[i + 1];
    const int add = m->layers[i].shape.add, row_floats = x->w * x->c;
    for (int p = 0; p < n; p++)
        for (int y = 0; y < x->h; y++) {
            float *row = tensor_row(x, t->value[i + 1], p, y);
            if (add >= 0) {
                const float *other = tensor_row(&m->tensors[add + 1], t->value[add + 1], p, y);
                for (int j = 0; j < row_floats; j++) row[j] += other[j];
            }
            rectify(m, i, row, row_floats, &t->largest[i]);
        }
}

void activation_backward(const model *m, int i, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    const model_tensor *x = &m->tensors[i + 1];
    const float range = m->quantized ? m->range[i] : 3e38f;
    float *grad = t->grad[i + 1];
    const float *out = t->value[i + 1];
    const size_t all = (size_t)n * x->size;
    for (size_t j = 0; j < all; j++) grad[j] = out[j] > 0 && out[j] < range ? grad[j] : 0;

    const int add = l->shape.add, row_floats = x->w * x->c;
    if (add < 0) return;
    const model_tensor *other = &m->tensors[add + 1];
    if (l->clears_add) tensor_clear(other, t->grad[add + 1], n);
    for (int p = 0; p < n; p++)
        for (int y = 0; y < x->h; y++) {
            float *to = tensor_row(other, t->grad[add + 1], p, y);
            const float *from = tensor_row(x, grad, p, y);
            for (int j = 0; j < row_floats; j++) to[j] += from[j];
        }
}
