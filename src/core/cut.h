/* cut.h — touching digits → where to cut them: over-segmentation, and the best path through the network's own answers
 * (LeCun et al. 1998, section V; Casey & Lecolinet 1996 survey the ways). */
#ifndef DIGITS_CUT_H
#define DIGITS_CUT_H

#include "digits.h"

enum { CUT_MAX_PIECES = 16 };

/* A piece is the ink between two slanted lines: from ≤ x − slope·(y − height/2) < to. */
typedef struct cut_piece {
    float from, to, slope;
    int32_t x0, y0, x1, y1; /* box of its ink within the picture, ends excluded */
} cut_piece;

/* Finds the pieces of ink (width×height bytes) that read best, from left to right, at most CUT_MAX_PIECES; what is too
 * low to be a digit (a dash, a comma) is left out. scratch: width·height bytes. work: as for digits_predict. *count
 * may be 0. */
digits_status cut_touching(const digits_network *network, const uint8_t *ink, int32_t width, int32_t height,
                           uint8_t *scratch, void *work, size_t work_bytes, cut_piece *pieces, size_t *count);

/* Copies one piece of ink into out, which has room for width·height bytes, cropped to *piece_width × *piece_height:
 * its box with a rim of one pixel where there is room. */
void cut_take(const uint8_t *ink, int32_t width, int32_t height, const cut_piece *piece, uint8_t *out,
              int32_t *piece_width, int32_t *piece_height);

#endif
