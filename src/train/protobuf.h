/* protobuf.h — writes protocol buffers (https://protobuf.dev/programming-guides/encoding): as much of the format as
 * the exports to ONNX and TensorBoard need.
 *
 * A message is its fields in a row; {0} is an empty one. When memory runs out, failed is set and nothing more is
 * written, so that only the end needs a look at it. Every function may be called in that state. */
#ifndef DIGITS_PROTOBUF_H
#define DIGITS_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

typedef struct protobuf {
    uint8_t *bytes; /* malloc'ed: the caller's to free */
    size_t size, room;
    int failed;
} protobuf;

/* int32, int64, uint32, uint64, bool or an enum; of the signed ones only what is not negative. */
void protobuf_integer(protobuf *p, uint32_t field, uint64_t value);
void protobuf_float(protobuf *p, uint32_t field, float value);
void protobuf_double(protobuf *p, uint32_t field, double value);
/* string or bytes. */
void protobuf_bytes(protobuf *p, uint32_t field, const void *bytes, size_t size);
void protobuf_text(protobuf *p, uint32_t field, const char *text);

/* A message within the message: what is written between begin and end, which takes what begin returned. */
size_t protobuf_begin(protobuf *p, uint32_t field);
void protobuf_end(protobuf *p, size_t begun);

/* Bytes that belong to no field, for files that put something between messages. */
void protobuf_raw(protobuf *p, const void *bytes, size_t size);

#endif
