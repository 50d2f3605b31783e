/* The header fields of a file, which depend on its name, coding and content alone. */
#ifndef SERVE_FIELDS_H
#define SERVE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "files.h"

#define FIELDS_MAX 2048 /* all parts have known sizes */

/* The fields of the file at `path` in `coding`, and the empty line. `packed`: the file is there in
 * other codings, too. `hsts`: browsers are told to come by HTTPS only. *described: how many bytes
 * at the front a 304 leaves out (RFC 9110 §15.4.5). Returns their length. */
size_t fields_of_file(char out[FIELDS_MAX], const char *path, enum coding coding, const char *etag, bool packed,
                      bool hsts, size_t *described);

/* The fields of an answer that is no file but a line of text, and the empty line. */
size_t fields_of_text(char out[FIELDS_MAX], bool hsts);

#endif
