/* reading.h — one digit's 28×28 picture → an entry of the reading. */
#ifndef DIGITS_READING_H
#define DIGITS_READING_H

#include "text_lines.h"

/* Runs the network on digit->pixels and fills in label, confidence, probabilities, logits, and the box (rounded
 * outwards), line and space from b. work: at least digits_predict_size(network) bytes. */
digits_status reading_fill(const digits_network *network, const layout_box *b, void *work, size_t work_bytes,
                           digits_digit *digit);

#endif
