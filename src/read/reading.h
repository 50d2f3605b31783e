/* reading.h — how every reading begins, of pictures and of strokes. */
#ifndef DIGITS_READING_H
#define DIGITS_READING_H

#include "digits.h"

/* Checks what all readers are given, fills in the options (NULL: DIGITS_READ_DEFAULTS) and empties the reading.
 * chosen->signs: 1 only where signs are wanted and there is room for some. */
digits_status reading_begin(const digits_reader *reader, const digits_read_options *options, const void *work,
                            digits_reading *reading, digits_read_options *chosen);

/* Whether a picture may be that large: the limits of digits.h. */
int reading_size_fits(int32_t width, int32_t height);

/* Checks a picture to read: DIGITS_BAD_ARGUMENT, DIGITS_IMAGE_EMPTY or DIGITS_IMAGE_TOO_LARGE. */
digits_status reading_check_image(const digits_image *image);

#endif
