/* rim.c — extends a picture beyond its edges: a median filter along each edge. */
#include "page/rim.h"

#include <string.h>

static int32_t clamp(int32_t v, int32_t low, int32_t high) { return v < low ? low : v > high ? high : v; }

/* The median of the window around the i-th of n pixels that are step bytes apart; at the ends, of as many as there are. */
static uint8_t median_at(const uint8_t *first, int64_t step, int32_t n, int32_t i)
{
    uint8_t sorted[RIM_WINDOW] = {0};
    int32_t count = 0;
    const int32_t from = clamp(i - RIM_WINDOW / 2, 0, n - 1), to = clamp(i + RIM_WINDOW / 2, 0, n - 1);
    for (int32_t k = from; k <= to; k++) { /* insertion sort */
        const uint8_t v = first[k * step];
        int32_t at = count++;
        for (; at > 0 && sorted[at - 1] > v; at--) sorted[at] = sorted[at - 1];
        sorted[at] = v;
    }
    return sorted[count / 2];
}

void rim_fill(uint8_t *grey, int32_t width, int32_t height, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    const int64_t w = width;
    for (int32_t y = y0; y < y1; y++) {
        uint8_t *row = grey + y * w;
        memset(row, x0 > 0 ? median_at(grey + y0 * w + x0, w, y1 - y0, y - y0) : 0, (size_t)x0);
        memset(row + x1, x1 < width ? median_at(grey + y0 * w + x1 - 1, w, y1 - y0, y - y0) : 0,
               (size_t)(width - x1));
    }
    /* Rows above and below, one made and the others copied; their corners are those of the row beside them. */
    for (int32_t side = 0; side < 2; side++) {
        const int32_t edge = side ? y1 - 1 : y0, first = side ? y1 : 0, end = side ? height : y0;
        if (first >= end) continue;
        uint8_t *row = grey + first * w;
        for (int32_t x = 0; x < width; x++)
            row[x] = x < x0 || x >= x1 ? grey[edge * w + x] : median_at(grey + edge * w + x0, 1, x1 - x0, x - x0);
        for (int32_t y = first + 1; y < end; y++) memcpy(grey + y * w, row, (size_t)width);
    }
}
