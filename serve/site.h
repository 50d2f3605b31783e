/* The site in memory: every file that can be served, in one immutable block.
 *
 * site_build() writes the block into a memfd and seals it; the server maps it. A request is a lookup
 * in its table and opens no file, so no request can reach a file that is not in the table. The block
 * holds offsets from its start, no pointers, so it means the same in every process.
 */
#ifndef SERVE_SITE_H
#define SERVE_SITE_H

#include <stddef.h>
#include <stdint.h>

#define SITE_FILES_MAX 4096               /* files in a site */
#define SITE_BYTES_MAX ((size_t)64 << 20) /* the whole block; compose.yaml and deploy/ have memory for two */
#define SITE_PATH_MAX 1024                /* a path with its NUL */
#define SITE_DEPTH_MAX 16                 /* directories below the root */

/* Content codings (RFC 9110 §8.4.1), the preferred one later. */
enum coding { CODING_NONE, CODING_GZIP, CODING_BR, CODINGS };

struct extent {
    uint64_t at, len; /* bytes, from the start of the block */
};

/* One file in one coding. */
struct representation {
    struct extent body;
    struct extent headers;    /* header lines of every response with it, and the empty line */
    struct extent etag;       /* a strong entity tag with its quotes (RFC 9110 §8.8.3) */
    uint64_t content_headers; /* bytes at the front of `headers` that a 304 leaves out */
};

struct file {
    uint64_t path;    /* of its URL, decoded, NUL-terminated: "/app.js" */
    uint64_t codings; /* bit set of enum coding: the representations there are, CODING_NONE always */
    int64_t modified; /* s since 1970; 0: not known, or in the future */
    struct representation representations[CODINGS];
};

/* The start of the block. */
struct site_header {
    uint64_t table, entries;     /* struct file[], sorted by path; "/" is an entry beside "/index.html" */
    uint64_t files, bytes;       /* files, and their bytes without coding, to be shown to a person */
    struct extent error_headers; /* header lines of a response that is not a file, and the empty line */
};

struct site {
    const unsigned char *base; /* the block */
    size_t size;
    int fd;      /* for sendfile() */
    size_t refs; /* the server's, and one for each response under way */
};

/* Maps the block that site_build() made, with one reference. Takes over `fd`. NULL: out of memory. */
struct site *site_map(int fd);

/* Drops one reference; the last one frees the block. NULL is fine. */
void site_release(struct site *site);

static inline const struct site_header *site_header(const struct site *site)
{
    return (const struct site_header *)(const void *)site->base;
}

/* The bytes at an offset. */
static inline const char *site_at(const struct site *site, uint64_t at) { return (const char *)site->base + at; }

/* The file at this decoded path, or NULL. */
const struct file *site_find(const struct site *site, const char *path);

#endif
