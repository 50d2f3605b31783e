/* text_lines.h — boxes of digits → lines of text in reading order. */
#ifndef DIGITS_TEXT_LINES_H
#define DIGITS_TEXT_LINES_H

#include "digits.h"

typedef struct line_box {
    float x0, y0, x1, y1; /* in any unit, y down */
    int32_t id;           /* the caller's own */
    int32_t line;         /* out: 0 = top line */
    int32_t space_before; /* out: 1 = a wide gap to the left, on the same line */
} line_box;

/* The height that is usual among the boxes, by which gaps and specks are judged: the median over the boxes of at
 * least half the greatest height. 0 for no boxes. work: n floats. */
float text_lines_usual_height(const line_box *boxes, size_t n, float *work);

/* Sorts boxes into reading order (lines top to bottom, boxes left to right) and fills in line and space_before. */
void text_lines_order(line_box *boxes, size_t n, float usual_height);

#endif
