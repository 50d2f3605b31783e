/* recognizer.c — the network and the corrections of its user, as one. */
#include "recognizer.h"

#include "corrections.h"
#include "nn/network.h"

#include <math.h>

digits_status digits_recognize(const digits_recognizer *r, const uint8_t *pixels, void *work, size_t work_bytes,
                               int32_t logits[DIGITS_CLASSES])
{
    const uint8_t *features;
    if (!r || !logits || (r->corrections && corrections_network(r->corrections) != r->network))
        return DIGITS_BAD_ARGUMENT;
    const digits_status status = network_features(r->network, pixels, work, work_bytes, &features);
    if (status) return status;
    network_logits(r->network, features, logits);
    if (r->corrections) corrections_apply(r->corrections, features, logits);
    return DIGITS_OK;
}

digits_status recognizer_read(const digits_recognizer *recognizer, const line_box *b, void *work, size_t work_bytes,
                              digits_digit *digit)
{
    const digits_status status = digits_recognize(recognizer, digit->pixels, work, work_bytes, digit->logits);
    if (status) return status;
    digits_probabilities(recognizer->network, digit->logits, digit->probabilities);
    digit->label = 0;
    for (int32_t i = 1; i < DIGITS_CLASSES; i++)
        if (digit->logits[i] > digit->logits[digit->label]) digit->label = i;
    digit->confidence = digit->probabilities[digit->label];
    digit->x = (int32_t)floorf(b->x0);
    digit->y = (int32_t)floorf(b->y0);
    digit->width = (int32_t)ceilf(b->x1) - digit->x;
    digit->height = (int32_t)ceilf(b->y1) - digit->y;
    digit->line = b->line;
    digit->space_before = b->space_before;
    return DIGITS_OK;
}
