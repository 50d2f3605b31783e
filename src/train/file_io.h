/* file_io.h — files that are either whole or not there. */
#ifndef DIGITS_FILE_IO_H
#define DIGITS_FILE_IO_H

#include <stddef.h>

/* Writes size bytes to path by way of path.part, fsync and rename: whatever fails (a full disk, no rights), the
 * old file stays as it was. 0 on failure, with errno set. */
int save_file(const char *path, const void *bytes, size_t size);

/* Reads a whole file of at most limit bytes. *bytes is malloc'ed. 0 on failure, with errno set (EFBIG: larger). */
int load_file(const char *path, size_t limit, void **bytes, size_t *size);

#endif
