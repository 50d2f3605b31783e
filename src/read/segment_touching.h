/* segment_touching.h — touching digits → where to cut them: over-segmentation, and the best path through the
 * recognizer's own answers (LeCun et al. 1998, section V; Casey & Lecolinet 1996 survey the ways). */
#ifndef DIGITS_SEGMENT_TOUCHING_H
#define DIGITS_SEGMENT_TOUCHING_H

#include "digits.h"

enum { CUT_MAX_CUTS = 24, CUT_MAX_PIECES = CUT_MAX_CUTS - 1 };

/* Ink that may be several digits, and the cuts found in it. */
typedef struct cut_part {
    const uint8_t *ink; /* width×height bytes */
    int32_t width, height;
    float usual;      /* how high digits are here */
    uint8_t *scratch; /* width·height bytes */
    int16_t *cuts;    /* CUT_MAX_CUTS·height numbers: where each cut is in each row */
    float *columns;   /* 2·width + 2·height numbers */
} cut_part;

/* A piece is the ink from one cut up to another. */
typedef struct cut_piece {
    int32_t from, to;       /* which cuts */
    int32_t x0, y0, x1, y1; /* box of its ink within the part, ends excluded */
} cut_piece;

/* Finds the pieces that read best, from left to right, at most CUT_MAX_PIECES; what is too low to be a digit (a dash, a
 * comma) is left out. work: as for digits_predict. *count may be 0. */
digits_status cut_touching(const digits_recognizer *recognizer, const cut_part *part, void *work, size_t work_bytes,
                           cut_piece *pieces, size_t *count);

/* Copies one piece into out, which has room for width·height bytes, cropped to *piece_width × *piece_height: its box
 * with a rim of one pixel where there is room. */
void cut_take(const cut_part *part, const cut_piece *piece, uint8_t *out, int32_t *piece_width,
              int32_t *piece_height);

#endif
