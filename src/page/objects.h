/* objects.h — what the page network says of one level → handwritten digits and signs, and which ink is whose
 * (Panoptic-DeepLab, Cheng et al. 2020: peaks of the heat map, and ink that votes for the centre it belongs to). */
#ifndef DIGITS_OBJECTS_H
#define DIGITS_OBJECTS_H

#include "page/page_outputs.h"

#include <stddef.h>
#include <stdint.h>

enum { OBJECTS_MAX = 1024 }; /* of one picture; what is more is left out */

/* All lengths are pixels of the object's level. */
typedef struct page_object {
    int32_t level;
    float x, y;              /* centre */
    float x0, y0, x1, y1;    /* box of its ink */
    float score;             /* 0..1: how sure its centre is */
    int32_t cell;            /* of its centre's peak */
    int32_t ink;             /* subcells */
    float kinds[PAGE_KINDS]; /* logits, means over its ink */
    float turns[4];          /* likewise */
} page_object;

/* A level as the network saw it. Planes of subcells are [height / 2][width / 2]. */
typedef struct page_map {
    int32_t width, height; /* pixels, multiples of PAGE_CELL */
    const int32_t *sums;   /* [height / 4][width / 4][PAGE_OUTPUTS]: the network's sums … */
    const float *scale;    /* … which are logits when multiplied by scale[PAGE_OUTPUTS] */
    uint8_t *ink;          /* out, subcells: how surely it is handwritten ink, 0..255; 128 is even odds */
    uint16_t *owner;       /* out, subcells: number of the object whose ink it is, from 1 on; 0 = of none */
    uint16_t *peaks;       /* working memory: [height / 4][width / 4] */
} page_map;

/* Finds the objects of a level. objects: those of all levels, count of them so far (numbers go on), room for OBJECTS_MAX.
 * Returns the new count. */
int32_t objects_find(const page_map *map, int32_t level, page_object *objects, int32_t count);

#endif
