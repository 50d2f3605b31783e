/* normalize_strokes.c — pen strokes of one digit → the 28×28 form of MNIST, with no pixels in between: each pixel's ink
 * is its coverage by a round pen, one pixel soft at its edge. */
#include "normalize_strokes.h"

#include "frame.h"

#include <math.h>
#include <string.h>

static const float RADIUS = FRAME_PEN / 2;

static int is_in(const stroke_set *k, size_t stroke)
{
    return !k->digit_of || k->digit_of[stroke] == k->digit || k->digit_of[stroke] == k->also;
}

line_box strokes_box(const float *xy, uint32_t points)
{
    line_box b = {.x0 = xy[0], .y0 = xy[1], .x1 = xy[0], .y1 = xy[1]};
    for (uint32_t i = 1; i < points; i++) {
        b.x0 = fminf(b.x0, xy[2 * i]);
        b.x1 = fmaxf(b.x1, xy[2 * i]);
        b.y0 = fminf(b.y0, xy[2 * i + 1]);
        b.y1 = fmaxf(b.y1, xy[2 * i + 1]);
    }
    return b;
}

/* Distance from (x, y) to the segment a–b, squared. */
static float distance_squared(float x, float y, const float *a, const float *b)
{
    const float dx = b[0] - a[0], dy = b[1] - a[1], length = dx * dx + dy * dy;
    float t = length > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const float ex = a[0] + t * dx - x, ey = a[1] + t * dy - y;
    return ex * ex + ey * ey;
}

/* A stroke of n points has n − 1 segments; a tap is one segment of no length. Segment i goes from the point at
 * xy + 2·i to this one. */
static uint32_t segments(uint32_t points) { return points > 1 ? points - 1 : 1; }
static const float *end_of(const float *xy, uint32_t points, uint32_t i) { return xy + 2 * (points > 1 ? i + 1 : i); }

/* The middle of the digit's path: the pen's width is the same everywhere, so this is the ink's centre of mass. */
static void centre_of_mass(const stroke_set *k, float *x, float *y)
{
    double length = 0, mx = 0, my = 0;
    const float *xy = k->strokes->xy;
    for (size_t s = 0; s < k->strokes->count; xy += 2 * (size_t)k->strokes->lengths[s++])
        for (uint32_t i = 0; is_in(k, s) && i < segments(k->strokes->lengths[s]); i++) {
            const float *a = xy + 2 * i, *b = end_of(xy, k->strokes->lengths[s], i);
            const double l = hypotf(b[0] - a[0], b[1] - a[1]);
            length += l;
            mx += l * 0.5 * (a[0] + b[0]);
            my += l * 0.5 * (a[1] + b[1]);
        }
    *x = (float)(mx / length);
    *y = (float)(my / length);
}

/* Lowers nearest[784] to the squared distance of each pixel's middle from the segment, as far as the pen reaches. */
static void approach(const float *a, const float *b, float *nearest)
{
    const float far = RADIUS + 1, last = DIGITS_SIDE - 1;
    const int x0 = (int)fmaxf(0, fminf(a[0], b[0]) - far), x1 = (int)fminf(last, fmaxf(a[0], b[0]) + far);
    const int y0 = (int)fmaxf(0, fminf(a[1], b[1]) - far), y1 = (int)fminf(last, fmaxf(a[1], b[1]) + far);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            const float d = distance_squared((float)x + 0.5f, (float)y + 0.5f, a, b);
            float *to = &nearest[y * DIGITS_SIDE + x];
            *to = d < *to ? d : *to;
        }
}

void strokes_draw(const stroke_set *k, const line_box *box, uint8_t out[DIGITS_PIXELS])
{
    const float longer = fmaxf(box->x1 - box->x0, box->y1 - box->y0), scale = (FRAME_BOX - FRAME_PEN) / longer;
    float cx, cy, nearest[DIGITS_PIXELS];
    centre_of_mass(k, &cx, &cy);
    const float ox = frame_origin(cx * scale, box->x0 * scale - RADIUS, box->x1 * scale + RADIUS);
    const float oy = frame_origin(cy * scale, box->y0 * scale - RADIUS, box->y1 * scale + RADIUS);

    for (int i = 0; i < DIGITS_PIXELS; i++) nearest[i] = 1e9f;
    const float *xy = k->strokes->xy;
    for (size_t s = 0; s < k->strokes->count; xy += 2 * (size_t)k->strokes->lengths[s++])
        for (uint32_t i = 0; is_in(k, s) && i < segments(k->strokes->lengths[s]); i++) {
            const float *p = xy + 2 * i, *q = end_of(xy, k->strokes->lengths[s], i);
            approach((float[]){p[0] * scale + ox, p[1] * scale + oy}, (float[]){q[0] * scale + ox, q[1] * scale + oy},
                     nearest);
        }
    for (int i = 0; i < DIGITS_PIXELS; i++) {
        const float covered = RADIUS + 0.5f - sqrtf(nearest[i]);
        out[i] = (uint8_t)(255 * (covered < 0 ? 0 : covered > 1 ? 1 : covered) + 0.5f);
    }
}

digits_status strokes_check(const digits_strokes *strokes)
{
    size_t points = 0;
    if (!strokes || (strokes->count && (!strokes->xy || !strokes->lengths))) return DIGITS_BAD_ARGUMENT;
    if (strokes->count > DIGITS_MAX_STROKES) return DIGITS_STROKES_TOO_MANY;
    for (size_t i = 0; i < strokes->count; i++) {
        if (strokes->lengths[i] == 0) return DIGITS_BAD_ARGUMENT;
        points += strokes->lengths[i];
        if (points > DIGITS_MAX_POINTS) return DIGITS_STROKES_TOO_MANY;
    }
    for (size_t i = 0; i < 2 * points; i++)
        if (!(strokes->xy[i] >= -1e6f && strokes->xy[i] <= 1e6f)) return DIGITS_BAD_ARGUMENT;
    return DIGITS_OK;
}

digits_status digits_normalize_strokes(const digits_strokes *strokes, uint8_t out[DIGITS_PIXELS])
{
    const digits_status status = out ? strokes_check(strokes) : DIGITS_BAD_ARGUMENT;
    if (status) return status;
    memset(out, 0, DIGITS_PIXELS);
    size_t points = 0;
    for (size_t i = 0; i < strokes->count; i++) points += strokes->lengths[i];
    if (points == 0) return DIGITS_OK;
    const line_box box = strokes_box(strokes->xy, (uint32_t)points);
    if (box.x1 > box.x0 || box.y1 > box.y0) strokes_draw(&(stroke_set){strokes, NULL, 0, 0}, &box, out);
    return DIGITS_OK;
}
