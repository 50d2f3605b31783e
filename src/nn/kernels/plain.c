/* plain.c — the definition of every kernel, in plain C. */
#include "kernels.h"

#include <math.h>
#include <string.h>

static int supported(void) { return 1; }

static size_t packed_bytes(const kernel_layer *l) { return (size_t)l->out_c * (size_t)l->rows * (size_t)l->run; }

static void pack(const kernel_layer *l, const int8_t *weights, void *packed)
{
    memcpy(packed, weights, packed_bytes(l));
}

static int32_t offset_count(const kernel_layer *l)
{
    (void)l;
    return 0;
}

static void set_offsets(const kernel_layer *l, int32_t row_stride, int32_t *offsets)
{
    (void)l, (void)row_stride, (void)offsets;
}

static int32_t sum_at(const kernel_layer *l, int32_t row_stride, const uint8_t *in, int32_t o)
{
    const int8_t *w = (const int8_t *)l->packed + o * l->rows * l->run;
    int32_t sum = l->bias[o];
    for (int32_t r = 0; r < l->rows; r++, w += l->run)
        for (int32_t k = 0; k < l->run; k++) sum += in[r * row_stride + k] * w[k];
    return sum;
}

static uint8_t requantize(float value, int32_t qmax)
{
    value = value > 0 ? value : 0;
    value = value < (float)qmax ? value : (float)qmax;
    return (uint8_t)nearbyintf(value);
}

static void run(const kernel_layer *l, const kernel_view *v, const uint8_t *in, const uint8_t *add, void *out)
{
    for (int32_t y = 0; y < v->height; y++)
        for (int32_t x = 0; x < v->width; x++)
            for (int32_t o = 0; o < l->out_c; o++) {
                int32_t sum = INT32_MIN;
                for (int32_t i = 0; i < v->pool * v->pool; i++) {
                    const int32_t down = y * v->pool + i / v->pool, right = x * v->pool + i % v->pool;
                    const int32_t one = sum_at(l, v->row_stride, in + down * v->down + right * l->step, o);
                    sum = one > sum ? one : sum;
                }
                if (!l->scale) {
                    memcpy((uint8_t *)out + y * v->out_row_stride + (x * l->out_c + o) * 4, &sum, sizeof sum);
                    continue;
                }
                float value = (float)sum * l->scale[o];
                if (add) value += (float)add[y * v->add_row_stride + x * l->out_c + o] * l->add_scale;
                ((uint8_t *)out)[y * v->out_row_stride + x * l->out_c + o] = requantize(value, l->qmax);
            }
}

const kernels kernels_plain = {"plain", supported, packed_bytes, offset_count, pack, set_offsets, run};
