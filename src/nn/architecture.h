/* architecture.h — the shape of a network, as a line of text.
 *
 * "conv3:16 pool2 conv3:32 pool2 dense:10" reads from a 28×28×1 picture to ten logits:
 *   convK:C   K×K convolution (K odd, 1..7), stride 1, zero padding that keeps the size, C channels, then ReLU
 *   poolK     maximum over K×K (K 2..4), stride K; rows and columns left over are dropped
 *   dense:N   fully connected, then ReLU, except after the last layer
 * The last layer must be dense:10. The trainer and the core read the same line. */
#ifndef DIGITS_ARCHITECTURE_H
#define DIGITS_ARCHITECTURE_H

#include "digits.h"

enum {
    ARCHITECTURE_MAX_LAYERS = 16,
    ARCHITECTURE_MAX_TEXT = 256, /* with the NUL */
    ARCHITECTURE_MAX_CHANNELS = 1024
};

typedef enum layer_kind { LAYER_CONV, LAYER_POOL, LAYER_DENSE } layer_kind;

typedef struct layer_shape {
    layer_kind kind;
    int32_t size;             /* K of conv and pool; 1 for dense */
    int32_t in_h, in_w, in_c; /* dense: 1, 1, the number of inputs (height, width, channel order) */
    int32_t out_h, out_w, out_c;
} layer_shape;

typedef struct architecture {
    int32_t count;
    layer_shape layers[ARCHITECTURE_MAX_LAYERS];
} architecture;

/* DIGITS_WEIGHTS_SHAPE if the text is not as above. */
digits_status architecture_parse(const char *text, architecture *out);

/* Weights of a layer, biases left out; 0 for pool. */
size_t layer_weights(const layer_shape *layer);

/* Multiply-accumulates of one forward pass. */
size_t architecture_macs(const architecture *a);

#endif
