/* strokes.c — pen strokes → digits → 28×28, with no pixels in between: size and place on the pad and the width of the
 * pen on the screen do not matter. */
#include "reading.h"
#include "recognizer.h"

#include <math.h>
#include <string.h>

/* In output pixels: the pen's radius, near MNIST's usual stroke; the box that holds the digit, pen included; and
 * where its centre of mass goes (as in normalize.c). */
static const float PEN = 1.25f, BOX = 20, MIDDLE = 14.5f;

/* In usual heights: two groups of strokes may be one digit if they are this near, and together no wider than this. */
static const float NEAR = 0.4f, WIDEST = 1.2f;

/* Strokes as the caller gave them, and which of them to look at. */
typedef struct ink {
    const digits_strokes *strokes;
    const int32_t *digit_of; /* the digit that each stroke belongs to; NULL: all to the same */
    int32_t digit, also;     /* both of them; the same twice: one */
} ink;

static int is_in(const ink *k, size_t stroke)
{
    return !k->digit_of || k->digit_of[stroke] == k->digit || k->digit_of[stroke] == k->also;
}

static line_box box_of(const float *xy, uint32_t points)
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

static void widen(line_box *a, const line_box *b)
{
    a->x0 = fminf(a->x0, b->x0);
    a->y0 = fminf(a->y0, b->y0);
    a->x1 = fmaxf(a->x1, b->x1);
    a->y1 = fmaxf(a->y1, b->y1);
}

/* Two strokes make one digit when one lies over the other's width (the bar of a 7, the top of a 5) or close by,
 * seen against the usual height of the writing. */
static int belong_together(const line_box *a, const line_box *b, float usual_height)
{
    const float overlap_x = fminf(a->x1, b->x1) - fmaxf(a->x0, b->x0);
    const float overlap_y = fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0);
    const float narrower = fminf(a->x1 - a->x0, b->x1 - b->x0);
    if (overlap_y < -0.25f * usual_height) return 0;
    return overlap_x > 0.3f * narrower || (overlap_x > -0.05f * usual_height && overlap_x >= 0.2f * narrower);
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
static void centre_of_mass(const ink *k, float *x, float *y)
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
    const float far = PEN + 1, last = DIGITS_SIDE - 1;
    const int x0 = (int)fmaxf(0, fminf(a[0], b[0]) - far), x1 = (int)fminf(last, fmaxf(a[0], b[0]) + far);
    const int y0 = (int)fmaxf(0, fminf(a[1], b[1]) - far), y1 = (int)fminf(last, fmaxf(a[1], b[1]) + far);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            const float d = distance_squared((float)x + 0.5f, (float)y + 0.5f, a, b);
            float *to = &nearest[y * DIGITS_SIDE + x];
            *to = d < *to ? d : *to;
        }
}

/* Where the box starts on the picture's axis so that its centre of mass is in the middle, or as near to it as the
 * box stays inside. */
static float place(float centre, float low, float high, float scale)
{
    const float origin = fmaxf(MIDDLE - centre * scale, PEN - low * scale);
    return fminf(origin, DIGITS_SIDE - PEN - high * scale);
}

/* Draws the digit, which has a length, into out: the coverage of a round pen, one pixel soft at its edge. */
static void draw(const ink *k, const line_box *box, uint8_t *out)
{
    const float longer = fmaxf(box->x1 - box->x0, box->y1 - box->y0), scale = (BOX - 2 * PEN) / longer;
    float cx, cy, nearest[DIGITS_PIXELS];
    centre_of_mass(k, &cx, &cy);
    const float ox = place(cx, box->x0, box->x1, scale), oy = place(cy, box->y0, box->y1, scale);

    for (int i = 0; i < DIGITS_PIXELS; i++) nearest[i] = 1e9f;
    const float *xy = k->strokes->xy;
    for (size_t s = 0; s < k->strokes->count; xy += 2 * (size_t)k->strokes->lengths[s++])
        for (uint32_t i = 0; is_in(k, s) && i < segments(k->strokes->lengths[s]); i++) {
            const float *p = xy + 2 * i, *q = end_of(xy, k->strokes->lengths[s], i);
            approach((float[]){p[0] * scale + ox, p[1] * scale + oy}, (float[]){q[0] * scale + ox, q[1] * scale + oy},
                     nearest);
        }
    for (int i = 0; i < DIGITS_PIXELS; i++) {
        const float covered = PEN + 0.5f - sqrtf(nearest[i]);
        out[i] = (uint8_t)(255 * (covered < 0 ? 0 : covered > 1 ? 1 : covered) + 0.5f);
    }
}

static digits_status check_strokes(const digits_strokes *strokes)
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
    const digits_status status = out ? check_strokes(strokes) : DIGITS_BAD_ARGUMENT;
    if (status) return status;
    memset(out, 0, DIGITS_PIXELS);
    size_t points = 0;
    for (size_t i = 0; i < strokes->count; i++) points += strokes->lengths[i];
    if (points == 0) return DIGITS_OK;
    const line_box box = box_of(strokes->xy, (uint32_t)points);
    if (box.x1 > box.x0 || box.y1 > box.y0) draw(&(ink){strokes, NULL, 0, 0}, &box, out);
    return DIGITS_OK;
}

static size_t aligned(size_t n) { return (n + 15) / 16 * 16; }

static size_t table_bytes(size_t strokes)
{
    return 2 * aligned(strokes * sizeof(line_box)) + aligned(strokes * sizeof(int32_t)) +
           aligned(strokes * sizeof(float));
}

size_t digits_read_strokes_size(const digits_reader *reader, size_t strokes)
{
    if (!reader || !reader->recognizer.network || strokes > DIGITS_MAX_STROKES) return 0;
    return table_bytes(strokes) + digits_predict_size(reader->recognizer.network);
}

/* Gives every stroke the number of its digit and returns how many digits there are, with their boxes. */
static size_t group(const line_box *strokes, size_t n, float usual_height, int32_t *digit_of, line_box *digits)
{
    for (size_t i = 0; i < n; i++) {
        digits[i] = strokes[i];
        digits[i].id = digit_of[i] = (int32_t)i;
    }
    /* Growing until nothing changes: a digit's box can come to reach a stroke that none of its parts reached. */
    for (int changed = 1; changed;) {
        changed = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n && digits[i].id >= 0; j++) {
                if (digits[j].id < 0 || !belong_together(&digits[i], &digits[j], usual_height)) continue;
                widen(&digits[i], &digits[j]);
                for (size_t s = 0; s < n; s++)
                    if (digit_of[s] == (int32_t)j) digit_of[s] = (int32_t)i;
                digits[j].id = -1;
                changed = 1;
            }
    }
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const line_box *b = &digits[i];
        const float longer = fmaxf(b->x1 - b->x0, b->y1 - b->y0);
        /* Dots and small dashes between digits are none; neither is a tap alone. */
        if (b->id >= 0 && longer > 0 && b->y1 - b->y0 > 0.3f * usual_height) digits[count++] = *b;
    }
    return count;
}

/* Whether what group took for two digits may be one in two strokes, such as a 4, whose reading will tell. */
static int are_near(const line_box *a, const line_box *b, float usual_height)
{
    const float width = fmaxf(a->x1, b->x1) - fminf(a->x0, b->x0);
    return a->line == b->line && b->x0 - a->x1 < NEAR * usual_height && width < WIDEST * usual_height;
}

static digits_status read_one(const digits_recognizer *recognizer, const ink *k, const line_box *box, void *work,
                              size_t work_bytes, digits_digit *digit)
{
    draw(k, box, digit->pixels);
    return recognizer_read(recognizer, box, work, work_bytes, digit);
}

digits_status digits_read_strokes(const digits_reader *reader, const digits_strokes *strokes,
                                  const digits_read_options *options, void *work, size_t work_bytes,
                                  digits_reading *reading)
{
    digits_read_options o;
    digits_status status = reading_begin(reader, options, work, reading, &o);
    if (!status) status = check_strokes(strokes);
    if (status) return status;
    const size_t n = strokes->count;
    if (work_bytes < digits_read_strokes_size(reader, n)) return DIGITS_NO_ROOM;
    line_box *stroke_boxes = work;
    line_box *boxes = (line_box *)(void *)((uint8_t *)stroke_boxes + aligned(n * sizeof *stroke_boxes));
    int32_t *digit_of = (int32_t *)(void *)((uint8_t *)boxes + aligned(n * sizeof *boxes));
    float *heights = (float *)(void *)((uint8_t *)digit_of + aligned(n * sizeof *digit_of));
    uint8_t *rest = (uint8_t *)work + table_bytes(n);
    const size_t rest_bytes = work_bytes - table_bytes(n);

    const float *at = strokes->xy;
    for (size_t i = 0; i < n; at += 2 * (size_t)strokes->lengths[i++])
        stroke_boxes[i] = box_of(at, strokes->lengths[i]);
    const float usual_height = text_lines_usual_height(stroke_boxes, n, heights);
    const size_t found = group(stroke_boxes, n, usual_height, digit_of, boxes);
    text_lines_order(boxes, found, usual_height);
    const digits_recognizer *recognizer = &reader->recognizer;
    ink k = {strokes, digit_of, 0, 0};
    for (size_t i = 0; i < found && reading->count < reading->capacity && !status; i++) {
        digits_digit *digit = &reading->digits[reading->count], next, both;
        k.digit = k.also = boxes[i].id;
        status = read_one(recognizer, &k, &boxes[i], rest, rest_bytes, digit);
        if (!status && i + 1 < found && are_near(&boxes[i], &boxes[i + 1], usual_height)) {
            line_box box = boxes[i];
            widen(&box, &boxes[i + 1]);
            k.digit = boxes[i + 1].id;
            status = read_one(recognizer, &k, &box, rest, rest_bytes, &both);
            k.also = k.digit;
            if (!status) status = read_one(recognizer, &k, &boxes[i + 1], rest, rest_bytes, &next);
            if (!status && both.confidence > digit->confidence * next.confidence) {
                *digit = both;
                i++;
            }
        }
        reading->count += (size_t)(!status && digit->confidence >= o.min_confidence);
    }
    if (status) reading->count = 0;
    return status;
}
