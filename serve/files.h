/* The site in memory: every file that may be served, in one block that does not change.
 *
 * gather() makes the block in a memfd and seals it; the server maps it. A request looks up this
 * table and opens nothing, so no request can reach a file that is not in it. Everything in the
 * block is said as an offset from its beginning, so it reads the same in every process.
 */
#ifndef SERVE_FILES_H
#define SERVE_FILES_H

#include <stddef.h>
#include <stdint.h>

#define FILES_MAX 4096                      /* files in a site */
#define FILES_BYTES_MAX ((size_t)512 << 20) /* the whole block */
#define FILES_PATH_MAX 1024                 /* a path with its NUL */
#define FILES_DEPTH_MAX 16                  /* folders below the root */

/* Content codings (RFC 9110 §8.4.1), the more welcome one later. */
enum coding { CODING_NONE, CODING_GZIP, CODING_BR, CODINGS };

struct piece {
    uint64_t at, len; /* bytes, from the beginning of the block */
};

/* One file in one coding. */
struct variant {
    struct piece body;
    struct piece fields; /* header fields that every answer with it has, and the empty line */
    struct piece etag;   /* a strong entity tag with its quotes (RFC 9110 §8.8.3) */
    uint64_t described;  /* bytes of `fields` at its front that a 304 leaves out */
};

struct file {
    uint64_t path;    /* of its URL, decoded, NUL-terminated: "/app.js" */
    uint64_t codings; /* bit set of enum coding: which variants there are; CODING_NONE always is */
    struct variant variants[CODINGS];
};

/* What the block begins with. */
struct files_head {
    uint64_t list, entries; /* struct file[], sorted by path; "/" stands for "/index.html" */
    uint64_t count, bytes;  /* files, and their bytes without coding: for a person */
    struct piece refusal;   /* header fields of an answer that is no file, and the empty line */
};

struct files {
    const unsigned char *base; /* the block */
    size_t size;
    int fd;      /* to send large bodies from */
    size_t refs; /* who uses it: the server, and each answer under way */
};

/* Maps the block that gather() made, with one reference. Takes over `fd`. NULL: no memory. */
struct files *files_map(int fd);

/* Gives back one reference; the last one frees the block. NULL is fine. */
void files_release(struct files *files);

static inline const struct files_head *files_head(const struct files *files)
{
    return (const struct files_head *)(const void *)files->base;
}

/* The bytes of a piece. */
static inline const char *files_at(const struct files *files, uint64_t at) { return (const char *)files->base + at; }

/* The file at this decoded path, or NULL. */
const struct file *files_find(const struct files *files, const char *path);

#endif
