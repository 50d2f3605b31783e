/* All open connections: their sockets, what each waits for, and until when.
 *
 * One that waits for a request, or the rest of one, is in `waiting`; one that is being responded to, or
 * is closed by us and not yet by the client, is in `busy`.
 */
#ifndef SERVE_CONNECTIONS_H
#define SERVE_CONNECTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"

/* Timeouts are absolute: bytes that trickle do not extend them. All in ms. */
struct limits {
    size_t connections; /* open at once; for one more the longest waiting one is evicted */
    int64_t idle_ms;    /* between a response and the next request's first byte */
    int64_t header_ms;  /* from a request's first byte, or the connection's begin, to the whole head */
    int64_t send_ms;    /* to take a response, and a second more for every 8 KB */
    int64_t drain_ms;   /* for requests under way when the server is to end */
};

struct connection;

#define SPARES_MAX 64

/* Memory kept for the next one that needs it: musl would map and unmap pages for nearly every connection. */
struct spares {
    void *items[SPARES_MAX];
    size_t count;
};

struct connection_list {
    struct connection *first, *last;
};

struct connections {
    int epoll; /* each connection's events have it as their data */
    struct service *service;
    struct limits limits;
    struct connection_list waiting; /* the longest first */
    struct connection_list busy;
    size_t count;
    uint64_t closed; /* so far */
    struct spares connection_spares, input_spares;
    int64_t now; /* ms; the owner keeps it up to date */
};

/* Adds the accepted non-blocking socket `fd`, and takes it over. Closed when there is no memory. */
void connections_add(struct connections *all, int fd, const struct sockaddr_storage *from);

/* Handles epoll's events of one connection: one read at most, then the responses that can be sent. Closes
 * no other connection. */
void connections_handle_event(struct connections *all, struct connection *connection, uint32_t events);

/* Makes room for one more connection by closing the one that has waited longest for a request. A flood of
 * silent or slow clients so evicts itself, not those whose requests come. False: none has waited long enough. */
bool connections_evict(struct connections *all);

/* Closes those whose time is over. */
void connections_check_timeouts(struct connections *all);

/* Closes those that are idle between two requests. */
void connections_close_idle(struct connections *all);

/* Closes all, and frees what is theirs. */
void connections_close_all(struct connections *all);

#endif
