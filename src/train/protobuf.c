#include "protobuf.h"

#include <stdlib.h>
#include <string.h>

/* What follows a field's number. */
enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

enum { LONGEST_VARINT = 10 };

void protobuf_raw(protobuf *p, const void *bytes, size_t size)
{
    if (p->failed || size == 0) return;
    if (size > p->room - p->size) {
        const size_t room = 2 * p->size + size + 256;
        uint8_t *more = size < SIZE_MAX / 4 && p->size < SIZE_MAX / 4 ? realloc(p->bytes, room) : NULL;
        if (!more) {
            p->failed = 1;
            return;
        }
        p->bytes = more;
        p->room = room;
    }
    memcpy(p->bytes + p->size, bytes, size);
    p->size += size;
}

/* Seven bits a byte, the lowest first; all but the last have the top bit set. */
static size_t varint(uint64_t value, uint8_t out[LONGEST_VARINT])
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7) out[n++] = (uint8_t)(value | 0x80);
    out[n++] = (uint8_t)value;
    return n;
}

static void put_varint(protobuf *p, uint64_t value)
{
    uint8_t bytes[LONGEST_VARINT];
    protobuf_raw(p, bytes, varint(value, bytes));
}

static void put_key(protobuf *p, uint32_t field, uint32_t type) { put_varint(p, (uint64_t)field << 3 | type); }

void protobuf_integer(protobuf *p, uint32_t field, uint64_t value)
{
    put_key(p, field, VARINT);
    put_varint(p, value);
}

/* Numbers of fixed size are little-endian, like every machine this trains on. */
void protobuf_float(protobuf *p, uint32_t field, float value)
{
    put_key(p, field, FIXED32);
    protobuf_raw(p, &value, sizeof value);
}

void protobuf_double(protobuf *p, uint32_t field, double value)
{
    put_key(p, field, FIXED64);
    protobuf_raw(p, &value, sizeof value);
}

void protobuf_bytes(protobuf *p, uint32_t field, const void *bytes, size_t size)
{
    put_key(p, field, LENGTH);
    put_varint(p, size);
    protobuf_raw(p, bytes, size);
}

void protobuf_text(protobuf *p, uint32_t field, const char *text) { protobuf_bytes(p, field, text, strlen(text)); }

size_t protobuf_begin(protobuf *p, uint32_t field)
{
    put_key(p, field, LENGTH);
    return p->size;
}

/* The length stands before the message and is known only now: the message moves to make room for it. */
void protobuf_end(protobuf *p, size_t begun)
{
    uint8_t length[LONGEST_VARINT];
    const size_t size = p->size - begun, n = varint(size, length);
    protobuf_raw(p, length, n);
    if (p->failed) return;
    memmove(p->bytes + begun + n, p->bytes + begun, size);
    memcpy(p->bytes + begun, length, n);
}
