/* foreground.c — grey and what the network says of it → ink of one object.
 *
 *   foreground_background   normalised convolution of the grey with a box, over what is no ink
 *   foreground_cut          contrast against the background, gated by the network's ink; then turned upright */
#include "page/foreground.h"

#include <math.h>
#include <string.h>

enum {
    RADIUS = 8,  /* subcells: half of the usual digit's height */
    STRONG = 10, /* an object's full ink is that of its strongest tenth */
    MARGIN = 2   /* pixels around an object's box: strokes have soft edges */
};

/* Contrast, as a share of full ink: none up to here, and full from there on. Pens have soft edges; half is the edge. */
static const float NO_INK = 0.25f, FULL_INK = 0.75f;

static uint32_t grey_at(const pyramid_level *l, int32_t x, int32_t y) /* sum of a subcell's four pixels */
{
    const uint8_t *g = l->grey + (size_t)(2 * y) * (size_t)l->width + 2 * x;
    return (uint32_t)(g[0] + g[1] + g[l->width] + g[l->width + 1]);
}

/* Adds (or takes away) row y to the columns' sums: of weights, and of weighted grey. */
static void add_row(const pyramid_level *l, const page_map *m, int32_t y, int32_t sign, uint32_t *weights,
                    uint32_t *greys)
{
    const int32_t w = m->width / PAGE_SUBCELL, h = m->height / PAGE_SUBCELL;
    if (y < 0 || y >= h) return;
    for (int32_t x = 0; x < w; x++) {
        const uint32_t weight = 256u - m->ink[y * w + x], grey = weight * grey_at(l, x, y);
        weights[x] += sign > 0 ? weight : 0u - weight;
        greys[x] += sign > 0 ? grey : 0u - grey;
    }
}

void foreground_background(const pyramid_level *level, const page_map *m, uint8_t *background, uint32_t *columns)
{
    const int32_t w = m->width / PAGE_SUBCELL, h = m->height / PAGE_SUBCELL;
    uint32_t *weights = columns, *greys = columns + w;
    memset(columns, 0, 2 * (size_t)w * sizeof *columns);
    for (int32_t y = 0; y < RADIUS; y++) add_row(level, m, y, 1, weights, greys);
    for (int32_t y = 0; y < h; y++) {
        add_row(level, m, y + RADIUS, 1, weights, greys);
        add_row(level, m, y - RADIUS - 1, -1, weights, greys);
        uint32_t weight = 0, grey = 0; /* at most 17² · 256 · 1020: below 2³² */
        for (int32_t x = 0; x < RADIUS && x < w; x++) weight += weights[x], grey += greys[x];
        for (int32_t x = 0; x < w; x++) {
            if (x + RADIUS < w) weight += weights[x + RADIUS], grey += greys[x + RADIUS];
            if (x - RADIUS - 1 >= 0) weight -= weights[x - RADIUS - 1], grey -= greys[x - RADIUS - 1];
            background[y * w + x] = (uint8_t)(grey / weight / 4);
        }
    }
}

/* The object's subcell at (x, y): how surely it is this object's ink. */
static int32_t own_ink(const page_map *m, int32_t number, int32_t x, int32_t y)
{
    const int32_t w = m->width / PAGE_SUBCELL, h = m->height / PAGE_SUBCELL;
    if (x < 0 || y < 0 || x >= w || y >= h) return 0;
    const int32_t owner = m->owner[y * w + x];
    return owner == number || owner == 0 ? m->ink[y * w + x] : 0;
}

/* The same at a pixel, between the four subcells around it; even odds are full, since an edge has them. */
static int32_t gate(const page_map *m, int32_t number, int32_t x, int32_t y)
{
    const int32_t u = x / 2, v = y / 2, beside = u + (x % 2 ? 1 : -1), below = v + (y % 2 ? 1 : -1);
    const int32_t sum = 9 * own_ink(m, number, u, v) + 3 * own_ink(m, number, beside, v) +
                        3 * own_ink(m, number, u, below) + own_ink(m, number, beside, below);
    return sum >= 8 * 255 ? 255 : sum / 8;
}

static int32_t contrast(const pyramid_level *l, const page_map *m, const uint8_t *background, int32_t x, int32_t y)
{
    return background[y / 2 * (m->width / PAGE_SUBCELL) + x / 2] - l->grey[(size_t)y * (size_t)l->width + (size_t)x];
}

/* The contrast of full ink; negative where ink is lighter than its paper. */
static int32_t full_ink(const pyramid_level *l, const page_map *m, const uint8_t *background, int32_t number,
                        const int32_t box[4])
{
    int32_t histogram[511] = {0}, count = 0, sum = 0;
    const int32_t w = m->width / PAGE_SUBCELL;
    for (int32_t y = box[1]; y < box[3]; y++)
        for (int32_t x = box[0]; x < box[2]; x++) {
            if (m->owner[y / 2 * w + x / 2] != number) continue;
            const int32_t c = contrast(l, m, background, x, y);
            histogram[c + 255]++;
            sum += c;
            count++;
        }
    const int32_t sign = sum < 0 ? -1 : 1;
    int32_t full = 255;
    for (int32_t seen = 0; full > 1; full--) {
        seen += histogram[255 + sign * full];
        if (seen * STRONG >= count) break;
    }
    return sign * full;
}

/* The ink turned back by the slope around the middle of n×n pixels. */
static void rotate(const uint8_t *from, int32_t n, float slope, uint8_t *to)
{
    const float c = 1 / sqrtf(1 + slope * slope), s = c * slope, middle = 0.5f * (float)(n - 1);
    for (int32_t y = 0; y < n; y++)
        for (int32_t x = 0; x < n; x++) {
            const float dx = (float)x - middle, dy = (float)y - middle;
            const float u = middle + c * dx - s * dy, v = middle + s * dx + c * dy;
            to[y * n + x] = 0;
            if (!(u >= 0 && v >= 0 && u < (float)(n - 1) && v < (float)(n - 1))) continue;
            const int32_t x0 = (int32_t)u, y0 = (int32_t)v;
            const float fx = u - (float)x0, fy = v - (float)y0;
            const uint8_t *p = from + y0 * n + x0;
            const float top = (float)p[0] + fx * (float)(p[1] - p[0]),
                        low = (float)p[n] + fx * (float)(p[n + 1] - p[n]);
            to[y * n + x] = (uint8_t)(top + fy * (low - top) + 0.5f);
        }
}

static int32_t clamp(int32_t v, int32_t low, int32_t high) { return v < low ? low : v > high ? high : v; }

void foreground_cut(const pyramid_level *l, const page_map *m, const uint8_t *background, const page_object *o,
                    int32_t number, float slope, uint8_t *scratch, uint8_t *ink, int32_t *width, int32_t *height)
{
    /* A square around its box, so that it can turn. */
    const float across = o->x1 - o->x0, along = o->y1 - o->y0, longer = across > along ? across : along;
    const float reach = longer * (1 + fabsf(slope)) / sqrtf(1 + slope * slope);
    const int32_t n = clamp((int32_t)reach + 2 * MARGIN + 1, 1, FOREGROUND_MAX_SIDE);
    const int32_t left = (int32_t)(0.5f * (o->x0 + o->x1) - 0.5f * (float)n);
    const int32_t top = (int32_t)(0.5f * (o->y0 + o->y1) - 0.5f * (float)n);
    const int32_t box[4] = {clamp(left, 0, m->width), clamp(top, 0, m->height), clamp(left + n, 0, m->width),
                            clamp(top + n, 0, m->height)};
    const int32_t full = full_ink(l, m, background, number, box), sign = full < 0 ? -1 : 1;
    const float low = NO_INK * (float)(sign * full), gain = 1 / ((FULL_INK - NO_INK) * (float)(sign * full));
    uint8_t *to = slope == 0 ? ink : scratch;
    memset(to, 0, (size_t)(n * n));
    for (int32_t y = box[1]; y < box[3]; y++)
        for (int32_t x = box[0]; x < box[2]; x++) {
            const int32_t open = gate(m, number, x, y);
            if (!open) continue;
            const float share = ((float)(sign * contrast(l, m, background, x, y)) - low) * gain;
            to[(y - top) * n + x - left] = (uint8_t)((float)open * (share < 0 ? 0 : share > 1 ? 1 : share) + 0.5f);
        }
    if (slope != 0) rotate(scratch, n, slope, ink);
    *width = *height = n;
}
