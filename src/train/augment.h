/* augment.h — new handwriting out of old: the ink is distorted, then brought into the network's form by the same
 * normalize.c that inference uses. */
#ifndef DIGITS_AUGMENT_H
#define DIGITS_AUGMENT_H

#include "random.h"

#include "digits.h"

typedef struct augment_options {
    float rotate; /* largest angle, degrees */
    float shear;  /* largest slant, as a tangent */
    float scale;  /* largest change of each side, as a share */
    float
        stretch; /* chance that it is drawn wider, up to about as wide as high: broad hands, and scans cut to squares */
    float coarse;    /* chance that it is seen through few pixels, each ink or paper: small in its picture */
    float elastic;   /* deviation of the displacement field, pixels (Simard et al. 2003) */
    float stroke;    /* chance that the pen is made thinner or thicker */
    float blots;     /* chance of a small break in the ink, or a blot on it */
    float normalize; /* chance that the result is normalised again; else it is only shifted by up to a pixel */
} augment_options;

extern const augment_options augment_default;

/* in, out: ink[784], different places. Draws only from r, so the same stream gives the same picture. */
void augment(const augment_options *o, random_stream *r, const uint8_t *in, uint8_t *out);

#endif
