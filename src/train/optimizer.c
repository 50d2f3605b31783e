#include "optimizer.h"

#include <math.h>

void optimizer_step(const optimizer *o, float rate, long step, size_t n, const float *restrict gradient,
                    const unsigned char *restrict decays, float *restrict a, float *restrict b,
                    float *restrict parameters)
{
    /* A loop of its own for each kind, without branches: all of this has to be done in vectors. */
    const float shrink = rate * o->decay, momentum = o->momentum, second = o->second;
    if (o->kind == OPTIMIZER_SGD) {
        const float now = o->nesterov ? rate : 0, mean = o->nesterov ? rate * momentum : rate;
        for (size_t i = 0; i < n; i++) {
            a[i] = momentum * a[i] + gradient[i];
            parameters[i] -= now * gradient[i] + mean * a[i] + shrink * (float)decays[i] * parameters[i];
        }
    } else if (o->kind == OPTIMIZER_RMSPROP) {
        for (size_t i = 0; i < n; i++) {
            b[i] = second * b[i] + (1 - second) * gradient[i] * gradient[i];
            a[i] = momentum * a[i] + gradient[i] / (sqrtf(b[i]) + 1e-8f);
            parameters[i] -= rate * a[i] + shrink * (float)decays[i] * parameters[i];
        }
    } else {
        /* Adam's early means lean towards 0; this undoes it (Kingma & Ba 2015, section 3). */
        const float straight = rate / (1 - powf(momentum, (float)step));
        const float straight_b = 1 / (1 - powf(second, (float)step));
        for (size_t i = 0; i < n; i++) {
            a[i] = momentum * a[i] + (1 - momentum) * gradient[i];
            b[i] = second * b[i] + (1 - second) * gradient[i] * gradient[i];
            parameters[i] -=
                straight * a[i] / (sqrtf(straight_b * b[i]) + 1e-8f) + shrink * (float)decays[i] * parameters[i];
        }
    }
}

float learning_rate(schedule kind, float peak, long step, long warmup, long steps)
{
    if (step < warmup) return peak * (float)(step + 1) / (float)warmup;
    const float done = (float)(step - warmup) / (float)(steps > warmup ? steps - warmup : 1);
    switch (kind) {
    case SCHEDULE_COSINE: return peak * 0.5f * (1 + cosf(3.14159265f * done));
    case SCHEDULE_STEP: return done < 0.5f ? peak : done < 0.75f ? peak * 0.1f : peak * 0.01f;
    default: return peak;
    }
}
