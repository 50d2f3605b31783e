#include "model.h"
#include "layers/layers.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

/* How wide a border layer i's tensor of outputs wants, or tensor 0 the picture's. */
static int border_of(const architecture *a, int tensor)
{
    int border = 0;
    if (tensor > 0 && a->layers[tensor - 1].kind == LAYER_CONV) border = a->layers[tensor - 1].size / 2;
    for (int i = tensor; i < a->count; i++) {
        const layer_shape *s = &a->layers[i];
        if (s->from + 1 != tensor) continue;
        if (s->kind == LAYER_DENSE) return 0; /* its rows have no room for one */
        if (s->kind == LAYER_CONV && s->size / 2 > border) border = s->size / 2;
    }
    return border;
}

static model_tensor tensor_of(int h, int w, int c, int border)
{
    return (model_tensor){h, w, c, border, (size_t)(h + 2 * border) * (size_t)(w + 2 * border) * (size_t)c};
}

/* Gradients are added up from the last layer back: whoever reads a tensor last is the first to write its gradient. */
static void order_gradients(model *m)
{
    int cleared[ARCHITECTURE_MAX_LAYERS + 1] = {0};
    for (int i = m->count - 1; i >= 0; i--) {
        model_layer *l = &m->layers[i];
        if (l->shape.add >= 0) l->clears_add = !cleared[l->shape.add + 1]++;
        l->clears_from = !cleared[l->shape.from + 1]++;
    }
}

digits_status model_init(model *m, const char *text, int batch_norm, int height, int width)
{
    architecture a;
    memset(m, 0, sizeof *m);
    if (strlen(text) >= sizeof m->text) return DIGITS_WEIGHTS_SHAPE;
    digits_status status = architecture_parse(text, &a);
    if (!status && height) status = architecture_resize(&a, height, width);
    if (status) return status;
    strcpy(m->text, text);
    m->count = a.count;
    m->normalizing = batch_norm;
    m->input_qmax = a.any_size ? MODEL_PICTURE_QMAX : MODEL_ACTIVATION_QMAX;
    m->tensors[0] = tensor_of(a.height, a.width, 1, border_of(&a, 0));
    for (int i = 0; i < a.count; i++) {
        model_layer *l = &m->layers[i];
        const layer_shape *s = &a.layers[i];
        l->shape = *s;
        l->weight_count = layer_weights(s);
        l->out_p = l->weight_count ? (s->out_c + 7) / 8 * 8 : s->out_c;
        if (i + 1 < a.count && l->weight_count && l->out_p != s->out_c) return DIGITS_WEIGHTS_SHAPE;
        m->tensors[i + 1] = tensor_of(s->out_h, s->out_w, l->out_p, border_of(&a, i + 1));
        if (s->kind == LAYER_CONV && m->tensors[s->from + 1].border < s->size / 2) return DIGITS_WEIGHTS_SHAPE;
        if (l->weight_count == 0) continue;
        l->weight_count = l->weight_count / (size_t)s->out_c * (size_t)l->out_p;
        if (s->kind == LAYER_CONV) {
            l->weights = m->parameters;
            m->parameters += l->weight_count;
        }
        l->bias = m->parameters;
        m->parameters += (size_t)l->out_p;
        if (!batch_norm || s->kind != LAYER_CONV || i + 1 == a.count) continue;
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
    order_gradients(m);
    return DIGITS_OK;
}

void model_randomize(const model *m, uint64_t seed, float *parameters, float *norms)
{
    memset(parameters, 0, m->parameters * sizeof *parameters);
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->weight_count == 0) continue;
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
    float max = 0;
    memset(steps + from, 0, (to - from) * sizeof *steps);
    for (size_t i = 0; i < l->weight_count; i += (size_t)l->out_p)
        for (size_t o = from; o < to; o++) steps[o] = fabsf(w[i + o]) > steps[o] ? fabsf(w[i + o]) : steps[o];
    for (size_t o = from; o < to; o++) max = steps[o] > max ? steps[o] : max;
    for (size_t o = from; o < to; o++) {
        if (layer == m->count - 1 && l->shape.kind == LAYER_DENSE) steps[o] = max;
        if (!(steps[o] > 1e-8f)) steps[o] = 1e-8f;
        steps[o] /= MODEL_WEIGHT_QMAX;
    }
}

void model_weight_steps(const model *m, int layer, const float *parameters, float *steps)
{
    channel_steps(m, layer, parameters, 0, (size_t)m->layers[layer].out_p, steps);
}

const float *model_prepare(const model *m, const float *parameters, float *weights, float *flipped)
{
    const float *from = m->quantized ? weights : parameters;
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->weight_count == 0) continue;
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
            if (i > 0) layers_flip(l, from + l->weights, o, end, flipped + l->weights);
        }
    }
#pragma omp barrier
    return from;
}

float model_activation_step(const model *m, int tensor)
{
    int i = tensor - 1;
    while (i >= 0 && m->layers[i].weight_count == 0) i = m->layers[i].shape.from;
    return i < 0 ? 1 / (float)m->input_qmax : m->range[i] / MODEL_ACTIVATION_QMAX;
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
        TAKE(t->value[i], n * m->tensors[i].size);
        if (i > 0) TAKE(t->grad[i], n * m->tensors[i].size);
    }
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        const size_t d = tensor_of(l->shape.out_h, l->shape.out_w, l->out_p, l->shape.size / 2).size;
        if (l->shape.kind == LAYER_CONV && d > delta) delta = d;
        if (!l->has_norm) continue;
        TAKE(t->normal[i], n * tensor_of(l->shape.out_h, l->shape.out_w, l->out_p, 0).size);
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
        t->value[l->shape.from + 1] = b->in[i] + from * l->shape.in_c;
        t->grad[i + 1] = b->grad[i] + from * l->out_p;
    }
}
