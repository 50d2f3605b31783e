/* Which coding of a file a client gets (RFC 9110 §12.5.3). */
#ifndef SERVE_NEGOTIATE_H
#define SERVE_NEGOTIATE_H

#include "files.h"
#include "request.h"

/* The coding to send, out of the bit set `available`, by the request's Accept-Encoding lines: the
 * one of the highest weight, and of equals br before gzip before none. None of them said is none
 * of them wanted. What is not well formed counts as not there; a client that refuses all there is
 * gets the file without coding, as §12.5.3 allows. */
enum coding negotiate(const struct request *request, uint64_t available);

#endif
