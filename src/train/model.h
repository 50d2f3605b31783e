/* model.h — the network in float32, as training sees it, a few pictures at a time.
 *
 * The same architecture as the core's integer network. Training has two phases. In the first, convolutions may carry
 * batch norm (Ioffe & Szegedy 2015), over the pictures of one shard. In the second, batch norm has been folded into
 * the weights and the integer arithmetic is imitated ("fake quantisation", Jacob et al. 2018; straight-through
 * gradients, Bengio et al. 2013): weights are rounded to -MODEL_WEIGHT_STEPS.. steps a channel, activations to
 * 0..MODEL_ACTIVATION_STEPS of a layer's range. quantize.c turns a model into what the core runs.
 *
 * Layouts. Channels come last everywhere and are padded to a multiple of 8 (only the ten logits need it).
 *   parameters of layer i: weights float[size][size·in_c][out_p], bias float[out_p], and with batch norm gamma
 *                          float[out_p]; the bias is then batch norm's beta
 *                          (all layers' weights of dense kind come last, behind m->by_shard)
 *   activations:           float[pictures][h + 2·border][w + 2·border][c], zeros in the border; the border is what
 *                          the layer that reads them wants */
#ifndef DIGITS_MODEL_H
#define DIGITS_MODEL_H

#include "nn/architecture.h"

/* Six bits each, so that sixteen products stay within 16 bits (31·63·16 < 2¹⁵), as the fastest kernels want it; and the
 * file is smaller. */
enum { MODEL_WEIGHT_STEPS = 31, MODEL_ACTIVATION_STEPS = 63 };

typedef struct model_layer {
    layer_shape shape;
    int border;                  /* around this layer's input */
    int out_border;              /* around its output: the next layer's border */
    int out_p;                   /* out_c rounded up to a multiple of 8 */
    int has_norm;                /* 1: there is a gamma (whether batch norm is on, the model says) */
    size_t weights, bias, gamma; /* offsets into parameters */
    size_t norm;                 /* offset into norms: mean[out_p], variance[out_p] */
    size_t weight_count;         /* padded ones counted */
    size_t in_size, out_size;    /* floats of one picture's input and output with their borders */
} model_layer;

typedef struct model {
    char text[ARCHITECTURE_MAX_TEXT];
    int count;
    model_layer layers[ARCHITECTURE_MAX_LAYERS];
    size_t parameters;                    /* floats, padding counted */
    size_t by_shard;                      /* the first so many: all but the weights of dense layers */
    size_t norms;                         /* floats of running means and variances; 0 without batch norm */
    float range[ARCHITECTURE_MAX_LAYERS]; /* largest activation of each layer; 0 = not measured yet */
    int normalizing;                      /* 1: batch norm is on */
    int quantized;                        /* 1: forward imitates integers */
} model;

/* Lays out a network. DIGITS_WEIGHTS_SHAPE if the text is no architecture, or hidden channels are no multiple
 * of 8. */
digits_status model_init(model *m, const char *text, int batch_norm);

/* Fills parameters (m->parameters floats) by He et al. 2015; biases and padding are 0, gammas 1. Running means are
 * set to 0, variances to 1. */
void model_randomize(const model *m, uint64_t seed, float *parameters, float *norms);

/* The parameters that give without batch norm what these give with it, by its running means and variances. folded
 * may be parameters itself. */
void model_fold(const model *m, const float *parameters, const float *norms, float *folded);

/* Derives the weights that forward and backward use, once a step (caller owns both arrays). Returns the forward ones:
 * weights[parameters], rounded, if m->quantized, else the parameters themselves.
 * flipped[parameters]: for each layer the weights of its backward convolution, float[size][size·out_p][in_c].
 * All threads of a parallel region call it together, and none goes on before all are done; or one calls it alone. */
const float *model_prepare(const model *m, const float *parameters, float *weights, float *flipped);

/* Step of a channel's weights: the largest magnitude over MODEL_WEIGHT_STEPS. Of the last layer, one step for all channels. */
void model_weight_steps(const model *m, int layer, const float *parameters, float *steps);

/* Working memory of a shard of pictures: one allocation, freed with free(). */
typedef struct tape {
    int pictures;                              /* that there is room for */
    float *in[ARCHITECTURE_MAX_LAYERS + 1];    /* input of layer i; in[count] = logits */
    float *grad[ARCHITECTURE_MAX_LAYERS + 1];  /* loss by in[i] */
    float *normal[ARCHITECTURE_MAX_LAYERS];    /* batch norm's output before gamma and beta, without borders */
    float *deviation[ARCHITECTURE_MAX_LAYERS]; /* of each channel, over the shard */
    float *moments;                            /* [norms] out: the shard's means and variances */
    float *delta;                              /* loss by a layer's sums of one picture, bordered */
    float largest[ARCHITECTURE_MAX_LAYERS];    /* out: largest activation met, per layer; only grows */
} tape;

/* NULL if there is no memory. */
tape *tape_new(const model *m, int pictures);

/* forward.c. pixels: ink[784] of each of n pictures (n at most t->pictures) → t->in[count] = logits, a row of
 * out_p (16) floats a picture. */
void model_forward(const model *m, const float *weights, const uint8_t *const *pixels, int n, tape *t);

/* backward.c. From t->grad[count] (n rows of 16 floats, 0 behind the tenth) back; adds to gradient[by_shard].
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

/* backward.c. Sets gradient[by_shard] and all behind it. All threads of a parallel region call it together, and none
 * goes on before all are done; or one calls it alone. */
void model_backward_dense(const model *m, int batch, const batch_rows *b, float *gradient);

#endif
