/* read_page.c — a picture → its digits and signs, by the page network.
 *
 *   levels    pyramid.c: grey at several scales; nn/network.c: what each level's cells show
 *   objects   objects.c: digits and signs, each in the level where it has the size that the network knows;
 *             what two levels see is one object (non-maximum suppression)
 *   turn      what the objects say of how the writing is turned; if it is, all again on the turned picture
 *   lines     read/text_lines.c, in the picture turned back by the slope of its writing
 *   digits    foreground.c: an object's ink → read/normalize.c → read/recognizer.c */
#include "page/read_page.h"

#include "nn/network.h"
#include "page/foreground.h"
#include "page/objects.h"
#include "page/pyramid.h"
#include "read/reading.h"
#include "read/recognizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Log-odds that a picture stands upright as it is given: most do, and one word of writing is little to judge by. */
static const float UPRIGHT_PRIOR = 4;

static const float MAX_SLOPE = 0.47f; /* tangent of 25°; the network knows writing up to 20° */

typedef struct page {
    pyramid levels;
    page_map maps[PYRAMID_MAX_LEVELS];
    uint8_t *background[PYRAMID_MAX_LEVELS];
    int32_t *sums;     /* of one level at a time */
    uint32_t *columns; /* see foreground.h */
    page_object *objects;
    int32_t count;
    line_box *boxes;
    float *numbers; /* one an object */
    uint8_t *scratch, *ink;
    void *pyramid_memory, *work;
    size_t work_bytes;
    int32_t turn;
    float slope; /* tangent of the angle by which lines fall to the right */
} page;

static size_t aligned(size_t n) { return (n + 15) / 16 * 16; }

static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

/* Makes room for a picture of that size, turned or not. memory NULL: only counts. Returns the bytes it takes. */
static size_t lay_out(page *p, const digits_reader *reader, int32_t width, int32_t height, int32_t turn,
                      uint8_t *memory)
{
    size_t used = 0, cells = 0, columns = 0, work = digits_predict_size(reader->recognizer.network);
#define TAKE(field, bytes)                                                                                           \
    do {                                                                                                             \
        if (memory) (field) = (void *)(memory + used);                                                               \
        used += aligned(bytes);                                                                                      \
    } while (0)
    const int32_t stride = network_total_stride(reader->page);
    const size_t pyramid_bytes = pyramid_layout(width, height, turn, stride, 2 * PAGE_HEIGHT, &p->levels);
    TAKE(p->pyramid_memory, pyramid_bytes);
    for (int32_t i = 0; i < p->levels.count; i++) {
        const pyramid_level *l = &p->levels.levels[i];
        page_map *m = &p->maps[i];
        const size_t pixels = (size_t)l->width * (size_t)l->height;
        *m = (page_map){.width = l->width, .height = l->height, .scale = network_output_scale(reader->page)};
        TAKE(m->ink, pixels / 4);
        TAKE(m->owner, pixels / 4 * sizeof *m->owner);
        TAKE(p->background[i], pixels / 4);
        cells = max_size(cells, pixels / 16);
        columns = max_size(columns, (size_t)l->width);
        work = max_size(work, network_work_size(reader->page, l->height, l->width));
    }
    uint16_t *peaks = NULL;
    TAKE(p->sums, cells * PAGE_OUTPUTS * sizeof *p->sums);
    TAKE(peaks, cells * sizeof *peaks);
    TAKE(p->columns, columns * sizeof *p->columns);
    TAKE(p->objects, OBJECTS_MAX * sizeof *p->objects);
    TAKE(p->boxes, OBJECTS_MAX * sizeof *p->boxes);
    TAKE(p->numbers, OBJECTS_MAX * sizeof *p->numbers);
    TAKE(p->scratch, FOREGROUND_MAX_SIDE * FOREGROUND_MAX_SIDE);
    TAKE(p->ink, FOREGROUND_MAX_SIDE * FOREGROUND_MAX_SIDE);
    TAKE(p->work, work);
#undef TAKE
    for (int32_t i = 0; memory && i < p->levels.count; i++) {
        p->maps[i].peaks = peaks;
        p->maps[i].sums = p->sums;
    }
    p->work_bytes = work;
    p->turn = turn;
    return used;
}

/* Any size, and the outputs of page_outputs.h. */
static int is_page_network(const digits_network *network)
{
    return network_total_stride(network) > 0 && network_output_stride(network) == PAGE_CELL &&
           network_output_channels(network) == PAGE_OUTPUTS;
}

size_t read_page_size(const digits_reader *reader, int32_t width, int32_t height)
{
    page p;
    if (!reader || !reader->recognizer.network || !reader->page || !is_page_network(reader->page) ||
        !reading_size_fits(width, height))
        return 0;
    return max_size(lay_out(&p, reader, width, height, 0, NULL), lay_out(&p, reader, width, height, 1, NULL));
}

/* ── objects ── */

static float area(const page_object *o, float scale) { return scale * scale * (o->x1 - o->x0) * (o->y1 - o->y0); }

/* Box sides in pixels of the picture, without the rim. */
static void picture_box(const page *p, const page_object *o, float box[4])
{
    const float scale = p->levels.levels[o->level].scale;
    box[0] = (o->x0 - PYRAMID_RIM) * scale;
    box[1] = (o->y0 - PYRAMID_RIM) * scale;
    box[2] = (o->x1 - PYRAMID_RIM) * scale;
    box[3] = (o->y1 - PYRAMID_RIM) * scale;
}

/* Whether two levels see the same ink: the smaller box is mostly in the larger one. */
static int is_same(const page *p, const page_object *a, const page_object *b)
{
    float u[4], v[4];
    picture_box(p, a, u);
    picture_box(p, b, v);
    const float w = fminf(u[2], v[2]) - fmaxf(u[0], v[0]), h = fminf(u[3], v[3]) - fmaxf(u[1], v[1]);
    const float smaller = fminf(area(a, p->levels.levels[a->level].scale), area(b, p->levels.levels[b->level].scale));
    return w > 0 && h > 0 && 2 * w * h > smaller;
}

/* Non-maximum suppression across levels: of objects that are the same, the one whose centre is surest. What goes has no
 * ink any more. */
static void suppress(page *p)
{
    for (int32_t i = 0; i < p->count; i++)
        for (int32_t j = i + 1; j < p->count; j++) {
            page_object *a = &p->objects[i], *b = &p->objects[j];
            if (!a->ink || !b->ink || a->level == b->level || !is_same(p, a, b)) continue;
            if (a->score >= b->score) b->ink = 0;
            else a->ink = 0;
        }
}

static digits_status find_objects(page *p, const digits_reader *reader, const digits_image *image)
{
    pyramid_make(image, p->turn, p->pyramid_memory, &p->levels);
    p->count = 0;
    for (int32_t i = 0; i < p->levels.count; i++) {
        const pyramid_level *l = &p->levels.levels[i];
        const digits_status status = network_run(reader->page, l->grey, l->height, l->width, (size_t)l->width,
                                                 p->work, p->work_bytes, p->sums);
        if (status) return status;
        p->count = objects_find(&p->maps[i], i, p->objects, p->count);
        foreground_background(l, &p->maps[i], p->background[i], p->columns);
    }
    suppress(p);
    return DIGITS_OK;
}

/* Softmax. */
static float kind_probability(const page_object *o, int32_t kind)
{
    float sum = 0;
    for (int32_t k = 0; k < PAGE_KINDS; k++) sum += expf(o->kinds[k] - o->kinds[kind]);
    return 1 / sum;
}

static int32_t kind_of(const page_object *o)
{
    int32_t best = 0;
    for (int32_t k = 1; k < PAGE_KINDS; k++)
        if (o->kinds[k] > o->kinds[best]) best = k;
    return best;
}

/* How sure it is that there is something of this kind. */
static float presence(const page_object *o, int32_t kind) { return o->score * kind_probability(o, kind); }

/* The likeliest quarter turn of the writing: objects are taken for independent, each counts as surely as it is there. */
static int32_t vote_turn(const page *p)
{
    float sums[4] = {UPRIGHT_PRIOR, 0, 0, 0};
    int32_t best = 0;
    for (int32_t i = 0; i < p->count; i++) {
        const page_object *o = &p->objects[i];
        if (!o->ink) continue;
        for (int32_t t = 0; t < 4; t++) sums[t] += o->score * o->turns[t];
    }
    for (int32_t t = 1; t < 4; t++)
        if (sums[t] > sums[best]) best = t;
    return best;
}

/* ── lines ── */

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Centre and height of object i in the picture. */
static void place(const page *p, int32_t i, float at[3])
{
    float box[4];
    picture_box(p, &p->objects[i], box);
    at[0] = 0.5f * (box[0] + box[2]);
    at[1] = 0.5f * (box[1] + box[3]);
    at[2] = box[3] - box[1];
}

static int is_digit(const page_object *o) { return o->ink && kind_of(o) == PAGE_DIGIT; }

/* The slope of the writing: the median from digits to their nearest neighbours on the right that are about as
 * high. 0 where there are fewer than three such pairs. */
static float estimate_slope(page *p)
{
    size_t n = 0;
    for (int32_t i = 0; i < p->count; i++) {
        float a[3], b[3], nearest = 1e30f, slope = 0;
        if (!is_digit(&p->objects[i])) continue;
        place(p, i, a);
        for (int32_t j = 0; j < p->count; j++) {
            if (j == i || !is_digit(&p->objects[j])) continue;
            place(p, j, b);
            const float dx = b[0] - a[0], dy = b[1] - a[1], distance = sqrtf(dx * dx + dy * dy);
            if (dx <= 0 || fabsf(dy) > dx * MAX_SLOPE || fmaxf(a[2], b[2]) > 2 * fminf(a[2], b[2])) continue;
            if (distance >= nearest || distance > 4 * a[2]) continue;
            nearest = distance;
            slope = dy / dx;
        }
        if (nearest < 1e30f) p->numbers[n++] = slope;
    }
    if (n < 3) return 0;
    qsort(p->numbers, n, sizeof *p->numbers, by_value);
    return p->numbers[n / 2];
}

/* The box of object i in the picture turned back by the slope. */
static line_box level_box(const page *p, int32_t i)
{
    float box[4];
    picture_box(p, &p->objects[i], box);
    const float c = 1 / sqrtf(1 + p->slope * p->slope), s = c * p->slope, w = box[2] - box[0], h = box[3] - box[1];
    const float x = 0.5f * (box[0] + box[2]), y = 0.5f * (box[1] + box[3]);
    const float u = c * x + s * y, v = c * y - s * x;
    return (line_box){u - 0.5f * w, v - 0.5f * h, u + 0.5f * w, v + 0.5f * h, i, 0, 0};
}

/* Boxes of digits, and of the signs beside them: these as high as the digit beside which they stand, so that a line has
 * them whether they hang or stand. Returns how many. */
static size_t collect(page *p, int with_signs)
{
    size_t n = 0, digits;
    for (int32_t i = 0; i < p->count; i++)
        if (is_digit(&p->objects[i])) p->boxes[n++] = level_box(p, i);
    digits = n;
    const float usual = text_lines_usual_height(p->boxes, digits, p->numbers);
    for (int32_t i = 0; with_signs && i < p->count; i++) {
        const page_object *o = &p->objects[i];
        if (!o->ink || kind_of(o) == PAGE_DIGIT || n == OBJECTS_MAX) continue;
        line_box b = level_box(p, i);
        const line_box *beside = NULL;
        float nearest = usual;
        for (size_t j = 0; j < digits; j++) {
            const line_box *d = &p->boxes[j];
            const float gap = fmaxf(fmaxf(d->x0 - b.x1, b.x0 - d->x1), 0), middle = 0.5f * (b.y0 + b.y1);
            const float h = d->y1 - d->y0;
            if (middle < d->y0 - 0.25f * h || middle > d->y1 + 0.5f * h || gap >= nearest) continue;
            nearest = gap;
            beside = d;
        }
        if (!beside) continue;
        b.y0 = beside->y0;
        b.y1 = beside->y1;
        p->boxes[n++] = b;
    }
    text_lines_order(p->boxes, n, usual);
    return n;
}

/* ── reading ── */

/* Box sides of the upright picture → x, y, width, height in the picture as it was given, rounded outwards. */
static void given_box(const page *p, const digits_image *image, const page_object *o, int32_t out[4])
{
    const float w = (float)image->width, h = (float)image->height;
    float b[4];
    picture_box(p, o, b);
    const float seen[4][4] = {{b[0], b[1], b[2], b[3]},
                              {w - b[3], b[0], w - b[1], b[2]},
                              {w - b[2], h - b[3], w - b[0], h - b[1]},
                              {b[1], h - b[2], b[3], h - b[0]}};
    const float *s = seen[p->turn];
    out[0] = (int32_t)floorf(fmaxf(s[0], 0));
    out[1] = (int32_t)floorf(fmaxf(s[1], 0));
    out[2] = (int32_t)ceilf(fminf(s[2], w)) - out[0];
    out[3] = (int32_t)ceilf(fminf(s[3], h)) - out[1];
}

static digits_status read_digit(page *p, const digits_reader *reader, const digits_image *image, const line_box *b,
                                digits_digit *digit)
{
    const page_object *o = &p->objects[b->id];
    int32_t width, height, box[4];
    foreground_cut(&p->levels.levels[o->level], &p->maps[o->level], p->background[o->level], o, b->id + 1, p->slope,
                   p->scratch, p->ink, &width, &height);
    digits_status status = digits_normalize(p->ink, width, height, (size_t)width, digit->pixels);
    if (!status) status = recognizer_read(&reader->recognizer, b, p->work, p->work_bytes, digit);
    given_box(p, image, o, box);
    digit->x = box[0];
    digit->y = box[1];
    digit->width = box[2];
    digit->height = box[3];
    digit->confidence *= presence(o, PAGE_DIGIT);
    return status;
}

static digits_sign read_sign(const page *p, const digits_image *image, const line_box *b, int32_t after)
{
    static const char SIGNS[PAGE_KINDS] = {0, '.', ',', '-', '/', ':', 0};
    const page_object *o = &p->objects[b->id];
    const int32_t kind = kind_of(o);
    int32_t box[4];
    given_box(p, image, o, box);
    return (digits_sign){SIGNS[kind], presence(o, kind), box[0],          box[1], box[2],
                         box[3],      b->line,           b->space_before, after};
}

static digits_status read_boxes(page *p, const digits_reader *reader, const digits_image *image, float min_confidence,
                                size_t boxes, digits_reading *reading)
{
    digits_status status = DIGITS_OK;
    for (size_t i = 0; i < boxes && !status; i++) {
        const line_box *b = &p->boxes[i];
        const page_object *o = &p->objects[b->id];
        if (kind_of(o) == PAGE_DIGIT) {
            if (reading->count == reading->capacity) continue;
            digits_digit *d = &reading->digits[reading->count];
            status = read_digit(p, reader, image, b, d);
            reading->count += d->confidence >= min_confidence;
        } else if (reading->sign_count < reading->sign_capacity) {
            const int32_t last = (int32_t)reading->count - 1;
            const int on_line = last >= 0 && reading->digits[last].line == b->line;
            const digits_sign s = read_sign(p, image, b, on_line ? last : -1);
            reading->signs[reading->sign_count] = s;
            reading->sign_count += s.confidence >= min_confidence;
        }
    }
    return status;
}

digits_status read_page(const digits_reader *reader, const digits_image *image, const digits_read_options *options,
                        void *work, size_t work_bytes, digits_reading *reading)
{
    digits_read_options chosen;
    digits_status status = reading_begin(reader, options, work, reading, &chosen);
    if (!status) status = reading_check_image(image);
    if (status) return status;
    if (!reader->page || !is_page_network(reader->page)) return DIGITS_WEIGHTS_SHAPE;
    if (work_bytes < read_page_size(reader, image->width, image->height)) return DIGITS_NO_ROOM;

    page p;
    (void)lay_out(&p, reader, image->width, image->height, 0, work);
    status = find_objects(&p, reader, image);
    const int32_t turn = status ? 0 : vote_turn(&p);
    if (turn) {
        (void)lay_out(&p, reader, image->width, image->height, turn, work);
        status = find_objects(&p, reader, image);
    }
    if (status) return status;
    reading->rotation = 90 * turn;
    p.slope = estimate_slope(&p);
    const size_t boxes = collect(&p, chosen.signs);
    status = read_boxes(&p, reader, image, chosen.min_confidence, boxes, reading);
    if (status) reading->count = reading->sign_count = 0;
    return status;
}
