/* The event loop: one thread, one epoll set, non-blocking all through. */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

#include <stddef.h>

#include "connections.h"
#include "listener.h"

/* Ignores SIGPIPE and blocks SIGTERM, SIGINT, SIGHUP and SIGUSR1 for the process; they come up on the
 * descriptor that this returns, the caller's to close, or -errno. Called before anything tells the
 * outside that the server is there, so that it always ends the same way. */
int loop_signals(void);

struct loop_descriptors {
    int listeners[LISTENERS_MAX];
    size_t listener_count;
    int signals, loader;
};

/* Serves whoever connects to the listeners. SIGHUP has the `loader` load the site again, SIGUSR1
 * open the log file again. At SIGTERM or SIGINT it accepts no more connections, closes those that are
 * idle, and responds to what was asked; at a second one it just ends. The listeners are closed on
 * return, and all connections are; service->site is the caller's to release.
 * Returns 0, or -errno when it could not go on. */
int loop_run(const struct loop_descriptors *descriptors, struct service *service, const struct limits *limits);

#endif
