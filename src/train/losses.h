/* losses.h — the parts that losses are made of. Each gives the loss and its gradient; means and weights are the
 * caller's. */
#ifndef DIGITS_LOSSES_H
#define DIGITS_LOSSES_H

#include <stddef.h>

/* Binary cross-entropy of a logit against target 0 or 1; where it is 1, the loss counts positive_weight times. */
float loss_binary_cross_entropy(float logit, int target, float positive_weight, float *gradient);

/* Penalty-reduced focal loss of a heat map (Law & Deng 2018, CornerNet; Lin et al. 2017) with alpha 2 and beta 4. target
 * is 1 in the cell of an object's centre, and less than 1 around it. */
float loss_focal(float logit, float target, float *gradient);

/* Cross-entropy of n logits' softmax against class target. */
float loss_cross_entropy(const float *logits, int n, int target, float *gradient);

/* Smooth L1 of prediction − target (Girshick 2015): half its square within ±1, linear beyond. */
float loss_smooth_l1(float difference, float *gradient);

/* Dice loss (Milletari et al. 2016) of n probabilities p against targets 0 or 1: 1 − (2·Σp·t + 1)/(Σp + Σt + 1).
 * gradient[n], by the probabilities. */
float loss_dice(size_t n, const float *p, const unsigned char *targets, float *gradient);

float sigmoid(float logit);

#endif
