/* The server's clocks. The tests link tests/server/clock.c in place of clock.c, to set the time. */
#ifndef SERVE_CLOCK_H
#define SERVE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that is never set back. */
int64_t clock_monotonic_ms(void);

/* Seconds since 1970, UTC. */
int64_t clock_unix_time(void);

#endif
