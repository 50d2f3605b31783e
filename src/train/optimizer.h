/* optimizer.h — one step of SGD with momentum (Sutskever et al. 2013) or AdamW (Loshchilov & Hutter 2019). */
#ifndef DIGITS_OPTIMIZER_H
#define DIGITS_OPTIMIZER_H

#include <stddef.h>

typedef enum optimizer_kind { OPTIMIZER_SGD, OPTIMIZER_ADAM } optimizer_kind;

typedef struct optimizer {
    optimizer_kind kind;
    float momentum; /* SGD: momentum; Adam: beta 1 */
    float second;   /* Adam: beta 2 */
    float decay;    /* share of each weight taken away a step, times the rate (decoupled) */
} optimizer;

/* One step over n numbers. step counts from 1; a and b are state, n zeros before the first step (b: Adam only).
 * decays[i] is 0 where the decay does not apply (biases). */
void optimizer_step(const optimizer *o, float rate, long step, size_t n, const float *gradient,
                    const unsigned char *decays, float *a, float *b, float *parameters);

/* The learning rate at step (from 0) of steps: a linear rise over warmup steps, then a half cosine down to 0. */
float learning_rate(float peak, long step, long warmup, long steps);

#endif
