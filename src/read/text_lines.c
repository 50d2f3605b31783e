#include "text_lines.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static int by_left(const void *a, const void *b)
{
    const line_box *p = a, *q = b;
    if (p->x0 != q->x0) return p->x0 < q->x0 ? -1 : 1;
    return (p->y0 > q->y0) - (p->y0 < q->y0);
}

static int by_line(const void *a, const void *b)
{
    const line_box *p = a, *q = b;
    return p->line != q->line ? (p->line > q->line) - (p->line < q->line) : by_left(a, b);
}

float text_lines_usual_height(const line_box *boxes, size_t n, float *work)
{
    float max = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) max = boxes[i].y1 - boxes[i].y0 > max ? boxes[i].y1 - boxes[i].y0 : max;
    for (size_t i = 0; i < n; i++)
        if (boxes[i].y1 - boxes[i].y0 >= 0.5f * max) work[kept++] = boxes[i].y1 - boxes[i].y0;
    if (kept == 0) return 0;
    qsort(work, kept, sizeof *work, by_value);
    return work[kept / 2];
}

/* The box that this one follows on its line: among those to its left whose heights overlap it by half of the lower
 * one, the nearest; −1 if it begins a line. Following neighbours keeps slanted lines together. */
static long follows(const line_box *boxes, size_t i, float usual_height)
{
    const line_box *b = &boxes[i];
    long best = -1;
    float nearest = 1e30f;
    for (size_t j = 0; j < i; j++) {
        const line_box *a = &boxes[j];
        const float top = a->y0 > b->y0 ? a->y0 : b->y0, bottom = a->y1 < b->y1 ? a->y1 : b->y1;
        const float ha = a->y1 - a->y0, hb = b->y1 - b->y0, lower = ha < hb ? ha : hb;
        const float gap = b->x0 - a->x1 > 0 ? b->x0 - a->x1 : 0;
        const float middle = 0.5f * (a->y0 + a->y1 - b->y0 - b->y1);
        const float distance = gap + 2 * (middle < 0 ? -middle : middle);
        if (bottom - top < 0.5f * lower || distance >= nearest) continue;
        if (gap > 12 * usual_height) continue;
        nearest = distance;
        best = (long)j;
    }
    return best;
}

void text_lines_order(line_box *boxes, size_t n, float usual_height)
{
    if (n == 0) return;
    qsort(boxes, n, sizeof *boxes, by_left);
    int32_t lines = 0;
    for (size_t i = 0; i < n; i++) {
        const long before = follows(boxes, i, usual_height);
        boxes[i].line = before >= 0 ? boxes[before].line : lines++;
    }
    /* Number the lines from top to bottom, by the means of their boxes' middles. */
    for (size_t i = 0; i < n; i++) boxes[i].space_before = 0;
    for (int32_t k = 0, done = 0; done < lines; done++) {
        float best = 1e30f;
        for (int32_t l = 0; l < lines; l++) {
            float sum = 0, count = 0;
            for (size_t i = 0; i < n; i++)
                if (boxes[i].line == l) {
                    sum += boxes[i].y0 + boxes[i].y1;
                    count++;
                }
            if (count > 0 && sum / count < best) {
                best = sum / count;
                k = l;
            }
        }
        for (size_t i = 0; i < n; i++)
            if (boxes[i].line == k) boxes[i].line = -1 - done;
    }
    for (size_t i = 0; i < n; i++) boxes[i].line = -1 - boxes[i].line;
    qsort(boxes, n, sizeof *boxes, by_line);
    for (size_t i = 1; i < n; i++)
        boxes[i].space_before =
            boxes[i].line == boxes[i - 1].line && boxes[i].x0 - boxes[i - 1].x1 > 1.2f * usual_height;
}
