#include "optimizer.h"

#include <math.h>

void optimizer_step(const optimizer *o, float rate, long step, size_t n, const float *gradient,
                    const unsigned char *decays, float *a, float *b, float *parameters)
{
    /* Adam's early means lean towards 0; this undoes it (Kingma & Ba 2015, section 3). */
    const float lean_a = 1 - powf(o->momentum, (float)step), lean_b = 1 - powf(o->second, (float)step);
    for (size_t i = 0; i < n; i++) {
        const float g = gradient[i], shrink = decays[i] ? rate * o->decay * parameters[i] : 0;
        if (o->kind == OPTIMIZER_SGD) {
            a[i] = o->momentum * a[i] + g;
            parameters[i] -= rate * (o->nesterov ? g + o->momentum * a[i] : a[i]) + shrink;
        } else if (o->kind == OPTIMIZER_RMSPROP) {
            b[i] = o->second * b[i] + (1 - o->second) * g * g;
            a[i] = o->momentum * a[i] + g / (sqrtf(b[i]) + 1e-8f);
            parameters[i] -= rate * a[i] + shrink;
        } else {
            a[i] = o->momentum * a[i] + (1 - o->momentum) * g;
            b[i] = o->second * b[i] + (1 - o->second) * g * g;
            parameters[i] -= rate * (a[i] / lean_a) / (sqrtf(b[i] / lean_b) + 1e-8f) + shrink;
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
