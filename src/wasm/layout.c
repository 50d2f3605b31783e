/* layout.c — a program that writes what web/engine.js must know of digits.h as a JavaScript module: constants, names of
 * statuses, and where the fields of structs are. The build runs it: build/layout.js. */
#include "layout.h"

#include <stddef.h>
#include <stdio.h>

#define FIELD(type, name) printf(" " #name ": %zu,", offsetof(type, name))

static void print_box(size_t x) { printf(" box: %zu,", x); }

int main(void)
{
    puts("// Written by src/wasm/layout.c: what src/digits.h says.");
    printf("export const PIXELS = %d, CLASSES = %d, NO_DIGIT = %d;\n", DIGITS_PIXELS, DIGITS_CLASSES,
           DIGITS_NO_DIGIT);
    printf("export const MIN_CONFIDENCE = %g;\n", (double)DIGITS_MIN_CONFIDENCE);
    printf("export const KERNELS = { plain: %d, best: %d };\n", DIGITS_KERNELS_PLAIN, DIGITS_KERNELS_BEST);
    printf("/** Names of digits_status, in its order. */\nexport const STATUS = [");
    for (int i = 0; i <= DIGITS_STATUS_LAST; i++) printf("'%s', ", digits_status_name((digits_status)i));
    puts("];");
    printf("/** Offsets of fields; box: of x, y, width, height. */\nexport const DIGIT = { size: %zu,",
           sizeof(digits_digit));
    FIELD(digits_digit, label);
    FIELD(digits_digit, confidence);
    print_box(offsetof(digits_digit, x));
    FIELD(digits_digit, line);
    FIELD(digits_digit, space_before);
    FIELD(digits_digit, probabilities);
    FIELD(digits_digit, pixels);
    printf(" };\nexport const SIGN = { size: %zu,", sizeof(digits_sign));
    FIELD(digits_sign, sign);
    FIELD(digits_sign, confidence);
    print_box(offsetof(digits_sign, x));
    FIELD(digits_sign, line);
    FIELD(digits_sign, space_before);
    FIELD(digits_sign, after);
    puts(" };");
    return fflush(stdout) != 0;
}
