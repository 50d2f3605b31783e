/* paper.c — grey → ink.
 *
 *   coarse    the picture averaged down to about COARSE_SIDE: paper needs no detail
 *   paper     the morphological closing of coarse: what is narrower than the window and has brighter paper on both
 *             sides is filled up, and the edge of a shadow, darker on one side only, stays where it is. The opening
 *             does the same for light ink
 *   polarity  paper is more even than ink and what it encloses: the more even of the two is paper
 *   ink       how far a pixel is from its paper, against what ink usually differs by and what grain does
 *
 * Where ink hardly stands out from the grain, the picture is smoothed and all of it done again. */
#include "binarize.h"

#include <math.h>
#include <string.h>

enum {
    COARSE_SIDE = 400,
    WINDOW = 10, /* ink is narrower than 2 in so many parts of the picture's longer side */
    MOST_ROUNDS = 4,
    STEP = 4, /* at most: between pixels that grain is measured by; neighbours share theirs after JPEG or smoothing */
    LEAST_INK = 6 /* pixels */
};

static const double LIGHT_INK = 0.95f; /* of the other: dark ink is the rule */
static const float STANDS_OUT = 4.5f;  /* ink is this many deviations of the grain darker than paper … */
enum { LEAST_DARK = 4 };               /* … and levels of grey more */
static const float HALF = 0.42f;       /* of full ink: where ink begins */
static const float CLEAR = 0.3f;       /* of full ink: more grain than this is smoothed away, if it can be */

typedef struct paper {
    int32_t width, height, factor; /* of coarse; and how many pixels a coarse pixel is wide */
    int32_t reach;                 /* the window is 2·reach + 1 wide */
    int32_t stride, rows;          /* coarse with a margin of 2·reach + 1 on each side */
    uint16_t *rows_of[2];          /* as wide as the picture: what goes with its paper */
    uint8_t *planes[2];            /* stride·rows: the opening and the closing */
    uint8_t *coarse;               /* width·height; later: paper */
    uint8_t *line;                 /* an edge of it with its margin */
} paper;

/* Tells the compiler that what a loop writes is not read by a later turn of it. */
#ifdef __clang__
#define MANY_AT_ONCE _Pragma("clang loop vectorize(assume_safety)")
#else
#define MANY_AT_ONCE _Pragma("GCC ivdep")
#endif

static int32_t most(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

static paper measure(int32_t width, int32_t height)
{
    const int32_t longer = most(width, height);
    paper p = {0};
    p.factor = (longer + COARSE_SIDE - 1) / COARSE_SIDE;
    p.width = (width + p.factor - 1) / p.factor;
    p.height = (height + p.factor - 1) / p.factor;
    p.reach = most(longer / p.factor / WINDOW, 1);
    p.stride = p.width + 4 * p.reach + 2;
    p.rows = p.height + 4 * p.reach + 2;
    return p;
}

size_t paper_size(int32_t width, int32_t height)
{
    const paper p = measure(width, height);
    return 2 * (size_t)width * sizeof *p.rows_of[0] + 2 * (size_t)p.stride * (size_t)p.rows +
           (size_t)p.width * (size_t)p.height + 2 * (size_t)(p.stride + p.rows);
}

/* The same with its memory laid out. */
static paper lay_out(int32_t width, int32_t height, uint8_t *memory)
{
    paper p = measure(width, height);
    const size_t plane = (size_t)p.stride * (size_t)p.rows, row = (size_t)width * sizeof *p.rows_of[0];
    p.rows_of[0] = (uint16_t *)(void *)memory;
    p.rows_of[1] = (uint16_t *)(void *)(memory + row);
    p.planes[0] = memory + 2 * row;
    p.planes[1] = p.planes[0] + plane;
    p.coarse = p.planes[1] + plane;
    p.line = p.coarse + (size_t)p.width * (size_t)p.height;
    return p;
}

/* ── grain ── */

/* The deviation of the grain, by the second differences that a quarter of the pixels fall short of: in most of these is
 * nothing but grain, however much ink there is. */
static float find_grain(const uint8_t *grey, int32_t width, int32_t height)
{
    uint32_t histogram[2 * 255 + 1] = {0};
    uint32_t n = 0, below = 0;
    const int32_t step = least(most(width, height) / 64 + 1, STEP);
    for (int32_t y = height > 16 ? 1 : 0; y<height; y += height> 16 ? 4 : 1) {
        const uint8_t *row = grey + (size_t)y * (size_t)width;
        for (int32_t x = step; x + step < width; x++, n++) {
            const int32_t d = row[x - step] + row[x + step] - 2 * row[x];
            histogram[d < 0 ? -d : d]++;
        }
    }
    int32_t quarter = 0;
    while (quarter < 2 * 255 && 4 * (below + histogram[quarter]) < n) below += histogram[quarter++];
    if (n == 0 || quarter == 0) return 0;
    const float within = (0.25f * (float)n - (float)below) / (float)(histogram[quarter] + 1);
    /* A quarter of a normal distribution lies within 0.319 deviations; a second difference has √6 of those of a pixel. */
    return ((float)quarter - 0.5f + within) / (0.319f * 2.449f);
}

/* (1 2 1)² / 16, in place; line has room for 2·width bytes. */
static void smooth(uint8_t *grey, int32_t width, int32_t height, uint8_t *line)
{
    uint8_t *restrict above = line, *restrict sums = line + width;
    memcpy(above, grey, (size_t)width);
    for (int32_t y = 0; y < height; y++) {
        uint8_t *restrict row = grey + (size_t)y * (size_t)width;
        const uint8_t *restrict below = y + 1 < height ? row + width : row;
        if (y + 1 == height) {
            for (int32_t x = 0; x < width; x++) sums[x] = (uint8_t)((above[x] + 3 * row[x] + 2) >> 2);
        } else {
            for (int32_t x = 0; x < width; x++) sums[x] = (uint8_t)((above[x] + 2 * row[x] + below[x] + 2) >> 2);
        }
        memcpy(above, row, (size_t)width);
        for (int32_t x = 1; x + 1 < width; x++)
            row[x] = (uint8_t)((sums[x - 1] + 2 * sums[x] + sums[x + 1] + 2) >> 2);
        row[0] = sums[0];
        row[width - 1] = sums[width - 1];
    }
}

/* ── paper ── */

static void make_coarse(const paper *p, const uint8_t *grey, int32_t width, int32_t height)
{
    const int32_t f = p->factor;
    uint16_t *restrict columns = p->rows_of[0];
    for (int32_t y = 0; y < p->height; y++) {
        uint8_t *to = p->coarse + (size_t)y * (size_t)p->width;
        const int32_t rows = least(f, height - y * f);
        for (int32_t v = 0; v < rows; v++) {
            const uint8_t *row = grey + (size_t)(y * f + v) * (size_t)width;
            for (int32_t x = 0; x < width; x++) columns[x] = (uint16_t)((v ? columns[x] : 0) + row[x]);
        }
        for (int32_t x = 0; x < p->width; x++) {
            const int32_t n = least(f, width - x * f);
            int32_t sum = 0;
            for (int32_t u = 0; u < n; u++) sum += columns[x * f + u];
            to[x] = (uint8_t)((sum + n * rows / 2) / (n * rows));
        }
    }
}

/* Each pixel becomes the darkest or brightest of itself and the span pixels after it, across or down; the last span of
 * them are of no use afterwards. */
static void spread(uint8_t *plane, int32_t stride, int32_t rows, int32_t span, int across, int brightest)
{
    const int32_t step = across ? 1 : stride;
    for (int32_t done = 0, by; done < span; done += by) {
        by = least(done + 1, span - done);
        const size_t shift = (size_t)by * (size_t)step, n = (size_t)stride * (size_t)rows - shift;
        const uint8_t *later = plane + shift;
        if (brightest) {
            MANY_AT_ONCE
            for (size_t i = 0; i < n; i++) plane[i] = plane[i] > later[i] ? plane[i] : later[i];
        } else {
            MANY_AT_ONCE
            for (size_t i = 0; i < n; i++) plane[i] = plane[i] < later[i] ? plane[i] : later[i];
        }
    }
}

/* An edge of coarse, n pixels step apart, with ink that crosses it, or lies along less than half of it, filled up:
 * dark ink, if closing. */
static const uint8_t *fill_edge(const paper *p, const uint8_t *edge, size_t step, int32_t n, int closing)
{
    uint8_t *line = p->line;
    const int32_t span = n / 2, length = n + 2 * span;
    for (int32_t i = 0; i < length; i++) line[i] = edge[(size_t)least(most(i - span, 0), n - 1) * step];
    spread(line, length, 1, span, 1, closing);
    spread(line, length, 1, span, 1, !closing);
    return line;
}

/* Lays coarse into the middle of a plane. Around it the picture goes on as it is at its edges: a dark edge is no ink. */
static void add_margin(const paper *p, int closing)
{
    const int32_t margin = 2 * p->reach + 1;
    const size_t width = (size_t)p->width, stride = (size_t)p->stride;
    uint8_t *plane = p->planes[closing];
    for (int32_t y = 0; y < p->height; y++)
        memcpy(plane + (size_t)(y + margin) * stride + margin, p->coarse + (size_t)y * width, width);
    for (int right = 0; right < 2; right++) {
        const uint8_t *edge = fill_edge(p, p->coarse + (right ? width - 1 : 0), width, p->height, closing);
        for (int32_t y = 0; y < p->height; y++)
            memset(plane + (size_t)(y + margin) * stride + (right ? margin + p->width : 0), edge[y], (size_t)margin);
    }
    for (int bottom = 0; bottom < 2; bottom++) {
        const uint8_t *row = plane + (size_t)(margin + (bottom ? p->height - 1 : 0)) * stride;
        const uint8_t *edge = fill_edge(p, row, 1, p->stride, closing);
        for (int32_t y = 0; y < margin; y++)
            memcpy(plane + (size_t)(y + (bottom ? margin + p->height : 0)) * stride, edge, stride);
    }
}

/* Fills what is narrow and dark, or opens what is narrow and light. Pixel (x, y) of coarse is at (x + 1, y + 1) then. */
static void fill(const paper *p, int closing)
{
    const int32_t span = 2 * p->reach;
    add_margin(p, closing);
    for (int32_t i = 0; i < 4; i++) spread(p->planes[closing], p->stride, p->rows, span, i % 2, (i < 2) == closing);
}

/* How uneven a plane is: its steps, the light's and the grain's left out. Its rim tells nothing: a ruled line on the very
 * edge may be a table as well. */
static uint64_t unevenness(const paper *p, const uint8_t *plane, int32_t step)
{
    uint64_t all = 0;
    const int32_t rim = p->reach / 4;
    for (int32_t y = rim; y + STEP + rim < p->height; y++) {
        const uint8_t *row = plane + (size_t)(y + 1) * (size_t)p->stride + 1, *below = row + STEP * p->stride;
        uint32_t sum = 0;
        for (int32_t x = rim; x + STEP + rim < p->width; x++) {
            const int32_t across = row[x + STEP] - row[x], down = below[x] - row[x];
            sum += (uint32_t)(most((across < 0 ? -across : across) - step, 0) +
                              most((down < 0 ? -down : down) - step, 0));
        }
        all += sum;
    }
    return all;
}

/* Makes paper of coarse; returns whether ink is lighter than it, and paper is that of the negative. */
static int make_paper(const paper *p, int32_t out)
{
    const size_t plane = (size_t)p->stride * (size_t)p->rows;
    uint32_t histogram[2 * 255 + 1] = {0}, below = 0;
    for (int closing = 0; closing < 2; closing++) fill(p, closing);
    const int32_t step = out / 2;
    const int light =
        (double)unevenness(p, p->planes[0], step) < LIGHT_INK * (double)unevenness(p, p->planes[1], step);
    uint8_t *bright = p->planes[!light];
    for (size_t i = 0; light && i < plane; i++) bright[i] = (uint8_t)(255 - bright[i]);
    for (int32_t i = 0; light && i < p->width * p->height; i++) p->coarse[i] = (uint8_t)(255 - p->coarse[i]);
    /* One pixel more of the darker: a pixel on the edge of a shadow counts as all in it. */
    for (int across = 0; across < 2; across++) spread(bright, p->stride, p->rows, 2, across, 0);
    /* Grain makes this too bright, or too dark: most of coarse is paper, and is its own measure. */
    for (int32_t y = 0; y < p->height; y++)
        for (int32_t x = 0; x < p->width; x++)
            histogram[255 + bright[(size_t)y * (size_t)p->stride + (size_t)x] -
                      p->coarse[(size_t)y * (size_t)p->width + (size_t)x]]++;
    int32_t bias = -255;
    while (bias < 255 && 2 * (below += histogram[255 + bias]) < (uint32_t)p->width * (uint32_t)p->height) bias++;
    for (int32_t y = 0; y < p->height; y++) {
        const uint8_t *from = bright + (size_t)y * (size_t)p->stride;
        uint8_t *to = p->coarse + (size_t)y * (size_t)p->width;
        for (int32_t x = 0; x < p->width; x++) to[x] = (uint8_t)least(most(from[x] - bias, 1), 255);
    }
    return light;
}

/* ── ink ── */

/* One row of what goes with paper of each brightness, as wide as the picture. */
static void row_of(const paper *p, int32_t y, int32_t width, const uint16_t table[256], uint16_t *to)
{
    const int32_t f = p->factor;
    const uint8_t *row = p->coarse + (size_t)(y / f) * (size_t)p->width;
    for (int32_t x = 0; x < p->width; x++)
        for (int32_t u = x * f; u < x * f + f && u < width; u++) to[u] = table[row[x]];
}

/* Fills dark, and returns how dark full ink is: what a tenth of the pixels reach that stand out, by so many levels of
 * grey. 0 if there are too few. */
static int32_t make_dark(const paper *p, const uint8_t *grey, uint8_t *dark, int32_t width, int32_t height,
                         int32_t out)
{
    uint32_t histogram[256] = {0}, candidates = 0, above = 0;
    uint16_t same[256], share[256]; /* share: what a level of grey is of the paper, in 65,536ths of 255 */
    for (int32_t i = 0; i < 256; i++) {
        same[i] = (uint16_t)i;
        share[i] = (uint16_t)(255 * 256 / most(i, 1));
    }
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *row = grey + (size_t)y * (size_t)width;
        uint8_t *to = dark + (size_t)y * (size_t)width;
        if (y % p->factor == 0) {
            row_of(p, y, width, same, p->rows_of[0]);
            row_of(p, y, width, share, p->rows_of[1]);
        }
        const uint16_t *restrict bright = p->rows_of[0], *restrict shares = p->rows_of[1];
        int32_t darkest = 0;
        for (int32_t x = 0; x < width; x++) {
            const int32_t d = most(bright[x] - row[x], 0);
            darkest = most(darkest, d);
            to[x] = (uint8_t)((uint32_t)(d * shares[x]) >> 8);
        }
        for (int32_t x = 0; darkest >= out && x < width; x++)
            if (bright[x] - row[x] >= out) {
                histogram[to[x]]++;
                candidates++;
            }
    }
    if (candidates < LEAST_INK) return 0;
    int32_t full = 255;
    while (full > 1 && (above += histogram[full]) < candidates / 10 + 1) full--;
    return full;
}

/* Ink begins at half full ink, or where it stands out; half of that is paper, half more is full. */
static void make_ink(const paper *p, uint8_t *ink, const uint8_t *dark, int32_t width, int32_t height, int32_t out,
                     int32_t full)
{
    uint16_t table[256];
    for (int32_t i = 0; i < 256; i++) {
        const float begin = fmaxf(HALF * (float)full, 255 * (float)out / (float)most(i, 1));
        table[i] = (uint16_t)fminf(255 * 256 / begin, UINT16_MAX);
    }
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *from = dark + (size_t)y * (size_t)width;
        uint8_t *to = ink + (size_t)y * (size_t)width;
        if (y % p->factor == 0) row_of(p, y, width, table, p->rows_of[0]);
        const uint16_t *restrict factor = p->rows_of[0];
        for (int32_t x = 0; x < width; x++) to[x] = (uint8_t)least(most((from[x] * factor[x] >> 8) - 127, 0), 255);
    }
}

int paper_find_ink(uint8_t *grey, uint8_t *dark, int32_t width, int32_t height, void *work)
{
    const size_t pixels = (size_t)width * (size_t)height;
    const paper p = lay_out(width, height, work);
    for (int round = 1;; round++) {
        const int32_t out = (int32_t)(STANDS_OUT * find_grain(grey, width, height)) + LEAST_DARK;
        make_coarse(&p, grey, width, height);
        if (make_paper(&p, out))
            for (size_t i = 0; i < pixels; i++) grey[i] = (uint8_t)(255 - grey[i]);
        const int32_t full = make_dark(&p, grey, dark, width, height, out);
        if ((full == 0 || (float)out > CLEAR * (float)full) && round < MOST_ROUNDS && out > 2 * LEAST_DARK) {
            smooth(grey, width, height, p.planes[0]);
            continue;
        }
        if (full == 0) return 0;
        make_ink(&p, grey, dark, width, height, out, full);
        return 1;
    }
}
