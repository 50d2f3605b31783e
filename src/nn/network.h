/* network.h — what learn.c and network.c need of each other: a network that asks what was learnt before it answers. */
#ifndef DIGITS_NETWORK_H
#define DIGITS_NETWORK_H

#include "digits.h"

/* Bytes of the struct itself, without the weights, which it points to. */
size_t network_bytes(void);

/* Copies the network to memory (network_bytes long, aligned as it must be), asking `learned` from now on. Both
 * networks use the same weights. */
const digits_network *network_copy(const digits_network *network, const digits_learned *learned, void *memory);

/* Features: what the last layer reads of a picture. Their number; and they themselves, in the working memory of
 * digits_predict. Does not look at what was learnt. */
size_t network_features(const digits_network *network);
const uint8_t *network_feel(const digits_network *network, const uint8_t *pixels, void *work);

/* Logits times this are natural logarithms of odds. */
float network_logit_scale(const digits_network *network);

/* Brings what was learnt into the logits of a picture with these features. */
void learned_apply(const digits_learned *learned, const uint8_t *features, int32_t logits[DIGITS_CLASSES]);

#endif
