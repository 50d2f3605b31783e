#include "architecture.h"

#include <string.h>

enum { MAX_DENSE_INPUTS = 1 << 20 };

static int take(const char **text, const char *word)
{
    const size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0) return 0;
    *text += n;
    return 1;
}

/* A decimal number of min..max. */
static int take_number(const char **text, int32_t min, int32_t max, int32_t *value)
{
    const char *start = *text;
    *value = 0;
    while (**text >= '0' && **text <= '9') {
        *value = *value * 10 + (**text - '0');
        if (*value > max) return 0;
        ++*text;
    }
    return *text > start && *value >= min;
}

/* ── the kinds of layers ── */

static int parse_conv(const char **text, layer_shape *l)
{
    if (!take_number(text, 1, 7, &l->size) || l->size % 2 == 0) return 0;
    if (take(text, "/2")) l->stride = 2;
    return take(text, ":") && take_number(text, 1, ARCHITECTURE_MAX_CHANNELS, &l->out_c);
}

static int parse_pool(const char **text, layer_shape *l)
{
    if (!take_number(text, 2, 4, &l->size)) return 0;
    l->stride = l->size;
    return 1;
}

static int parse_upsample(const char **text, layer_shape *l) { return take_number(text, 2, 2, &l->size); }

static int parse_dense(const char **text, layer_shape *l)
{
    return take(text, ":") && take_number(text, 1, ARCHITECTURE_MAX_CHANNELS, &l->out_c);
}

static int shape_conv(layer_shape *l)
{
    l->total_stride *= l->stride;
    l->out_h = l->in_h / l->stride;
    l->out_w = l->in_w / l->stride;
    return l->in_h % l->stride == 0 && l->in_w % l->stride == 0;
}

static int shape_pool(layer_shape *l)
{
    l->total_stride *= l->size;
    l->out_h = l->in_h / l->size;
    l->out_w = l->in_w / l->size;
    l->out_c = l->in_c;
    return l->out_h > 0 && l->out_w > 0;
}

static int shape_upsample(layer_shape *l)
{
    const int fits = l->total_stride % l->size == 0;
    l->total_stride /= l->size;
    l->out_h = l->in_h * l->size;
    l->out_w = l->in_w * l->size;
    l->out_c = l->in_c;
    return fits;
}

static int shape_dense(layer_shape *l)
{
    const int64_t inputs = (int64_t)l->in_h * l->in_w * l->in_c;
    if (inputs > MAX_DENSE_INPUTS) return 0;
    l->in_c = (int32_t)inputs;
    l->in_h = l->in_w = l->out_h = l->out_w = 1;
    return 1;
}

static size_t no_weights(const layer_shape *l)
{
    (void)l;
    return 0;
}

static size_t all_to_all(const layer_shape *l)
{
    return (size_t)l->size * (size_t)l->size * (size_t)l->in_c * (size_t)l->out_c;
}

static const struct {
    const char *name;
    int from, add;                                   /* whether it may have these suffixes */
    int (*parse)(const char **text, layer_shape *l); /* what follows the name: size, stride and out_c */
    int (*shape)(
        layer_shape *l); /* in_h, in_w, in_c → out_h, out_w, out_c; total_stride: of the input → of the output */
    size_t (*weights)(const layer_shape *l);
} kinds[] = {
    [LAYER_CONV] = {"conv", 1, 1, parse_conv, shape_conv, all_to_all},
    [LAYER_POOL] = {"pool", 1, 0, parse_pool, shape_pool, no_weights},
    [LAYER_UPSAMPLE] = {"up", 1, 0, parse_upsample, shape_upsample, no_weights},
    [LAYER_DENSE] = {"dense", 0, 0, parse_dense, shape_dense, all_to_all},
};

/* ── the whole ── */

static int parse_input(const char **text, architecture *a)
{
    a->height = a->width = DIGITS_SIDE;
    if (!take(text, "input:")) return 1;
    if (take(text, "?x?")) a->any_size = 1;
    else if (!take_number(text, 1, ARCHITECTURE_MAX_SIDE, &a->height) || !take(text, "x") ||
             !take_number(text, 1, ARCHITECTURE_MAX_SIDE, &a->width))
        return 0;
    return take(text, "x1 ");
}

static int parse_layer(const char **text, architecture *a)
{
    layer_shape *l = &a->layers[a->count];
    *l = (layer_shape){.size = 1, .stride = 1, .from = a->count - 1, .add = -1};
    size_t kind = 0;
    while (!take(text, kinds[kind].name))
        if (++kind == sizeof kinds / sizeof *kinds) return 0;
    l->kind = (layer_kind)kind;
    if (!kinds[kind].parse(text, l)) return 0;
    if (kinds[kind].from && take(text, "<") && !take_number(text, 0, a->count - 1, &l->from)) return 0;
    if (kinds[kind].add && take(text, "+") && !take_number(text, 0, a->count - 1, &l->add)) return 0;
    a->count++;
    return 1;
}

/* All shapes, for the height and width that a has. */
static int shape_layers(architecture *a)
{
    const layer_shape picture = {.total_stride = 1, .out_h = a->height, .out_w = a->width, .out_c = 1};
    for (int32_t i = 0; i < a->count; i++) {
        layer_shape *l = &a->layers[i];
        const layer_shape *from = l->from < 0 ? &picture : &a->layers[l->from];
        l->in_h = from->out_h;
        l->in_w = from->out_w;
        l->in_c = from->out_c;
        l->total_stride = from->total_stride;
        if (!kinds[l->kind].shape(l) || l->total_stride > ARCHITECTURE_MAX_STRIDE) return 0;
        if (l->add < 0) continue;
        const layer_shape *add = &a->layers[l->add];
        if (add->out_h != l->out_h || add->out_w != l->out_w || add->out_c != l->out_c) return 0;
    }
    return 1;
}

/* The least common multiple of all layers' strides. */
static int find_total_stride(architecture *a)
{
    a->total_stride = 1;
    for (int32_t i = 0; i < a->count; i++) {
        const int32_t stride = a->layers[i].total_stride, before = a->total_stride;
        while (a->total_stride % stride != 0) a->total_stride += before;
        if (a->total_stride > ARCHITECTURE_MAX_STRIDE) return 0;
    }
    return 1;
}

static int last_layer_is_good(const architecture *a)
{
    const layer_shape *last = &a->layers[a->count - 1];
    if (last->kind == LAYER_DENSE) return last->out_c == DIGITS_CLASSES;
    return last->kind == LAYER_CONV && last->size == 1 && last->stride == 1 && last->add < 0;
}

digits_status architecture_parse(const char *text, architecture *out)
{
    *out = (architecture){0};
    if (!parse_input(&text, out)) return DIGITS_WEIGHTS_SHAPE;
    for (;;) {
        if (out->count == ARCHITECTURE_MAX_LAYERS || !parse_layer(&text, out)) return DIGITS_WEIGHTS_SHAPE;
        if (!*text) break;
        if (!take(&text, " ")) return DIGITS_WEIGHTS_SHAPE;
    }
    if (!last_layer_is_good(out)) return DIGITS_WEIGHTS_SHAPE;
    if (!out->any_size) return shape_layers(out) && find_total_stride(out) ? DIGITS_OK : DIGITS_WEIGHTS_SHAPE;

    for (int32_t i = 0; i < out->count; i++)
        if (out->layers[i].kind == LAYER_DENSE) return DIGITS_WEIGHTS_SHAPE;
    /* Strides do not depend on the size, but shapes do: first at a size that is a multiple of any stride up to the
     * limit that pools of 2, 3 and 4 can make (2^6, 3^3), then at the smallest. */
    out->height = out->width = 64 * 27;
    if (!shape_layers(out) || !find_total_stride(out)) return DIGITS_WEIGHTS_SHAPE;
    out->height = out->width = out->total_stride;
    return shape_layers(out) ? DIGITS_OK : DIGITS_WEIGHTS_SHAPE;
}

digits_status architecture_resize(architecture *a, int32_t height, int32_t width)
{
    if (!a->any_size) return height == a->height && width == a->width ? DIGITS_OK : DIGITS_BAD_ARGUMENT;
    if (height < 1 || width < 1 || height % a->total_stride != 0 || width % a->total_stride != 0 ||
        (int64_t)height * width > ARCHITECTURE_MAX_PIXELS)
        return DIGITS_BAD_ARGUMENT;
    a->height = height;
    a->width = width;
    return shape_layers(a) ? DIGITS_OK : DIGITS_BAD_ARGUMENT; /* it cannot fail: every stride divides the size */
}

size_t layer_weights(const layer_shape *l) { return kinds[l->kind].weights(l); }

uint64_t architecture_macs(const architecture *a)
{
    uint64_t macs = 0;
    for (int32_t i = 0; i < a->count; i++)
        macs += (uint64_t)layer_weights(&a->layers[i]) * (uint64_t)a->layers[i].out_h * (uint64_t)a->layers[i].out_w;
    return macs;
}
