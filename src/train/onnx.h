/* onnx.h — the shipped network as an ONNX model (https://onnx.ai), opset 13.
 *
 *   pixels         uint8[N,1,28,28]   ink in MNIST's form: 0 = paper, 255 = full ink; any N
 *   logits         int32[N,10]        digits_predict's, the same integers
 *   probabilities  float[N,10]        digits_probabilities'
 *
 * Plain integer operators (ConvInteger) in the core's own order: every product, sum and bias is int32, and one float
 * multiplication and one rounding to nearest even bring a layer's sums back to 0..127 (or 0..63). So the logits are
 * equal for every network that the core opens, with no bound on the weights, in every runtime that keeps to the
 * operators' definitions. (Activations have 7 bits: runtimes that add two products in 16 bits don't saturate.)
 *
 * The weights keep their names and their 8 bits; the model card is in the metadata. */
#ifndef DIGITS_ONNX_H
#define DIGITS_ONNX_H

#include "digits.h"

/* file: weights, as digits_network_open takes them. *model is malloc'ed. Statuses are those of digits_network_open; and
 * DIGITS_BAD_ARGUMENT for a network that is no chain of conv with stride 1, pool and dense on 28×28. */
digits_status onnx_export(const uint8_t *file, size_t size, uint8_t **model, size_t *bytes);

#endif
