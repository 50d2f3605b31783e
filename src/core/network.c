/* network.c — the forward pass: 28×28 ink → ten logits. */
#include "architecture.h"
#include "kernels.h"
#include "network.h"
#include "weights.h"

#include <math.h>
#include <string.h>

enum {
    MAX_RUN = 100000, /* products a sum: 100000·127·128 and the bias stay below 2^31 */
    MAX_BIAS = 1 << 28,
    ALIGN = 16
};

typedef struct layer {
    layer_shape shape;
    kernel_shape kernel;
    int32_t border; /* zeros that the next layer wants around this one's output */
    const void *packed;
    const int32_t *bias;
    const float *scale; /* NULL: these are the logits */
} layer;

struct digits_network {
    const kernels *kernels;
    int32_t count;
    float logit_scale;
    const digits_learned *learned; /* NULL: nothing */
    size_t buffer_bytes, sums_bytes; /* of one activation buffer, and of a row of sums */
    int32_t first_border;
    layer layers[ARCHITECTURE_MAX_LAYERS];
};

const char *digits_status_text(digits_status status)
{
    switch (status) {
    case DIGITS_OK: return "all is well";
    case DIGITS_BAD_ARGUMENT: return "an argument is out of its range";
    case DIGITS_NO_ROOM: return "the memory given is too small";
    case DIGITS_OUT_OF_MEMORY: return "there is not enough memory";
    case DIGITS_IMAGE_EMPTY: return "the image is empty";
    case DIGITS_IMAGE_TOO_LARGE: return "the image is too large (at most 64 megapixels, 16384 a side)";
    case DIGITS_IMAGE_UNKNOWN: return "this is neither a PNG nor a JPEG image";
    case DIGITS_IMAGE_DAMAGED: return "the image is damaged or cut short";
    case DIGITS_STROKES_TOO_MANY: return "there are too many strokes";
    case DIGITS_WEIGHTS_CUT_SHORT: return "the weights are cut short";
    case DIGITS_WEIGHTS_DAMAGED: return "the weights are damaged: no valid safetensors header";
    case DIGITS_WEIGHTS_SHAPE: return "the weights are of another shape than this program runs";
    }
    return "unknown status";
}

static size_t aligned(size_t n) { return (n + ALIGN - 1) / ALIGN * ALIGN; }

static int32_t border_of(const layer_shape *l) { return l->kind == LAYER_CONV ? l->size / 2 : 0; }

static size_t padded_bytes(int32_t h, int32_t w, int32_t c, int32_t border)
{
    return aligned((size_t)(h + 2 * border) * (size_t)(w + 2 * border) * (size_t)c + KERNEL_OVERREAD);
}

static kernel_shape shape_of(const layer_shape *l)
{
    const int32_t border = border_of(l);
    return (kernel_shape){
        .width = l->out_w,
        .step = l->in_c,
        .rows = l->size,
        .run = l->size * l->in_c,
        .row_stride = (l->in_w + 2 * border) * l->in_c,
        .out_c = l->out_c,
        .sum_stride = (l->out_c + 7) / 8 * 8,
    };
}

/* A file's network before its weights are packed: what goes where. */
typedef struct plan {
    weights_file file;
    architecture arch;
    digits_network net;
    size_t bytes;
} plan;

static const weights_tensor *find(const plan *p, int32_t i, const char *what, weights_type type, int32_t rank,
                                  const uint32_t *shape)
{
    char name[WEIGHTS_MAX_NAME] = "layers."; /* layers.I.what; snprintf would cost the browser 10 KB */
    size_t n = strlen(name);
    if (i >= 10) name[n++] = (char)('0' + i / 10);
    name[n++] = (char)('0' + i % 10);
    name[n++] = '.';
    strcpy(name + n, what);
    return weights_find(&p->file, name, type, rank, shape);
}

static const weights_tensor *find_weights(const plan *p, int32_t i)
{
    const layer_shape *l = &p->arch.layers[i];
    const uint32_t o = (uint32_t)l->out_c, k = (uint32_t)l->size, c = (uint32_t)l->in_c;
    if (l->kind == LAYER_DENSE) return find(p, i, "weight", WEIGHTS_I8, 2, (uint32_t[]){o, c});
    return find(p, i, "weight", WEIGHTS_I8, 4, (uint32_t[]){o, k, k, c});
}

static const weights_tensor *find_bias(const plan *p, int32_t i)
{
    return find(p, i, "bias", WEIGHTS_I32, 1, (uint32_t[]){(uint32_t)p->arch.layers[i].out_c});
}

static const weights_tensor *find_scale(const plan *p, int32_t i)
{
    if (i == p->arch.count - 1) return weights_find(&p->file, "logits.scale", WEIGHTS_F32, 1, (uint32_t[]){1});
    return find(p, i, "scale", WEIGHTS_F32, 1, (uint32_t[]){(uint32_t)p->arch.layers[i].out_c});
}

static int values_in_range(const weights_tensor *bias, const weights_tensor *scale)
{
    for (size_t i = 0; i < bias->shape[0]; i++) {
        int32_t b;
        memcpy(&b, bias->data + 4 * i, 4);
        if (b > MAX_BIAS || b < -MAX_BIAS) return 0;
    }
    for (size_t i = 0; i < scale->shape[0]; i++) {
        float s;
        memcpy(&s, scale->data + 4 * i, 4);
        if (!(s > 0 && s < 1e6f)) return 0;
    }
    return 1;
}

static digits_status make_plan(const uint8_t *file, size_t size, const kernels *k, plan *p)
{
    digits_status status = weights_parse(file, size, &p->file);
    if (!status) status = architecture_parse(p->file.architecture, &p->arch);
    if (status) return status;

    digits_network *net = &p->net;
    *net = (digits_network){.kernels = k, .count = p->arch.count, .first_border = border_of(&p->arch.layers[0])};
    net->buffer_bytes = padded_bytes(DIGITS_SIDE, DIGITS_SIDE, 1, net->first_border);
    p->bytes = aligned(sizeof *net);
    for (int32_t i = 0; i < net->count; i++) {
        layer *l = &net->layers[i];
        const layer_shape *s = &p->arch.layers[i];
        l->shape = *s;
        l->border = i + 1 < net->count ? border_of(s + 1) : 0;
        const size_t out = padded_bytes(s->out_h, s->out_w, s->out_c, l->border);
        if (out > net->buffer_bytes) net->buffer_bytes = out;
        if (s->kind == LAYER_POOL) continue;

        l->kernel = shape_of(s);
        const weights_tensor *weight = find_weights(p, i), *bias = find_bias(p, i), *scale = find_scale(p, i);
        if (!weight || !bias || !scale || l->kernel.rows * l->kernel.run > MAX_RUN || !values_in_range(bias, scale))
            return DIGITS_WEIGHTS_SHAPE;
        const size_t stride = (size_t)l->kernel.sum_stride, row = stride * (size_t)s->out_w * sizeof(int32_t);
        if (row > net->sums_bytes) net->sums_bytes = row;
        p->bytes += aligned(k->packed_bytes(&l->kernel)) + aligned(stride * sizeof(int32_t)) +
                    aligned(stride * sizeof(float));
    }
    return DIGITS_OK;
}

/* NULL where this build or this processor has none of them. */
static const kernels *choose(digits_kernels which)
{
    switch (which) {
    case DIGITS_KERNELS_PLAIN: return &kernels_plain;
    case DIGITS_KERNELS_BEST:
        for (digits_kernels k = DIGITS_KERNELS_END - 1; k > DIGITS_KERNELS_BEST; k--)
            if (choose(k)) return choose(k);
        return &kernels_plain;
#ifdef DIGITS_HAS_SIMD128
    case DIGITS_KERNELS_SIMD128: return &kernels_simd128;
#endif
#ifdef DIGITS_HAS_X86
    case DIGITS_KERNELS_AVX2: return __builtin_cpu_supports("avx2") ? &kernels_avx2 : NULL;
    case DIGITS_KERNELS_VNNI:
        return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") ? &kernels_vnni : NULL;
#endif
    default: return NULL;
    }
}

digits_status digits_network_size(const uint8_t *file, size_t size, size_t *bytes)
{
    size_t most = 0;
    if (!bytes) return DIGITS_BAD_ARGUMENT;
    for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) {
        plan p;
        if (!choose(k)) continue;
        const digits_status status = make_plan(file, size, choose(k), &p);
        if (status) return status;
        most = p.bytes > most ? p.bytes : most;
    }
    *bytes = most;
    return DIGITS_OK;
}

digits_status digits_network_open(const uint8_t *file, size_t size, digits_kernels which, void *memory, size_t bytes,
                                  const digits_network **network)
{
    const kernels *k = choose(which);
    if (!memory || !network || !k || (uintptr_t)memory % ALIGN != 0) return DIGITS_BAD_ARGUMENT;
    plan p;
    const digits_status status = make_plan(file, size, k, &p);
    if (status) return status;
    if (bytes < p.bytes) return DIGITS_NO_ROOM;

    digits_network *net = memory;
    uint8_t *at = (uint8_t *)memory + aligned(sizeof *net);
    for (int32_t i = 0; i < p.net.count; i++) {
        layer *l = &p.net.layers[i];
        if (l->shape.kind == LAYER_POOL) continue;
        p.net.kernels->pack(&l->kernel, (const int8_t *)find_weights(&p, i)->data, at);
        l->packed = at;
        at += aligned(p.net.kernels->packed_bytes(&l->kernel));

        const size_t used = (size_t)l->shape.out_c * 4, room = aligned((size_t)l->kernel.sum_stride * 4);
        memset(at, 0, 2 * room);
        memcpy(at, find_bias(&p, i)->data, used);
        l->bias = (const int32_t *)(const void *)at;
        at += room;
        if (i < p.net.count - 1) {
            memcpy(at, find_scale(&p, i)->data, used);
            l->scale = (const float *)(const void *)at;
        } else {
            memcpy(&p.net.logit_scale, find_scale(&p, i)->data, sizeof(float));
        }
        at += room;
    }
    *net = p.net;
    *network = net;
    return DIGITS_OK;
}

const char *digits_network_kernels(const digits_network *network) { return network->kernels->name; }

size_t digits_predict_size(const digits_network *network)
{
    return 2 * network->buffer_bytes + aligned(network->sums_bytes);
}

/* The byte of pixel (y, 0) in an activation buffer of that width and border. */
static uint8_t *row_of(uint8_t *buffer, int32_t y, int32_t width, int32_t channels, int32_t border)
{
    return buffer + ((size_t)(y + border) * (size_t)(width + 2 * border) + (size_t)border) * (size_t)channels;
}

/* in: as the layer's border wants it; out: with a border of l->border zeros. */
static void run_sums(const digits_network *net, const layer *l, const uint8_t *in, uint8_t *out, int32_t *sums)
{
    for (int32_t y = 0; y < l->shape.out_h; y++) {
        net->kernels->sums(&l->kernel, l->packed, l->bias, in + (size_t)y * (size_t)l->kernel.row_stride, sums);
        if (l->scale)
            net->kernels->requantize(&l->kernel, sums, l->scale,
                                     row_of(out, y, l->shape.out_w, l->shape.out_c, l->border));
    }
}

static void run_pool(const layer *l, const uint8_t *in, uint8_t *out)
{
    const layer_shape *s = &l->shape;
    const size_t c = (size_t)s->in_c;
    for (int32_t y = 0; y < s->out_h; y++) {
        uint8_t *to = row_of(out, y, s->out_w, s->out_c, l->border);
        for (int32_t x = 0; x < s->out_w; x++, to += c) {
            const uint8_t *from = in + (size_t)(y * s->size * s->in_w + x * s->size) * c;
            memcpy(to, from, c);
            for (int32_t i = 1; i < s->size * s->size; i++) {
                const uint8_t *other = from + (size_t)(i / s->size * s->in_w + i % s->size) * c;
                for (size_t o = 0; o < c; o++) to[o] = to[o] > other[o] ? to[o] : other[o];
            }
        }
    }
}

static int32_t *sums_of(const digits_network *net, void *work)
{
    return (int32_t *)(void *)((uint8_t *)work + 2 * net->buffer_bytes);
}

/* Runs the first `layers` layers. Returns what the next one reads, in the border that it wants. */
static uint8_t *forward(const digits_network *net, const uint8_t *pixels, void *work, int32_t layers)
{
    uint8_t *in = work, *out = in + net->buffer_bytes;
    memset(in, 0, net->buffer_bytes);
    for (int32_t y = 0; y < DIGITS_SIDE; y++) {
        uint8_t *row = row_of(in, y, DIGITS_SIDE, 1, net->first_border);
        for (int32_t x = 0; x < DIGITS_SIDE; x++) row[x] = pixels[y * DIGITS_SIDE + x] >> 1;
    }
    for (int32_t i = 0; i < layers; i++) {
        const layer *l = &net->layers[i];
        if (l->border) memset(out, 0, net->buffer_bytes);
        if (l->shape.kind == LAYER_POOL) run_pool(l, in, out);
        else run_sums(net, l, in, out, sums_of(net, work));
        uint8_t *swap = in;
        in = out;
        out = swap;
    }
    return in;
}

static digits_status may_run(const digits_network *net, const uint8_t *pixels, const void *work, size_t work_bytes)
{
    if (!net || !pixels || !work || (uintptr_t)work % ALIGN != 0) return DIGITS_BAD_ARGUMENT;
    return work_bytes < digits_predict_size(net) ? DIGITS_NO_ROOM : DIGITS_OK;
}

digits_status digits_predict(const digits_network *net, const uint8_t *pixels, void *work, size_t work_bytes,
                             int32_t logits[DIGITS_CLASSES])
{
    const digits_status status = logits ? may_run(net, pixels, work, work_bytes) : DIGITS_BAD_ARGUMENT;
    if (status) return status;
    const uint8_t *features = network_feel(net, pixels, work);
    run_sums(net, &net->layers[net->count - 1], features, NULL, sums_of(net, work));
    memcpy(logits, sums_of(net, work), DIGITS_CLASSES * sizeof *logits);
    if (net->learned) learned_apply(net->learned, features, logits);
    return DIGITS_OK;
}

/* ── for those who look inside ── */

int32_t digits_layers(const digits_network *network) { return network->count; }

digits_status digits_layer_shape(const digits_network *net, int32_t layer, int32_t shape[3])
{
    if (!net || !shape || layer < 0 || layer >= net->count) return DIGITS_BAD_ARGUMENT;
    const layer_shape *l = &net->layers[layer].shape;
    memcpy(shape, (int32_t[]){l->out_h, l->out_w, l->out_c}, 3 * sizeof *shape);
    return DIGITS_OK;
}

digits_status digits_activations(const digits_network *net, const uint8_t *pixels, int32_t layer, void *work,
                                 size_t work_bytes, uint8_t *activations)
{
    const digits_status status = may_run(net, pixels, work, work_bytes);
    if (status) return status;
    if (!activations || layer < 0 || layer >= net->count - 1) return DIGITS_BAD_ARGUMENT;
    uint8_t *in = forward(net, pixels, work, layer + 1);
    const layer_shape *l = &net->layers[layer].shape;
    const size_t row = (size_t)l->out_w * (size_t)l->out_c;
    for (int32_t y = 0; y < l->out_h; y++)
        memcpy(activations + (size_t)y * row, row_of(in, y, l->out_w, l->out_c, net->layers[layer].border), row);
    return DIGITS_OK;
}

size_t network_bytes(void) { return sizeof(digits_network); }

const digits_network *network_copy(const digits_network *network, const digits_learned *learned, void *memory)
{
    digits_network *copy = memory;
    *copy = *network;
    copy->learned = learned;
    return copy;
}

size_t network_features(const digits_network *network)
{
    return (size_t)network->layers[network->count - 1].shape.in_c;
}

const uint8_t *network_feel(const digits_network *network, const uint8_t *pixels, void *work)
{
    return forward(network, pixels, work, network->count - 1);
}

float network_logit_scale(const digits_network *network) { return network->logit_scale; }

void digits_probabilities(const digits_network *network, const int32_t logits[DIGITS_CLASSES],
                          float probabilities[DIGITS_CLASSES])
{
    int32_t most = 0;
    for (int i = 0; i < DIGITS_CLASSES; i++) most = logits[i] > most ? logits[i] : most;
    float sum = expf((float)-(int64_t)most * network->logit_scale); /* no digit */
    for (int i = 0; i < DIGITS_CLASSES; i++) {
        probabilities[i] = expf((float)((int64_t)logits[i] - most) * network->logit_scale);
        sum += probabilities[i];
    }
    for (int i = 0; i < DIGITS_CLASSES; i++) probabilities[i] /= sum;
}
