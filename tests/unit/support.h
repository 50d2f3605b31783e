/* support.h — what the tests of several rooms make: weights files, opened networks, handwriting. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include "digits.h"

typedef struct file {
    uint8_t bytes[1 << 16];
    size_t size;
} file;

typedef struct opened {
    const digits_network *network;
    void *memory, *work;
    size_t work_bytes;
} opened;

typedef struct drawing {
    int label, strokes;
    uint32_t lengths[3];
    float xy[60]; /* in a box of 100 wide, 100 high */
} drawing;

enum { DRAWN = 7 };
extern const drawing DRAWINGS[DRAWN];

void put_header(file *f, const char *text);

void put(file *f, const void *bytes, size_t n);

/* A file of that architecture with random weights of -limit..limit, and activations up to most. Where limit is negative,
 * all weights of a channel are limit, or all are -limit: the largest sums that there can be. */
void random_network_of(file *f, const char *text, uint32_t seed, int most, int limit);

void random_network(file *f, const char *text, uint32_t seed);

/* The core wants 16-byte alignment; WebAssembly's malloc promises 8. */
void *allocate(size_t bytes);

digits_status open_network(const uint8_t *bytes, size_t size, digits_kernels kernels, opened *o);

void close_network(opened *o);

size_t points_of(const drawing *d);

/* A grey picture: a round pen, 1 pixel soft, over what is there. */
void draw_picture(const drawing *d, float x, float y, float size, float pen, float ink, uint8_t *to, int w, int h);

/* A thick line from the top left to a place on the lower edge. */
void draw_line(uint8_t pixels[DIGITS_PIXELS], int to);

/* digits_text of digits alone. */
digits_status text_of(digits_digit *digits, size_t count, char *text, size_t size);

#endif
