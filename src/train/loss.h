/* loss.h — what training makes small: cross-entropy with label smoothing (Szegedy et al. 2016), and learning from a
 * teacher's softened answers (Hinton et al. 2015). */
#ifndef DIGITS_LOSS_H
#define DIGITS_LOSS_H

#include "digits.h"

typedef struct loss_options {
    float smoothing;   /* this share of the target is spread over all ten */
    float share;       /* of the teacher, 0..1 */
    float temperature; /* of the teacher's part */
} loss_options;

/* The loss of ten logits against a label (none of 0..9: no digit), and its gradient by them. An eleventh logit, that of no digit, is always 0:
 * a softmax does not change when the same is added to all, so nothing is lost. taught: the teacher's probabilities at that
 * temperature, or NULL: then its share does not count. */
float loss(const loss_options *o, const float *logits, int label, const float *taught, float *gradient);

#endif
