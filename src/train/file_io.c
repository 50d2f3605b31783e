#include "file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int save_file(const char *path, const void *bytes, size_t size)
{
    char part[4096];
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part) {
        errno = ENAMETOOLONG;
        return 0;
    }
    const int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return 0;
    const char *at = bytes;
    int ok = 1;
    for (size_t left = size; ok && left > 0;) {
        const ssize_t n = write(fd, at, left);
        if (n < 0 && errno == EINTR) continue;
        ok = n > 0;
        if (ok) {
            at += n;
            left -= (size_t)n;
        }
    }
    ok = ok && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && ok) {
        ok = 0;
        why = errno;
    }
    if (ok && rename(part, path) == 0) return 1;
    if (ok) why = errno;
    unlink(part);
    errno = why;
    return 0;
}

int load_file(const char *path, size_t limit, void **bytes, size_t *size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0) return 0;
    char *to = NULL;
    size_t room = 0, n = 0;
    int why = 0;
    if (fstat(fd, &st) != 0) why = errno;
    else if (S_ISDIR(st.st_mode)) why = EISDIR;
    else if (st.st_size > 0 && (size_t)st.st_size > limit) why = EFBIG;
    while (!why) {
        if (n == room) { /* one byte more than the file, to see its end; a pipe says 0, and is read as it comes */
            room = room ? 2 * room : (size_t)st.st_size + 1;
            char *more = realloc(to, room);
            if (!more) why = ENOMEM;
            else to = more;
            continue;
        }
        const ssize_t got = read(fd, to + n, room - n);
        if (got == 0) break;
        if (got < 0 && errno != EINTR) why = errno;
        if (got > 0) n += (size_t)got;
        if (n > limit) why = EFBIG;
    }
    close(fd);
    if (!why) {
        *bytes = to;
        *size = n;
        return 1;
    }
    free(to);
    errno = why;
    return 0;
}
