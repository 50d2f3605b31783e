/* forward.c — the forward pass: a picture → outputs, stage by stage. */
#include "network.h"
#include "stages.h"

#include <math.h>
#include <string.h>

/* ── what is no kernel's ── */

static void clear_border(const buffer *b, uint8_t *work)
{
    const size_t row = (size_t)buffer_row_stride(b), side = (size_t)b->border * (size_t)b->channels;
    if (b->border == 0) return;
    memset(work + b->at, 0, (size_t)b->border * row + side);
    for (int32_t y = 1; y < b->height; y++) memset(work + buffer_offset(b, y, 0) - 2 * side, 0, 2 * side);
    memset(work + buffer_offset(b, b->height, 0) - 2 * side, 0, (size_t)b->border * row + side);
}

/* Eight pixels at a time lose their lowest bits. */
static void put_row(const uint8_t *pixels, int32_t width, int32_t shift, uint8_t *out)
{
    const uint64_t kept = (0xffu >> shift) * 0x0101010101010101u;
    int32_t x = 0;
    for (; x + 8 <= width; x += 8) {
        uint64_t eight;
        memcpy(&eight, pixels + x, 8);
        eight = eight >> shift & kept;
        memcpy(out + x, &eight, 8);
    }
    for (; x < width; x++) out[x] = (uint8_t)(pixels[x] >> shift);
}

static void put_picture(const buffer *b, const uint8_t *pixels, size_t row_stride, int32_t shift, uint8_t *work)
{
    clear_border(b, work);
    for (int32_t y = 0; y < b->height; y++)
        put_row(pixels + (size_t)y * row_stride, b->width, shift, work + buffer_offset(b, y, 0));
}

/* size×size windows of in → the view's pixels of out, of so many channels. */
static void max_pool(int32_t size, size_t channels, const kernel_view *v, const uint8_t *in, uint8_t *out)
{
    for (int32_t y = 0; y < v->height; y++, in += v->down, out += v->out_row_stride)
        for (int32_t x = 0; x < v->width; x++) {
            const uint8_t *window = in + (size_t)(x * size) * channels;
            uint8_t *to = out + (size_t)x * channels;
            memcpy(to, window, channels);
            for (int32_t i = 1; i < size * size; i++) {
                const uint8_t *other = window + i / size * v->row_stride + (size_t)(i % size) * channels;
                for (size_t c = 0; c < channels; c++) to[c] = to[c] > other[c] ? to[c] : other[c];
            }
        }
}

/* Each pixel of in → 2×2 pixels of out. */
static void upsample(size_t channels, const kernel_view *v, const uint8_t *in, uint8_t *out)
{
    for (int32_t y = 0; y < v->height; y += 2, in += v->row_stride, out += 2 * v->out_row_stride) {
        for (int32_t x = 0; x < v->width; x++)
            memcpy(out + (size_t)x * channels, in + (size_t)(x / 2) * channels, channels);
        memcpy(out + v->out_row_stride, out, (size_t)v->width * channels);
    }
}

/* ── the stages ── */

/* A network and working memory laid out for pictures of one size. */
typedef struct pass {
    const digits_network *net;
    const memory_plan *plan;
    uint8_t *work;
} pass;

/* Runs stage i into out, whose pixels and rows are as the view says. */
static void run_stage(const pass *p, int32_t i, const kernel_view *view, void *out)
{
    const stage *s = &p->net->stages[i];
    const layer_shape *l = &p->net->architecture.layers[s->layer];
    const buffer *in = stage_input(p->net, p->plan, i);
    const int32_t padding = layer_padding(l);
    const uint8_t *first = p->work + buffer_offset(in, -padding, -padding), *add = NULL;
    if (s->add >= 0) add = p->work + buffer_offset(&p->plan->outputs[s->add], 0, 0);
    if (l->kind == LAYER_POOL) max_pool(l->size, (size_t)l->in_c, view, first, out);
    else if (l->kind == LAYER_UPSAMPLE) upsample((size_t)l->in_c, view, first, out);
    else p->net->kernels->run(&s->kernel, view, first, add, out);
}

/* Runs the first `stages` stages into their buffers. */
static void run_stages(const pass *p, const uint8_t *pixels, size_t row_stride, int32_t stages)
{
    put_picture(&p->plan->picture, pixels, row_stride, p->net->input_shift, p->work);
    for (int32_t i = 0; i < stages; i++) {
        const buffer *out = &p->plan->outputs[i];
        clear_border(out, p->work);
        run_stage(p, i, &p->plan->views[i], p->work + buffer_offset(out, 0, 0));
    }
}

static void run_last_stage(const pass *p, int32_t *outputs)
{
    const int32_t last = p->net->count - 1;
    run_stage(p, last, &p->plan->views[last], outputs);
}

/* ── any network ── */

/* Pictures of any size have their offsets in the working memory, before the buffers. */
static size_t offset_bytes(const digits_network *net)
{
    return network_aligned((size_t)net->offset_count * sizeof(int32_t));
}

int32_t network_total_stride(const digits_network *net)
{
    return net->architecture.any_size ? net->architecture.total_stride : 0;
}

static const layer_shape *last_layer(const digits_network *net)
{
    return &net->architecture.layers[net->architecture.count - 1];
}

int32_t network_output_stride(const digits_network *net) { return last_layer(net)->total_stride; }

int32_t network_output_channels(const digits_network *net) { return last_layer(net)->out_c; }

const float *network_output_scale(const digits_network *net) { return net->output_scale; }

size_t network_work_size(const digits_network *net, int32_t height, int32_t width)
{
    memory_plan plan;
    if (memory_plan_make(net, height, width, &plan)) return 0;
    return plan.bytes + (net->architecture.any_size ? offset_bytes(net) : 0);
}

digits_status network_run(const digits_network *net, const uint8_t *pixels, int32_t height, int32_t width,
                          size_t row_stride, void *work, size_t work_bytes, int32_t *outputs)
{
    if (!net || !pixels || !work || !outputs || (uintptr_t)work % NETWORK_ALIGN != 0) return DIGITS_BAD_ARGUMENT;
    memory_plan plan;
    const digits_status status = memory_plan_make(net, height, width, &plan);
    if (status || row_stride < (size_t)width) return DIGITS_BAD_ARGUMENT;
    const int any_size = net->architecture.any_size;
    const size_t offsets = any_size ? offset_bytes(net) : 0;
    if (work_bytes < plan.bytes + offsets) return DIGITS_NO_ROOM;
    if (any_size) memory_plan_set_offsets(net, &plan, work);
    const pass p = {net, any_size ? &plan : &net->plan, (uint8_t *)work + offsets};
    run_stages(&p, pixels, row_stride, net->count - 1);
    run_last_stage(&p, outputs);
    return DIGITS_OK;
}

/* ── classifiers ── */

static int is_classifier(const digits_network *net)
{
    const architecture *a = &net->architecture;
    return !a->any_size && a->height == DIGITS_SIDE && a->width == DIGITS_SIDE &&
           last_layer(net)->kind == LAYER_DENSE;
}

size_t digits_predict_size(const digits_network *network) { return network->plan.bytes; }

static digits_status may_predict(const digits_network *net, const uint8_t *pixels, const void *work,
                                 size_t work_bytes)
{
    if (!net || !pixels || !work || (uintptr_t)work % NETWORK_ALIGN != 0 || !is_classifier(net))
        return DIGITS_BAD_ARGUMENT;
    return work_bytes < digits_predict_size(net) ? DIGITS_NO_ROOM : DIGITS_OK;
}

size_t network_feature_count(const digits_network *network) { return (size_t)last_layer(network)->in_c; }

digits_status network_features(const digits_network *net, const uint8_t *pixels, void *work, size_t work_bytes,
                               const uint8_t **features)
{
    const digits_status status = may_predict(net, pixels, work, work_bytes);
    if (status) return status;
    const pass p = {net, &net->plan, work};
    run_stages(&p, pixels, DIGITS_SIDE, net->count - 1);
    *features = p.work + stage_input(net, &net->plan, net->count - 1)->at; /* dense: no border */
    return DIGITS_OK;
}

void network_logits(const digits_network *net, const uint8_t *features, int32_t logits[DIGITS_CLASSES])
{
    const int32_t last = net->count - 1;
    net->kernels->run(&net->stages[last].kernel, &net->plan.views[last], features, NULL, logits);
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

float network_logit_scale(const digits_network *net) { return net->output_scale[0]; }

void digits_probabilities(const digits_network *network, const int32_t logits[DIGITS_CLASSES],
                          float probabilities[DIGITS_CLASSES])
{
    const float scale = network_logit_scale(network);
    int32_t max = 0;
    for (int i = 0; i < DIGITS_CLASSES; i++) max = logits[i] > max ? logits[i] : max;
    float sum = expf((float)-(int64_t)max * scale); /* no digit */
    for (int i = 0; i < DIGITS_CLASSES; i++) {
        probabilities[i] = expf((float)((int64_t)logits[i] - max) * scale);
        sum += probabilities[i];
    }
    for (int i = 0; i < DIGITS_CLASSES; i++) probabilities[i] /= sum;
}

/* ── for those who look inside ── */

/* The stage in which that layer is: it may be the pooling behind a layer that sums. */
static int32_t stage_of(const digits_network *net, int32_t layer)
{
    int32_t i = net->count - 1;
    while (net->stages[i].layer > layer) i--;
    return i;
}

int32_t digits_layers(const digits_network *network) { return network->architecture.count; }

digits_status digits_layer_shape(const digits_network *net, int32_t layer, int32_t shape[3])
{
    if (!net || !shape || layer < 0 || layer >= digits_layers(net) || net->architecture.any_size)
        return DIGITS_BAD_ARGUMENT;
    const layer_shape *l = &net->architecture.layers[layer];
    shape[0] = l->out_h;
    shape[1] = l->out_w;
    shape[2] = l->out_c;
    return DIGITS_OK;
}

digits_status digits_activations(const digits_network *net, const uint8_t *pixels, int32_t layer, void *work,
                                 size_t work_bytes, uint8_t *activations)
{
    const digits_status status = may_predict(net, pixels, work, work_bytes);
    if (status) return status;
    if (!activations || layer < 0 || layer >= digits_layers(net) - 1) return DIGITS_BAD_ARGUMENT;
    const pass p = {net, &net->plan, work};
    const layer_shape *l = &net->architecture.layers[layer];
    const int32_t i = stage_of(net, layer);
    run_stages(&p, pixels, DIGITS_SIDE, i);
    kernel_view view = net->plan.views[i];
    if (layer < net->stages[i].last) view.pool = 1; /* nothing pooled behind it */
    view.height = l->out_h;
    view.width = l->out_w;
    view.out_row_stride = l->out_w * l->out_c; /* no border around it */
    run_stage(&p, i, &view, activations);
    return DIGITS_OK;
}
