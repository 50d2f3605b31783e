/* rim.h — what is put around a picture before a network looks at it. */
#ifndef DIGITS_RIM_H
#define DIGITS_RIM_H

#include <stdint.h>

/* Fills grey[height][width] outside of the columns x0..x1 and rows y0..y1 (ends excluded, not empty), which hold a picture:
 * each pixel gets the median of RIM_WINDOW pixels of the nearest edge. Light that falls unevenly goes on over the edge; pen
 * strokes and ruled lines that the edge cuts off end there, where repeating the edge would draw them out to long lines. */
enum { RIM_WINDOW = 25 };
void rim_fill(uint8_t *grey, int32_t width, int32_t height, int32_t x0, int32_t y0, int32_t x1, int32_t y1);

#endif
