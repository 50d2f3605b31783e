/* The sockets: one thread, one epoll set, non-blocking all through. */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "http.h"

/* Deadlines are absolute: bytes that trickle do not move them. All in ms. */
struct loop_limits {
    size_t connections; /* open at once; for one more the oldest that waits for a request goes */
    int64_t idle_ms;    /* between an answer and the next request's first byte */
    int64_t head_ms;    /* from a request's first byte, or the connection's begin, to the whole head */
    int64_t answer_ms;  /* to take an answer, and a second more for every 8 KB */
    int64_t drain_ms;   /* for requests under way when the server is to end */
};

/* Listens on all interfaces, IPv6 and IPv4 in one socket, IPv4 alone where there is no IPv6.
 * *port is the wanted one, 0 for any that is free, and becomes the one taken.
 * Returns the socket, the caller's to close, or -errno. */
int loop_listen(uint16_t *port);

/* Ignores SIGPIPE and blocks SIGTERM, SIGINT and SIGHUP for the process; they come up on the
 * descriptor that this returns, the caller's to close, or -errno. Called before anything tells the
 * outside that the server is there, so that it always ends the same way. */
int loop_signals(void);

/* Serves to whoever connects to `listener`. SIGHUP has the site loaded again, through the socket
 * to the `loader`. At SIGTERM or SIGINT it takes no more connections, ends those that wait, and
 * answers what was asked; at a second one it just ends. `listener` is closed on return, and all
 * connections are; service->files is the caller's to release.
 * Returns 0, or -errno when it could not go on. */
int loop_run(int listener, int signals, int loader, struct service *service, const struct loop_limits *limits);

#endif
