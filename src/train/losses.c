#include "losses.h"

#include <math.h>

float sigmoid(float logit) { return 1 / (1 + expf(-logit)); }

/* log(1 + e^x), for any x. */
static float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }

float loss_binary_cross_entropy(float logit, int target, float positive_weight, float *gradient)
{
    const float p = sigmoid(logit);
    *gradient = target ? positive_weight * (p - 1) : p;
    return target ? positive_weight * softplus(-logit) : softplus(logit);
}

float loss_focal(float logit, float target, float *gradient)
{
    const float p = sigmoid(logit), q = 1 - p;
    if (target >= 1) { /* −q²·log p */
        const float nll = softplus(-logit);
        *gradient = -q * q * (2 * p * nll + q);
        return q * q * nll;
    }
    const float far = 1 - target, weight = far * far * far * far, nll = softplus(logit);
    *gradient = weight * p * p * (2 * q * nll + p); /* −p²·log q */
    return weight * p * p * nll;
}

float loss_cross_entropy(const float *logits, int n, int target, float *gradient)
{
    float max = logits[0], sum = 0;
    for (int i = 1; i < n; i++) max = fmaxf(max, logits[i]);
    for (int i = 0; i < n; i++) sum += gradient[i] = expf(logits[i] - max);
    for (int i = 0; i < n; i++) gradient[i] = gradient[i] / sum - (i == target);
    return logf(sum) + max - logits[target];
}

float loss_smooth_l1(float difference, float *gradient)
{
    const float size = fabsf(difference);
    *gradient = fmaxf(-1, fminf(1, difference));
    return size < 1 ? difference * difference / 2 : size - 0.5f;
}

float loss_dice(size_t n, const float *p, const unsigned char *targets, float *gradient)
{
    double both = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        both += targets[i] ? (double)p[i] : 0;
        sum += (double)p[i] + targets[i];
    }
    const double top = 2 * both + 1, bottom = sum + 1;
    for (size_t i = 0; i < n; i++) gradient[i] = (float)(top / (bottom * bottom) - (targets[i] ? 2 / bottom : 0));
    return (float)(1 - top / bottom);
}
