/* A directory → the block of site.h: the only part of the server that opens files of the site. */
#ifndef SERVE_SITE_BUILD_H
#define SERVE_SITE_BUILD_H

#include <stddef.h>

#include "headers.h"

/* Reads the regular files below the directory `root`, a path relative to the descriptor `dir` as in
 * openat(). Names that begin with a dot are left out silently. What else cannot be served is left
 * out, too, and named on standard error: symbolic links below the root (the root itself may be one),
 * devices, sockets and pipes, which are never opened, files that cannot be read, and names with
 * characters that no URL of this server may have.
 * "X.br" and "X.gz" beside a file X are its codings, not files of their own; one that is older
 * than X, or no smaller, is left out.
 * Returns a sealed memfd, the caller's to close, or -1; then `error` holds a sentence for a person
 * (cut to error_size, > 0). */
int site_build(int dir, const char *root, enum hsts hsts, char *error, size_t error_size);

#endif
