/* ruled_lines.h — ruled lines and dark edges, taken out of ink while the strokes that cross them stay. Used by page.c. */
#ifndef DIGITS_RULED_LINES_H
#define DIGITS_RULED_LINES_H

#include <stddef.h>
#include <stdint.h>

/* Erases from ink (width×height bytes) what is thin and runs from side to side, or lies along the top or bottom edge;
 * where there are several such lines, also what runs from top to bottom: squares, borders of tables. Lines shorter than
 * least_length stay.
 * dark: see binarize.h. runs: width·height numbers of working memory; turned: 2·width·height bytes. Returns the length of
 * the shortest line erased, 0 if there was none: whoever finds digits nearly as large as that has lost parts of them,
 * and wants the ink back, and only longer lines erased. */
int32_t rules_erase(uint8_t *ink, const uint8_t *dark, int32_t width, int32_t height, float least_length,
                    uint32_t *runs, uint8_t *turned);

#endif
