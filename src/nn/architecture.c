#include "architecture.h"

#include <string.h>

/* Reads a decimal number of 1..limit at *text and moves behind it; 0 if there is none. */
static int32_t number(const char **text, int32_t limit)
{
    int32_t value = 0;
    while (**text >= '0' && **text <= '9') {
        value = value * 10 + (**text - '0');
        if (value > limit) return 0;
        ++*text;
    }
    return value;
}

static int starts(const char **text, const char *word)
{
    const size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0) return 0;
    *text += n;
    return 1;
}

digits_status architecture_parse(const char *text, architecture *out)
{
    int32_t h = DIGITS_SIDE, w = DIGITS_SIDE, c = 1;
    out->count = 0;
    for (const char *p = text; *p;) {
        if (out->count == ARCHITECTURE_MAX_LAYERS) return DIGITS_WEIGHTS_SHAPE;
        layer_shape *l = &out->layers[out->count++];
        *l = (layer_shape){.size = 1, .in_h = h, .in_w = w, .in_c = c};
        if (starts(&p, "conv")) {
            l->kind = LAYER_CONV;
            l->size = number(&p, 7);
            if (l->size % 2 == 0 || *p++ != ':') return DIGITS_WEIGHTS_SHAPE;
            c = number(&p, ARCHITECTURE_MAX_CHANNELS);
        } else if (starts(&p, "pool")) {
            l->kind = LAYER_POOL;
            l->size = number(&p, 4);
            if (l->size < 2) return DIGITS_WEIGHTS_SHAPE;
            h /= l->size;
            w /= l->size;
        } else if (starts(&p, "dense:")) {
            l->kind = LAYER_DENSE;
            l->in_c = h * w * c;
            l->in_h = l->in_w = h = w = 1;
            c = number(&p, ARCHITECTURE_MAX_CHANNELS);
        } else {
            return DIGITS_WEIGHTS_SHAPE;
        }
        if (c == 0 || h == 0 || w == 0) return DIGITS_WEIGHTS_SHAPE;
        l->out_h = h;
        l->out_w = w;
        l->out_c = c;
        if (*p == ' ' && p[1]) p++;
        else if (*p) return DIGITS_WEIGHTS_SHAPE;
    }
    if (out->count == 0 || out->layers[out->count - 1].kind != LAYER_DENSE || c != DIGITS_CLASSES)
        return DIGITS_WEIGHTS_SHAPE;
    return DIGITS_OK;
}

size_t layer_weights(const layer_shape *l)
{
    if (l->kind == LAYER_POOL) return 0;
    return (size_t)l->size * (size_t)l->size * (size_t)l->in_c * (size_t)l->out_c;
}

size_t architecture_macs(const architecture *a)
{
    size_t macs = 0;
    for (int32_t i = 0; i < a->count; i++)
        macs += layer_weights(&a->layers[i]) * (size_t)a->layers[i].out_h * (size_t)a->layers[i].out_w;
    return macs;
}
