#include "descriptors.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void descriptors_close_from(int first)
{
#ifdef SYS_close_range /* kernel 5.9 and later; musl has no function for it */
    if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < limit; fd++) close(fd);
}

void descriptors_open_standard(void)
{
    int fd;
    while ((fd = open("/dev/null", O_RDWR | O_NOCTTY)) >= 0 && fd <= STDERR_FILENO) {}
    if (fd >= 0) close(fd);
}

void descriptors_fit(long *connections)
{
    const rlim_t others = 16; /* standard ones, listeners, epoll, signals, loader, two sites */
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)*connections + others) return;
    limit.rlim_cur = (rlim_t)*connections + others;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)*connections + others) return;
    *connections = limit.rlim_cur > others ? (long)(limit.rlim_cur - others) : 1;
    fprintf(stderr, "digits: note: descriptors are enough for %ld connections only\n", *connections);
}
