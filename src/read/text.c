/* text.c — a reading → its text. */
#include "digits.h"

/* Text as it grows: what does not fit is counted, and not written. */
typedef struct writer {
    char *text;
    size_t size, length;
    int32_t line;  /* of what was written last; −1: nothing yet */
    int32_t space; /* 1: a mark was left out behind it */
} writer;

static void put(writer *w, char character)
{
    if (w->length < w->size) w->text[w->length] = character;
    w->length++;
}

static void put_on_line(writer *w, char character, int32_t line, int32_t space_before)
{
    if (w->line >= 0 && line != w->line) put(w, '\n');
    else if (w->line >= 0 && (space_before || w->space)) put(w, ' ');
    put(w, character);
    w->line = line;
    w->space = 0;
}

/* Whether a sign comes before the index-th digit. */
static int comes_before(const digits_sign *sign, const digits_digit *digit, size_t index)
{
    return sign->line < digit->line || (sign->line == digit->line && sign->after < (int32_t)index);
}

digits_status digits_text(const digits_reading *reading, char *text, size_t size)
{
    if (!reading || !text || (reading->count && !reading->digits) || (reading->sign_count && !reading->signs))
        return DIGITS_BAD_ARGUMENT;
    writer w = {text, size, 0, -1, 0};
    for (size_t d = 0, s = 0; d < reading->count || s < reading->sign_count;) {
        const digits_digit *digit = d < reading->count ? &reading->digits[d] : NULL;
        const digits_sign *sign = s < reading->sign_count ? &reading->signs[s] : NULL;
        if (sign && (!digit || comes_before(sign, digit, d))) {
            if (sign->sign) put_on_line(&w, (char)sign->sign, sign->line, sign->space_before);
            else w.space |= sign->line == w.line; /* "3+4" is no 34 */
            s++;
        } else if (digit) {
            put_on_line(&w, (char)('0' + digit->label), digit->line, digit->space_before);
            d++;
        }
    }
    put(&w, 0);
    return w.length <= size ? DIGITS_OK : DIGITS_NO_ROOM;
}
