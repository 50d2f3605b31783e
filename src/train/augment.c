#include "augment.h"

#include <string.h>

const augment_options augment_default = {
    .rotate = 12, .shear = 0.18f, .scale = 0.13f, .elastic = 1.0f, .stroke = 0.5f, .blots = 0.15f, .normalize = 0.6f};

enum {
    SIDE = 36, /* room around the digit, so that nothing is cut off before it is normalised */
    OFFSET = (SIDE - DIGITS_SIDE) / 2,
    KNOT = 9,
    KNOTS = SIDE / KNOT + 3 /* grid of the elastic field, and its border */
};

static float ink_at(const uint8_t *in, int x, int y)
{
    return x >= 0 && x < DIGITS_SIDE && y >= 0 && y < DIGITS_SIDE ? in[y * DIGITS_SIDE + x] : 0;
}

static float bilinear(const uint8_t *in, float x, float y)
{
    const float fx = floorf(x), fy = floorf(y), u = x - fx, v = y - fy;
    const int ix = (int)fx, iy = (int)fy;
    return (ink_at(in, ix, iy) * (1 - u) + ink_at(in, ix + 1, iy) * u) * (1 - v) +
           (ink_at(in, ix, iy + 1) * (1 - u) + ink_at(in, ix + 1, iy + 1) * u) * v;
}

/* A smooth field from random knots by uniform cubic B-splines: the cheap equal of Simard's blurred noise. */
static float field(float knots[KNOTS][KNOTS], float x, float y)
{
    float wx[4], wy[4], sum = 0;
    const float *const at[2] = {&x, &y};
    float *const out[2] = {wx, wy};
    int base[2];
    for (int d = 0; d < 2; d++) {
        const float p = *at[d] / KNOT;
        base[d] = (int)p;
        const float t = p - (float)base[d], s = 1 - t;
        out[d][0] = s * s * s / 6;
        out[d][1] = (3 * t * t * t - 6 * t * t + 4) / 6;
        out[d][2] = (3 * s * s * s - 6 * s * s + 4) / 6;
        out[d][3] = t * t * t / 6;
    }
    for (int j = 0; j < 4; j++)
        for (int i = 0; i < 4; i++) sum += knots[base[1] + j][base[0] + i] * wx[i] * wy[j];
    return sum;
}

/* Mixes the picture with its 3×3 maximum (a thicker pen, share > 0) or minimum (a thinner one, share < 0). */
static void change_stroke(uint8_t *p, float share)
{
    uint8_t old[SIDE * SIDE];
    memcpy(old, p, sizeof old);
    for (int y = 1; y < SIDE - 1; y++)
        for (int x = 1; x < SIDE - 1; x++) {
            const uint8_t *c = old + y * SIDE + x;
            const uint8_t around[4] = {c[-1], c[1], c[-SIDE], c[SIDE]};
            uint8_t extreme = *c;
            for (int i = 0; i < 4; i++)
                if (share > 0 ? around[i] > extreme : around[i] < extreme) extreme = around[i];
            p[y * SIDE + x] = (uint8_t)((float)*c + fabsf(share) * (float)(extreme - *c));
        }
}

/* A break in the ink, or a blot on its edge: a soft disc of one to two pixels where there is ink. */
static void blot(random_stream *r, uint8_t *p)
{
    const int add = random_unit(r) < 0.4f;
    const float radius = random_range(r, 0.7f, 2);
    for (int tries = 0; tries < 20; tries++) {
        const float x = random_range(r, 6, SIDE - 6), y = random_range(r, 6, SIDE - 6);
        if (p[(int)y * SIDE + (int)x] < 128) continue;
        for (int v = (int)y - 3; v <= (int)y + 3; v++)
            for (int u = (int)x - 3; u <= (int)x + 3; u++) {
                float cover = radius + 0.5f - hypotf((float)u + 0.5f - x, (float)v + 0.5f - y);
                cover = cover < 0 ? 0 : cover > 1 ? 1 : cover;
                uint8_t *at = &p[v * SIDE + u];
                *at = (uint8_t)((float)*at + cover * ((add ? 255.0f : 0.0f) - (float)*at));
            }
        return;
    }
}

void augment(const augment_options *o, random_stream *r, const uint8_t *in, uint8_t *out)
{
    const float angle = random_range(r, -o->rotate, o->rotate) * 0.01745329f;
    const float sx = 1 + random_range(r, -o->scale, o->scale), sy = 1 + random_range(r, -o->scale, o->scale);
    const float shear = random_range(r, -o->shear, o->shear);
    const int normalize = random_unit(r) < o->normalize;
    const float dx = normalize ? 0 : random_range(r, -1, 1), dy = normalize ? 0 : random_range(r, -1, 1);
    /* Output → input: the inverse of scale, then slant, then turn, about the middle. */
    const float c = cosf(angle), s = sinf(angle);
    const float xx = (c + shear * s) / sx, xy = (s - shear * c) / sx, yx = -s / sy, yy = c / sy;

    float kx[KNOTS][KNOTS], ky[KNOTS][KNOTS];
    /* The spline's smoothing leaves about half of the knots' deviation. */
    const float strength = o->elastic * random_unit(r) * 2;
    for (int j = 0; j < KNOTS; j++)
        for (int i = 0; i < KNOTS; i++) {
            kx[j][i] = strength * random_normal(r);
            ky[j][i] = strength * random_normal(r);
        }

    uint8_t big[SIDE * SIDE];
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const float px = (float)x - SIDE / 2 + 0.5f, py = (float)y - SIDE / 2 + 0.5f;
            const float fx = field(kx, (float)x, (float)y), fy = field(ky, (float)x, (float)y);
            const float v = bilinear(in, xx * px + xy * py + fx + dx + DIGITS_SIDE / 2 - 0.5f,
                                     yx * px + yy * py + fy + dy + DIGITS_SIDE / 2 - 0.5f);
            big[y * SIDE + x] = (uint8_t)(v + 0.5f);
        }
    if (random_unit(r) < o->stroke) change_stroke(big, random_range(r, -0.8f, 1));
    if (random_unit(r) < o->blots) blot(r, big);

    if (normalize) {
        digits_normalize(big, SIDE, SIDE, SIDE, out);
        return;
    }
    for (int y = 0; y < DIGITS_SIDE; y++)
        memcpy(out + y * DIGITS_SIDE, big + (y + OFFSET) * SIDE + OFFSET, DIGITS_SIDE);
}
