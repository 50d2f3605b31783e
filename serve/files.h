/* The site in memory: every file that may be served, read once at start.
 *
 * A request looks up this table and opens nothing, so no request can reach a file that is not
 * in it. The table does not change after files_load(); connections share it by const pointer.
 */
#ifndef SERVE_FILES_H
#define SERVE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#define FILES_MAX 4096                      /* files in a site */
#define FILES_BYTES_MAX ((size_t)512 << 20) /* their bytes together */
#define FILES_PATH_MAX 1024                 /* a path with its NUL */
#define FILES_DEPTH_MAX 16                  /* folders below the root */

struct file {
    char *path;          /* as in a URL, decoded: "/app.js"; owned by the table */
    unsigned char *data; /* `size` bytes; owned by the table */
    size_t size;
    const char *type; /* the Content-Type (RFC 9110 §8.3); static */
    char etag[40];    /* a strong entity tag with its quotes (RFC 9110 §8.8.3) */
};

struct files {
    struct file *list; /* sorted by path */
    size_t count;
    size_t bytes;         /* of all files together */
    size_t links_skipped; /* symbolic links met and left out */
};

/* Reads the regular files below the folder `root` into *out. Names that begin with a dot and
 * symbolic links below the root are left out; the root itself may be a link.
 * True: *out is filled and goes back through files_free().
 * False: *out is empty, and `why` holds a sentence for a person (cut to why_size, > 0). */
bool files_load(const char *root, struct files *out, char *why, size_t why_size);

/* Frees what files_load() filled; fine on an empty table. */
void files_free(struct files *files);

/* The file at this decoded path, or NULL; a path ending in "/" means its index.html. */
const struct file *files_find(const struct files *files, const char *path);

#endif
