#include "model.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

static size_t bordered(int32_t h, int32_t w, int32_t c, int border)
{
    return (size_t)(h + 2 * border) * (size_t)(w + 2 * border) * (size_t)c;
}

digits_status model_init(model *m, const char *text, int batch_norm)
{
    architecture a;
    memset(m, 0, sizeof *m);
    if (strlen(text) >= sizeof m->text) return DIGITS_WEIGHTS_SHAPE;
    const digits_status status = architecture_parse(text, &a);
    if (status) return status;
    for (int i = 0; i < a.count; i++) { /* what is not trained yet */
        const layer_shape *s = &a.layers[i];
        if (a.height != DIGITS_SIDE || a.width != DIGITS_SIDE || s->from != i - 1 || s->add >= 0 ||
            s->kind == LAYER_UPSAMPLE || (s->kind == LAYER_CONV && (s->stride > 1 || i + 1 == a.count)))
            return DIGITS_WEIGHTS_SHAPE;
    }
    strcpy(m->text, text);
    m->count = a.count;
    m->normalizing = batch_norm;
    for (int i = 0; i < a.count; i++) {
        model_layer *l = &m->layers[i];
        const layer_shape *s = &a.layers[i];
        l->shape = *s;
        l->border = s->kind == LAYER_CONV ? s->size / 2 : 0;
        l->out_border = i + 1 < a.count && a.layers[i + 1].kind == LAYER_CONV ? a.layers[i + 1].size / 2 : 0;
        l->out_p = s->kind == LAYER_POOL ? s->out_c : (s->out_c + 7) / 8 * 8;
        if (i + 1 < a.count && s->kind != LAYER_POOL && l->out_p != s->out_c) return DIGITS_WEIGHTS_SHAPE;
        if (s->kind == LAYER_DENSE && l->out_border) return DIGITS_WEIGHTS_SHAPE; /* its rows have no room for one */
        l->in_size = s->kind == LAYER_DENSE ? (size_t)s->in_c : bordered(s->in_h, s->in_w, s->in_c, l->border);
        l->out_size = bordered(s->out_h, s->out_w, l->out_p, l->out_border);
        if (s->kind == LAYER_POOL) continue;
        l->weight_count = layer_weights(s) / (size_t)s->out_c * (size_t)l->out_p;
        if (s->kind == LAYER_CONV) {
            l->weights = m->parameters;
            m->parameters += l->weight_count;
        }
        l->bias = m->parameters;
        m->parameters += (size_t)l->out_p;
        if (!batch_norm || s->kind != LAYER_CONV) continue;
        l->has_norm = 1;
        l->gamma = m->parameters;
        m->parameters += (size_t)l->out_p;
        l->norm = m->norms;
        m->norms += 2 * (size_t)l->out_p;
    }
    m->by_shard = m->parameters;
    for (int i = 0; i < a.count; i++)
        if (a.layers[i].kind == LAYER_DENSE) {
            m->layers[i].weights = m->parameters;
            m->parameters += m->layers[i].weight_count;
        }
    return DIGITS_OK;
}

void model_randomize(const model *m, uint64_t seed, float *parameters, float *norms)
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
        for (int o = 0; l->has_norm && o < l->out_p; o++) {
            parameters[l->gamma + (size_t)o] = 1;
            norms[l->norm + (size_t)o] = 0;
            norms[l->norm + (size_t)(l->out_p + o)] = 1;
        }
    }
}

void model_fold(const model *m, const float *parameters, const float *norms, float *folded)
{
    if (folded != parameters) memcpy(folded, parameters, m->parameters * sizeof *folded);
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (!l->has_norm || !m->normalizing) continue;
        const float *mean = norms + l->norm, *variance = mean + l->out_p;
        for (int o = 0; o < l->out_p; o++) {
            const float factor = parameters[l->gamma + (size_t)o] / sqrtf(variance[o] + 1e-5f);
            for (size_t w = (size_t)o; w < l->weight_count; w += (size_t)l->out_p) folded[l->weights + w] *= factor;
            folded[l->bias + (size_t)o] -= mean[o] * factor;
        }
    }
}

/* The steps of channels from..to: of the last layer, all of them. */
static void channel_steps(const model *m, int layer, const float *parameters, size_t from, size_t to, float *steps)
{
    const model_layer *l = &m->layers[layer];
    const float *w = parameters + l->weights;
    float most = 0;
    memset(steps + from, 0, (to - from) * sizeof *steps);
    for (size_t i = 0; i < l->weight_count; i += (size_t)l->out_p)
        for (size_t o = from; o < to; o++) steps[o] = fabsf(w[i + o]) > steps[o] ? fabsf(w[i + o]) : steps[o];
    for (size_t o = from; o < to; o++) most = steps[o] > most ? steps[o] : most;
    for (size_t o = from; o < to; o++) {
        if (layer == m->count - 1) steps[o] = most;
        if (!(steps[o] > 1e-8f)) steps[o] = 1e-8f;
        steps[o] /= MODEL_WEIGHT_STEPS;
    }
}

void model_weight_steps(const model *m, int layer, const float *parameters, float *steps)
{
    channel_steps(m, layer, parameters, 0, (size_t)m->layers[layer].out_p, steps);
}

static void flip(const model_layer *l, const float *w, size_t from, size_t to, float *out)
{
    const size_t n = (size_t)l->shape.size * (size_t)l->shape.size, in_c = (size_t)l->shape.in_c;
    const size_t out_p = (size_t)l->out_p;
    for (size_t k = 0; k < n; k++)
        for (size_t o = from; o < to; o++)
            for (size_t c = 0; c < in_c; c++)
                out[((n - 1 - k) * out_p + o) * in_c + c] = w[(k * in_c + c) * out_p + o];
}

const float *model_prepare(const model *m, const float *parameters, float *weights, float *flipped)
{
    const float *from = m->quantized ? weights : parameters;
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind == LAYER_POOL) continue;
        const size_t n = (size_t)l->out_p, part = i == m->count - 1 ? n : 32;
#pragma omp for schedule(static) nowait
        for (size_t o = 0; o < n; o += part) {
            const size_t end = o + part < n ? o + part : n;
            if (m->quantized) {
                float steps[ARCHITECTURE_MAX_CHANNELS];
                channel_steps(m, i, parameters, o, end, steps);
                for (size_t j = l->weights; j < l->weights + l->weight_count; j += n)
                    for (size_t c = o; c < end; c++) weights[j + c] = rintf(parameters[j + c] / steps[c]) * steps[c];
                for (size_t c = o; c < end; c++) {
                    weights[l->bias + c] = parameters[l->bias + c];
                    if (l->has_norm) weights[l->gamma + c] = parameters[l->gamma + c];
                }
            }
            if (i > 0) flip(l, from + l->weights, o, end, flipped + l->weights);
        }
    }
#pragma omp barrier
    return from;
}

/* Gives every array of the tape its place in at; NULL: only counts. Returns the floats it takes. */
static size_t lay_out(const model *m, int pictures, tape *t, float *at)
{
    const size_t n = (size_t)pictures;
    size_t used = 0, delta = 0;
#define TAKE(field, floats)                                                                                          \
    do {                                                                                                             \
        if (at) (field) = at + used;                                                                                 \
        used += ((floats) + 15) / 16 * 16;                                                                           \
    } while (0)
    for (int i = 0; i <= m->count; i++) {
        const size_t size = i == 0 ? m->layers[0].in_size : m->layers[i - 1].out_size;
        TAKE(t->in[i], n * size);
        TAKE(t->grad[i], n * size);
    }
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        const size_t d = bordered(l->shape.out_h, l->shape.out_w, l->out_p, l->border);
        delta = d > delta ? d : delta;
        if (!l->has_norm) continue;
        TAKE(t->normal[i], n * bordered(l->shape.out_h, l->shape.out_w, l->out_p, 0));
        TAKE(t->deviation[i], (size_t)l->out_p);
    }
    TAKE(t->moments, m->norms);
    TAKE(t->delta, delta);
#undef TAKE
    return used;
}

tape *tape_new(const model *m, int pictures)
{
    tape none;
    const size_t head = (sizeof(tape) + 63) / 64 * 64;
    tape *t = calloc(1, head + lay_out(m, pictures, &none, NULL) * sizeof(float));
    if (!t) return NULL;
    t->pictures = pictures;
    (void)lay_out(m, pictures, t, (float *)(void *)((char *)t + head));
    return t;
}

static size_t lay_out_rows(const model *m, size_t batch, batch_rows *b, float *at)
{
    size_t used = 0;
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind != LAYER_DENSE) continue;
        if (at) b->in[i] = at + used;
        used += (batch * (size_t)l->shape.in_c + 15) / 16 * 16;
        if (at) b->grad[i] = at + used;
        used += (batch * (size_t)l->out_p + 15) / 16 * 16;
    }
    return used;
}

batch_rows *batch_rows_new(const model *m, int batch)
{
    const size_t head = (sizeof(batch_rows) + 63) / 64 * 64;
    batch_rows *b = calloc(1, head + lay_out_rows(m, (size_t)batch, NULL, NULL) * sizeof(float));
    if (b) (void)lay_out_rows(m, (size_t)batch, b, (float *)(void *)((char *)b + head));
    return b;
}

void tape_into(const model *m, tape *t, const batch_rows *b, int from)
{
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind != LAYER_DENSE) continue;
        t->in[i] = b->in[i] + from * l->shape.in_c;
        t->grad[i + 1] = b->grad[i] + from * l->out_p;
    }
}
