/* safetensors.h — a strict, bounded reader of safetensors files (https://github.com/huggingface/safetensors:
 * u64 little-endian header length, a JSON header, then the tensors' bytes without holes).
 *
 * Refused: headers over WEIGHTS_MAX_HEADER, unknown keys or types, duplicate names, offsets that overlap, leave
 * holes or pass the end, sizes that are not shape × type. Nothing is copied: tensors point into the file. */
#ifndef DIGITS_SAFETENSORS_H
#define DIGITS_SAFETENSORS_H

#include "architecture.h"

enum { WEIGHTS_MAX_TENSORS = 128, WEIGHTS_MAX_NAME = 32, WEIGHTS_MAX_RANK = 4, WEIGHTS_MAX_HEADER = 1 << 20 };

typedef enum weights_type { WEIGHTS_I8, WEIGHTS_I32, WEIGHTS_F32 } weights_type;

typedef struct weights_tensor {
    char name[WEIGHTS_MAX_NAME];
    weights_type type;
    int32_t rank;
    uint32_t shape[WEIGHTS_MAX_RANK];
    size_t begin, end;   /* bytes, from the first byte after the header */
    const uint8_t *data; /* not aligned */
} weights_tensor;

typedef struct weights_file {
    char architecture[ARCHITECTURE_MAX_TEXT]; /* "architecture" of __metadata__; "" if there is none */
    int32_t qmax; /* the largest activation: "activations" of __metadata__, "63" or "127"; 127 if there is none */
    int32_t input_max; /* the largest input: "input_max", likewise; qmax if there is none */
    int32_t count;
    weights_tensor tensors[WEIGHTS_MAX_TENSORS];
} weights_file;

/* DIGITS_WEIGHTS_CUT_SHORT or DIGITS_WEIGHTS_DAMAGED if it is no good. */
digits_status weights_parse(const uint8_t *file, size_t size, weights_file *out);

/* The tensor of that name, type and shape (rank numbers); NULL if there is none. */
const weights_tensor *weights_find(const weights_file *file, const char *name, weights_type type, int32_t rank,
                                   const uint32_t *shape);

#endif
