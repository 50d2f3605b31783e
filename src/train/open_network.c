#include "open_network.h"

#include <stdlib.h>

digits_status open_network(const uint8_t *file, size_t size, void **memory, const digits_network **network)
{
    size_t bytes = 0;
    *memory = NULL;
    digits_status status = digits_network_size(file, size, &bytes);
    if (status) return status;
    *memory = malloc(bytes);
    if (!*memory) return DIGITS_OUT_OF_MEMORY;
    status = digits_network_open(file, size, DIGITS_KERNELS_BEST, *memory, bytes, network);
    if (!status) return DIGITS_OK;
    free(*memory);
    *memory = NULL;
    return status;
}
