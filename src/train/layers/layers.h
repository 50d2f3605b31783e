/* layers.h — what each kind of layer does in training: forward, and backward beside it. model.h has the layouts. */
#ifndef DIGITS_LAYERS_H
#define DIGITS_LAYERS_H

#include "../model.h"

typedef void layer_forward(const model *m, int layer, const float *weights, int n, tape *t);

/* Adds to gradient, and to the gradients of the tensors that the layer reads, from t->grad[layer + 1], which it may
 * change. */
typedef void layer_backward(const model *m, int layer, const float *weights, const float *flipped, int n, tape *t,
                            float *gradient);

layer_forward conv_forward, pool_forward, upsample_forward, dense_forward;
layer_backward conv_backward, pool_backward, upsample_backward, dense_backward;

/* The weights of output channels from..to as the layer's backward wants them. */
void layers_flip(const model_layer *l, const float *weights, size_t from, size_t to, float *flipped);
void conv_flip(const model_layer *l, const float *weights, size_t from, size_t to, float *flipped);

/* batch_norm.c: over the shard, the sums in t->value[layer + 1] become gamma·normal + beta. */
void batch_norm_forward(const model *m, int layer, const float *weights, int n, tape *t);

/* batch_norm.c: loss by the layer's sums with biases or batch norm → loss by the bare sums, in place; the gradients of
 * bias and gamma. */
void batch_norm_backward(const model *m, int layer, const float *weights, int n, tape *t, float *gradient);

/* activation.c: adds the layer's residual input, then ReLU, then rounding where integers are imitated; in place. */
void activation_forward(const model *m, int layer, int n, tape *t);
void activation_backward(const model *m, int layer, int n, tape *t);

/* Row y of a picture's tensor: its first pixel. */
static inline float *tensor_row(const model_tensor *x, float *data, int picture, int y)
{
    return data + (size_t)picture * x->size + (size_t)(((y + x->border) * (x->w + 2 * x->border) + x->border) * x->c);
}

/* Floats from a row to the next. */
static inline int tensor_stride(const model_tensor *x) { return (x->w + 2 * x->border) * x->c; }

#endif
