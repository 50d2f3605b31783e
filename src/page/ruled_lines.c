#include "ruled_lines.h"

#include <math.h>

enum {
    INK = 128,
    SEVERAL = 2 /* lines across make it worth to look for upright ones: a lone upright line may be a 1 */
};

static const float LEAST_LENGTH = 0.6f; /* of a line, in widths of the picture */
/* Shares of a line's length. Rows of digits fall short of these. */
static const float LEAST_COVER = 0.4f;    /* bare line, crossed by nothing */
static const float LEAST_ALONE = 0.12f;   /* with nothing above or below: between digits, and beside them … */
static const float BORDER = 0.97f;        /* of a table: so long, in its heights */
static const float PARALLEL = 0.03f;      /* a line as steep as those found, to within this, … */
static const float LEAST_CLIPPED = 0.04f; /* … that leaves the picture, may be as short as this */
static const float BARE = 0.75f;          /* … unless so much of it is bare: lines above lines */
static const float MOST_PAPER = 0.2f;     /* missing */
static const float STEEPEST = 0.15f;      /* how far a line may rise or fall in its length */
static const float THICKEST_EDGE = 0.15f; /* of what lies along the top or bottom edge, in heights */
static const float THICKER = 1.4f;        /* a line that a stroke lies on, against the line … */
static const float DARKER = 1.25f;        /* … and how much darker it is */

/* Each pixel of ink learns of the run of ink above and below it: its length, and where it begins. */
static void find_runs(const uint8_t *ink, int32_t width, int32_t height, uint32_t *runs)
{
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            const size_t i = (size_t)y * (size_t)width + (size_t)x;
            runs[i] = ink[i] < INK ? 0 : y > 0 ? runs[i - (size_t)width] + 1 : 1;
        }
    for (int32_t y = height - 1; y >= 0; y--)
        for (int32_t x = 0; x < width; x++) {
            const size_t i = (size_t)y * (size_t)width + (size_t)x;
            if (!runs[i]) continue;
            const uint32_t below = y + 1 < height ? runs[i + (size_t)width] : 0;
            const uint32_t length = below ? below >> 16 : runs[i];
            runs[i] = length << 16 | ((uint32_t)y - runs[i] + 1);
        }
}

typedef struct tracer {
    uint8_t *ink;
    const uint8_t *dark;
    const uint32_t *runs;
    int32_t width, height;
    int32_t thickest, longest_gap, longest_crossing;
    int64_t steps; /* that may still be gone */
    float least;   /* length of a line */
    int32_t lines; /* erased already, and the sum of their slopes, and the first and the last one's height */
    float slopes, top, bottom;
} tracer;

static int32_t length_at(const tracer *t, int32_t x, int32_t y)
{
    return y < 0 || y >= t->height ? 0 : (int32_t)(t->runs[(size_t)y * (size_t)t->width + (size_t)x] >> 16);
}

static int32_t begin_at(const tracer *t, int32_t x, int32_t y)
{
    return (int32_t)(t->runs[(size_t)y * (size_t)t->width + (size_t)x] & 0xffff);
}

/* Whether the run at (x, y) may be a line's: thin, or hanging on the top or bottom edge. */
static int is_thin(const tracer *t, int32_t x, int32_t y)
{
    const int32_t length = length_at(t, x, y);
    if (length <= t->thickest) return length > 0;
    const int32_t begin = begin_at(t, x, y);
    return (begin == 0 || begin + length == t->height) && (float)length <= THICKEST_EDGE * (float)t->height;
}

/* The row nearest to y, at most reach away, where a line may be at x; −1 if there is none. *ink: whether there is ink. */
static int32_t thin_near(tracer *t, int32_t x, float y, int32_t reach, int *ink)
{
    const int32_t middle = (int32_t)floorf(y + 0.5f);
    *ink = 0;
    t->steps--;
    for (int32_t i = 0; i <= 2 * reach; i++) {
        const int32_t at = middle + (i % 2 ? (i + 1) / 2 : -i / 2);
        if (is_thin(t, x, at)) return at;
        *ink |= length_at(t, x, at) > 0;
    }
    return -1;
}

static float centre_of(const tracer *t, int32_t x, int32_t y)
{
    return (float)begin_at(t, x, y) + 0.5f * (float)(length_at(t, x, y) - 1);
}

/* A straight line: y = middle + slope·(x − centre), from ≤ x < to. */
typedef struct rule {
    int32_t from, to;
    int bare; /* so bare that it is sure, and what lies beyond its ends is it, too */
    float centre, middle, slope, thickness, dark;
} rule;

/* Follows what may be a line from its left end at (x0, y0), and lays a straight line through it (least squares). */
static rule follow(tracer *t, int32_t x0, int32_t y0)
{
    rule r = {.from = x0, .to = x0 + 1};
    float y = (float)y0;
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    int32_t gap = 0, crossing = 0;
    for (int32_t x = x0; x < t->width && gap <= t->longest_gap && crossing <= t->longest_crossing; x++) {
        int ink;
        const int32_t at = thin_near(t, x, y, 2, &ink);
        if (at < 0) {
            crossing += ink;
            gap += !ink;
            continue;
        }
        gap = crossing = 0;
        r.to = x + 1;
        const float centre = centre_of(t, x, at);
        n++;
        sx += x;
        sy += centre;
        sxx += (double)x * x;
        sxy += (double)x * centre;
        /* It may bend, but slowly: what it meets must not lead it away. */
        y += centre > y + 1 ? 0.5f : centre < y - 1 ? -0.5f : 0.5f * (centre - y);
    }
    const double spread = n * sxx - sx * sx;
    r.slope = spread > 0 ? (float)((n * sxy - sx * sy) / spread) : 0;
    r.centre = n > 0 ? (float)(sx / n) : (float)x0;
    r.middle = n > 0 ? (float)(sy / n) : (float)y0;
    return r;
}

static float row_at(const rule *r, int32_t x) { return r->middle + r->slope * ((float)x - r->centre); }

/* How dark the darkest pixel of a run is. */
static int32_t dark_at(const tracer *t, int32_t x, int32_t y)
{
    const int32_t begin = begin_at(t, x, y);
    const int32_t end = begin + length_at(t, x, y);
    uint8_t most = 0;
    for (int32_t v = begin; v < end; v++) {
        const uint8_t dark = t->dark[(size_t)v * (size_t)t->width + (size_t)x];
        most = dark > most ? dark : most;
    }
    return most;
}

/* Whether the run at (x, y) is all the ink of its column for half the picture's height up and down. */
static int is_alone(const tracer *t, int32_t x, int32_t y)
{
    const int32_t begin = begin_at(t, x, y), end = begin + length_at(t, x, y), reach = t->height / 2;
    for (int32_t v = begin - 1; v >= 0 && v >= begin - reach; v--)
        if (length_at(t, x, v)) return 0;
    for (int32_t v = end; v < t->height && v < end + reach; v++)
        if (length_at(t, x, v)) return 0;
    return 1;
}

/* Whether most of the rule is there, bare and straight; also how thick and how dark it is. */
static int is_rule(tracer *t, rule *r)
{
    const int32_t length = r->to - r->from, reach = 1 + length / 400;
    int32_t bare = 0, alone = 0, paper = 0, ink;
    float thickness = 0;
    uint32_t histogram[256] = {0};
    const int clipped = r->from <= reach || r->to >= t->width - reach;
    const int parallel = t->lines >= SEVERAL && fabsf(r->slope - t->slopes / (float)t->lines) <= PARALLEL;
    const int long_enough = (float)length >= t->least;
    if (!long_enough && !(clipped && parallel && (float)length >= LEAST_CLIPPED * (float)t->width)) return 0;
    if (fabsf(r->slope) > STEEPEST) return 0;
    for (int32_t x = r->from; x < r->to; x++) {
        const int32_t at = thin_near(t, x, row_at(r, x), reach, &ink);
        if (at < 0) {
            paper += !ink;
            continue;
        }
        bare++;
        alone += is_alone(t, x, at);
        thickness += (float)length_at(t, x, at);
        histogram[dark_at(t, x, at)]++;
    }
    int32_t median = 0;
    for (int32_t below = (int32_t)histogram[0]; median < 255 && 2 * below < bare;)
        below += (int32_t)histogram[++median];
    r->dark = (float)median;
    r->thickness = bare ? thickness / (float)bare : 0;
    r->bare = (float)bare >= BARE * (float)length;
    return (float)bare >= LEAST_COVER * (float)length && (float)paper <= MOST_PAPER * (float)length &&
           (((float)alone >= LEAST_ALONE * (float)length && long_enough) || r->bare);
}

/* Erases the rule, with its soft rim, where it is about as thick and as dark as usual: elsewhere it touches a stroke. */
static void erase(tracer *t, const rule *r)
{
    const int32_t reach = 1 + (r->to - r->from) / 400;
    for (int32_t x = r->bare ? 0 : r->from; x < (r->bare ? t->width : r->to); x++) {
        int ink;
        const int32_t at = thin_near(t, x, row_at(r, x), reach, &ink);
        if (at < 0 || (float)length_at(t, x, at) > THICKER * r->thickness + 0.8f) continue;
        if ((float)dark_at(t, x, at) > DARKER * r->dark) continue;
        const int32_t begin = begin_at(t, x, at);
        const int32_t end = begin + length_at(t, x, at);
        for (int32_t v = begin - 1; v <= end; v++)
            if (v >= 0 && v < t->height) t->ink[(size_t)v * (size_t)t->width + (size_t)x] = 0;
    }
}

/* Erases lines that run from left to right, at least so long. Returns how many; apart: how far the first is from the
 * last; shortest: how long the shortest is. */
static int32_t erase_lines(uint8_t *ink, const uint8_t *dark, int32_t width, int32_t height, uint32_t *runs,
                           float least, float *apart, int32_t *shortest)
{
    const int32_t longer = width > height ? width : height;
    tracer t = {ink,
                dark,
                runs,
                width,
                height,
                3 + longer / 100,
                4 + width / 30,
                4 + width / 10,
                8 * (int64_t)width * height,
                least,
                0,
                0,
                (float)height,
                0};
    find_runs(ink, width, height, runs);
    for (int round = 0; round < 2; round++) { /* some are known for lines only when others have been found */
        const int32_t before = t.lines;
        const float shown = round ? LEAST_CLIPPED * (float)width : least;
        if (round && before < SEVERAL) break;
        for (int32_t x = 0; (float)(width - x) >= shown; x++)
            for (int32_t y = 0; y < height && t.steps > 0; y++) {
                const size_t i = (size_t)y * (size_t)width + (size_t)x;
                if (!runs[i] || (y > 0 && runs[i - (size_t)width]) || ink[i] < INK) continue; /* one start a run */
                const int32_t middle = y + (int32_t)(runs[i] >> 16) / 2;
                if (!is_thin(&t, x, y) || (x > 0 && is_thin(&t, x - 1, middle))) continue;
                rule r = follow(&t, x, middle);
                if (!is_rule(&t, &r)) continue;
                erase(&t, &r);
                t.lines++;
                t.slopes += r.slope;
                t.top = fminf(t.top, r.middle);
                t.bottom = fmaxf(t.bottom, r.middle);
                const int32_t length = r.to - r.from;
                if ((float)length >= least && (*shortest == 0 || length < *shortest)) *shortest = length;
            }
    }
    *apart = t.bottom - t.top;
    return t.lines;
}

static void turn(const uint8_t *from, int32_t width, int32_t height, uint8_t *to)
{
    enum { TILE = 16 }; /* both sides of it stay in the cache */
    for (int32_t top = 0; top < height; top += TILE)
        for (int32_t x = 0; x < width; x++)
            for (int32_t y = top; y < top + TILE && y < height; y++)
                to[(size_t)x * (size_t)height + (size_t)y] = from[(size_t)y * (size_t)width + (size_t)x];
}

int32_t rules_erase(uint8_t *ink, const uint8_t *dark, int32_t width, int32_t height, float least_length,
                    uint32_t *runs, uint8_t *turned)
{
    int32_t shortest = 0;
    float apart;
    const float across = fmaxf(LEAST_LENGTH * (float)width, least_length);
    if (erase_lines(ink, dark, width, height, runs, across, &apart, &shortest) < SEVERAL) return shortest;
    uint8_t *turned_dark = turned + (size_t)width * (size_t)height;
    turn(ink, width, height, turned);
    turn(dark, width, height, turned_dark);
    /* Digits between two lines are lower than these are apart; the borders of a table are not. */
    const float upright = fmaxf(fmaxf(LEAST_LENGTH * (float)height, BORDER * apart), least_length);
    if (erase_lines(turned, turned_dark, height, width, runs, upright, &apart, &shortest))
        turn(turned, height, width, ink);
    return shortest;
}
