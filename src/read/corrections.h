/* corrections.h — what recognizer.c asks of the memory of corrections. */
#ifndef DIGITS_CORRECTIONS_H
#define DIGITS_CORRECTIONS_H

#include "digits.h"

/* The network that the corrections were made for. */
const digits_network *corrections_network(const digits_corrections *corrections);

/* Brings the nearest correction into the logits of a picture with these features of that network. */
void corrections_apply(const digits_corrections *corrections, const uint8_t *features,
                       int32_t logits[DIGITS_CLASSES]);

#endif
