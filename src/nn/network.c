/* network.c — opens a network: a safetensors file → stages with packed weights. */
#include "network.h"
#include "safetensors.h"
#include "stages.h"

#include <math.h>
#include <string.h>

enum {
    MAX_PRODUCTS = 100000, /* a sum: 100000·127·128 and the bias stay below 2^31 */
    MAX_BIAS = 1 << 28
};

/* A file's network before its weights are packed. */
typedef struct parsed_file {
    weights_file weights;
    digits_network net;
    size_t bytes; /* of memory to open it */
} parsed_file;

/* ── tensors ── */

static const weights_tensor *find(const parsed_file *p, int32_t layer, const char *what, weights_type type,
                                  int32_t rank, const uint32_t *shape)
{
    char name[WEIGHTS_MAX_NAME] = "layers."; /* layers.I.what; snprintf would cost the browser 10 KB */
    size_t n = strlen(name);
    if (layer >= 10) name[n++] = (char)('0' + layer / 10);
    name[n++] = (char)('0' + layer % 10);
    name[n++] = '.';
    strcpy(name + n, what);
    return weights_find(&p->weights, name, type, rank, shape);
}

static const weights_tensor *find_weights(const parsed_file *p, int32_t layer)
{
    const layer_shape *l = &p->net.architecture.layers[layer];
    const uint32_t o = (uint32_t)l->out_c, k = (uint32_t)l->size, c = (uint32_t)l->in_c;
    if (l->kind == LAYER_DENSE) return find(p, layer, "weight", WEIGHTS_I8, 2, (uint32_t[]){o, c});
    return find(p, layer, "weight", WEIGHTS_I8, 4, (uint32_t[]){o, k, k, c});
}

static const weights_tensor *find_bias(const parsed_file *p, int32_t layer)
{
    const uint32_t o = (uint32_t)p->net.architecture.layers[layer].out_c;
    return find(p, layer, "bias", WEIGHTS_I32, 1, (uint32_t[]){o});
}

/* The last layer's is called logits.scale, and a dense one's is one for all channels. */
static const weights_tensor *find_scale(const parsed_file *p, int32_t layer)
{
    const architecture *a = &p->net.architecture;
    const layer_shape *l = &a->layers[layer];
    const uint32_t o = (uint32_t)l->out_c;
    if (layer < a->count - 1) return find(p, layer, "scale", WEIGHTS_F32, 1, (uint32_t[]){o});
    return weights_find(&p->weights, "logits.scale", WEIGHTS_F32, 1, (uint32_t[]){l->kind == LAYER_DENSE ? 1 : o});
}

static const weights_tensor *find_add_scale(const parsed_file *p, int32_t layer)
{
    return find(p, layer, "add_scale", WEIGHTS_F32, 1, (uint32_t[]){1});
}

static int biases_in_range(const weights_tensor *t)
{
    for (size_t i = 0; t && i < t->shape[0]; i++) {
        int32_t b;
        memcpy(&b, t->data + 4 * i, 4);
        if (b > MAX_BIAS || b < -MAX_BIAS) return 0;
    }
    return t != NULL;
}

static int scales_in_range(const weights_tensor *t)
{
    for (size_t i = 0; t && i < t->shape[0]; i++) {
        float s;
        memcpy(&s, t->data + 4 * i, 4);
        if (!(s > 0 && s < 1e6f)) return 0;
    }
    return t != NULL;
}

static int tensors_are_good(const parsed_file *p, int32_t layer)
{
    const layer_shape *l = &p->net.architecture.layers[layer];
    return find_weights(p, layer) && biases_in_range(find_bias(p, layer)) && scales_in_range(find_scale(p, layer)) &&
           (l->add < 0 || scales_in_range(find_add_scale(p, layer)));
}

/* ── stages ── */

/* Whether anything but the next layer reads that layer's output. */
static int is_read_elsewhere(const architecture *a, int32_t layer)
{
    for (int32_t i = layer + 1; i < a->count; i++)
        if (a->layers[i].add == layer || (a->layers[i].from == layer && i > layer + 1)) return 1;
    return 0;
}

static int pools_behind(const architecture *a, int32_t layer)
{
    return layer + 1 < a->count && a->layers[layer].kind == LAYER_CONV && a->layers[layer].add < 0 &&
           a->layers[layer + 1].kind == LAYER_POOL && a->layers[layer + 1].from == layer &&
           !is_read_elsewhere(a, layer);
}

/* The stage out of which that layer comes. */
static int32_t stage_of_output(const digits_network *net, int32_t layer)
{
    for (int32_t i = 0; i < net->count; i++)
        if (net->stages[i].last == layer) return i;
    return -1;
}

/* The largest byte that a layer reads: pooling and upsampling keep the picture's. */
static int32_t input_max(const parsed_file *p, int32_t layer)
{
    const layer_shape *layers = p->net.architecture.layers;
    int32_t from = layers[layer].from;
    while (from >= 0 && !layer_is_summed(&layers[from])) from = layers[from].from;
    return from < 0 ? p->weights.input_max : p->weights.qmax;
}

static stage make_stage(const parsed_file *p, int32_t layer)
{
    const architecture *a = &p->net.architecture;
    const layer_shape *l = &a->layers[layer];
    const int pooled = pools_behind(a, layer);
    return (stage){
        .layer = layer,
        .last = pooled ? layer + 1 : layer,
        .from = stage_of_output(&p->net, l->from),
        .add = stage_of_output(&p->net, l->add),
        .kernel = {.rows = l->size,
                   .run = l->size * l->in_c,
                   .step = l->stride * l->in_c,
                   .out_c = l->out_c,
                   .half_blocks = l->kind == LAYER_CONV && !pooled,
                   .input_max = input_max(p, layer),
                   .qmax = p->weights.qmax},
    };
}

/* Of biases, or scales: as many as a kernel's blocks have channels. */
static size_t per_channel_bytes(const kernel_layer *k)
{
    return (size_t)kernel_blocks(k) * KERNEL_BLOCK * sizeof(float);
}

static digits_status parse_file(const uint8_t *file, size_t size, const kernels *k, parsed_file *p)
{
    digits_network *net = &p->net;
    *net = (digits_network){.kernels = k};
    digits_status status = weights_parse(file, size, &p->weights);
    if (!status) status = architecture_parse(p->weights.architecture, &net->architecture);
    if (status) return status;

    const architecture *a = &net->architecture;
    net->input_shift = p->weights.input_max == 63 ? 2 : 1;
    p->bytes = network_aligned(sizeof *net);
    for (int32_t layer = 0; layer < a->count; layer = net->stages[net->count - 1].last + 1) {
        stage *s = &net->stages[net->count];
        *s = make_stage(p, layer);
        net->count++;
        if (!layer_is_summed(&a->layers[layer])) continue;
        if (s->kernel.rows * s->kernel.run > MAX_PRODUCTS || !tensors_are_good(p, layer)) return DIGITS_WEIGHTS_SHAPE;
        p->bytes += network_aligned(k->packed_bytes(&s->kernel)) + 2 * per_channel_bytes(&s->kernel);
        net->offset_count += k->offset_count(&s->kernel);
    }
    /* Pictures of one size: their memory plan is made at once. It cannot fail: 24 buffers of 262·262·1024 bytes are
     * less than 2 GiB. */
    if (!a->any_size) p->bytes += network_aligned((size_t)net->offset_count * sizeof(int32_t));
    return DIGITS_OK;
}

/* ── opening ── */

digits_status digits_network_size(const uint8_t *file, size_t size, size_t *bytes)
{
    if (!bytes) return DIGITS_BAD_ARGUMENT;
    *bytes = 0;
    for (digits_kernels which = 0; which < DIGITS_KERNELS_END; which++) {
        parsed_file p;
        const kernels *k = kernels_find(which);
        const digits_status status = k ? parse_file(file, size, k, &p) : DIGITS_OK;
        if (status) return status;
        if (k && p.bytes > *bytes) *bytes = p.bytes;
    }
    return DIGITS_OK;
}

/* Copies a tensor's numbers, and zeros behind them. Returns where they are. */
static const void *copy_numbers(const weights_tensor *t, uint8_t *to, size_t room)
{
    memset(to, 0, room);
    memcpy(to, t->data, t->end - t->begin);
    return to;
}

/* Packs a stage's weights into memory, and returns the first byte behind them. */
static uint8_t *pack_stage(parsed_file *p, stage *s, uint8_t *at)
{
    digits_network *net = &p->net;
    const size_t room = per_channel_bytes(&s->kernel);
    net->kernels->pack(&s->kernel, (const int8_t *)find_weights(p, s->layer)->data, at);
    s->kernel.packed = at;
    at += network_aligned(net->kernels->packed_bytes(&s->kernel));
    s->kernel.bias = copy_numbers(find_bias(p, s->layer), at, room);
    const weights_tensor *scale = find_scale(p, s->layer);
    s->kernel.scale = copy_numbers(scale, at + room, room);
    if (s->layer == net->architecture.count - 1) {
        net->output_scale = s->kernel.scale;
        s->kernel.scale = NULL;
        for (int32_t o = 1; scale->shape[0] == 1 && o < s->kernel.out_c; o++)
            memcpy(at + room + 4 * o, scale->data, sizeof(float)); /* one for all */
    }
    if (s->add >= 0) memcpy(&s->kernel.add_scale, find_add_scale(p, s->layer)->data, sizeof(float));
    return at + 2 * room;
}

digits_status digits_network_open(const uint8_t *file, size_t size, digits_kernels which, void *memory, size_t bytes,
                                  const digits_network **network)
{
    const kernels *k = kernels_find(which);
    if (!memory || !network || !k || (uintptr_t)memory % NETWORK_ALIGN != 0) return DIGITS_BAD_ARGUMENT;
    parsed_file p;
    digits_status status = parse_file(file, size, k, &p);
    if (status) return status;
    if (bytes < p.bytes) return DIGITS_NO_ROOM;

    digits_network *net = memory;
    const architecture *a = &p.net.architecture;
    uint8_t *at = (uint8_t *)memory + network_aligned(sizeof *net);
    for (int32_t i = 0; i < p.net.count; i++)
        if (layer_is_summed(&a->layers[p.net.stages[i].layer])) at = pack_stage(&p, &p.net.stages[i], at);
    if (!a->any_size) {
        status = memory_plan_make(&p.net, a->height, a->width, &p.net.plan);
        memory_plan_set_offsets(&p.net, &p.net.plan, (int32_t *)(void *)at);
    }
    *net = p.net;
    *network = net;
    return status;
}

const char *digits_network_kernels(const digits_network *network) { return network->kernels->name; }
