/* The header lines of a response that depend on the file alone. They are made once, when the site is
 * built, and lie ready in its block. */
#ifndef SERVE_HEADERS_H
#define SERVE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "site.h"

#define HEADERS_MAX 2048 /* enough: all parts have known sizes */

/* Strict-Transport-Security: browsers come by HTTPS only, to this host or to those below it as well. */
enum hsts { HSTS_OFF, HSTS_HOST, HSTS_SUBDOMAINS };

struct file_properties {
    const char *path; /* of its URL: the name decides the media type and the caching */
    enum coding coding;
    const char *etag;
    int64_t modified; /* s since 1970; 0: not said */
    bool negotiated;  /* there are other codings of it */
};

/* Writes the header lines of a file, and the empty line; returns their length. *content_headers: how
 * many bytes at the front a 304 leaves out (RFC 9110 §15.4.5). */
size_t headers_of_file(char out[HEADERS_MAX], const struct file_properties *file, enum hsts hsts,
                       size_t *content_headers);

/* The same for a response that is not a file but a line of text. */
size_t headers_of_text(char out[HEADERS_MAX], enum hsts hsts);

#endif
