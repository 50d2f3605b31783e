/* layout.h — that the structs which JavaScript reads have no padding: then their fields are where layout.c, which runs
 * natively, says they are, in WebAssembly too. */
#ifndef DIGITS_LAYOUT_H
#define DIGITS_LAYOUT_H

#include "digits.h"

_Static_assert(sizeof(int32_t) == 4 && sizeof(float) == 4, "fields of four bytes");
_Static_assert(sizeof(digits_digit) == 4 * (8 + 2 * DIGITS_CLASSES) + DIGITS_PIXELS, "digits_digit has no padding");
_Static_assert(sizeof(digits_sign) == 4 * 9, "digits_sign has no padding");

#endif
