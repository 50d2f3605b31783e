/* kernels_plain.c — the definition of every kernel, in plain C. */
#include "kernels.h"

#include <math.h>

static size_t packed_bytes(const kernel_layer *l) { return (size_t)l->out_c * (size_t)l->rows * (size_t)l->run; }

static void pack(const kernel_layer *l, const int8_t *weights, void *packed)
{
    int8_t *out = packed;
    for (int32_t o = 0; o < l->out_c; o++)
        for (int32_t r = 0; r < l->rows; r++)
            for (int32_t k = 0; k < l->run; k++) *out++ = weight_at(l, weights, o, r, k);
}

static int32_t sum_at(const kernel_layer *l, const uint8_t *in, int32_t o)
{
    const int8_t *w = (const int8_t *)l->packed + o * l->rows * l->run;
    int32_t sum = l->bias[o];
    for (int32_t r = 0; r < l->rows; r++, w += l->run)
        for (int32_t k = 0; k < l->run; k++) sum += in[r * l->row_stride + k] * w[k];
    return sum;
}

static uint8_t requantize(int32_t sum, float scale, int32_t most)
{
    float v = (float)sum * scale;
    v = v > 0 ? v : 0;
    v = v < (float)most ? v : (float)most;
    return (uint8_t)nearbyintf(v);
}

static void run(const kernel_layer *l, const uint8_t *in, void *out)
{
    for (int32_t y = 0; y < l->height; y++)
        for (int32_t x = 0; x < l->width; x++)
            for (int32_t o = 0; o < l->out_c; o++) {
                int32_t sum = INT32_MIN;
                for (int32_t i = 0; i < l->pool * l->pool; i++) {
                    const int32_t v = y * l->pool + i / l->pool, u = x * l->pool + i % l->pool;
                    const int32_t one = sum_at(l, in + v * l->row_stride + u * l->step, o);
                    sum = one > sum ? one : sum;
                }
                if (l->scale)
                    ((uint8_t *)out)[y * l->out_row_stride + x * l->out_c + o] =
                        requantize(sum, l->scale[o], l->most);
                else ((int32_t *)out)[(y * l->width + x) * l->out_c + o] = sum;
            }
}

const kernels kernels_plain = {"plain", packed_bytes, pack, run};
