/* optimizer.h — one step of SGD with (Nesterov) momentum (Sutskever et al. 2013), AdamW (Loshchilov & Hutter 2019) or
 * RMSprop with momentum (Tieleman & Hinton 2012, as PyTorch has it), and the learning rate's schedule. */
#ifndef DIGITS_OPTIMIZER_H
#define DIGITS_OPTIMIZER_H

#include <stddef.h>

typedef enum optimizer_kind { OPTIMIZER_SGD, OPTIMIZER_ADAM, OPTIMIZER_RMSPROP } optimizer_kind;

typedef enum schedule { SCHEDULE_COSINE, SCHEDULE_STEP, SCHEDULE_CONSTANT } schedule;

typedef struct optimizer {
    optimizer_kind kind;
    float momentum; /* SGD, RMSprop: momentum; Adam: beta 1 */
    float second;   /* Adam: beta 2; RMSprop: alpha */
    float decay;    /* share of each weight taken away a step, times the rate (decoupled) */
    int nesterov;   /* SGD: 1 = the gradient is taken as if one step ahead */
} optimizer;

/* One step over n numbers. step counts from 1; a and b are state, n zeros before the first step (SGD leaves b alone).
 * decays[i] is 1, and 0 where the decay does not apply (biases). No two arrays overlap. */
void optimizer_step(const optimizer *o, float rate, long step, size_t n, const float *restrict gradient,
                    const unsigned char *restrict decays, float *restrict a, float *restrict b,
                    float *restrict parameters);

/* The learning rate at step (from 0) of steps: a linear rise over warmup steps, then a half cosine down to 0, or a
 * tenth from half of the steps on and a hundredth from three quarters on, or peak to the end. */
float learning_rate(schedule kind, float peak, long step, long warmup, long steps);

#endif
