/* A folder → the block of files.h: the only part of the server that opens files. */
#ifndef SERVE_GATHER_H
#define SERVE_GATHER_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the regular files below the folder `root`. Names that begin with a dot and symbolic links
 * below the root are left out (*links counts the links); the root itself may be a link.
 * "X.br" and "X.gz" beside a file X are its codings, not files of their own; one that is older
 * than X, or no smaller, is left out. `hsts` as in fields.h.
 * Returns a sealed memfd, the caller's to close, or -1; then `why` holds a sentence for a person
 * (cut to why_size, > 0). */
int gather(const char *root, bool hsts, size_t *links, char *why, size_t why_size);

#endif
