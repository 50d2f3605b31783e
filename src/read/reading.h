/* reading.h — how every reading begins, of pictures and of strokes. */
#ifndef DIGITS_READING_H
#define DIGITS_READING_H

#include "digits.h"

/* Checks what all readers are given, fills in the options (NULL: DIGITS_READ_DEFAULTS) and empties the reading.
 * chosen->signs: 1 only where signs are wanted and there is room for some. */
digits_status reading_begin(const digits_reader *reader, const digits_read_options *options, const void *work,
                            digits_reading *reading, digits_read_options *chosen);

#endif
