/* frame.h — the normal form of a digit (MNIST's), which ink and strokes share: where it is in the 28×28 picture, and
 * how wide the pen is. All in pixels of that picture. */
#ifndef DIGITS_FRAME_H
#define DIGITS_FRAME_H

#include "digits.h"

#define FRAME_BOX 20.0f    /* the digit's longer side, pen included */
#define FRAME_MIDDLE 14.5f /* MNIST's mean centre of mass: the middle of pixel 14 */
#define FRAME_PEN 2.2f /* width of the pen that draws strokes; ink of thinner strokes is widened to about as much */

/* Where an axis of the digit begins, so that its centre of mass is in the middle, or as near to it as the digit stays
 * inside the picture. centre, low, high: scaled to the picture, seen from the axis's beginning. */
static inline float frame_origin(float centre, float low, float high)
{
    float origin = FRAME_MIDDLE - centre;
    if (origin + low < 0) origin = -low;
    if (origin + high > DIGITS_SIDE) origin = DIGITS_SIDE - high;
    return origin;
}

#endif
