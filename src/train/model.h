/* model.h — the network in float32, as training sees it, a few pictures at a time.
 *
 * The same architecture as the core's integer network. Training has two phases. In the first, convolutions may carry
 * batch norm (Ioffe & Szegedy 2015), over the pictures of one shard. In the second, batch norm has been folded into
 * the weights and the integer arithmetic is imitated ("fake quantisation", Jacob et al. 2018; straight-through
 * gradients, Bengio et al. 2013): weights are rounded to -MODEL_WEIGHT_QMAX.. steps a channel, activations to
 * 0..MODEL_ACTIVATION_QMAX of a layer's range. quantize.c turns a model into what the core runs.
 *
 * Layouts. Channels come last everywhere and are padded to a multiple of 8 (only the last layer's need it).
 *   parameters of layer i: weights float[size][size·in_c][out_p], bias float[out_p], and with batch norm gamma
 *                          float[out_p]; the bias is then batch norm's beta
 *                          (all layers' weights of dense kind come last, behind m->by_shard)
 *   activations:           tensor 0 is the picture, tensor i + 1 the output of layer i:
 *                          float[pictures][h + 2·border][w + 2·border][c], zeros in the border */
#ifndef DIGITS_MODEL_H
#define DIGITS_MODEL_H

#include "nn/architecture.h"

#include <string.h>

/* Six bits each, so that sixteen products stay within 16 bits (31·63·16 < 2¹⁵), as the fastest kernels want it; and the
 * file is smaller. Pictures of any size come as seven bits. */
enum { MODEL_WEIGHT_QMAX = 31, MODEL_ACTIVATION_QMAX = 63, MODEL_PICTURE_QMAX = 127 };

typedef struct model_tensor {
    int h, w, c; /* c: padded */
    int border;  /* wide enough for every convolution that reads it, and for the gradient of the one that made it */
    size_t size; /* floats of one picture */
} model_tensor;

typedef struct model_layer {
    layer_shape shape;
    int out_p;                   /* out_c rounded up to a multiple of 8 */
    int has_norm;                /* 1: there is a gamma (whether batch norm is on, the model says) */
    int clears_from, clears_add; /* 1: of all that add to the gradient of that tensor, this layer is the first */
    size_t weights, bias, gamma; /* offsets into parameters */
    size_t norm;                 /* offset into norms: mean[out_p], variance[out_p] */
    size_t weight_count;         /* padded ones counted; 0 for pool and up */
} model_layer;

typedef struct model {
    char text[ARCHITECTURE_MAX_TEXT];
    int count;
    model_layer layers[ARCHITECTURE_MAX_LAYERS];
    model_tensor tensors[ARCHITECTURE_MAX_LAYERS + 1];
    int input_qmax;                       /* the largest value of a pixel in integers */
    size_t parameters;                    /* floats, padding counted */
    size_t by_shard;                      /* the first so many: all but the weights of dense layers */
    size_t norms;                         /* floats of running means and variances; 0 without batch norm */
    float range[ARCHITECTURE_MAX_LAYERS]; /* largest activation of each layer; 0 = not measured yet */
    int normalizing;                      /* 1: batch norm is on */
    int quantized;                        /* 1: forward imitates integers */
} model;

/* Lays out a network for pictures of height × width (0, 0: the size that the text gives). DIGITS_WEIGHTS_SHAPE if the
 * text is no architecture, or hidden channels are no multiple of 8; DIGITS_BAD_ARGUMENT if the size does not fit it. */
digits_status model_init(model *m, const char *text, int batch_norm, int height, int width);

/* Fills parameters (m->parameters floats) by He et al. 2015; biases and padding are 0, gammas 1. Running means are
 * set to 0, variances to 1. */
void model_randomize(const model *m, uint64_t seed, float *parameters, float *norms);

/* The parameters that give without batch norm what these give with it, by its running means and variances. folded
 * may be parameters itself. */
void model_fold(const model *m, const float *parameters, const float *norms, float *folded);

/* Derives the weights that forward and backward use, once a step (caller owns both arrays). Returns the forward ones:
 * weights[parameters], rounded, if m->quantized, else the parameters themselves.
 * flipped[parameters]: for each layer the weights of its transposed convolution (layers/conv.c).
 * All threads of a parallel region call it together, and none goes on before all are done; or one calls it alone. */
const float *model_prepare(const model *m, const float *parameters, float *weights, float *flipped);

/* Step of a channel's weights: the largest magnitude over MODEL_WEIGHT_QMAX. Of a last layer that is dense, one step
 * for all channels. */
void model_weight_steps(const model *m, int layer, const float *parameters, float *steps);

/* What one step of an integer activation of tensor i is worth, by the ranges measured so far. */
float model_activation_step(const model *m, int tensor);

/* Working memory of a shard of pictures: one allocation, freed with free(). */
typedef struct tape {
    int pictures;                              /* that there is room for */
    float *value[ARCHITECTURE_MAX_LAYERS + 1]; /* of each tensor; value[count]: the network's outputs */
    float *grad[ARCHITECTURE_MAX_LAYERS + 1];  /* loss by value[i]; none of the picture */
    float *normal[ARCHITECTURE_MAX_LAYERS];    /* batch norm's output before gamma and beta, without borders */
    float *deviation[ARCHITECTURE_MAX_LAYERS]; /* of each channel, over the shard */
    float *moments;                            /* [norms] out: the shard's means and variances */
    float *delta;                              /* loss by a layer's sums of one picture, bordered */
    float largest[ARCHITECTURE_MAX_LAYERS];    /* out: largest activation met, per layer; only grows */
} tape;

/* NULL if there is no memory. */
tape *tape_new(const model *m, int pictures);

/* layers/layers.c. pixels: grey or ink[h·w] of each of n pictures (n at most t->pictures) → t->value[count]. */
void model_forward(const model *m, const float *weights, const uint8_t *const *pixels, int n, tape *t);

/* layers/layers.c. From t->grad[count] (0 in padded channels) back; adds to gradient[by_shard].
 * Needs the forward pass's t. */
void model_backward(const model *m, const float *weights, const float *flipped, int n, tape *t, float *gradient);

/* What dense layers leave of a whole batch for the gradient of their weights. These may have more weights than a
 * shard has work: one product over the batch, once all shards are done, in place of a sum of one a shard. */
typedef struct batch_rows {
    float *in[ARCHITECTURE_MAX_LAYERS];   /* float[batch][in_c], of dense layers */
    float *grad[ARCHITECTURE_MAX_LAYERS]; /* float[batch][out_p]: loss by the layer's sums */
} batch_rows;

/* One allocation, freed with free(). NULL if there is no memory. */
batch_rows *batch_rows_new(const model *m, int batch);

/* Makes t leave its dense layers' rows in b, from row `from` on. */
void tape_into(const model *m, tape *t, const batch_rows *b, int from);

/* layers/dense.c. Sets gradient[by_shard] and all behind it. All threads of a parallel region call it together, and
 * none goes on before all are done; or one calls it alone. */
void model_backward_dense(const model *m, int batch, const batch_rows *b, float *gradient);

/* Zeros in n pictures of a tensor. */
static inline void tensor_clear(const model_tensor *x, float *data, int n)
{
    memset(data, 0, (size_t)n * x->size * sizeof *data);
}

#endif
