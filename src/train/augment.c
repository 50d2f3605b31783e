#include "augment.h"

#include <string.h>

const augment_options augment_default = {.rotate = 12,
                                         .shear = 0.18f,
                                         .scale = 0.13f,
                                         .stretch = 0.15f,
                                         .coarse = 0.07f,
                                         .elastic = 1.0f,
                                         .stroke = 0.5f,
                                         .blots = 0.15f,
                                         .normalize = 0.6f};

enum {
    SIDE = 36, /* room around the digit, so that nothing is cut off before it is normalised */
    OFFSET = (SIDE - DIGITS_SIDE) / 2,
    KNOT = 9,
    KNOTS = SIDE / KNOT + 3 /* grid of the elastic field, and its border */
};

/* The ink with a border of nothing, which takes the place of all that lies further out. */
typedef struct sheet {
    float ink[DIGITS_SIDE + 3][DIGITS_SIDE + 3];
} sheet;

static const float SQUARE = 1.1f, MOST_STRETCH = 2.5f; /* how wide for its height, and for its width before */

static float bilinear(const sheet *s, float x, float y)
{
    const float cx = x < -1            ? -1
                     : x > DIGITS_SIDE ? DIGITS_SIDE
                                       : x,
                cy = y < -1            ? -1
                     : y > DIGITS_SIDE ? DIGITS_SIDE
                                       : y;
    const float fx = floorf(cx), fy = floorf(cy), u = cx - fx, v = cy - fy;
    const float *up = &s->ink[(int)fy + 1][(int)fx + 1], *down = up + DIGITS_SIDE + 3;
    return (up[0] * (1 - u) + up[1] * u) * (1 - v) + (down[0] * (1 - u) + down[1] * u) * v;
}

/* A smooth field from random knots by uniform cubic B-splines: the cheap equal of Simard's blurred noise. Of it row y,
 * first along y, then along x. weights[k]: of the four knots around a place, by its distance from the knot before. */
static void field_row(float weights[4][KNOT], float knots[KNOTS][KNOTS], int y, float row[SIDE])
{
    float along[KNOTS] = {0};
    for (int j = 0; j < 4; j++)
        for (int i = 0; i < KNOTS; i++) along[i] += knots[y / KNOT + j][i] * weights[j][y % KNOT];
    for (int x = 0; x < SIDE; x += KNOT)
        for (int i = 0; i < KNOT; i++) {
            const float *k = along + x / KNOT;
            row[x + i] = k[0] * weights[0][i] + k[1] * weights[1][i] + k[2] * weights[2][i] + k[3] * weights[3][i];
        }
}

static void spline_weights(float w[4][KNOT])
{
    for (int i = 0; i < KNOT; i++) {
        const float t = (float)i / KNOT, s = 1 - t;
        w[0][i] = s * s * s / 6;
        w[1][i] = (3 * t * t * t - 6 * t * t + 4) / 6;
        w[2][i] = (3 * s * s * s - 6 * s * s + 4) / 6;
        w[3][i] = t * t * t / 6;
    }
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

/* How wide the ink's box is for its height; 1 for none. */
static float aspect_of(const uint8_t *in)
{
    int x0 = DIGITS_SIDE, y0 = DIGITS_SIDE, x1 = 0, y1 = 0;
    for (int y = 0; y < DIGITS_SIDE; y++)
        for (int x = 0; x < DIGITS_SIDE; x++) {
            if (in[y * DIGITS_SIDE + x] < 64) continue;
            x0 = x < x0 ? x : x0;
            x1 = x >= x1 ? x + 1 : x1;
            y0 = y < y0 ? y : y0;
            y1 = y + 1;
        }
    return x1 > x0 ? (float)(x1 - x0) / (float)(y1 - y0) : 1;
}

/* The middle of the coarse pixel of that size that x lies in. */
static float snap(float x, float size) { return (floorf(x / size) + 0.5f) * size; }

void augment(const augment_options *o, random_stream *r, const uint8_t *in, uint8_t *out)
{
    const float angle = random_range(r, -o->rotate, o->rotate) * 0.01745329f;
    float sx = 1 + random_range(r, -o->scale, o->scale), sy = 1 + random_range(r, -o->scale, o->scale);
    if (random_unit(r) < o->stretch) {
        const float aspect = aspect_of(in), wider = random_range(r, aspect, SQUARE) / aspect;
        sx *= wider < 1 ? 1 : wider < MOST_STRETCH ? wider : MOST_STRETCH;
    }
    const float coarse = random_unit(r) < o->coarse ? random_range(r, 1.2f, 1.8f) : 0;
    const float shear = random_range(r, -o->shear, o->shear);
    const int normalize = random_unit(r) < o->normalize;
    const float dx = normalize ? 0 : random_range(r, -1, 1), dy = normalize ? 0 : random_range(r, -1, 1);
    /* Output → input: the inverse of scale, then slant, then turn, about the middle. */
    const float c = cosf(angle), s = sinf(angle);
    const float xx = (c + shear * s) / sx, xy = (s - shear * c) / sx, yx = -s / sy, yy = c / sy;

    float kx[KNOTS][KNOTS], ky[KNOTS][KNOTS], weights[4][KNOT];
    spline_weights(weights);
    /* The spline's smoothing leaves about half of the knots' deviation. */
    const float strength = o->elastic * random_unit(r) * 2;
    for (int j = 0; j < KNOTS; j++)
        for (int i = 0; i < KNOTS; i++) {
            kx[j][i] = strength * random_normal(r);
            ky[j][i] = strength * random_normal(r);
        }

    sheet ink = {0};
    for (int y = 0; y < DIGITS_SIDE; y++)
        for (int x = 0; x < DIGITS_SIDE; x++) ink.ink[y + 1][x + 1] = in[y * DIGITS_SIDE + x];
    uint8_t big[SIDE * SIDE];
    for (int y = 0; y < SIDE; y++) {
        float row_x[SIDE], row_y[SIDE];
        field_row(weights, kx, y, row_x);
        field_row(weights, ky, y, row_y);
        for (int x = 0; x < SIDE; x++) {
            const float px = (float)x - SIDE / 2 + 0.5f, py = (float)y - SIDE / 2 + 0.5f;
            const float fx = row_x[x], fy = row_y[x];
            const float u = coarse > 0 ? snap(px, coarse) : px, w = coarse > 0 ? snap(py, coarse) : py;
            const float v = bilinear(&ink, xx * u + xy * w + fx + dx + DIGITS_SIDE / 2 - 0.5f,
                                     yx * u + yy * w + fy + dy + DIGITS_SIDE / 2 - 0.5f);
            const float ink_here = coarse <= 0 ? v : v < 85 ? 0 : 255;
            big[y * SIDE + x] = (uint8_t)(ink_here + 0.5f);
        }
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
