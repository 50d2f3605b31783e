/* confidence.h — which of the digits that were found are shown: one policy for pictures and strokes. */
#ifndef DIGITS_CONFIDENCE_H
#define DIGITS_CONFIDENCE_H

#include "digits.h"

/* What is read with less than this is not shown whatever stands beside it: readers may drop it at once. */
float confidence_floor(float min_confidence);

/* Rescores each digit's confidence, until now its probability, by its context, and drops what is then too weak or too
 * low. usual_height: of a digit, in the units of the boxes. */
void confidence_filter(digits_reading *reading, float min_confidence, float usual_height);

#endif
