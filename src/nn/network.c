/* network.c — the forward pass: 28×28 ink → ten logits. */
#include "architecture.h"
#include "nn/kernels/kernels.h"
#include "network.h"
#include "safetensors.h"

#include <math.h>
#include <string.h>

enum {
    MAX_RUN = 100000, /* products a sum: 100000·127·128 and the bias stay below 2^31 */
    MAX_BIAS = 1 << 28,
    ALIGN = 16
};

/* A layer that sums and the pooling behind it, or pooling alone. */
typedef struct stage {
    layer_shape shape;    /* of the layer that sums, or of pooling alone */
    int32_t layer;        /* its number in the file */
    int32_t out_h, out_w; /* of what comes out, shape.out_c channels */
    int32_t border;       /* zeros that the next stage wants around it */
    kernel_layer kernel;  /* of a layer that sums */
} stage;

struct digits_network {
    const kernels *kernels;
    int32_t count;
    int32_t input_shift; /* a pixel's 8 bits become as many as an activation has */
    float logit_scale;
    size_t buffer_bytes; /* of one activation buffer */
    stage stages[ARCHITECTURE_MAX_LAYERS];
};

static size_t aligned(size_t n) { return (n + ALIGN - 1) / ALIGN * ALIGN; }

static int32_t border_of(const layer_shape *l) { return l->kind == LAYER_CONV ? l->size / 2 : 0; }

static size_t padded_bytes(int32_t h, int32_t w, int32_t c, int32_t border)
{
    return aligned((size_t)(h + 2 * border) * (size_t)(w + 2 * border) * (size_t)c + KERNEL_OVERREAD);
}

/* The picture goes into a convolution as columns of as many pixels as the kernel is high, and zeros up to a multiple of
 * four bytes: then a sum is one run. */
static int32_t column_bytes(const layer_shape *l) { return (l->size + 3) / 4 * 4; }

static kernel_layer kernel_of(const stage *s, int32_t pool, int32_t most)
{
    const layer_shape *l = &s->shape;
    const int columns = s->layer == 0 && l->kind == LAYER_CONV, step = columns ? column_bytes(l) : l->in_c;
    return (kernel_layer){
        .width = s->out_w,
        .height = s->out_h,
        .pool = pool,
        .step = step,
        .row_stride = (l->in_w + 2 * border_of(l)) * step,
        .rows = columns ? 1 : l->size,
        .run = l->size * step,
        .columns = columns ? l->size : 0,
        .out_c = l->out_c,
        .out_row_stride = (s->out_w + 2 * s->border) * l->out_c,
        .most = most,
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

/* Of biases, or scales: as many as a kernel's blocks have channels. */
static size_t per_channel_bytes(const layer_shape *l)
{
    return (size_t)((l->out_c + KERNEL_BLOCK - 1) / KERNEL_BLOCK * KERNEL_BLOCK) * 4;
}

static digits_status make_plan(const uint8_t *file, size_t size, const kernels *k, plan *p)
{
    digits_status status = weights_parse(file, size, &p->file);
    if (!status) status = architecture_parse(p->file.architecture, &p->arch);
    if (status) return status;
    for (int32_t i = 0; i < p->arch.count; i++) { /* what is not run yet */
        const layer_shape *l = &p->arch.layers[i];
        if (p->arch.height != DIGITS_SIDE || p->arch.width != DIGITS_SIDE || l->from != i - 1 || l->add >= 0 ||
            l->kind == LAYER_UPSAMPLE || (l->kind == LAYER_CONV && (l->stride > 1 || i + 1 == p->arch.count)))
            return DIGITS_WEIGHTS_SHAPE;
    }

    digits_network *net = &p->net;
    *net = (digits_network){.kernels = k, .input_shift = p->file.most == 63 ? 2 : 1};
    const layer_shape *first = &p->arch.layers[0];
    net->buffer_bytes =
        padded_bytes(DIGITS_SIDE, DIGITS_SIDE, first->kind == LAYER_CONV ? column_bytes(first) : 1, border_of(first));
    p->bytes = aligned(sizeof *net);
    for (int32_t i = 0; i < p->arch.count; i++) {
        stage *s = &net->stages[net->count++];
        const layer_shape *l = &p->arch.layers[i];
        *s = (stage){.shape = *l, .layer = i};
        const int pooled = l->kind != LAYER_POOL && i + 1 < p->arch.count && l[1].kind == LAYER_POOL;
        if (pooled) l = &p->arch.layers[++i];
        s->out_h = l->out_h;
        s->out_w = l->out_w;
        s->border = i + 1 < p->arch.count ? border_of(l + 1) : 0;
        const size_t out = padded_bytes(s->out_h, s->out_w, l->out_c, s->border);
        if (out > net->buffer_bytes) net->buffer_bytes = out;
        if (s->shape.kind == LAYER_POOL) continue;

        s->kernel = kernel_of(s, pooled ? l->size : 1, p->file.most);
        const weights_tensor *weight = find_weights(p, s->layer), *bias = find_bias(p, s->layer),
                             *scale = find_scale(p, s->layer);
        if (!weight || !bias || !scale || s->kernel.rows * s->kernel.run > MAX_RUN || !values_in_range(bias, scale))
            return DIGITS_WEIGHTS_SHAPE;
        p->bytes += aligned(k->packed_bytes(&s->kernel)) + 2 * per_channel_bytes(l);
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
#ifdef DIGITS_HAS_RELAXED
    case DIGITS_KERNELS_RELAXED: return &kernels_relaxed;
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
        stage *s = &p.net.stages[i];
        if (s->shape.kind == LAYER_POOL) continue;
        k->pack(&s->kernel, (const int8_t *)find_weights(&p, s->layer)->data, at);
        s->kernel.packed = at;
        at += aligned(k->packed_bytes(&s->kernel));

        const size_t used = (size_t)s->shape.out_c * 4, room = per_channel_bytes(&s->shape);
        memset(at, 0, 2 * room);
        memcpy(at, find_bias(&p, s->layer)->data, used);
        s->kernel.bias = (const int32_t *)(const void *)at;
        at += room;
        if (i < p.net.count - 1) {
            memcpy(at, find_scale(&p, s->layer)->data, used);
            s->kernel.scale = (const float *)(const void *)at;
        } else {
            memcpy(&p.net.logit_scale, find_scale(&p, s->layer)->data, sizeof(float));
        }
        at += room;
    }
    *net = p.net;
    *network = net;
    return DIGITS_OK;
}

const char *digits_network_kernels(const digits_network *network) { return network->kernels->name; }

size_t digits_predict_size(const digits_network *network) { return 2 * network->buffer_bytes; }

/* Pixel (0, 0) in an activation buffer of that width, with that border. */
static uint8_t *inside(uint8_t *buffer, int32_t width, int32_t channels, int32_t border)
{
    return buffer + (size_t)(border * (width + 2 * border) + border) * (size_t)channels;
}

static void clear_border(uint8_t *buffer, const stage *s)
{
    const size_t c = (size_t)s->shape.out_c, row = (size_t)(s->out_w + 2 * s->border) * c,
                 side = (size_t)s->border * c, high = (size_t)s->border * row;
    if (s->border == 0) return;
    memset(buffer, 0, high + side);
    for (int32_t y = 1; y < s->out_h; y++) memset(buffer + high + (size_t)y * row - side, 0, 2 * side);
    memset(buffer + high + (size_t)s->out_h * row - side, 0, side + high);
}

/* As the first stage wants it: columns with a border to the left and right, or plain pixels. */
static void put_picture(const digits_network *net, const uint8_t *pixels, uint8_t *in)
{
    const kernel_layer *k = &net->stages[0].kernel;
    static const uint8_t blank[DIGITS_SIDE] = {0};
    const int32_t border = k->columns / 2, shift = net->input_shift;
    if (!k->columns)
        for (int32_t i = 0; i < DIGITS_PIXELS; i++) in[i] = (uint8_t)(pixels[i] >> shift);
    else memset(in, 0, DIGITS_SIDE * (size_t)k->row_stride);
    for (int32_t y = 0; y < DIGITS_SIDE && k->columns; y++)
        for (int32_t i = 0; i < k->columns; i += 4) { /* four bytes of each column */
            const uint8_t *row[4];
            for (int32_t r = 0; r < 4; r++) {
                const int32_t v = y - border + i + r;
                row[r] = v >= 0 && v < DIGITS_SIDE && i + r < k->columns ? pixels + v * DIGITS_SIDE : blank;
            }
            uint8_t *to = in + y * k->row_stride + border * k->step + i;
            for (int32_t x = 0; x < DIGITS_SIDE; x++, to += k->step) {
                const uint32_t four = (uint32_t)row[0][x] >> shift | (uint32_t)row[1][x] >> shift << 8 |
                                      (uint32_t)row[2][x] >> shift << 16 | (uint32_t)row[3][x] >> shift << 24;
                memcpy(to, &four, 4); /* the lowest byte first, as on every machine that this runs on */
            }
        }
}

static void run_pool(const stage *s, const uint8_t *in, uint8_t *out)
{
    const int32_t size = s->shape.size, in_w = s->shape.in_w;
    const size_t c = (size_t)s->shape.in_c, row = (size_t)(s->out_w + 2 * s->border) * c;
    for (int32_t y = 0; y < s->out_h; y++, out += row)
        for (int32_t x = 0; x < s->out_w; x++) {
            const uint8_t *from = in + (size_t)(y * size * in_w + x * size) * c;
            uint8_t *to = out + (size_t)x * c;
            memcpy(to, from, c);
            for (int32_t i = 1; i < size * size; i++) {
                const uint8_t *other = from + (size_t)(i / size * in_w + i % size) * c;
                for (size_t o = 0; o < c; o++) to[o] = to[o] > other[o] ? to[o] : other[o];
            }
        }
}

/* Runs the first `stages` stages. Returns what the next one reads, in the border that it wants. */
static uint8_t *forward(const digits_network *net, const uint8_t *pixels, void *work, int32_t stages)
{
    uint8_t *in = work, *out = in + net->buffer_bytes;
    put_picture(net, pixels, in);
    for (int32_t i = 0; i < stages; i++) {
        const stage *s = &net->stages[i];
        uint8_t *to = inside(out, s->out_w, s->shape.out_c, s->border);
        clear_border(out, s);
        if (s->shape.kind == LAYER_POOL) run_pool(s, in, to);
        else net->kernels->run(&s->kernel, in, to);
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

size_t network_feature_count(const digits_network *network)
{
    return (size_t)network->stages[network->count - 1].shape.in_c;
}

digits_status network_features(const digits_network *net, const uint8_t *pixels, void *work, size_t work_bytes,
                               const uint8_t **features)
{
    const digits_status status = may_run(net, pixels, work, work_bytes);
    if (!status) *features = forward(net, pixels, work, net->count - 1);
    return status;
}

void network_logits(const digits_network *net, const uint8_t *features, int32_t logits[DIGITS_CLASSES])
{
    net->kernels->run(&net->stages[net->count - 1].kernel, features, logits);
}

digits_status digits_predict(const digits_network *net, const uint8_t *pixels, void *work, size_t work_bytes,
                             int32_t logits[DIGITS_CLASSES])
{
    const uint8_t *features;
    const digits_status status =
        logits ? network_features(net, pixels, work, work_bytes, &features) : DIGITS_BAD_ARGUMENT;
    if (!status) network_logits(net, features, logits);
    return status;
}

/* ── for those who look inside ── */

/* The stage in which that layer is: it may be the pooling behind a layer that sums. */
static int32_t stage_of(const digits_network *net, int32_t layer)
{
    int32_t i = net->count - 1;
    while (net->stages[i].layer > layer) i--;
    return i;
}

int32_t digits_layers(const digits_network *network) { return network->stages[network->count - 1].layer + 1; }

digits_status digits_layer_shape(const digits_network *net, int32_t layer, int32_t shape[3])
{
    if (!net || !shape || layer < 0 || layer >= digits_layers(net)) return DIGITS_BAD_ARGUMENT;
    const stage *s = &net->stages[stage_of(net, layer)];
    const int pooled = layer > s->layer;
    shape[0] = pooled ? s->out_h : s->shape.out_h;
    shape[1] = pooled ? s->out_w : s->shape.out_w;
    shape[2] = s->shape.out_c;
    return DIGITS_OK;
}

digits_status digits_activations(const digits_network *net, const uint8_t *pixels, int32_t layer, void *work,
                                 size_t work_bytes, uint8_t *activations)
{
    const digits_status status = may_run(net, pixels, work, work_bytes);
    if (status) return status;
    if (!activations || layer < 0 || layer >= digits_layers(net) - 1) return DIGITS_BAD_ARGUMENT;
    const int32_t i = stage_of(net, layer);
    stage s = net->stages[i];
    const uint8_t *in = forward(net, pixels, work, i);
    s.border = 0; /* nothing around it */
    s.kernel.out_row_stride = s.out_w * s.shape.out_c;
    if (layer == s.layer) { /* nor pooled behind it */
        s.kernel.pool = 1;
        s.kernel.height = s.shape.out_h;
        s.kernel.width = s.shape.out_w;
        s.kernel.out_row_stride = s.shape.out_w * s.shape.out_c;
    }
    if (s.shape.kind == LAYER_POOL) run_pool(&s, in, activations);
    else net->kernels->run(&s.kernel, in, activations);
    return DIGITS_OK;
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
