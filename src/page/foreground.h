/* foreground.h — an object of the page network → its ink alone, cut out of the grey level: foreground against background,
 * as pen on paper is, however the light falls. */
#ifndef DIGITS_FOREGROUND_H
#define DIGITS_FOREGROUND_H

#include "page/objects.h"
#include "page/pyramid.h"

enum { FOREGROUND_MAX_SIDE = 128 }; /* pixels: three times the highest digit of a level */

/* The background of a level: at each subcell, the mean grey of what is no ink within half a digit around it (normalised
 * convolution, Knutsson & Westin 1993). background: [height / 2][width / 2]. columns: 2 · width / 2 numbers. */
void foreground_background(const pyramid_level *level, const page_map *map, uint8_t *background, uint32_t *columns);

/* The ink of object `number` (from 1 on), 0..255, turned back around its centre, where its line falls to the right by
 * `slope` (a tangent):
 * ink[*height][*width], at most FOREGROUND_MAX_SIDE a side. scratch: as ink. Ink may be dark on light or light on dark. */
void foreground_cut(const pyramid_level *level, const page_map *map, const uint8_t *background,
                    const page_object *object, int32_t number, float slope, uint8_t *scratch, uint8_t *ink,
                    int32_t *width, int32_t *height);

#endif
