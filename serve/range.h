/* Range requests (RFC 9110 §14). */
#ifndef SERVE_RANGE_H
#define SERVE_RANGE_H

#include <stdint.h>

#include "request.h"

struct range {
    uint64_t first, len;
};

/* The part of `size` bytes that a GET asks for: 206, and *range is set; 416 when there is no such
 * part; 200 when all of it is asked for: no Range, one that is malformed or of another unit, more
 * than one (§14.2 leaves that to the server), or an If-Range that is not this tag. A date in
 * If-Range never matches: a time in whole seconds is not a strong validator (§8.8.2.2). */
int range_select(const struct request *request, struct span etag, uint64_t size, struct range *range);

#endif
