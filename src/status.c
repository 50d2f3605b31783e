/* status.c — the names of statuses, for programs, and their sentences, for people. */
#include "digits.h"

#define STATUSES(S)                                                                                                  \
    S(OK, "all is well")                                                                                             \
    S(BAD_ARGUMENT, "an argument is out of its range")                                                               \
    S(NO_ROOM, "the memory given is too small")                                                                      \
    S(OUT_OF_MEMORY, "there is not enough memory")                                                                   \
    S(IMAGE_EMPTY, "the image is empty")                                                                             \
    S(IMAGE_TOO_LARGE, "the image is too large (at most 64 megapixels, 16384 a side)")                               \
    S(IMAGE_UNKNOWN, "this is neither a PNG nor a JPEG image")                                                       \
    S(IMAGE_DAMAGED, "the image is damaged or cut short")                                                            \
    S(STROKES_TOO_MANY, "there are too many strokes")                                                                \
    S(WEIGHTS_CUT_SHORT, "the weights are cut short")                                                                \
    S(WEIGHTS_DAMAGED, "the weights are damaged: no valid safetensors header")                                       \
    S(WEIGHTS_SHAPE, "the weights are of another shape than this program runs")

const char *digits_status_text(digits_status status)
{
#define TEXT(name, text)                                                                                             \
    case DIGITS_##name: return text;
    switch (status) {
        STATUSES(TEXT)
    }
    return "unknown status";
}

const char *digits_status_name(digits_status status)
{
#define NAME(name, text)                                                                                             \
    case DIGITS_##name: return #name;
    switch (status) {
        STATUSES(NAME)
    }
    return "UNKNOWN";
}
