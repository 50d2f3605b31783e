/* page_loss.h — what training the page network makes small: a sum of named parts. */
#ifndef DIGITS_PAGE_LOSS_H
#define DIGITS_PAGE_LOSS_H

#include "page_targets.h"

enum { PAGE_TURNS = 4 };

typedef enum page_part {
    PAGE_LOSS_INK,    /* binary cross-entropy, mean over subcells */
    PAGE_LOSS_DICE,   /* of the ink of all n scenes */
    PAGE_LOSS_CENTRE, /* focal, sum over cells by number of objects */
    PAGE_LOSS_OFFSET, /* smooth L1, mean over the cells that tell of an object, mean over objects; so the next three */
    PAGE_LOSS_SIZE,
    PAGE_LOSS_KIND, /* cross-entropy */
    PAGE_LOSS_TURN, /* cross-entropy */
    PAGE_LOSSES
} page_part;

extern const char *const page_part_names[PAGE_LOSSES];
extern const float page_loss_weights[PAGE_LOSSES];

/* outputs, gradient: float[n][PAGE_CELLS][PAGE_CELLS][channels], channels >= PAGE_OUTPUTS; gradient is 0 before.
 * targets[n]. parts: each part before weighting. Returns the weighted sum. work: float[12 · n · PAGE_CELLS²]. */
float page_loss(int n, int channels, const float *outputs, const page_targets *targets, float *gradient,
                float parts[PAGE_LOSSES], float *work);

#endif
