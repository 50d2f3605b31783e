/* recognizer.h — one digit's 28×28 picture → an entry of the reading. */
#ifndef DIGITS_RECOGNIZER_H
#define DIGITS_RECOGNIZER_H

#include "text_lines.h"

/* Recognizes digit->pixels and fills in label, confidence, probabilities, logits, and from the box b its own (rounded
 * outwards), line and space. work: at least digits_predict_size(recognizer->network) bytes. */
digits_status recognizer_read(const digits_recognizer *recognizer, const line_box *b, void *work, size_t work_bytes,
                              digits_digit *digit);

#endif
