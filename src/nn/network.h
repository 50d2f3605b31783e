/* network.h — networks of any kind, and the classifier in two steps.
 *
 * A network (opened by digits_network_open, see digits.h for the arithmetic) is a classifier, which reads 28×28 ink and
 * gives ten logits: digits_predict and, for read/recognizer.c and read/corrections.c, which look at what lies between,
 * network_features and network_logits. Or it is fully convolutional and gives outputs per pixel: network_run. A network
 * is const: threads may share it, each with working memory of its own. */
#ifndef DIGITS_NETWORK_H
#define DIGITS_NETWORK_H

#include "digits.h"

/* ── any network, on a picture of any size that it reads ── */

/* Height and width of a picture are multiples of this; 0: the network reads pictures of one size, 28×28 a classifier. */
int32_t network_total_stride(const digits_network *network);

/* Picture pixels from an output cell to the next; the outputs of a picture are
 * int32[height / stride][width / stride][channels]. A classifier's are one cell of ten channels. */
int32_t network_output_stride(const digits_network *network);
int32_t network_output_channels(const digits_network *network);

/* An output times its channel's scale is a real number: a logit, or whatever else the channel was trained to say.
 * One a channel; belongs to the network. */
const float *network_output_scale(const digits_network *network);

/* Bytes of working memory for network_run on a picture of that size. 0 if the network cannot read it: not the one size,
 * or not a multiple of the total stride, above 16 MiB pixels, or so large that 2 GiB would not do. */
size_t network_work_size(const digits_network *network, int32_t height, int32_t width);

/* The forward pass. pixels: height·width bytes of grey or ink, rows row_stride bytes apart; each comes in as its upper 7
 * or 6 bits. work: aligned to 16. outputs: as above. DIGITS_BAD_ARGUMENT, or DIGITS_NO_ROOM if work_bytes is less than
 * network_work_size. */
digits_status network_run(const digits_network *network, const uint8_t *pixels, int32_t height, int32_t width,
                          size_t row_stride, void *work, size_t work_bytes, int32_t *outputs);

/* ── classifiers ── */

/* Features: what the last layer reads of a picture, one byte each. How many there are. */
size_t network_feature_count(const digits_network *network);

/* Runs all layers but the last. *features then points into work, as long as nothing else is run there. Arguments as
 * for digits_predict, with its errors; DIGITS_BAD_ARGUMENT for what is no classifier. */
digits_status network_features(const digits_network *network, const uint8_t *pixels, void *work, size_t work_bytes,
                               const uint8_t **features);

/* Runs the last layer. features: in the working memory that network_features left them in. */
void network_logits(const digits_network *network, const uint8_t *features, int32_t logits[DIGITS_CLASSES]);

/* Logits times this are natural logarithms of odds. */
float network_logit_scale(const digits_network *network);

#endif
