/* One request head (RFC 9112 §2.1: request line and field lines) → what is asked for.
 *
 * Pure functions over bytes: no socket, no state, no allocation. llhttp parses; every rule of the
 * RFCs that a request can break is checked here as well, so that none of them hangs on llhttp's
 * version or build flags.
 */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_HEADERS_MAX 100 /* field lines in a head */
#define REQUEST_PATH_MAX 1024   /* a decoded path with its NUL */

struct span {
    const char *at; /* not NUL-terminated */
    size_t len;
};

/* A field line. */
struct header {
    struct span name, value; /* the value without the white space around it */
};

struct request {
    bool head_only;              /* HEAD: the response has no body */
    bool keep_alive;             /* another request may follow on this connection */
    bool http10;                 /* HTTP/1.0: the response must say keep-alive */
    char path[REQUEST_PATH_MAX]; /* decoded, begins with "/"; "" when refused */
    size_t header_count;
    struct header headers[REQUEST_HEADERS_MAX]; /* point into the head given to request_parse() */
};

/* Parses the `len` bytes of one whole head, its empty line included, every line ended by CRLF.
 * 0: *out is filled. Otherwise the status to refuse with: 400, 404, 405, 431, 501 or 505; *out then
 * has head_only, keep_alive and http10, which the error response needs. `head` must outlive *out. */
int request_parse(const char *head, size_t len, struct request *out);

/* Decodes the path of a request target (RFC 9112 §3.2, origin-form or absolute-form); the query
 * is dropped. Refused with 400: a malformed %xx, "." and ".." segments, and an encoded slash,
 * backslash or control character, whether or not such a file exists. A path that is too long for
 * any file is 404. 0: `path` holds the decoded path. */
int request_path(struct span target, char path[REQUEST_PATH_MAX]);

/* The first field line of this name after `after`, or of all when that is NULL; NULL: no more.
 * Names are case-insensitive. */
const struct header *request_header(const struct request *request, const struct header *after, const char *name);

/* Whether the text is this word, case-insensitively. */
bool span_is(struct span text, const char *word);

/* Optional white space around field values (RFC 9110 §5.6.3): a space or a tab. */
bool is_ows(char c);

#endif
