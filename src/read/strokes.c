/* strokes.c — pen strokes → digits: strokes that belong together are grouped, and put into lines; neighbours that may be
 * one digit, such as a 4 in two strokes, are read both ways. */
#include "confidence.h"
#include "normalize_strokes.h"
#include "reading.h"
#include "recognizer.h"

#include <math.h>

/* In usual heights: two groups of strokes may be one digit if they are this near, and together no wider than this. */
static const float NEAR = 0.4f, WIDEST = 1.2f;

static void widen(line_box *a, const line_box *b)
{
    a->x0 = fminf(a->x0, b->x0);
    a->y0 = fminf(a->y0, b->y0);
    a->x1 = fmaxf(a->x1, b->x1);
    a->y1 = fmaxf(a->y1, b->y1);
}

/* Two strokes make one digit when one lies over the other's width (the bar of a 7, the top of a 5) or close by,
 * seen against the usual height of the writing. */
static int should_merge(const line_box *a, const line_box *b, float usual_height)
{
    const float overlap_x = fminf(a->x1, b->x1) - fmaxf(a->x0, b->x0);
    const float overlap_y = fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0);
    const float narrower = fminf(a->x1 - a->x0, b->x1 - b->x0);
    if (overlap_y < -0.25f * usual_height) return 0;
    return overlap_x > 0.3f * narrower || (overlap_x > -0.05f * usual_height && overlap_x >= 0.2f * narrower);
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
                if (digits[j].id < 0 || !should_merge(&digits[i], &digits[j], usual_height)) continue;
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

static digits_status read_one(const digits_recognizer *recognizer, const stroke_set *set, const line_box *box,
                              void *work, size_t work_bytes, digits_digit *digit)
{
    strokes_draw(set, box, digit->pixels);
    return recognizer_read(recognizer, box, work, work_bytes, digit);
}

digits_status digits_read_strokes(const digits_reader *reader, const digits_strokes *strokes,
                                  const digits_read_options *options, void *work, size_t work_bytes,
                                  digits_reading *reading)
{
    digits_read_options o;
    digits_status status = reading_begin(reader, options, work, reading, &o);
    if (!status) status = strokes_check(strokes);
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
        stroke_boxes[i] = strokes_box(at, strokes->lengths[i]);
    const float usual_height = text_lines_usual_height(stroke_boxes, n, heights);
    const size_t found = group(stroke_boxes, n, usual_height, digit_of, boxes);
    text_lines_order(boxes, found, usual_height);
    const digits_recognizer *recognizer = &reader->recognizer;
    stroke_set set = {strokes, digit_of, 0, 0};
    for (size_t i = 0; i < found && reading->count < reading->capacity && !status; i++) {
        digits_digit *digit = &reading->digits[reading->count], next, both;
        set.digit = set.also = boxes[i].id;
        status = read_one(recognizer, &set, &boxes[i], rest, rest_bytes, digit);
        if (!status && i + 1 < found && are_near(&boxes[i], &boxes[i + 1], usual_height)) {
            line_box box = boxes[i];
            widen(&box, &boxes[i + 1]);
            set.digit = boxes[i + 1].id;
            status = read_one(recognizer, &set, &box, rest, rest_bytes, &both);
            set.also = set.digit;
            if (!status) status = read_one(recognizer, &set, &boxes[i + 1], rest, rest_bytes, &next);
            if (!status && both.confidence > digit->confidence * next.confidence) {
                *digit = both;
                i++;
            }
        }
        reading->count += (size_t)(!status && digit->confidence >= confidence_floor(o.min_confidence));
    }
    confidence_filter(reading, o.min_confidence, usual_height);
    if (status) reading->count = 0;
    return status;
}
