/* open_network.h — a network with memory of its own, for programs that have malloc. */
#ifndef DIGITS_OPEN_NETWORK_H
#define DIGITS_OPEN_NETWORK_H

#include "digits.h"

/* Opens a weights file (size bytes, not needed afterwards) with the fastest kernels. *network lives in *memory, which
 * the caller frees. On failure *memory is NULL; DIGITS_OUT_OF_MEMORY, or as digits_network_open. */
digits_status open_network(const uint8_t *file, size_t size, void **memory, const digits_network **network);

#endif
