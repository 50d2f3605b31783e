#include "model.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

static size_t bordered(int32_t h, int32_t w, int32_t c, int border)
{
    return (size_t)(h + 2 * border) * (size_t)(w + 2 * border) * (size_t)c;
}

digits_status model_init(model *m, const char *text)
{
    architecture a;
    memset(m, 0, sizeof *m);
    if (strlen(text) >= sizeof m->text) return DIGITS_WEIGHTS_SHAPE;
    const digits_status status = architecture_parse(text, &a);
    if (status) return status;
    strcpy(m->text, text);
    m->count = a.count;
    for (int i = 0; i < a.count; i++) {
        model_layer *l = &m->layers[i];
        const layer_shape *s = &a.layers[i];
        l->shape = *s;
        l->border = s->kind == LAYER_CONV ? s->size / 2 : 0;
        l->out_border = i + 1 < a.count && a.layers[i + 1].kind == LAYER_CONV ? a.layers[i + 1].size / 2 : 0;
        l->out_p = s->kind == LAYER_POOL ? s->out_c : (s->out_c + 7) / 8 * 8;
        if (i + 1 < a.count && s->kind != LAYER_POOL && l->out_p != s->out_c) return DIGITS_WEIGHTS_SHAPE;
        l->in_size = s->kind == LAYER_DENSE ? (size_t)s->in_c : bordered(s->in_h, s->in_w, s->in_c, l->border);
        l->out_size = bordered(s->out_h, s->out_w, l->out_p, l->out_border);
        if (s->kind == LAYER_POOL) continue;
        l->weight_count = layer_weights(s) / (size_t)s->out_c * (size_t)l->out_p;
        l->weights = m->parameters;
        l->bias = l->weights + l->weight_count;
        m->parameters = l->bias + (size_t)l->out_p;
    }
    return DIGITS_OK;
}

void model_randomize(const model *m, uint64_t seed, float *parameters)
{
    memset(parameters, 0, m->parameters * sizeof *parameters);
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind == LAYER_POOL) continue;
        random_stream r = random_open(seed, 0x1417, (uint64_t)i);
        const float deviation = sqrtf(2.0f / (float)(l->shape.size * l->shape.size * l->shape.in_c));
        for (size_t w = 0; w < l->weight_count; w++)
            if (w % (size_t)l->out_p < (size_t)l->shape.out_c)
                parameters[l->weights + w] = deviation * random_normal(&r);
    }
}

void model_weight_steps(const model *m, int layer, const float *parameters, float *steps)
{
    const model_layer *l = &m->layers[layer];
    const float *w = parameters + l->weights;
    const size_t n = (size_t)l->out_p;
    float most = 0;
    memset(steps, 0, n * sizeof *steps);
    for (size_t i = 0; i < l->weight_count; i++) {
        const float v = fabsf(w[i]);
        if (v > steps[i % n]) steps[i % n] = v;
    }
    for (size_t o = 0; o < n; o++) most = steps[o] > most ? steps[o] : most;
    for (size_t o = 0; o < n; o++) {
        if (layer == m->count - 1) steps[o] = most;
        if (!(steps[o] > 1e-8f)) steps[o] = 1e-8f;
        steps[o] /= 127;
    }
}

static void flip(const model_layer *l, const float *w, float *out)
{
    const int k = l->shape.size, in_c = l->shape.in_c, out_p = l->out_p;
    for (int y = 0; y < k; y++)
        for (int x = 0; x < k; x++)
            for (int o = 0; o < out_p; o++)
                for (int c = 0; c < in_c; c++)
                    out[(((k - 1 - y) * k + (k - 1 - x)) * out_p + o) * in_c + c] =
                        w[((y * k + x) * in_c + c) * out_p + o];
}

void model_prepare(const model *m, const float *parameters, float *weights, float *flipped)
{
    memcpy(weights, parameters, m->parameters * sizeof *weights);
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind == LAYER_POOL) continue;
        if (m->quantized) {
            float steps[ARCHITECTURE_MAX_CHANNELS];
            model_weight_steps(m, i, parameters, steps);
            float *w = weights + l->weights;
            for (size_t j = 0; j < l->weight_count; j++) {
                const float step = steps[j % (size_t)l->out_p];
                w[j] = rintf(w[j] / step) * step;
            }
        }
        if (i > 0) flip(l, weights + l->weights, flipped + l->weights);
    }
}

tape *tape_new(const model *m)
{
    size_t floats = 0, delta = 0;
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        const size_t d = bordered(l->shape.out_h, l->shape.out_w, l->out_p, l->border);
        delta = d > delta ? d : delta;
        floats += 2 * ((i == 0 ? l->in_size : 0) + l->out_size);
    }
    tape *t = calloc(1, sizeof *t + (floats + delta) * sizeof(float));
    if (!t) return NULL;
    float *at = (float *)(t + 1);
    for (int i = 0; i <= m->count; i++) {
        const size_t size = i == 0 ? m->layers[0].in_size : m->layers[i - 1].out_size;
        t->in[i] = at;
        t->grad[i] = at + size;
        at += 2 * size;
    }
    t->delta = at;
    return t;
}
