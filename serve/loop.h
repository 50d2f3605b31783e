/* The sockets: one thread, one epoll set, non-blocking all through. */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "files.h"

struct loop_limits {
    size_t connections; /* open at once; further ones wait in the kernel's queue */
    int64_t idle_ms;    /* to send a whole request head, or between two steps of taking an answer */
};

/* Listens on all interfaces, IPv6 and IPv4 in one socket, IPv4 alone where there is no IPv6.
 * *port is the wanted one, 0 for any that is free, and becomes the one taken.
 * Returns the socket, the caller's to close, or -errno. */
int loop_listen(uint16_t *port);

/* Ignores SIGPIPE and blocks SIGTERM and SIGINT for the process; they come up on the descriptor
 * that this returns, the caller's to close, or -errno. Called before anything tells the outside
 * that the server is there, so that it always ends the same way. */
int loop_signals(void);

/* Serves `files` to whoever connects to `listener`, until one of the signals comes. Everything
 * given stays the caller's; all connections are closed on return.
 * Returns 0, or -errno when it could not go on. */
int loop_run(int listener, int signals, const struct files *files, const struct loop_limits *limits);

#endif
