/* network.h — a network in two steps, for read/recognizer.c and read/corrections.c, which look at what lies between. */
#ifndef DIGITS_NETWORK_H
#define DIGITS_NETWORK_H

#include "digits.h"

/* Features: what the last layer reads of a picture, one byte each. How many there are. */
size_t network_feature_count(const digits_network *network);

/* Runs all layers but the last. *features then points into work, as long as nothing else is run there. Arguments as
 * for digits_predict, with its errors. */
digits_status network_features(const digits_network *network, const uint8_t *pixels, void *work, size_t work_bytes,
                               const uint8_t **features);

/* Runs the last layer. features: in the working memory that network_features left them in. */
void network_logits(const digits_network *network, const uint8_t *features, int32_t logits[DIGITS_CLASSES]);

/* Logits times this are natural logarithms of odds. */
float network_logit_scale(const digits_network *network);

#endif
