/* reading.c — how every reading begins. */
#include "reading.h"

digits_status reading_begin(const digits_reader *reader, const digits_read_options *options, const void *work,
                            digits_reading *reading, digits_read_options *chosen)
{
    static const digits_read_options defaults = DIGITS_READ_DEFAULTS;
    if (!options) options = &defaults;
    if (!reader || !reader->recognizer.network || !work || (uintptr_t)work % 16 != 0 || !reading ||
        (reading->capacity && !reading->digits) || (reading->sign_capacity && !reading->signs) ||
        !(options->min_confidence >= 0 && options->min_confidence <= 1))
        return DIGITS_BAD_ARGUMENT;
    *chosen = *options;
    chosen->signs = options->signs && reading->sign_capacity;
    reading->count = reading->sign_count = 0;
    reading->rotation = 0;
    return DIGITS_OK;
}

int reading_size_fits(int32_t width, int32_t height)
{
    return width > 0 && height > 0 && width <= DIGITS_MAX_DIMENSION && height <= DIGITS_MAX_DIMENSION &&
           (int64_t)width * height <= DIGITS_MAX_IMAGE_PIXELS;
}

digits_status reading_check_image(const digits_image *image)
{
    if (!image || !image->pixels || (image->channels != 1 && image->channels != 4)) return DIGITS_BAD_ARGUMENT;
    if (image->width == 0 || image->height == 0) return DIGITS_IMAGE_EMPTY;
    if (image->width < 0 || image->height < 0) return DIGITS_BAD_ARGUMENT;
    return reading_size_fits(image->width, image->height) ? DIGITS_OK : DIGITS_IMAGE_TOO_LARGE;
}
