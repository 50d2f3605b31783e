/* objects.c — heat map, offsets and ink → objects.
 *
 *   find_peaks   local maxima of the centre's logit, each with the box that its cell tells
 *   suppress     weaker peaks whose boxes overlap those of stronger ones (Soft-NMS, Bodla et al. 2017, linear)
 *   vote         each subcell of ink → the peak nearest to where its offset points
 *   objects_find both, and what each object's ink says of its box, kind and turn */
#include "page/objects.h"

#include <math.h>
#include <string.h>

static const float MIN_CENTRE =
    0.12f; /* probability: what is a centre with less is none; the reader weighs the rest */

enum { REACH = 3 }; /* cells: an offset misses its centre by less than half of the smallest digit */

static float logit(const page_map *m, int32_t cell, int32_t channel)
{
    return (float)m->sums[(size_t)cell * PAGE_OUTPUTS + (size_t)channel] * m->scale[channel];
}

/* A sigmoid made of one line: no libm, so that every build gives the same byte. */
static uint8_t hard_sigmoid(float x)
{
    const float v = 128 + 24 * x;
    return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)v;
}

static float probability(float logit) { return 1 / (1 + expf(-logit)); }

static int is_peak(const page_map *m, int32_t x, int32_t y)
{
    const int32_t w = m->width / PAGE_CELL, h = m->height / PAGE_CELL, cell = y * w + x;
    const float here = logit(m, cell, PAGE_CENTRE);
    if (probability(here) < MIN_CENTRE) return 0;
    for (int32_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < h; v++)
        for (int32_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < w; u++) {
            const int32_t other = v * w + u;
            const float there = logit(m, other, PAGE_CENTRE);
            if (there > here || (there == here && other < cell)) return 0;
        }
    return 1;
}

/* Pixels; at most four times the unit. */
static float size_of(const page_map *m, int32_t cell, int32_t channel)
{
    return PAGE_SIZE_UNIT * expf(0.6931472f * fminf(logit(m, cell, channel), 2)); /* 2 to that power */
}

static int32_t find_peaks(const page_map *m, int32_t level, page_object *objects, int32_t count)
{
    const int32_t w = m->width / PAGE_CELL, h = m->height / PAGE_CELL;
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            const int32_t cell = y * w + x;
            if (count == OBJECTS_MAX || !is_peak(m, x, y)) continue;
            page_object *o = &objects[count++];
            *o = (page_object){.level = level, .score = probability(logit(m, cell, PAGE_CENTRE)), .cell = cell};
            o->x = PAGE_CELL * ((float)x + 0.5f + logit(m, cell, PAGE_OFFSET));
            o->y = PAGE_CELL * ((float)y + 0.5f + logit(m, cell, PAGE_OFFSET + 1));
            const float w2 = 0.5f * size_of(m, cell, PAGE_SIZE), h2 = 0.5f * size_of(m, cell, PAGE_SIZE + 1);
            o->x0 = o->x - w2;
            o->x1 = o->x + w2;
            o->y0 = o->y - h2;
            o->y1 = o->y + h2;
        }
    return count;
}

/* Intersection over union of two boxes. */
static float overlap(const page_object *a, const page_object *b)
{
    const float w = fminf(a->x1, b->x1) - fmaxf(a->x0, b->x0), h = fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0);
    if (w <= 0 || h <= 0) return 0;
    const float both = w * h;
    return both / ((a->x1 - a->x0) * (a->y1 - a->y0) + (b->x1 - b->x0) * (b->y1 - b->y0) - both);
}

/* Takes objects from the surest on; each makes those that overlap it less sure. What is too weak then is no peak. */
static void suppress(page_object *objects, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        int32_t best = i;
        for (int32_t j = i + 1; j < n; j++)
            if (objects[j].score > objects[best].score) best = j;
        const page_object o = objects[best];
        objects[best] = objects[i];
        objects[i] = o;
        for (int32_t j = i + 1; j < n; j++) objects[j].score *= 1 - overlap(&o, &objects[j]);
    }
}

/* Their numbers in their cells; their boxes are empty, until their ink is known. */
static void mark_peaks(const page_map *m, page_object *objects, int32_t from, int32_t to)
{
    memset(m->peaks, 0, (size_t)(m->width / PAGE_CELL) * (size_t)(m->height / PAGE_CELL) * sizeof *m->peaks);
    for (int32_t i = from; i < to; i++) {
        page_object *o = &objects[i];
        m->peaks[o->cell] = (uint16_t)(i + 1);
        o->x0 = (float)m->width;
        o->y0 = (float)m->height;
        o->x1 = o->y1 = 0;
    }
}

static int has_ink(const page_map *m, int32_t cell)
{
    for (int32_t i = 0; i < 4; i++)
        if (m->sums[(size_t)cell * PAGE_OUTPUTS + PAGE_INK + (size_t)i] > 0) return 1;
    return 0;
}

/* Where a subcell's ink says that its object's centre is, in cells: the mean of what the four cells around it say that
 * have ink, by how near they are. */
static void offset_at(const page_map *m, int32_t x, int32_t y, float centre[2])
{
    const int32_t w = m->width / PAGE_CELL, h = m->height / PAGE_CELL;
    float sum[2] = {0, 0}, weights = 0;
    for (int32_t i = 0; i < 4; i++) { /* the cell itself, beside, below or above, and across */
        const int32_t u = x / 2 + (i & 1 ? (x % 2 ? 1 : -1) : 0), v = y / 2 + (i & 2 ? (y % 2 ? 1 : -1) : 0);
        if (u < 0 || v < 0 || u >= w || v >= h) continue;
        const int32_t cell = v * w + u;
        if (i > 0 && !has_ink(m, cell)) continue;
        const float weight = (i & 1 ? 0.25f : 0.75f) * (i & 2 ? 0.25f : 0.75f);
        sum[0] += weight * ((float)u + 0.5f + logit(m, cell, PAGE_OFFSET));
        sum[1] += weight * ((float)v + 0.5f + logit(m, cell, PAGE_OFFSET + 1));
        weights += weight;
    }
    centre[0] = sum[0] / weights;
    centre[1] = sum[1] / weights;
}

/* The number of the object whose centre is nearest to that point; 0 if there is none within REACH. */
static uint16_t nearest(const page_map *m, const float at[2], const page_object *objects)
{
    const int32_t w = m->width / PAGE_CELL, h = m->height / PAGE_CELL;
    uint16_t best = 0;
    float distance = 1e30f;
    if (!(at[0] > -REACH && at[1] > -REACH && at[0] < (float)(w + REACH) && at[1] < (float)(h + REACH))) return 0;
    const int32_t cx = (int32_t)(at[0] + REACH) - REACH, cy = (int32_t)(at[1] + REACH) - REACH;
    for (int32_t v = cy - REACH > 0 ? cy - REACH : 0; v <= cy + REACH && v < h; v++)
        for (int32_t u = cx - REACH > 0 ? cx - REACH : 0; u <= cx + REACH && u < w; u++) {
            const uint16_t peak = m->peaks[v * w + u];
            if (!peak) continue;
            const page_object *o = &objects[peak - 1];
            const float dx = o->x / PAGE_CELL - at[0], dy = o->y / PAGE_CELL - at[1], d = dx * dx + dy * dy;
            if (d >= distance) continue;
            distance = d;
            best = peak;
        }
    return best;
}

static void give(const page_map *m, int32_t x, int32_t y, page_object *o)
{
    const int32_t cell = y / 2 * (m->width / PAGE_CELL) + x / 2;
    const float left = (float)(PAGE_SUBCELL * x), top = (float)(PAGE_SUBCELL * y);
    if (left < o->x0) o->x0 = left;
    if (top < o->y0) o->y0 = top;
    if (left + PAGE_SUBCELL > o->x1) o->x1 = left + PAGE_SUBCELL;
    if (top + PAGE_SUBCELL > o->y1) o->y1 = top + PAGE_SUBCELL;
    o->ink++;
    for (int32_t i = 0; i < PAGE_KINDS; i++) o->kinds[i] += logit(m, cell, PAGE_KIND + i);
    for (int32_t i = 0; i < 4; i++) o->turns[i] += logit(m, cell, PAGE_TURN + i);
}

static void vote(const page_map *m, page_object *objects)
{
    const int32_t w = m->width / PAGE_SUBCELL, h = m->height / PAGE_SUBCELL;
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            const int32_t cell = y / 2 * (w / 2) + x / 2, at = y * w + x;
            const float ink = logit(m, cell, PAGE_INK + y % 2 * 2 + x % 2);
            m->ink[at] = hard_sigmoid(ink);
            m->owner[at] = 0;
            if (ink <= 0) continue;
            float centre[2];
            offset_at(m, x, y, centre);
            m->owner[at] = nearest(m, centre, objects);
            if (m->owner[at]) give(m, x, y, &objects[m->owner[at] - 1]);
        }
}

int32_t objects_find(const page_map *map, int32_t level, page_object *objects, int32_t count)
{
    int32_t all = find_peaks(map, level, objects, count);
    suppress(objects + count, all - count);
    while (all > count && objects[all - 1].score < MIN_CENTRE) all--;
    mark_peaks(map, objects, count, all);
    vote(map, objects);
    for (int32_t i = count; i < all; i++) {
        page_object *o = &objects[i];
        const float share = o->ink ? 1 / (float)o->ink : 0;
        for (int32_t k = 0; k < PAGE_KINDS; k++) o->kinds[k] *= share;
        for (int32_t k = 0; k < 4; k++) o->turns[k] *= share;
    }
    return all;
}
