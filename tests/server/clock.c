/* serve/clock.h for tests: where TEST_CLOCK names a file of two 64-bit numbers, they are the time in ms and the time
 * in s, and stand still until the test writes others. */
#include "../../serve/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(int which, clockid_t id)
{
    static volatile int64_t *times;
    static int looked;
    const char *path = looked++ ? NULL : getenv("TEST_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) times = mmap(NULL, 2 * sizeof *times, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    if (times == MAP_FAILED || (path && fd < 0)) abort();
    if (times) return times[which];
    struct timespec t;
    clock_gettime(id, &t);
    return which == 0 ? (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 : t.tv_sec;
}

int64_t clock_monotonic_ms(void) { return read_clock(0, CLOCK_MONOTONIC); }

int64_t clock_unix_time(void) { return read_clock(1, CLOCK_REALTIME); }
