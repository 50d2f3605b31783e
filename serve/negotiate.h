/* Content negotiation: the coding of a file that a client gets (RFC 9110 §12.5.3). */
#ifndef SERVE_NEGOTIATE_H
#define SERVE_NEGOTIATE_H

#include "site.h"
#include "request.h"

/* The coding to send, out of the bit set `available`, by the request's Accept-Encoding lines: the
 * one with the highest weight, and of equals br before gzip before none. A coding that is not
 * mentioned is not acceptable. An element that is malformed is ignored; a client that refuses all
 * there are gets the file without coding, as §12.5.3 allows. */
enum coding negotiate(const struct request *request, uint64_t available);

#endif
