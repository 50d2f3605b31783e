/* Conditional requests (RFC 9110 §13). */
#ifndef SERVE_PRECONDITIONS_H
#define SERVE_PRECONDITIONS_H

#include <stdint.h>

#include "request.h"

/* What is known of the selected representation. */
struct validators {
    struct span etag;
    int64_t modified; /* Last-Modified, s since 1970; 0: none */
};

/* Evaluates the preconditions in the order of §13.2.2: 412 if If-Match lacks the tag, or without
 * If-Match the file is newer than If-Unmodified-Since; 304 if If-None-Match has the tag (by weak
 * comparison), or without If-None-Match the file is not newer than If-Modified-Since; else 0. A
 * malformed list matches nothing from its fault on, a malformed date is ignored. `now` as for
 * http_date_parse(). */
int preconditions_evaluate(const struct request *request, struct validators validators, int64_t now);

#endif
