/* memory_plan.c — where the activations lie: each buffer at the lowest place that is free for as long as it is read
 * (first fit over lifetimes, as memory planners of other engines do). */
#include "stages.h"

enum { MAX_BYTES = INT32_MAX };

/* Sizes, borders and lifetimes. */
static void describe_buffers(const digits_network *net, const architecture *a, memory_plan *plan)
{
    plan->picture = (buffer){.height = a->height, .width = a->width, .channels = 1};
    for (int32_t i = 0; i < net->count; i++) {
        const layer_shape *l = &a->layers[net->stages[i].last];
        plan->outputs[i] = (buffer){.height = l->out_h, .width = l->out_w, .channels = l->out_c, .until = i};
    }
    for (int32_t i = 0; i < net->count; i++) {
        const stage *s = &net->stages[i];
        buffer *in = s->from < 0 ? &plan->picture : &plan->outputs[s->from];
        const int32_t padding = layer_padding(&a->layers[s->layer]);
        in->until = i;
        if (in->border < padding) in->border = padding;
        if (s->add >= 0) plan->outputs[s->add].until = i;
    }
}

static uint64_t bytes_of(const buffer *b)
{
    const uint64_t border = (uint64_t)b->border, h = (uint64_t)b->height + 2 * border,
                   w = (uint64_t)b->width + 2 * border;
    return (h * w * (uint64_t)b->channels + KERNEL_OVERREAD + NETWORK_ALIGN - 1) / NETWORK_ALIGN * NETWORK_ALIGN;
}

/* Stage i's output, after all earlier ones have their places. The picture is stage -1's output. */
static void place(const buffer *picture, buffer *outputs, int32_t i)
{
    buffer *b = &outputs[i];
    for (int32_t k = -1; k < i; k++) {
        const buffer *other = k < 0 ? picture : &outputs[k];
        if (other->until < i || other->at >= b->at + b->bytes || b->at >= other->at + other->bytes) continue;
        b->at = other->at + other->bytes;
        k = -2; /* against all of them again */
    }
}

static digits_status place_buffers(const digits_network *net, memory_plan *plan)
{
    uint64_t bytes = bytes_of(&plan->picture);
    if (bytes > MAX_BYTES) return DIGITS_BAD_ARGUMENT;
    plan->picture.bytes = plan->bytes = (size_t)bytes;
    for (int32_t i = 0; i < net->count; i++) {
        buffer *b = &plan->outputs[i];
        const int last = i == net->count - 1;
        bytes = bytes_of(b) * (last ? sizeof(int32_t) : 1);
        if (bytes > MAX_BYTES) return DIGITS_BAD_ARGUMENT;
        if (last) break; /* it writes into the caller's memory */
        b->bytes = (size_t)bytes;
        place(&plan->picture, plan->outputs, i);
        if (b->at + b->bytes > MAX_BYTES) return DIGITS_BAD_ARGUMENT;
        if (plan->bytes < b->at + b->bytes) plan->bytes = b->at + b->bytes;
    }
    return DIGITS_OK;
}

static kernel_view view_of(const digits_network *net, const architecture *a, const memory_plan *plan, int32_t i)
{
    const stage *s = &net->stages[i];
    const layer_shape *l = &a->layers[s->layer];
    const buffer *out = &plan->outputs[i];
    const int32_t row_stride = buffer_row_stride(stage_input(net, plan, i)), last = i == net->count - 1;
    return (kernel_view){
        .width = out->width,
        .height = out->height,
        .pool = s->last > s->layer ? a->layers[s->last].size : 1,
        .row_stride = row_stride,
        .down = l->stride * row_stride,
        .out_row_stride = last ? out->width * out->channels * (int32_t)sizeof(int32_t) : buffer_row_stride(out),
        .add_row_stride = s->add < 0 ? 0 : buffer_row_stride(&plan->outputs[s->add]),
    };
}

digits_status memory_plan_make(const digits_network *net, int32_t height, int32_t width, memory_plan *plan)
{
    architecture a = net->architecture;
    digits_status status = architecture_resize(&a, height, width);
    if (status) return status;
    describe_buffers(net, &a, plan);
    status = place_buffers(net, plan);
    for (int32_t i = 0; i < net->count && !status; i++) plan->views[i] = view_of(net, &a, plan, i);
    return status;
}

void memory_plan_set_offsets(const digits_network *net, memory_plan *plan, int32_t *offsets)
{
    for (int32_t i = 0; i < net->count; i++) {
        const stage *s = &net->stages[i];
        if (!layer_is_summed(&net->architecture.layers[s->layer])) continue;
        net->kernels->set_offsets(&s->kernel, plan->views[i].row_stride, offsets);
        plan->views[i].offsets = offsets;
        offsets += net->kernels->offset_count(&s->kernel);
    }
}
