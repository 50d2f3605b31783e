/* kernels_plain.c — the definition of every kernel, in plain C. */
#include "kernels.h"

#include <math.h>
#include <string.h>

static size_t packed_bytes(const kernel_shape *s) { return (size_t)s->out_c * (size_t)s->rows * (size_t)s->run; }

static void pack(const kernel_shape *s, const int8_t *weights, void *packed)
{
    memcpy(packed, weights, packed_bytes(s));
}

static void sums(const kernel_shape *s, const void *packed, const int32_t *bias, const uint8_t *in, int32_t *out)
{
    for (int32_t x = 0; x < s->width; x++, in += s->step, out += s->sum_stride) {
        const int8_t *w = packed;
        for (int32_t o = 0; o < s->out_c; o++) {
            int32_t sum = bias[o];
            for (int32_t r = 0; r < s->rows; r++, w += s->run)
                for (int32_t k = 0; k < s->run; k++) sum += in[r * s->row_stride + k] * w[k];
            out[o] = sum;
        }
    }
}

static void requantize(const kernel_shape *s, const int32_t *in, const float *scale, uint8_t *out)
{
    const float most = (float)s->most;
    for (int32_t x = 0; x < s->width; x++, in += s->sum_stride, out += s->out_c)
        for (int32_t o = 0; o < s->out_c; o++) {
            float v = (float)in[o] * scale[o];
            v = v > 0 ? v : 0;
            v = v < most ? v : most;
            out[o] = (uint8_t)nearbyintf(v);
        }
}

const kernels kernels_plain = {"plain", packed_bytes, pack, sums, requantize};
