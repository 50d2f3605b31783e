/* model.h — the network in float32, as training sees it.
 *
 * The same architecture as the core's integer network, with the integer arithmetic imitated ("fake quantisation",
 * Jacob et al. 2018; straight-through gradients, Bengio et al. 2013): weights are rounded to -127..127 steps a
 * channel, activations to 0..127 steps of a layer's range. quantize.c turns a model into what the core runs.
 *
 * Layouts. Channels come last everywhere and are padded to a multiple of 8 (only the ten logits need it).
 *   weights of layer i: float[size][size·in_c][out_p], then bias float[out_p]
 *   activations:        float[h + 2·border][w + 2·border][c], zeros in the border; the border is what the layer
 *                       that reads them wants */
#ifndef DIGITS_MODEL_H
#define DIGITS_MODEL_H

#include "../core/architecture.h"

typedef struct model_layer {
    layer_shape shape;
    int border;               /* around this layer's input */
    int out_border;           /* around its output: the next layer's border */
    int out_p;                /* out_c rounded up to a multiple of 8 */
    size_t weights, bias;     /* offsets into parameters */
    size_t weight_count;      /* padded ones counted */
    size_t in_size, out_size; /* floats of its input and output with their borders */
} model_layer;

typedef struct model {
    char text[ARCHITECTURE_MAX_TEXT];
    int count;
    model_layer layers[ARCHITECTURE_MAX_LAYERS];
    size_t parameters;                    /* floats, padding counted */
    float range[ARCHITECTURE_MAX_LAYERS]; /* largest activation of each layer; 0 = not measured yet */
    int quantized;                        /* 1: forward imitates integers */
} model;

/* Lays out a network. DIGITS_WEIGHTS_SHAPE if the text is no architecture, or hidden channels are no multiple
 * of 8. */
digits_status model_init(model *m, const char *text);

/* Fills parameters (m->parameters floats) by He et al. 2015; biases and padding are 0. */
void model_randomize(const model *m, uint64_t seed, float *parameters);

/* The weights that forward and backward use, derived from the parameters once a step (caller owns both):
 * weights[parameters]: rounded if m->quantized, else equal;
 * flipped[parameters]: for each layer the weights of its backward convolution, float[size][size·out_p][in_c]. */
void model_prepare(const model *m, const float *parameters, float *weights, float *flipped);

/* Step of a channel's weights: the largest magnitude over 127. Of the last layer, one step for all channels. */
void model_weight_steps(const model *m, int layer, const float *parameters, float *steps);

/* Working memory of one image: one allocation, freed with free(). */
typedef struct tape {
    float *in[ARCHITECTURE_MAX_LAYERS + 1];   /* input of layer i; in[count] = logits */
    float *grad[ARCHITECTURE_MAX_LAYERS + 1]; /* loss by in[i] */
    float *delta;                             /* loss by a layer's sums, with a border for the flipped convolution */
    float largest[ARCHITECTURE_MAX_LAYERS];   /* out: largest activation met, per layer; only grows */
} tape;

/* NULL if there is no memory. */
tape *tape_new(const model *m);

/* forward.c. pixels: ink[784] → t->in[count][0..9] = logits. */
void model_forward(const model *m, const float *weights, const uint8_t *pixels, tape *t);

/* Cross-entropy of the logits in t against label; writes its gradient into t->grad[count]. */
float model_loss(const model *m, int label, tape *t);

/* backward.c. From t->grad[count] back; adds to gradient[parameters]. Needs the forward pass's t. */
void model_backward(const model *m, const float *flipped, tape *t, float *gradient);

#endif
