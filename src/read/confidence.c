/* confidence.c — a digit's probability and its context → its confidence, and whether it is shown.
 *
 * Beside a STRONG digit on its line, a digit of FULL_HEIGHT (a zero often has less) is likely to be one: its probability of
 * being none counts only by PRIOR, and a share of the least confidence will do. */
#include "confidence.h"

#include <math.h>

static const float PRIOR = 0.25f, WEAK_SHARE = 0.4f, STRONG = 0.8f;

/* In usual heights of a digit. */
static const float FULL_HEIGHT = 0.6f, FULL_HEIGHT_OF_ZERO = 0.3f;
static const float SMALL = 0.4f; /* what is lower than this must be STRONG */
static const float COMMA = 0.5f; /* a 1 or a 7 lower than this is a comma */

float confidence_floor(float min_confidence) { return PRIOR * WEAK_SHARE * min_confidence; }

/* Whether a digit's line has another one that is surely read, and at least half as high. */
static int is_beside_strong(const digits_reading *r, size_t i)
{
    const digits_digit *d = &r->digits[i];
    for (size_t j = 0; j < r->count; j++) {
        const digits_digit *e = &r->digits[j];
        if (j != i && e->line == d->line && e->probabilities[e->label] >= STRONG && 2 * e->height >= d->height)
            return 1;
    }
    return 0;
}

/* Rescores the i-th digit. Returns whether it is shown. */
static int rescore(const digits_reading *r, size_t i, float min_confidence, float usual_height)
{
    digits_digit *d = &r->digits[i];
    const float height = (float)d->height / usual_height;
    if (height >= (d->label == 0 ? FULL_HEIGHT_OF_ZERO : FULL_HEIGHT) && is_beside_strong(r, i)) {
        float none = 1;
        for (int32_t k = 0; k < DIGITS_CLASSES; k++) none -= d->probabilities[k];
        d->confidence /= 1 - (1 - PRIOR) * fmaxf(none, 0);
        min_confidence *= WEAK_SHARE;
    }
    if (height < SMALL) min_confidence = fmaxf(min_confidence, STRONG);
    const int is_comma = height < COMMA && (d->label == 1 || d->label == 7);
    return d->confidence >= min_confidence && !is_comma;
}

void confidence_filter(digits_reading *r, float min_confidence, float usual_height)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) /* marks what is not shown, which stays as context until all are rescored */
        if (!rescore(r, i, min_confidence, usual_height)) r->digits[i].confidence = -1;
    for (size_t i = 0; i < r->count; i++)
        if (r->digits[i].confidence >= 0) r->digits[kept++] = r->digits[i];
    r->count = kept;
}
