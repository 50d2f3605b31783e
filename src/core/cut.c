#include "cut.h"

#include <math.h>
#include <string.h>

enum { INK = 128, COLUMNS = 4096, MAX_CUTS = 18 };

static const float EACH = 1.0f;       /* what a piece costs, in log probability: few pieces rather than many */
static const float SKIPPED = 0.5f;    /* what leaving out a low piece costs */
static const float WIDEST = 1.05f;    /* a digit's usual largest width, in heights; what is wider costs … */
static const float TOO_WIDE = 4;      /* … this much a height */
static const float LOW = 0.4f;        /* pieces lower than this share of the whole are no digits */
static const float LEAST_STEP = 0.1f; /* between cuts, in heights */

/* Ink in each slanted column; column 0 is at −reach. Returns the number of columns. */
static int32_t project(const uint8_t *ink, int32_t width, int32_t height, float slope, int32_t reach, float *columns)
{
    const int32_t n = width + 2 * reach;
    memset(columns, 0, (size_t)n * sizeof *columns);
    for (int32_t y = 0; y < height; y++) {
        const int32_t shift = reach - (int32_t)floorf(slope * ((float)y + 0.5f - (float)height / 2) + 0.5f);
        for (int32_t x = 0; x < width; x++)
            if (ink[(size_t)y * (size_t)width + (size_t)x] >= INK && x + shift >= 0 && x + shift < n)
                columns[x + shift]++;
    }
    return n;
}

/* The slant at which the columns differ most: strokes then stand upright. */
static float find_slope(const uint8_t *ink, int32_t width, int32_t height, int32_t reach, float *columns)
{
    float best = 0, most = -1;
    for (int i = -7; i <= 3; i++) {
        const float slope = 0.1f * (float)i;
        const int32_t n = project(ink, width, height, slope, reach, columns);
        float squares = 0;
        for (int32_t x = 0; x < n; x++) squares += columns[x] * columns[x];
        squares *= 1 - 0.05f * fabsf(slope); /* upright, when there is little between them */
        if (squares > most) {
            most = squares;
            best = slope;
        }
    }
    return best;
}

/* Places for cuts, from left to right: both ends of the ink, and the thinnest columns between, not too close. */
static int find_cuts(const float *columns, int32_t n, int32_t height, int32_t reach, float *cuts)
{
    static const float none = 1e9f;
    float thin[COLUMNS];
    int32_t first = 0, last = n - 1;
    while (first < last && columns[first] == 0) first++;
    while (last > first && columns[last] == 0) last--;
    for (int32_t x = first; x <= last; x++)
        thin[x] = columns[x] + 0.5f * (columns[x > first ? x - 1 : x] + columns[x < last ? x + 1 : x]);
    const int32_t step = (int32_t)(LEAST_STEP * (float)height) + 1;
    int count = 0;
    cuts[count++] = (float)(first - reach);
    while (count < MAX_CUTS - 1) {
        int32_t best = -1;
        for (int32_t x = first + step; x <= last - step; x++)
            if (thin[x] < none && (best < 0 || thin[x] < thin[best])) best = x;
        if (best < 0) break;
        cuts[count++] = (float)(best - reach);
        for (int32_t x = best - step; x <= best + step; x++)
            if (x >= first && x <= last) thin[x] = none;
    }
    cuts[count++] = (float)(last + 1 - reach);
    for (int i = 1; i < count; i++) /* few: by insertion */
        for (int j = i; j > 0 && cuts[j] < cuts[j - 1]; j--) {
            const float swap = cuts[j];
            cuts[j] = cuts[j - 1];
            cuts[j - 1] = swap;
        }
    return count;
}

static int is_within(const cut_piece *p, int32_t x, int32_t y, int32_t height)
{
    const float at = (float)x - floorf(p->slope * ((float)y + 0.5f - (float)height / 2) + 0.5f);
    return at >= p->from && at < p->to;
}

/* Fills in the box of a piece. 0 if there is no ink in it. */
static int find_box(const uint8_t *ink, int32_t width, int32_t height, cut_piece *p)
{
    const float lean = fabsf(p->slope) * (float)height / 2 + 1;
    const int32_t first = p->from - lean > 0 ? (int32_t)(p->from - lean) : 0;
    const int32_t last = p->to + lean < (float)width ? (int32_t)(p->to + lean) : width;
    p->x0 = width;
    p->y0 = height;
    p->x1 = p->y1 = 0;
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = first; x < last; x++) {
            if (ink[(size_t)y * (size_t)width + (size_t)x] < INK || !is_within(p, x, y, height)) continue;
            if (x < p->x0) p->x0 = x;
            if (x >= p->x1) p->x1 = x + 1;
            if (y < p->y0) p->y0 = y;
            p->y1 = y + 1;
        }
    return p->x1 > 0;
}

void cut_take(const uint8_t *ink, int32_t width, int32_t height, const cut_piece *p, uint8_t *out,
              int32_t *piece_width, int32_t *piece_height)
{
    const int32_t x0 = p->x0 > 0 ? p->x0 - 1 : 0, x1 = p->x1 < width ? p->x1 + 1 : width;
    const int32_t y0 = p->y0 > 0 ? p->y0 - 1 : 0, y1 = p->y1 < height ? p->y1 + 1 : height;
    *piece_width = x1 - x0;
    *piece_height = y1 - y0;
    for (int32_t y = y0; y < y1; y++)
        for (int32_t x = x0; x < x1; x++)
            *out++ = is_within(p, x, y, height) ? ink[(size_t)y * (size_t)width + (size_t)x] : 0;
}

/* What reading this piece as one digit is worth: its log probability less what speaks against its form. *is_digit is 0
 * where it is too low to be one. */
static digits_status judge(const digits_network *network, const uint8_t *ink, int32_t width, int32_t height,
                           const cut_piece *p, uint8_t *scratch, void *work, size_t work_bytes, float *worth,
                           int *is_digit)
{
    *is_digit = (float)(p->y1 - p->y0) >= LOW * (float)height;
    *worth = -SKIPPED;
    if (!*is_digit) return DIGITS_OK;
    uint8_t picture[DIGITS_PIXELS];
    int32_t logits[DIGITS_CLASSES], w, h;
    float probabilities[DIGITS_CLASSES], most = 1e-6f;
    cut_take(ink, width, height, p, scratch, &w, &h);
    digits_status status = digits_normalize(scratch, w, h, (size_t)w, picture);
    if (!status) status = digits_predict(network, picture, work, work_bytes, logits);
    if (status) return status;
    digits_probabilities(network, logits, probabilities);
    for (int i = 0; i < DIGITS_CLASSES; i++) most = probabilities[i] > most ? probabilities[i] : most;
    const float aspect = (float)(p->x1 - p->x0) / (float)height;
    *worth = logf(most) - EACH - (aspect > WIDEST ? TOO_WIDE * (aspect - WIDEST) : 0);
    return DIGITS_OK;
}

digits_status cut_touching(const digits_network *network, const uint8_t *ink, int32_t width, int32_t height,
                           uint8_t *scratch, void *work, size_t work_bytes, cut_piece *pieces, size_t *count)
{
    float columns[COLUMNS], cuts[MAX_CUTS], best[MAX_CUTS];
    cut_piece through[MAX_CUTS] = {0};
    int from[MAX_CUTS] = {0}, digit[MAX_CUTS] = {0};
    const int32_t reach = height / 2;
    *count = 0;
    if (width < 1 || height < 1 || width + 2 * reach > COLUMNS) return DIGITS_BAD_ARGUMENT;
    const float slope = find_slope(ink, width, height, reach, columns);
    const int32_t n = project(ink, width, height, slope, reach, columns);
    const int ends = find_cuts(columns, n, height, reach, cuts);

    best[0] = 0;
    for (int j = 1; j < ends; j++) {
        best[j] = -1e9f;
        for (int i = 0; i < j; i++) {
            cut_piece p = {.from = cuts[i], .to = cuts[j], .slope = slope};
            if (p.to - p.from > 1.8f * (float)height && i + 1 < j) continue;
            float worth = 0;
            int is_digit = 0;
            if (find_box(ink, width, height, &p)) {
                const digits_status status =
                    judge(network, ink, width, height, &p, scratch, work, work_bytes, &worth, &is_digit);
                if (status) return status;
            }
            if (best[i] + worth <= best[j]) continue;
            best[j] = best[i] + worth;
            through[j] = p;
            from[j] = i;
            digit[j] = is_digit;
        }
    }
    cut_piece backwards[MAX_CUTS];
    int found = 0;
    for (int j = ends - 1; j > 0; j = from[j])
        if (digit[j]) backwards[found++] = through[j];
    while (found > 0 && *count < CUT_MAX_PIECES) pieces[(*count)++] = backwards[--found];
    return DIGITS_OK;
}
