/* idx.h — reads labelled pictures in MNIST's IDX format (http://yann.lecun.com/exdb/mnist/), gzipped or not. */
#ifndef DIGITS_IDX_H
#define DIGITS_IDX_H

#include <stddef.h>
#include <stdint.h>

typedef struct dataset {
    size_t count;
    uint8_t *pixels; /* ink[count][784] */
    uint8_t *labels; /* [count], 0..9, or IDX_NO_DIGIT */
} dataset;

enum { IDX_ERROR_TEXT = 512, IDX_MAX_COUNT = 10 * 1000 * 1000, IDX_DIGITS = 9, IDX_NO_DIGIT = 10 };

/* Reads both files into *out, freed with dataset_free. most: the highest label that may be there, IDX_DIGITS or IDX_NO_DIGIT.
 * false: nothing was kept, and error says what is wrong. */
int dataset_read(const char *images, const char *labels, int most, dataset *out, char error[IDX_ERROR_TEXT]);

/* As dataset_read, from DIR/PREFIX-images-idx3-ubyte and DIR/PREFIX-labels-idx1-ubyte, each with or without .gz. */
int dataset_read_folder(const char *dir, const char *prefix, int most, dataset *out, char error[IDX_ERROR_TEXT]);

void dataset_free(dataset *d);

/* CRC-32 of pixels and labels: names the data in logs. */
uint32_t dataset_checksum(const dataset *d);

#endif
