/* normalize_strokes.h — what strokes.c needs besides digits_normalize_strokes: some of the strokes. */
#ifndef DIGITS_NORMALIZE_STROKES_H
#define DIGITS_NORMALIZE_STROKES_H

#include "text_lines.h"

/* Some of the strokes: those of one digit, or of two that may be one. */
typedef struct stroke_set {
    const digits_strokes *strokes;
    const int32_t *digit_of; /* which digit each stroke belongs to; NULL: all to the same */
    int32_t digit, also;     /* the digits that count; twice the same: one */
} stroke_set;

/* DIGITS_OK if they are as digits.h wants them. */
digits_status strokes_check(const digits_strokes *strokes);

/* The box of so many points, at least one. */
line_box strokes_box(const float *xy, uint32_t points);

/* Draws the strokes, whose box has a width or a height, in the normal form. out: ink[784]. */
void strokes_draw(const stroke_set *set, const line_box *box, uint8_t out[DIGITS_PIXELS]);

#endif
