/* page.c — a picture of writing → its digits.
 *
 *   grey      alpha over white, and brought down to about WORK_SIDE pixels a side by averaging
 *   ink       binarize.c tells it from its paper, however the light falls
 *   rules     ruled_lines.c takes ruled lines out of the ink
 *   parts     8-connected components; specks and frames left out; broken strokes joined
 *   digits    text_lines.c orders the parts into lines; each → normalize.c → the recognizer, after segment_touching.c
 *             has parted what may be several digits, or a digit and something else */
#include "binarize.h"
#include "read/confidence.h"
#include "read/reading.h"
#include "read/recognizer.h"
#include "read/segment_touching.h"
#include "ruled_lines.h"

#include <math.h>
#include <string.h>

enum {
    WORK_SIDE = 1400, /* longer pictures are averaged down to at most this */
    MAX_PARTS = 4096, /* a picture with more components than this is noise, not writing */
    RIM = 12,         /* the picture's rim is this part of its shorter side */
    SCRAP = 40,       /* so many of what is at the edge go into the picture's longer side */
    INK = 128         /* from here on a byte of ink counts as ink */
};

/* All in usual heights of a digit. */
static const float WIDE = 0.75f; /* parts wider than this may be several digits */
static const float WIDE_ALONE =
    1.3f; /* … if they are the whole picture, this: a letter falls into good digits, too */
static const float SURE_WIDTH = 0.95f;  /* … but hardly, up to this, if the network is SURE of one */
static const float HIGHEST = 1.3f;      /* what is higher than this may be several digits, too */
static const float LOWEST_DIGIT = 0.4f; /* parts lower than this are digits by themselves never */
static const float SMALLEST = 0.2f;     /* … but there may be plain ones among others, from this height on */
static const float NEAR = 0.1f;         /* parts nearer to each other than this are read together … */
static const float TOGETHER = 6;        /* … as long as they are no wider than this */
static const float LEAST_RULE = 1.4f;   /* ruled lines are longer than this */

static const float FULL_HEIGHT = 0.6f, SURE = 0.98f; /* of a digit that is plainly one by itself */

typedef struct part {
    int32_t x0, y0, x1, y1; /* ends excluded */
    int32_t area;
    int32_t strength; /* its strongest ink */
    int32_t digit;    /* the part that it was joined to; itself if none; −1: no digit */
    int32_t chunk;    /* of a digit: the first box of those read together with it */
    int32_t pieces;   /* of a digit: how many small parts near it may belong to it, or not */
} part;

/* The memory of one reading. All planes are width·height. */
typedef struct page {
    int32_t width, height, reduced; /* working size, and how many picture pixels a working pixel is wide */
    uint8_t *grey;                  /* later: ink */
    uint8_t *crop;                  /* one digit's ink */
    uint32_t *label;                /* union-find while components are made, then the part of each pixel */
    uint8_t *spare;                 /* ink before rules were taken out; later: the pieces of a cut part */
    void *paper;                    /* see binarize.h; later ruled_lines.h */
    part *parts;
    line_box *boxes;
    float *heights;
    size_t count;
    int16_t *cuts; /* these two: see segment_touching.h */
    float *columns;
    void *work;
    size_t work_bytes;
} page;

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t most(int32_t a, int32_t b) { return a > b ? a : b; }

static size_t aligned(size_t n) { return (n + 15) / 16 * 16; }

/* Lays the page out in memory (NULL: only to count) and returns the bytes it takes. */
static size_t lay_out(page *p, int32_t width, int32_t height, uint8_t *memory, size_t predict_bytes)
{
    const int32_t longer = width > height ? width : height;
    p->reduced = (longer + WORK_SIDE - 1) / WORK_SIDE;
    p->width = (width + p->reduced - 1) / p->reduced;
    p->height = (height + p->reduced - 1) / p->reduced;
    const size_t pixels = (size_t)p->width * (size_t)p->height;
    size_t at = 0;
#define TAKE(field, bytes)                                                                                           \
    do {                                                                                                             \
        if (memory) p->field = (void *)(memory + at);                                                                \
        at += aligned(bytes);                                                                                        \
    } while (0)
    TAKE(grey, pixels);
    TAKE(crop, pixels);
    TAKE(label, pixels * sizeof *p->label);
    TAKE(spare, pixels);
    const size_t paper = paper_size(p->width, p->height);
    TAKE(paper, paper > 2 * pixels ? paper : 2 * pixels);
    TAKE(parts, MAX_PARTS * sizeof *p->parts);
    TAKE(boxes, MAX_PARTS * sizeof *p->boxes);
    TAKE(heights, MAX_PARTS * sizeof *p->heights);
    TAKE(cuts, (size_t)CUT_MAX_CUTS * (size_t)p->height * sizeof *p->cuts);
    TAKE(columns, 2 * ((size_t)p->width + (size_t)p->height) * sizeof *p->columns);
    TAKE(work, predict_bytes);
#undef TAKE
    p->work_bytes = predict_bytes;
    return at;
}

size_t digits_read_image_size(const digits_reader *reader, int32_t width, int32_t height)
{
    page p;
    if (!reader || !reader->recognizer.network || !reading_size_fits(width, height)) return 0;
    return lay_out(&p, width, height, NULL, digits_predict_size(reader->recognizer.network));
}

/* ── grey ── */

/* n pixels of row y, from x on, in grey. */
static void grey_run(const digits_image *image, int32_t y, int32_t x, int32_t n, uint8_t *grey)
{
    const size_t at = (size_t)y * (size_t)image->width + (size_t)x;
    if (image->channels == 1) {
        memcpy(grey, image->pixels + at, (size_t)n);
        return;
    }
    const uint8_t *c = image->pixels + 4 * at;
    for (int32_t i = 0; i < n; i++, c += 4) {
        const uint32_t luma = (77u * c[0] + 150u * c[1] + 29u * c[2] + 128) >> 8; /* ITU-R BT.601 */
        const uint32_t over_white = luma * c[3] + 255u * (255u - c[3]) + 128;
        grey[i] = (uint8_t)((over_white + (over_white >> 8)) >> 8); /* by 255, rounded */
    }
}

/* One row of working pixels, each the mean of `reduced` by `reduced` of the picture's, or of what there is of them. */
static void reduce_row(const page *p, const digits_image *image, int32_t y, uint8_t *row)
{
    enum { RUN = 512 };
    uint8_t grey[RUN];
    uint32_t *sums = p->label;
    const int32_t y0 = y * p->reduced, y1 = least(y0 + p->reduced, image->height);
    memset(sums, 0, (size_t)p->width * sizeof *sums);
    for (int32_t v = y0; v < y1; v++)
        for (int32_t x = 0, to = 0, left = p->reduced; x < image->width; x += RUN) {
            const int32_t n = least(RUN, image->width - x);
            grey_run(image, v, x, n, grey);
            for (int32_t i = 0; i < n; i++) {
                sums[to] += grey[i];
                if (--left) continue;
                to++;
                left = p->reduced;
            }
        }
    for (int32_t x = 0; x < p->width; x++) {
        const int32_t x1 = least((x + 1) * p->reduced, image->width);
        const uint32_t n = (uint32_t)most((x1 - x * p->reduced) * (y1 - y0), 1);
        row[x] = (uint8_t)((sums[x] + n / 2) / n);
    }
}

static void make_grey(page *p, const digits_image *image)
{
    for (int32_t y = 0; y < p->height; y++) {
        uint8_t *row = p->grey + (size_t)y * (size_t)p->width;
        if (p->reduced == 1) grey_run(image, y, 0, p->width, row);
        else reduce_row(p, image, y, row);
    }
}

/* ── parts ── */

static uint32_t root_of(uint32_t *label, uint32_t i)
{
    while (label[i] != i) i = label[i] = label[label[i]];
    return i;
}

/* The lower index becomes the root, so a component's root is its first pixel in reading order. */
static void join(uint32_t *label, uint32_t a, uint32_t b)
{
    a = root_of(label, a);
    b = root_of(label, b);
    if (a < b) label[b] = a;
    else label[a] = b;
}

static const uint32_t NO_PART = UINT32_MAX;

/* The first pixel from i on that is ink, or end. Paper is most of a picture: eight bytes of it are passed at once. */
static uint32_t next_ink(const uint8_t *grey, uint32_t i, uint32_t end)
{
    for (uint64_t eight; i + 8 <= end; i += 8) {
        memcpy(&eight, grey + i, 8);
        if (eight & 0x8080808080808080) break; /* a byte of INK or more */
    }
    while (i < end && grey[i] < INK) i++;
    return i;
}

/* Fills parts, and label with each pixel's part or NO_PART. 0 if there are more than MAX_PARTS. */
static int find_parts(page *p)
{
    const int32_t w = p->width;
    const uint32_t pixels = (uint32_t)(w * p->height);
    memset(p->label, 0xff, pixels * sizeof *p->label);
    for (uint32_t i = next_ink(p->grey, 0, pixels); i < pixels; i = next_ink(p->grey, i + 1, pixels)) {
        const int32_t x = (int32_t)i % w, y = (int32_t)i / w;
        p->label[i] = i;
        if (x > 0 && p->grey[i - 1] >= INK) join(p->label, i, i - 1);
        for (int32_t dx = -1; y > 0 && dx <= 1; dx++)
            if (x + dx >= 0 && x + dx < w && p->grey[i - (uint32_t)(w - dx)] >= INK)
                join(p->label, i, i - (uint32_t)(w - dx));
    }
    for (uint32_t i = next_ink(p->grey, 0, pixels); i < pixels; i = next_ink(p->grey, i + 1, pixels))
        p->label[i] = root_of(p->label, i);
    p->count = 0;
    for (uint32_t i = next_ink(p->grey, 0, pixels); i < pixels; i = next_ink(p->grey, i + 1, pixels)) {
        const int32_t x = (int32_t)i % w, y = (int32_t)i / w;
        if (p->label[i] == i) {
            if (p->count == MAX_PARTS) return 0;
            p->parts[p->count] =
                (part){.x0 = x, .y0 = y, .x1 = x + 1, .y1 = y + 1, .digit = (int32_t)p->count, .chunk = -1};
            p->label[i] = (uint32_t)p->count++;
        } else {
            p->label[i] = p->label[p->label[i]]; /* its root comes before it, and has its number already */
        }
        part *t = &p->parts[p->label[i]];
        t->area++;
        if (p->grey[i] > t->strength) t->strength = p->grey[i];
        if (x < t->x0) t->x0 = x;
        if (x >= t->x1) t->x1 = x + 1;
        t->y1 = y + 1;
    }
    return 1;
}

static int32_t height_of(const part *t) { return t->y1 - t->y0; }
static int32_t width_of(const part *t) { return t->x1 - t->x0; }

/* Ruled lines, and table borders: long and thin. */
static int is_rule(const page *p, const part *t)
{
    const int long_line = width_of(t) > 8 * height_of(t) || height_of(t) > 14 * width_of(t);
    return long_line && (width_of(t) > p->width / 4 || height_of(t) > p->height / 2);
}

/* A chain of digits rather than a line or a shadow: most columns meet ink more than once, and not along the picture's
 * sides. */
static int is_writing(const page *p, const part *t)
{
    const uint32_t number = (uint32_t)(t - p->parts);
    const int32_t rim = least(p->width, p->height) / RIM;
    int32_t columns = 0, runs = 0, inside = 0;
    for (int32_t x = t->x0; x < t->x1; x++) {
        int before = 0, met = 0;
        for (int32_t y = t->y0; y < t->y1; y++) {
            const int ink = p->label[(size_t)y * (size_t)p->width + (size_t)x] == number;
            met += ink && !before;
            inside += ink && x >= rim && y >= rim && x < p->width - rim && y < p->height - rim;
            before = ink;
        }
        columns += met > 0;
        runs += met;
    }
    return 2 * runs >= 3 * columns && 2 * inside >= t->area;
}

/* The edge of the paper: along a whole side of the picture, or thin and wide. A digit in a picture cropped too closely
 * may look like this, too; so it counts only where other digits are. */
static int is_frame(const page *p, const part *t)
{
    const int left_or_right = t->x0 == 0 || t->x1 == p->width, top = t->y0 == 0, bottom = t->y1 == p->height;
    const int sparse = t->area < width_of(t) * height_of(t) / 40;
    if (!left_or_right && !top && !bottom) return 0;
    if (sparse) return 1;
    return (width_of(t) > p->width * 6 / 10 || (left_or_right && top && bottom)) && !is_writing(p, t);
}

/* The end of a line that leaves the picture: too small for a digit. */
static int is_scrap(const page *p, const part *t)
{
    const int edge = t->x0 == 0 || t->y0 == 0 || t->x1 == p->width || t->y1 == p->height;
    return edge && SCRAP * most(width_of(t), height_of(t)) < most(p->width, p->height);
}

/* Lays the parts that may be digits into boxes, part number as id, and returns how many there are. */
static size_t boxes_of_parts(const page *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        const part *t = &p->parts[i];
        if (t->digit != (int32_t)i) continue;
        p->boxes[n++] = (line_box){(float)t->x0, (float)t->y0, (float)t->x1, (float)t->y1, (int32_t)i, 0, 0};
    }
    return n;
}

/* Whether two parts are one digit that the pen or the light broke: one over the other, and too low together for two
 * lines of digits. */
static int are_one(const part *a, const part *b, float usual_height)
{
    const int32_t overlap_x = (a->x1 < b->x1 ? a->x1 : b->x1) - (a->x0 > b->x0 ? a->x0 : b->x0);
    const int32_t overlap_y = (a->y1 < b->y1 ? a->y1 : b->y1) - (a->y0 > b->y0 ? a->y0 : b->y0);
    const int32_t top = a->y0 < b->y0 ? a->y0 : b->y0, bottom = a->y1 > b->y1 ? a->y1 : b->y1;
    const int32_t narrower = width_of(a) < width_of(b) ? width_of(a) : width_of(b);
    const int32_t lower = height_of(a) < height_of(b) ? height_of(a) : height_of(b);
    const float together = (float)(bottom - top) / usual_height, gap = (float)-overlap_y / usual_height;
    const int bars =
        width_of(a) > 2 * height_of(a) && width_of(b) > 2 * height_of(b); /* the sign that ends amounts */
    if (bars) return 0;
    const int flat = (float)lower < 0.4f * usual_height; /* no digit by itself: the roof of a 5, say */
    if (overlap_x * 2 >= narrower)
        return gap < 0.03f ? together < 1.8f : together < 1.5f && gap < (flat ? 0.3f : 0.15f);
    /* Side by side: only small pieces, and nearly touching. */
    return (float)-overlap_x < 0.06f * usual_height && overlap_y * 2 >= lower && (float)lower < 0.5f * usual_height;
}

static void join_pieces(page *p, float usual_height)
{
    for (int changed = 1, round = 0; changed && round < 8; round++) {
        changed = 0;
        for (size_t i = 0; i < p->count; i++)
            for (size_t j = i + 1; j < p->count && p->parts[i].digit == (int32_t)i; j++) {
                part *a = &p->parts[i], *b = &p->parts[j];
                if (b->digit != (int32_t)j || !are_one(a, b, usual_height)) continue;
                b->digit = (int32_t)i;
                a->area += b->area;
                a->x0 = a->x0 < b->x0 ? a->x0 : b->x0;
                a->x1 = a->x1 > b->x1 ? a->x1 : b->x1;
                a->y0 = a->y0 < b->y0 ? a->y0 : b->y0;
                a->y1 = a->y1 > b->y1 ? a->y1 : b->y1;
                changed = 1;
            }
    }
}

/* What may be small zeros among large digits: confidence.c will tell. */
static int is_small(const part *t, float usual_height)
{
    return (float)height_of(t) >= SMALLEST * usual_height && 2 * width_of(t) >= height_of(t) &&
           width_of(t) <= 6 * height_of(t);
}

/* Parts too low to be digits go to the digit that they all but touch, whose reading will tell whether they belong to
 * it; all others are dropped, but those that may be small digits. */
static void attach_pieces(page *p, float usual_height)
{
    const float low = fmaxf(LOWEST_DIGIT * usual_height, 5);
    for (size_t i = 0; i < p->count; i++) {
        part *t = &p->parts[i];
        if (t->digit != (int32_t)i || (float)height_of(t) >= low) continue;
        float nearest = NEAR * usual_height;
        if (!is_small(t, usual_height)) t->digit = -1;
        for (size_t j = 0; j < p->count; j++) {
            const part *u = &p->parts[j];
            if (u->digit != (int32_t)j || (float)height_of(u) < low) continue;
            const int32_t across = most(most(u->x0 - t->x1, t->x0 - u->x1), 0);
            const int32_t along = most(most(u->y0 - t->y1, t->y0 - u->y1), 0);
            if ((float)(across + along) >= nearest) continue;
            nearest = (float)(across + along);
            t->digit = (int32_t)j;
        }
    }
    for (size_t i = 0; i < p->count; i++) {
        part *t = &p->parts[i];
        if (t->digit < 0 || t->digit == (int32_t)i || (float)height_of(t) >= low) continue;
        part *u = &p->parts[t->digit];
        if (u->digit != t->digit) continue;
        u->pieces++;
        u->x0 = least(u->x0, t->x0);
        u->y0 = least(u->y0, t->y0);
        u->x1 = most(u->x1, t->x1);
        u->y1 = most(u->y1, t->y1);
    }
}

/* Parts → digits: drops what is none, joins pieces, and returns the usual height of a digit. */
static float settle_parts(page *p)
{
    size_t n = 0;
    for (int cropped = 0; cropped < 2 && n == 0; cropped++) {
        for (size_t i = 0; i < p->count; i++) {
            part *t = &p->parts[i];
            /* Where nothing else is, what stands upright is no rule but a 1. */
            const int none = cropped ? t->area > p->width * p->height / 5 * 2 || width_of(t) > 8 * height_of(t)
                                     : is_frame(p, t) || is_rule(p, t);
            t->digit = is_scrap(p, t) || t->strength < 160 || t->area < 6 || none ? -1 : (int32_t)i;
        }
        n = boxes_of_parts(p);
    }
    float usual = text_lines_usual_height(p->boxes, n, p->heights);
    /* Dust goes before pieces are joined: it must not glue digits together. */
    for (size_t i = 0; i < n; i++) {
        part *t = &p->parts[p->boxes[i].id];
        const int32_t longer = width_of(t) > height_of(t) ? width_of(t) : height_of(t);
        if ((float)longer < 0.15f * usual) t->digit = -1;
    }
    join_pieces(p, usual);
    attach_pieces(p, usual);
    return usual;
}

/* The part that this one was joined to in the end. */
static int32_t digit_of(const page *p, uint32_t i)
{
    int32_t d = (int32_t)i;
    while (p->parts[d].digit >= 0 && p->parts[d].digit != d) d = p->parts[d].digit;
    return p->parts[d].digit;
}

/* Copies the ink of one chunk within box t, with the soft rim around it, into crop. */
static void cut_out(page *p, const part *t, int32_t *width, int32_t *height)
{
    const int32_t x0 = t->x0 > 0 ? t->x0 - 1 : 0, x1 = t->x1 < p->width ? t->x1 + 1 : p->width;
    const int32_t y0 = t->y0 > 0 ? t->y0 - 1 : 0, y1 = t->y1 < p->height ? t->y1 + 1 : p->height;
    *width = x1 - x0;
    *height = y1 - y0;
    for (int32_t y = y0; y < y1; y++)
        for (int32_t x = x0; x < x1; x++) {
            const size_t i = (size_t)y * (size_t)p->width + (size_t)x;
            const int32_t digit = p->label[i] == NO_PART ? -1 : digit_of(p, p->label[i]);
            const int mine = p->label[i] == NO_PART || (digit >= 0 && p->parts[digit].chunk == t->chunk);
            p->crop[(size_t)(y - y0) * (size_t)*width + (size_t)(x - x0)] = mine ? p->grey[i] : 0;
        }
}

/* Where digits go as they are read. */
typedef struct sink {
    const digits_recognizer *recognizer;
    const digits_image *image;
    digits_reading *reading;
    float floor;    /* of confidence */
    int64_t budget; /* pixels that may still be looked at: boxes of digits hardly overlap, those of scrawl may */
} sink;

/* Reads ink as one digit with box b, in working pixels. */
static digits_status read_one(const page *p, sink *to, const uint8_t *ink, int32_t width, int32_t height, line_box b)
{
    digits_reading *reading = to->reading;
    if (reading->count == reading->capacity) return DIGITS_OK;
    digits_digit *digit = &reading->digits[reading->count];
    const float scale = (float)p->reduced;
    b.x0 *= scale;
    b.y0 *= scale;
    b.x1 = fminf(b.x1 * scale, (float)to->image->width);
    b.y1 = fminf(b.y1 * scale, (float)to->image->height);
    digits_status status = digits_normalize(ink, width, height, (size_t)width, digit->pixels);
    if (!status) status = recognizer_read(to->recognizer, &b, p->work, p->work_bytes, digit);
    reading->count += (size_t)(!status && digit->confidence >= to->floor);
    return status;
}

/* Reads each of the boxes as one digit. *sure is 0 where one of them is not plainly a digit by itself. */
static digits_status read_each(page *p, sink *to, const line_box *b, size_t boxes, float usual_height, int *sure)
{
    digits_status status = DIGITS_OK;
    *sure = 1;
    for (size_t i = 0; i < boxes && *sure && !status; i++) {
        part *t = &p->parts[b[i].id];
        const float lower = fminf((float)height_of(t), HIGHEST * usual_height);
        const size_t before = to->reading->count;
        int32_t width, height;
        *sure = t->pieces == 0 && (float)width_of(t) < SURE_WIDTH * lower &&
                (float)height_of(t) >= FULL_HEIGHT * usual_height && (float)height_of(t) <= HIGHEST * usual_height;
        if (!*sure) break;
        t->chunk = b[i].id;
        cut_out(p, t, &width, &height);
        status = read_one(p, to, p->crop, width, height, b[i]);
        *sure = to->reading->count > before && to->reading->digits[before].confidence >= SURE;
    }
    return status;
}

/* Reads what lies so near together that it may be several digits, or one in pieces: boxes that follow each other, of all
 * in the picture. */
static digits_status read_chunk(page *p, sink *to, const line_box *b, size_t boxes, size_t all, float usual_height)
{
    const size_t before = to->reading->count;
    int sure = 0;
    digits_status status = read_each(p, to, b, boxes, usual_height, &sure);
    if (status || sure) return status;
    to->reading->count = before;
    part t = p->parts[b->id];
    for (size_t i = 0; i < boxes; i++) {
        part *u = &p->parts[b[i].id];
        u->chunk = t.chunk = b->id;
        t.x0 = least(t.x0, u->x0);
        t.y0 = least(t.y0, u->y0);
        t.x1 = most(t.x1, u->x1);
        t.y1 = most(t.y1, u->y1);
    }
    int32_t width, height;
    const float lower = fminf((float)height_of(&t), HIGHEST * usual_height);
    const float wide = boxes == all ? WIDE_ALONE : WIDE;
    const int several = boxes > 1 || t.pieces > 0 || (float)width_of(&t) >= wide * lower;
    to->budget -= (int64_t)width_of(&t) * height_of(&t) * (several ? 8 : 1);
    if (to->budget < 0) return DIGITS_OK;
    cut_out(p, &t, &width, &height);
    if (!several) return read_one(p, to, p->crop, width, height, *b);

    cut_piece pieces[CUT_MAX_PIECES];
    size_t n = 0;
    const cut_part part = {p->crop, width, height, lower, p->spare, p->cuts, p->columns};
    status = cut_touching(to->recognizer, &part, p->work, p->work_bytes, pieces, &n);
    const float left = (float)(t.x0 - (t.x0 > 0)), top = (float)(t.y0 - (t.y0 > 0)); /* where the crop begins */
    for (size_t i = 0; i < n && !status; i++) {
        line_box piece = *b;
        piece.x0 = left + (float)pieces[i].x0;
        piece.x1 = left + (float)pieces[i].x1;
        piece.y0 = top + (float)pieces[i].y0;
        piece.y1 = top + (float)pieces[i].y1;
        if (i > 0) piece.space_before = 0;
        int32_t w, h;
        cut_take(&part, &pieces[i], part.scratch, &w, &h);
        status = read_one(p, to, part.scratch, w, h, piece);
    }
    return status;
}

digits_status digits_read_image(const digits_reader *reader, const digits_image *image,
                                const digits_read_options *options, void *work, size_t work_bytes,
                                digits_reading *reading)
{
    digits_read_options o;
    digits_status status = reading_begin(reader, options, work, reading, &o);
    if (!status) status = reading_check_image(image);
    if (!work || status) return status; /* reading_begin has refused NULL; clang-tidy cannot see that */
    if (work_bytes < digits_read_image_size(reader, image->width, image->height)) return DIGITS_NO_ROOM;
    page p;
    (void)lay_out(&p, image->width, image->height, work, digits_predict_size(reader->recognizer.network));

    make_grey(&p, image);
    if (!paper_find_ink(p.grey, p.crop, p.width, p.height, p.paper)) return DIGITS_OK;
    memcpy(p.spare, p.grey, (size_t)p.width * (size_t)p.height);
    const int32_t rule = rules_erase(p.grey, p.crop, p.width, p.height, 0, p.label, p.paper);
    if (!find_parts(&p)) return DIGITS_OK;
    float usual = settle_parts(&p);
    if (rule && (float)rule < LEAST_RULE * usual) { /* no rule, but a stroke of a digit that fills the picture */
        memcpy(p.grey, p.spare, (size_t)p.width * (size_t)p.height);
        (void)rules_erase(p.grey, p.crop, p.width, p.height, LEAST_RULE * usual, p.label, p.paper);
        if (!find_parts(&p)) return DIGITS_OK;
        usual = settle_parts(&p);
    }
    const size_t n = boxes_of_parts(&p);
    text_lines_order(p.boxes, n, usual);
    sink to = {&reader->recognizer, image, reading, confidence_floor(o.min_confidence),
               (int64_t)p.width * p.height * 24};
    for (size_t i = 0, end; i < n && reading->count < reading->capacity && !status; i = end) {
        float right = p.boxes[i].x1;
        for (end = i + 1; end < n && p.boxes[end].line == p.boxes[i].line; end++) {
            if (p.boxes[end].x0 - right >= NEAR * usual) break;
            if (p.boxes[end].x1 - p.boxes[i].x0 > TOGETHER * usual) break;
            right = fmaxf(right, p.boxes[end].x1);
        }
        status = read_chunk(&p, &to, &p.boxes[i], end - i, n, usual);
    }
    confidence_filter(reading, o.min_confidence, usual * (float)p.reduced);
    if (status) reading->count = 0;
    return status;
}
