/* quantize.h — a trained model → the safetensors file that the core runs (names and shapes: nn/network.c). */
#ifndef DIGITS_QUANTIZE_H
#define DIGITS_QUANTIZE_H

#include "model.h"

/* One line of the model card: a key and a value of the file's __metadata__. Any UTF-8; escaped here. */
typedef struct card_entry {
    const char *key;
    const char *value;
} card_entry;

/* *file is malloc'ed, *size bytes, for the caller to free. temperature: logits are divided by it before the
 * softmax (Guo et al. 2017); 1 = as trained. Every range of m must be measured. 0 if there is no memory. */
int quantize(const model *m, const float *parameters, float temperature, const card_entry *card, size_t entries,
             uint8_t **file, size_t *size);

/* What a step of the integer logits of a dense last layer is worth as a natural-log unit, at temperature 1. */
float quantize_logit_scale(const model *m, const float *parameters);

#endif
