/* evaluate.h — scores the integer network on a labelled set. */
#ifndef DIGITS_EVALUATE_H
#define DIGITS_EVALUATE_H

#include "idx.h"

#include "digits.h"

typedef struct evaluation {
    size_t n, errors;
    double accuracy; /* 1 - errors/n */
    double nll;      /* mean −log probability of the right label */
    double ece;      /* expected calibration error, 15 bins of equal width (Guo et al. 2017) */
} evaluation;

/* logits: int32[n][10], filled; NULL if they are not wanted. 0 if there is no memory. Uses all OpenMP threads;
 * results do not depend on how many. */
int evaluate(const digits_network *network, const dataset *data, evaluation *out, int32_t *logits);

/* The temperature (0.25 .. 4) that makes the nll of these logits least; scale is the network's logit scale. */
float best_temperature(const int32_t *logits, const uint8_t *labels, size_t n, float scale);

#endif
