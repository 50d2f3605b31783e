/* Conditional and partial requests (RFC 9110 §13, §14).
 *
 * Files have entity tags and no modification dates, so the fields that compare dates are ignored,
 * as §13.1.3 and §13.1.4 ask for, and an If-Range with a date does not match.
 */
#ifndef SERVE_CONDITIONS_H
#define SERVE_CONDITIONS_H

#include <stdint.h>

#include "request.h"

/* 412 if If-Match does not have this tag, 304 if If-None-Match has it (by weak comparison), else
 * 0. A malformed list matches nothing from its fault on. */
int conditions_check(const struct request *request, struct span etag);

struct range {
    uint64_t first, len;
};

/* The part of `size` bytes that a GET asks for: 206, and *range is set; 416 when there is no such
 * part; 200 when all of it is asked for: no Range, one that is malformed or of another unit, more
 * than one (§14.2 leaves that to the server), or an If-Range that is not this tag. */
int conditions_range(const struct request *request, struct span etag, uint64_t size, struct range *range);

#endif
