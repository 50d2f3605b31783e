#include "loss.h"

#include <math.h>

/* log of the sum of exp(logits / temperature), and the softmax itself. An eleventh logit, of no digit, is always 0. */
static float softmax(const float *logits, float temperature, float *p)
{
    float most = 0;
    for (int i = 0; i < DIGITS_CLASSES; i++) most = logits[i] > most ? logits[i] : most;
    float sum = expf(-most / temperature);
    for (int i = 0; i < DIGITS_CLASSES; i++) sum += p[i] = expf((logits[i] - most) / temperature);
    for (int i = 0; i < DIGITS_CLASSES; i++) p[i] /= sum;
    return logf(sum) + most / temperature;
}

float loss(const loss_options *o, const float *logits, int label, const float *taught, float *gradient)
{
    float p[DIGITS_CLASSES], sum;
    const float share = taught ? o->share : 0, t = o->temperature;
    sum = (1 - share) * softmax(logits, 1, p);
    for (int i = 0; i < DIGITS_CLASSES; i++) {
        const float target = o->smoothing / DIGITS_CLASSES + (i == label ? 1 - o->smoothing : 0);
        sum -= (1 - share) * target * logits[i];
        gradient[i] = (1 - share) * (p[i] - target);
    }
    if (!taught) return sum;
    /* Times t²: gradients of softened answers shrink by that much (section 2 there). */
    sum += share * t * t * softmax(logits, t, p);
    for (int i = 0; i < DIGITS_CLASSES; i++) {
        sum -= share * t * taught[i] * logits[i];
        gradient[i] += share * t * (p[i] - taught[i]);
    }
    return sum;
}
