/* source.h — what scenes are made of, as read from the data folders. */
#ifndef DIGITS_SCENES_SOURCE_H
#define DIGITS_SCENES_SOURCE_H

#include "scenes/scene.h"

#include <stddef.h>

/* Pictures of ink, 255 full. */
typedef struct bitmap_set {
    size_t count;
    int side;
    uint8_t *ink;      /* [count][side][side] */
    uint8_t *labels;   /* [count] */
    uint8_t (*box)[4]; /* [count]: x0, y0, x1, y1 of the ink */
} bitmap_set;

/* Pen strokes: 1 high (or less, if very wide), y down, x and y from 0. */
typedef struct stroke_set {
    size_t count, points;
    uint32_t *first; /* [count + 1]: first point of each */
    uint8_t *what;   /* [count]: a digit's value, or the ASCII code of a letter or sign */
    float (*point)[2];
    uint8_t *up; /* [points]: 1 = the pen is lifted after this point */
} stroke_set;

/* src/dataset/glyphs.js says what a glyph is. */
enum { GLYPH_SIDE = 48, GLYPH_ORIGIN = 8, GLYPH_BASELINE = 38, GLYPH_DIGIT = 28, GLYPH_FONTS = 160 };
typedef struct glyph_set {
    size_t count;
    uint8_t *ink;                 /* [count][GLYPH_SIDE][GLYPH_SIDE] */
    uint8_t (*labels)[4];         /* [count]: code, font, handwriting, advance */
    uint8_t (*box)[4];            /* [count]: x0, y0, x1, y1 of the ink */
    int32_t at[GLYPH_FONTS][128]; /* the glyph of a code, or -1 */
    uint8_t print[GLYPH_FONTS];   /* numbers of fonts for print */
    uint8_t writing[GLYPH_FONTS]; /* numbers of handwriting fonts */
    int prints, writings;
} glyph_set;

/* Photographed cells of printed sudokus, with the rules around. */
enum { CELL_SIDE = 52 };
typedef struct cell_set {
    size_t count;
    uint8_t *grey;   /* [count][CELL_SIDE][CELL_SIDE]; those of one photo stand together */
    uint8_t *empty;  /* [count]: 1 = no digit is printed in it */
    uint32_t *begin; /* [count]: the first cell of its photo */
    uint32_t *end;   /* [count]: the one after its last */
} cell_set;

/* Noise of mean 0 and variance 1 that repeats after NOISE_SIDE pixels: white, and smoothed by ever wider Gaussians. */
enum { NOISE_SIDE = 256, NOISES = 6 };

/* Digits come as bitmaps from these, in the order of scene_source.bitmaps. */
enum { BITMAPS_MNIST, BITMAPS_KENSANATA, BITMAPS_OPTDIGITS, BITMAPS_HWD, BITMAP_SETS };
/* … and as strokes from these; STROKES_OTHER are letters and signs. */
enum { STROKES_PENDIGITS, STROKES_UNIPEN, STROKES_OTHER, STROKE_SETS };

/* What is kept aside, to measure on: MNIST's last 5,000 and the last fifth of the pen digits (UCI); of UNIPEN the
 * writers (src up to ".dat" without the digits before it), of the scans the files and of the cells the photos whose FNV-1a hash is
 * divisible by KEPT_ASIDE. */
enum { KEPT_ASIDE = 5 };

struct scene_source {
    bitmap_set bitmaps[BITMAP_SETS];
    stroke_set strokes[STROKE_SETS];
    glyph_set glyphs;
    cell_set cells;
    float (*noise)[NOISE_SIDE * NOISE_SIDE]; /* [NOISES] */
};

#endif
