#include "quantize.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A JSON string literal. */
static void put_string(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') fprintf(f, "\\%c", *s);
        else if ((unsigned char)*s < 0x20) fprintf(f, "\\u%04x", *s);
        else fputc(*s, f);
    }
    fputc('"', f);
}

/* Writes the header's entry for a tensor whose bytes begin at *at, and moves *at behind them. */
static void put_entry(FILE *f, int layer, const char *what, const char *type, const char *shape, size_t bytes,
                      size_t *at)
{
    fprintf(f, ",\"layers.%d.%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}", layer, what, type,
            shape, *at, *at + bytes);
    *at += bytes;
}

static int dense_head(const model *m) { return m->layers[m->count - 1].shape.kind == LAYER_DENSE; }

static void put_header(FILE *f, const model *m, const card_entry *card, size_t entries)
{
    const int logit_scales = dense_head(m) ? 1 : m->layers[m->count - 1].shape.out_c;
    size_t at = 4 * (size_t)logit_scales; /* behind logits.scale */
    fputs("{\"__metadata__\":{\"architecture\":", f);
    put_string(f, m->text);
    fprintf(f, ",\"activations\":\"%d\"", MODEL_ACTIVATION_QMAX);
    if (m->input_qmax != MODEL_ACTIVATION_QMAX) fprintf(f, ",\"input_max\":\"%d\"", m->input_qmax);
    for (size_t i = 0; i < entries; i++) {
        fputc(',', f);
        put_string(f, card[i].key);
        fputc(':', f);
        put_string(f, card[i].value);
    }
    fprintf(f, "},\"logits.scale\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%zu]}", logit_scales, at);
    for (int i = 0; i < m->count; i++) {
        const layer_shape *s = &m->layers[i].shape;
        if (m->layers[i].weight_count == 0) continue;
        char weight[64], bias[32];
        if (s->kind == LAYER_CONV)
            snprintf(weight, sizeof weight, "[%d,%d,%d,%d]", s->out_c, s->size, s->size, s->in_c);
        else snprintf(weight, sizeof weight, "[%d,%d]", s->out_c, s->in_c);
        snprintf(bias, sizeof bias, "[%d]", s->out_c);
        if (i + 1 < m->count) put_entry(f, i, "scale", "F32", bias, 4 * (size_t)s->out_c, &at);
        if (s->add >= 0) put_entry(f, i, "add_scale", "F32", "[1]", 4, &at);
        put_entry(f, i, "bias", "I32", bias, 4 * (size_t)s->out_c, &at);
        put_entry(f, i, "weight", "I8", weight, layer_weights(s), &at);
    }
    fputc('}', f);
}

static void put_float(FILE *f, float value) { fwrite(&value, sizeof value, 1, f); }

/* parameters are float[inputs][out_p]; the file has int8[out_c][inputs]. */
static void put_layer(FILE *f, const model *m, int i, const float *parameters)
{
    const model_layer *l = &m->layers[i];
    const int out_c = l->shape.out_c;
    const float in_step = model_activation_step(m, l->shape.from + 1);
    float steps[ARCHITECTURE_MAX_CHANNELS];
    model_weight_steps(m, i, parameters, steps);

    for (int o = 0; o < out_c && i + 1 < m->count; o++)
        put_float(f, steps[o] * in_step / (m->range[i] / MODEL_ACTIVATION_QMAX));
    if (l->shape.add >= 0)
        put_float(f, model_activation_step(m, l->shape.add + 1) / (m->range[i] / MODEL_ACTIVATION_QMAX));
    for (int o = 0; o < out_c; o++) {
        const float bias = rintf(parameters[l->bias + (size_t)o] / (steps[o] * in_step));
        const int32_t value = (int32_t)fmaxf(-0x1p28f, fminf(0x1p28f, bias));
        fwrite(&value, sizeof value, 1, f);
    }
    for (int o = 0; o < out_c; o++)
        for (size_t k = 0; k < l->weight_count / (size_t)l->out_p; k++) {
            const float w = rintf(parameters[l->weights + k * (size_t)l->out_p + (size_t)o] / steps[o]);
            fputc((uint8_t)(int8_t)w, f);
        }
}

/* What a step of each of the last layer's sums is worth; a dense one has one step for all. */
static void logit_scales(const model *m, const float *parameters, float *scales)
{
    const model_layer *l = &m->layers[m->count - 1];
    model_weight_steps(m, m->count - 1, parameters, scales);
    for (int o = 0; o < l->out_p; o++) scales[o] *= model_activation_step(m, l->shape.from + 1);
}

float quantize_logit_scale(const model *m, const float *parameters)
{
    float scales[ARCHITECTURE_MAX_CHANNELS];
    logit_scales(m, parameters, scales);
    return scales[0];
}

int quantize(const model *m, const float *parameters, float temperature, const card_entry *card, size_t entries,
             uint8_t **file, size_t *size)
{
    char *header = NULL, *all = NULL;
    size_t header_size = 0;
    FILE *f = open_memstream(&header, &header_size);
    if (!f) return 0;
    put_header(f, m, card, entries);
    int ok = !ferror(f);
    ok &= fclose(f) == 0;
    /* Spaces up to a multiple of 8, so that tensors of 4-byte numbers lie aligned in the file. */
    const uint64_t length = (header_size + 7) / 8 * 8;
    f = ok ? open_memstream(&all, size) : NULL;
    if (f) {
        fwrite(&length, sizeof length, 1, f); /* little-endian, like every machine this trains on */
        fprintf(f, "%-*s", (int)length, header);
        float scales[ARCHITECTURE_MAX_CHANNELS];
        logit_scales(m, parameters, scales);
        for (int o = 0; o < (dense_head(m) ? 1 : m->layers[m->count - 1].shape.out_c); o++)
            put_float(f, scales[o] / temperature);
        for (int i = 0; i < m->count; i++)
            if (m->layers[i].weight_count) put_layer(f, m, i, parameters);
        ok &= !ferror(f);
        ok &= fclose(f) == 0;
    }
    free(header);
    if (!f || !ok) {
        free(all);
        return 0;
    }
    *file = (uint8_t *)all;
    return 1;
}
