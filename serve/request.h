/* One request head (RFC 9112 §2.1: request line and header lines) → what was asked.
 *
 * Pure functions over bytes: no socket, no memory kept, nothing allocated. llhttp parses; what it
 * lets through and this server does not need is refused here.
 */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_HEADERS_MAX 100 /* header lines in a head */
#define REQUEST_PATH_MAX 1024   /* a decoded path with its NUL */

struct span {
    const char *at; /* not NUL-terminated */
    size_t len;
};

struct header {
    struct span name, value; /* the value without the white space around it */
};

struct request {
    bool head_only;              /* HEAD: the answer has no body */
    bool keep_alive;             /* another request may follow on this connection */
    bool http10;                 /* HTTP/1.0: keep-alive must be said in the answer */
    char path[REQUEST_PATH_MAX]; /* decoded, begins with "/"; "" when refused */
    size_t header_count;
    struct header headers[REQUEST_HEADERS_MAX]; /* point into the head given to request_parse() */
};

/* Parses the `len` bytes of one whole head, its empty line included, every line ended by CRLF.
 * 0: *out is filled. Otherwise the status to refuse with: 400, 404, 405, 431 or 505; *out then
 * has head_only, keep_alive and http10, which the refusal needs. `head` must outlive *out. */
int request_parse(const char *head, size_t len, struct request *out);

/* Decodes the path of a request target (RFC 9112 §3.2, origin-form or absolute-form; the query
 * is dropped). Refused with 400: a bad %xx, "." and ".." segments, and an encoded slash,
 * backslash, control character or percent sign, whether or not such a file exists. A path that
 * is too long for any file is 404. 0: `path` holds the decoded path. */
int request_path(struct span target, char path[REQUEST_PATH_MAX]);

/* The first header line of this name behind `after`, or of all when that is NULL; NULL: no more.
 * Names are compared without regard to case. */
const struct header *request_next(const struct request *request, const struct header *after, const char *name);

/* Whether the text is this word, in small or capital letters. */
bool request_is(struct span text, const char *word);

/* A space or a tab: the white space of header values (RFC 9110 §5.6.3). */
bool request_is_blank(char c);

#endif
