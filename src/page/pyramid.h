/* pyramid.h — a picture → the same in grey at several scales, each half as large as the one before (an image pyramid,
 * Burt & Adelson 1983, with the mean of 2×2 as its filter), as the page network wants it. */
#ifndef DIGITS_PYRAMID_H
#define DIGITS_PYRAMID_H

#include "digits.h"

enum {
    PYRAMID_MAX_LEVELS = 8,
    PYRAMID_RIM = 16,                  /* pixels around the picture, see rim.h: the network sees past its edge */
    PYRAMID_MAX_PIXELS = 1300 * 1000,  /* of the finest level: a page of A4 then has digits of 4 mm in 20 pixels */
    PYRAMID_MAX_ENLARGED = 1000 * 1000 /* pictures that stay below this when they are made twice as large begin so */
};

typedef struct pyramid_level {
    uint8_t *grey;            /* [height][width] */
    int32_t width, height;    /* with the rim; multiples of the network's total stride */
    int32_t inner_w, inner_h; /* of the picture, which begins at (PYRAMID_RIM, PYRAMID_RIM) */
    float scale;              /* pixels of the turned picture to one of this level */
} pyramid_level;

typedef struct pyramid {
    int32_t count;
    pyramid_level
        levels[PYRAMID_MAX_LEVELS]; /* the finest first; in the last, the picture is at most `smallest` high */
} pyramid;

/* The sizes alone of the levels of a picture that large, which is turned upright by so many quarter turns (0..3, see
 * pyramid_make). stride: the network's; smallest: pixels. Returns the bytes of memory that pyramid_make needs. */
size_t pyramid_layout(int32_t width, int32_t height, int32_t turn, int32_t stride, int32_t smallest, pyramid *out);

/* Fills the levels, which pyramid_layout made; memory: 16-byte aligned. A picture that is seen turned clockwise by `turn`
 * quarter turns stands upright in the levels. Transparency: whichever of black and white paper is further from what is
 * opaque shows through. */
void pyramid_make(const digits_image *image, int32_t turn, void *memory, pyramid *p);

#endif
