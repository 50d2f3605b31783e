/* segment_touching.c — over-segmentation: cuts that cross little ink, each found as a shortest path from top to bottom;
 * then dynamic programming over the recognizer's scores of what lies between two cuts. */
#include "segment_touching.h"

#include <math.h>
#include <string.h>

enum { INK = 128 };

/* What the best path costs, in log probability. Retuned on strings with each new kind of network. */
static const float LEAST = 0.003f;  /* of a probability */
static const float EACH = 0.2f;     /* each digit: few rather than many */
static const float CROSSED = 4;     /* each height of ink that a cut goes through … */
static const float STROKE = 0.4f;   /* … where each stroke after the first counts as this much more */
static const float GAP = 1;         /* a digit with a gap through it */
static const float SKIPPED = 1;     /* leaving out a low piece, and each height of its width if it may be a zero */
static const float WIDEST = 0.95f;  /* a digit wider than this, in heights, … */
static const float TOO_WIDE = 4;    /* … each height of width above */
static const float LOWEST = 0.7f;   /* a digit lower than this, in usual heights, … */
static const float TOO_LOW = 4;     /* … each height below */
static const float LOW_ZERO = 1.5f; /* … which zeros often are: they are told by their probability */
static const float LIKE_ZERO = 0.5f;

/* Where cuts may be, in heights. */
static const float LOW = 0.35f;         /* pieces lower than this are no digits … */
static const float LOWEST_ZERO = 0.18f; /* … but zeros from here on, if they are half as wide as high */
static const float STEP = 0.06f;        /* between places tried */
static const float SWAY = 0.2f;         /* how far a cut may sway to either side of a straight line */
static const float APART = 0.07f;       /* between cuts, at the least */
static const float MOST_CROSSED = 0.7f; /* the most ink that a cut may go through */
static const float IS_GAP = 0.02f;      /* a cut that goes through less is a gap */
static const float SIDEWAYS = 0.3f;     /* what a pixel's step to the side costs a cut, in pixels of ink */
static const float FARTHEST = 2;        /* between two ends of a digit */

static int32_t lean_at(const cut_part *p, float slope, int32_t y)
{
    return (int32_t)floorf(slope * ((float)y + 0.5f - (float)p->height / 2) + 0.5f);
}

/* Ink in each slanted column; column 0 is at −height/2. Returns the number of columns. */
static int32_t project(const cut_part *p, float slope)
{
    const int32_t reach = p->height / 2, n = p->width + 2 * reach;
    memset(p->columns, 0, (size_t)n * sizeof *p->columns);
    for (int32_t y = 0; y < p->height; y++) {
        const int32_t shift = reach - lean_at(p, slope, y);
        const uint8_t *row = p->ink + (size_t)y * (size_t)p->width;
        for (int32_t x = 0; x < p->width; x++)
            if (row[x] >= INK && x + shift >= 0 && x + shift < n) p->columns[x + shift]++;
    }
    return n;
}

/* The slant at which the columns differ most: strokes then stand upright. */
static float find_slope(const cut_part *p)
{
    float best = 0, most = -1;
    for (int i = -7; i <= 3; i++) {
        const float slope = 0.1f * (float)i;
        const int32_t n = project(p, slope);
        float squares = 0;
        for (int32_t x = 0; x < n; x++) squares += p->columns[x] * p->columns[x];
        squares *= 1 - 0.05f * fabsf(slope); /* upright, when there is little between them */
        if (squares > most) {
            most = squares;
            best = slope;
        }
    }
    return best;
}

/* The way from top to bottom near a slanted column that crosses least ink; returns how much, in pixels. cut: the column
 * in each row. scratch holds, for each row and offset, the step that led there. */
static float find_way(const cut_part *p, float slope, int32_t column, int16_t *cut)
{
    enum { MOST_SWAY = 128 };
    static const int32_t STEPS[] = {0, -1, 1}; /* straight on first: it is taken where others cost the same */
    float costs[2][2 * MOST_SWAY + 3] = {{0}}, entries[2][2 * MOST_SWAY + 3] = {{0}};
    int32_t sway = (int32_t)(SWAY * p->usual);
    if (sway > MOST_SWAY) sway = MOST_SWAY;
    if (2 * sway + 1 > p->width) sway = (p->width - 1) / 2;
    const int32_t n = 2 * sway + 1;
    const float never = 1e9f, stroke = STROKE * p->usual;
    float *before = costs[0] + 1, *now = costs[1] + 1;           /* with a wall on either side */
    float *enter = entries[0] + 1, *enter_next = entries[1] + 1; /* what it costs to go into ink from there */
    before[-1] = before[n] = now[-1] = now[n] = never;
    for (int32_t k = 0; k < n; k++) enter[k] = stroke;
    for (int32_t y = 0; y < p->height; y++) {
        const int32_t x0 = column + lean_at(p, slope, y) - sway;
        const uint8_t *row = p->ink + (size_t)y * (size_t)p->width;
        uint8_t *steps = p->scratch + (size_t)y * (size_t)n;
        for (int32_t k = 0; k < n; k++) {
            const int32_t x = x0 + k;
            const uint8_t ink = x >= 0 && x < p->width ? row[x] : 0;
            const float into = ink >= INK ? 1 : 0;
            float least = never;
            for (int32_t i = 0; i < 3; i++) {
                const int32_t d = STEPS[i];
                const float cost = before[k + d] + (d ? SIDEWAYS : 0) + into * enter[k + d];
                if (cost >= least) continue;
                least = cost;
                steps[k] = (uint8_t)(d + 1);
            }
            now[k] = least + (float)ink / 255;
            enter_next[k] = stroke * (1 - into);
        }
        float *swap = before;
        before = now;
        now = swap;
        swap = enter;
        enter = enter_next;
        enter_next = swap;
    }
    int32_t k = sway;
    for (int32_t i = 0; i < n; i++)
        if (before[i] < before[k]) k = i;
    float crossed = 0;
    int32_t strokes = 0, was_ink = 0;
    for (int32_t y = p->height - 1; y >= 0; y--) {
        const int32_t x = column + lean_at(p, slope, y) - sway + k;
        const int32_t inside = x < 0 ? 0 : x > p->width ? p->width : x;
        cut[y] = (int16_t)inside;
        const uint8_t ink = x >= 0 && x < p->width ? p->ink[(size_t)y * (size_t)p->width + (size_t)x] : 0;
        crossed += (float)ink / 255;
        strokes += ink >= INK && !was_ink;
        was_ink = ink >= INK;
        k += p->scratch[(size_t)y * (size_t)n + (size_t)k] - 1;
    }
    return crossed + (strokes > 1 ? (float)(strokes - 1) * STROKE * p->usual : 0);
}

static int16_t *cut_of(const cut_part *p, int32_t i) { return p->cuts + (size_t)i * (size_t)p->height; }

/* How far two cuts are from each other, on average. */
static float distance(const cut_part *p, const int16_t *a, const int16_t *b)
{
    int64_t sum = 0;
    for (int32_t y = 0; y < p->height; y++) sum += a[y] < b[y] ? b[y] - a[y] : a[y] - b[y];
    return (float)sum / (float)p->height;
}

typedef struct found {
    float crossed[CUT_MAX_CUTS]; /* ink that each cut goes through, in heights */
    int32_t count;
} found;

/* Finds the cuts, from left to right; the first and the last have all ink between them. */
static void find_cuts(const cut_part *p, found *f)
{
    const float slope = find_slope(p);
    const int32_t n = project(p, slope), reach = p->height / 2;
    int32_t first = 0, last = n - 1, step = (int32_t)(STEP * p->usual);
    while (first < last && p->columns[first] == 0) first++;
    while (last > first && p->columns[last] == 0) last--;
    if (step < 1) step = 1;
    const int32_t most_places = 2 * p->width; /* columns is reused for what is crossed at each place */
    float *crossed = p->columns;
    int32_t places = 0;
    int16_t *trial = cut_of(p, CUT_MAX_CUTS - 1); /* the last one's room is free until the end */
    for (int32_t c = first + step; c < last && places < most_places; c += step) {
        crossed[places++] = find_way(p, slope, c - reach, trial);
    }
    f->count = 0;
    memset(cut_of(p, f->count++), 0, (size_t)p->height * sizeof *p->cuts);
    f->crossed[0] = 0;
    const float apart = APART * p->usual;
    while (f->count < CUT_MAX_CUTS - 1) {
        int32_t best = -1;
        for (int32_t i = 0; i < places; i++)
            if (crossed[i] <= MOST_CROSSED * p->usual && (best < 0 || crossed[i] < crossed[best])) best = i;
        if (best < 0) break;
        const float amount = crossed[best];
        crossed[best] = 1e9f;
        int16_t *cut = cut_of(p, f->count);
        (void)find_way(p, slope, first + step * (best + 1) - reach, cut);
        int close = 0;
        for (int32_t i = 1; i < f->count && !close; i++) close = distance(p, cut, cut_of(p, i)) < apart;
        if (!close) f->crossed[f->count++] = amount / p->usual;
    }
    int16_t *end = cut_of(p, f->count);
    for (int32_t y = 0; y < p->height; y++) end[y] = (int16_t)p->width;
    f->crossed[f->count++] = 0;
    /* From left to right, by insertion: they are few. */
    float middle[CUT_MAX_CUTS];
    for (int32_t i = 0; i < f->count; i++) {
        middle[i] = 0;
        for (int32_t y = 0; y < p->height; y++) middle[i] += cut_of(p, i)[y];
    }
    for (int32_t i = 1; i + 1 < f->count; i++)
        for (int32_t j = i; j > 1 && middle[j] < middle[j - 1]; j--) {
            int16_t *a = cut_of(p, j), *b = cut_of(p, j - 1);
            for (int32_t y = 0; y < p->height; y++) {
                const int16_t swap = a[y];
                a[y] = b[y];
                b[y] = swap;
            }
            const float m = middle[j], c = f->crossed[j];
            middle[j] = middle[j - 1];
            middle[j - 1] = m;
            f->crossed[j] = f->crossed[j - 1];
            f->crossed[j - 1] = c;
        }
    for (int32_t i = 1; i < f->count; i++) /* none may cross the one before it */
        for (int32_t y = 0; y < p->height; y++)
            if (cut_of(p, i)[y] < cut_of(p, i - 1)[y]) cut_of(p, i)[y] = cut_of(p, i - 1)[y];
}

/* Fills in the box of a piece. 0 if there is no ink in it. */
static int find_box(const cut_part *p, cut_piece *piece)
{
    const int16_t *from = cut_of(p, piece->from), *to = cut_of(p, piece->to);
    piece->x0 = p->width;
    piece->y0 = p->height;
    piece->x1 = piece->y1 = 0;
    for (int32_t y = 0; y < p->height; y++)
        for (int32_t x = from[y]; x < to[y]; x++) {
            if (p->ink[(size_t)y * (size_t)p->width + (size_t)x] < INK) continue;
            if (x < piece->x0) piece->x0 = x;
            if (x >= piece->x1) piece->x1 = x + 1;
            if (y < piece->y0) piece->y0 = y;
            piece->y1 = y + 1;
        }
    return piece->x1 > 0;
}

void cut_take(const cut_part *p, const cut_piece *piece, uint8_t *out, int32_t *piece_width, int32_t *piece_height)
{
    const int16_t *from = cut_of(p, piece->from), *to = cut_of(p, piece->to);
    const int32_t x0 = piece->x0 > 0 ? piece->x0 - 1 : 0, x1 = piece->x1 < p->width ? piece->x1 + 1 : p->width;
    const int32_t y0 = piece->y0 > 0 ? piece->y0 - 1 : 0, y1 = piece->y1 < p->height ? piece->y1 + 1 : p->height;
    *piece_width = x1 - x0;
    *piece_height = y1 - y0;
    for (int32_t y = y0; y < y1; y++)
        for (int32_t x = x0; x < x1; x++)
            *out++ = x >= from[y] && x < to[y] ? p->ink[(size_t)y * (size_t)p->width + (size_t)x] : 0;
}

/* The score of this piece as one digit: its log probability less what speaks against its form. *is_digit is 0
 * where it is too low to be one. */
static digits_status score_piece(const digits_recognizer *recognizer, const cut_part *p, const cut_piece *piece,
                                 void *work, size_t work_bytes, float *score, int *is_digit)
{
    const float tall = (float)(piece->y1 - piece->y0) / p->usual, wide = (float)(piece->x1 - piece->x0) / p->usual;
    const int low = tall < LOW;
    *is_digit = 0;
    *score = -SKIPPED - (tall >= LOWEST_ZERO ? SKIPPED * wide : 0);
    if (low && (tall < LOWEST_ZERO || 2 * wide < tall)) return DIGITS_OK;
    uint8_t picture[DIGITS_PIXELS];
    int32_t logits[DIGITS_CLASSES], w, h;
    float probabilities[DIGITS_CLASSES], most = 1e-6f;
    cut_take(p, piece, p->scratch, &w, &h);
    digits_status status = digits_normalize(p->scratch, w, h, (size_t)w, picture);
    if (!status) status = digits_recognize(recognizer, picture, work, work_bytes, logits);
    if (status) return status;
    digits_probabilities(recognizer->network, logits, probabilities);
    for (int i = 0; i < DIGITS_CLASSES; i++) most = probabilities[i] > most ? probabilities[i] : most;
    const int zero = probabilities[0] >= LIKE_ZERO;
    *is_digit = !low || zero;
    if (!*is_digit) return DIGITS_OK;
    *score = logf(most > LEAST ? most : LEAST) - EACH;
    if (wide > WIDEST) *score -= TOO_WIDE * (wide - WIDEST);
    if (tall < LOWEST) *score -= (zero ? LOW_ZERO : TOO_LOW) * (LOWEST - tall);
    return DIGITS_OK;
}

digits_status cut_touching(const digits_recognizer *recognizer, const cut_part *part, void *work, size_t work_bytes,
                           cut_piece *pieces, size_t *count)
{
    float best[CUT_MAX_CUTS];
    cut_piece through[CUT_MAX_CUTS] = {0};
    int from[CUT_MAX_CUTS] = {0}, digit[CUT_MAX_CUTS] = {0};
    found f;
    *count = 0;
    if (part->width < 1 || part->height < 1) return DIGITS_BAD_ARGUMENT;
    find_cuts(part, &f);
    best[0] = 0;
    for (int j = 1; j < f.count; j++) {
        best[j] = -1e9f;
        for (int i = 0; i < j; i++) {
            cut_piece p = {.from = i, .to = j};
            float score = 0;
            int is_digit = 0;
            if (i + 1 < j && distance(part, cut_of(part, i), cut_of(part, j)) > FARTHEST * part->usual) continue;
            if (find_box(part, &p)) {
                const digits_status status = score_piece(recognizer, part, &p, work, work_bytes, &score, &is_digit);
                if (status) return status;
            }
            score -= CROSSED * f.crossed[j];
            int gaps = 0;
            for (int k = i + 1; k < j; k++) gaps += f.crossed[k] < IS_GAP;
            if (gaps && is_digit) score -= GAP;
            if (best[i] + score <= best[j]) continue;
            best[j] = best[i] + score;
            through[j] = p;
            from[j] = i;
            digit[j] = is_digit;
        }
    }
    cut_piece backwards[CUT_MAX_CUTS];
    int n = 0;
    for (int j = f.count - 1; j > 0; j = from[j])
        if (digit[j]) backwards[n++] = through[j];
    while (n > 0 && *count < CUT_MAX_PIECES) pieces[(*count)++] = backwards[--n];
    return DIGITS_OK;
}
