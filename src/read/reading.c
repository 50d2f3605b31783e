#include "reading.h"

#include <math.h>

digits_status reading_fill(const digits_network *network, const layout_box *b, void *work, size_t work_bytes,
                           digits_digit *digit)
{
    const digits_status status = digits_predict(network, digit->pixels, work, work_bytes, digit->logits);
    if (status) return status;
    digits_probabilities(network, digit->logits, digit->probabilities);
    digit->label = 0;
    for (int32_t i = 1; i < DIGITS_CLASSES; i++)
        if (digit->logits[i] > digit->logits[digit->label]) digit->label = i;
    digit->confidence = digit->probabilities[digit->label];
    digit->x = (int32_t)floorf(b->x0);
    digit->y = (int32_t)floorf(b->y0);
    digit->width = (int32_t)ceilf(b->x1) - digit->x;
    digit->height = (int32_t)ceilf(b->y1) - digit->y;
    digit->line = b->line;
    digit->space_before = b->space_before;
    return DIGITS_OK;
}

digits_status digits_text(const digits_digit *digits, size_t count, char *text, size_t size)
{
    size_t n = 0;
    if (!text || (count && !digits)) return DIGITS_BAD_ARGUMENT;
    for (size_t i = 0; i <= count; i++) {
        const int new_line = i > 0 && i < count && digits[i].line != digits[i - 1].line;
        const int space = i > 0 && i < count && !new_line && digits[i].space_before;
        if (n + 2 > size && !(i == count && n < size)) return DIGITS_NO_ROOM;
        if (new_line || space) text[n++] = new_line ? '\n' : ' ';
        if (i == count) text[n] = 0;
        else if (n < size) text[n++] = (char)('0' + digits[i].label);
        else return DIGITS_NO_ROOM;
    }
    return DIGITS_OK;
}
