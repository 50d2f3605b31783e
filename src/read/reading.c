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
