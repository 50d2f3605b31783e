#include "connections.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS 2000                 /* to wait for a client to notice that we closed */
#define EVICT_AFTER_MS 500             /* to send a request, before a connection may be evicted */
#define SEND_QUANTUM ((size_t)1 << 20) /* bytes sent to one client before the others have their turn */
#define MIN_RATE 8                     /* bytes a ms that a client takes at least of a long response */

struct connection {
    int fd;
    uint32_t events;    /* what epoll waits for */
    uint32_t responses; /* begun when the deadline was last set for a response */
    bool half_closed;   /* the client sends no more */
    bool lingering;     /* we send no more */
    bool waiting;       /* for a request or the rest of it: in all->waiting, else in all->busy */
    bool partial;       /* some of a request is there */
    int64_t since;      /* when it began to wait */
    int64_t deadline;
    struct connection *next, *previous;
    struct http http;
};

static void *spares_take(struct spares *spares, size_t size)
{
    return spares->count ? spares->items[--spares->count] : malloc(size);
}

static void spares_give(struct spares *spares, void *item)
{
    if (item && spares->count < SPARES_MAX) spares->items[spares->count++] = item;
    else free(item);
}

static void list_remove(struct connections *all, struct connection *connection)
{
    struct connection_list *list = connection->waiting ? &all->waiting : &all->busy;
    if (connection->previous) connection->previous->next = connection->next;
    else list->first = connection->next;
    if (connection->next) connection->next->previous = connection->previous;
    else list->last = connection->previous;
}

static void list_append(struct connections *all, struct connection *connection, bool waiting)
{
    struct connection_list *list = waiting ? &all->waiting : &all->busy;
    connection->waiting = waiting;
    connection->next = NULL;
    connection->previous = list->last;
    if (list->last) list->last->next = connection;
    else list->first = connection;
    list->last = connection;
}

static void close_connection(struct connections *all, struct connection *connection)
{
    list_remove(all, connection);
    close(connection->fd); /* also removes it from the epoll set */
    http_end(&connection->http);
    spares_give(&all->input_spares, connection->http.input);
    spares_give(&all->connection_spares, connection);
    all->count--;
    all->closed++;
}

/* Waits for `events` on the connection; epoll is only told when that changes. Closed if it has no memory. */
static void set_events(struct connections *all, struct connection *connection, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (connection->events == events) return;
    connection->events = events;
    if (epoll_ctl(all->epoll, EPOLL_CTL_MOD, connection->fd, &event) != 0) close_connection(all, connection);
}

/* Our responses are out. Closing at once while the client still sends would make the kernel reset
 * the connection, and the client may lose the response (RFC 9112 §9.6): say that we are done, and
 * read on for a moment. */
static void linger(struct connections *all, struct connection *connection)
{
    if (connection->half_closed || shutdown(connection->fd, SHUT_WR) != 0) {
        close_connection(all, connection);
        return;
    }
    connection->lingering = true;
    connection->deadline = all->now + LINGER_MS;
    if (connection->waiting) {
        list_remove(all, connection);
        list_append(all, connection, false);
    }
    set_events(all, connection, EPOLLIN);
}

/* Lends the connection an input buffer. False: out of memory. */
static bool lend_input(struct connections *all, struct connection *connection)
{
    if (!connection->http.input) connection->http.input = spares_take(&all->input_spares, HTTP_HEAD_MAX);
    return connection->http.input != NULL;
}

static void take_back_input(struct connections *all, struct connection *connection)
{
    if (connection->http.input) spares_give(&all->input_spares, http_release_input(&connection->http));
}

/* Whether it is between two requests. */
static bool is_idle(const struct connection *connection)
{
    return connection->waiting && !connection->partial && connection->responses > 0;
}

/* Sets what the connection waits for and until when, after its events are handled. */
static void update_state(struct connections *all, struct connection *connection)
{
    uint64_t pending = http_pending(&connection->http);
    bool waiting = pending == 0, responded = connection->responses != connection->http.responses;
    connection->responses = connection->http.responses;
    take_back_input(all, connection);
    bool partial = waiting && connection->http.input;
    if (waiting != connection->waiting || (waiting && responded)) {
        list_remove(all, connection);
        list_append(all, connection, waiting);
        connection->since = all->now;
    }
    if (!waiting && responded) connection->deadline = all->now + all->limits.send_ms + (int64_t)(pending / MIN_RATE);
    if (waiting && responded) connection->deadline = all->now + all->limits.idle_ms;
    if (partial && (responded || !connection->partial)) connection->deadline = all->now + all->limits.header_ms;
    connection->partial = partial;
    if (all->service->draining && is_idle(connection)) linger(all, connection);
    else set_events(all, connection, waiting ? EPOLLIN : EPOLLOUT);
}

/* Sends some of what is to be sent: the number of bytes, or -1. */
static ssize_t send_some(struct connection *connection, struct output *output)
{
    if (output->count == 0) {
        off_t at = (off_t)output->file_at;
        ssize_t n = sendfile(connection->fd, output->fd, &at, output->file_len);
        if (n == 0) errno = EPIPE; /* never: the block does not shrink */
        return n > 0 ? n : -1;
    }
    struct msghdr message = {.msg_iov = output->parts, .msg_iovlen = (size_t)output->count};
    return sendmsg(connection->fd, &message, MSG_NOSIGNAL | (output->file_len ? MSG_MORE : 0));
}

/* Sends responses until there are none, the socket is full, or it is the others' turn. */
static void send_responses(struct connections *all, struct connection *connection)
{
    struct output output;
    for (size_t sent = 0; http_output(&connection->http, &output) && sent < SEND_QUANTUM;) {
        ssize_t n = send_some(connection, &output);
        if (n >= 0) {
            http_sent(&connection->http, (size_t)n);
            sent += (size_t)n;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            close_connection(all, connection);
            return;
        }
    }
    if (http_done(&connection->http)) linger(all, connection);
    else if (connection->half_closed && http_pending(&connection->http) == 0) close_connection(all, connection);
    else update_state(all, connection);
}

void connections_handle_event(struct connections *all, struct connection *connection, uint32_t events)
{
    char scrap[4096], *at = scrap;
    size_t room = sizeof scrap;
    if (events & (EPOLLERR | EPOLLHUP) || !(connection->lingering || lend_input(all, connection))) {
        close_connection(all, connection);
        return;
    }
    if (events & EPOLLIN) {
        if (!connection->lingering) room = http_input_space(&connection->http, &at);
        ssize_t n = recv(connection->fd, at, room, 0);
        if ((n < 0 && errno != EAGAIN && errno != EINTR) || (n == 0 && connection->lingering)) {
            close_connection(all, connection);
            return;
        }
        if (n == 0) connection->half_closed = true;
        if (n > 0 && !connection->lingering) http_received(&connection->http, (size_t)n);
    }
    if (!connection->lingering) send_responses(all, connection);
}

/* About how many bytes of responses the kernel still has: while it is not 0, closing may take the end of a response
 * from the client. (0, too, where the kernel does not tell: before 4.12.) */
static uint32_t send_queue_bytes(const struct connection *connection)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof memory;
    getsockopt(connection->fd, SOL_SOCKET, SO_MEMINFO, memory, &size);
    return memory[SK_MEMINFO_WMEM_QUEUED];
}

bool connections_evict(struct connections *all)
{
    struct connection *oldest = all->waiting.first;
    while (oldest && all->now - oldest->since >= EVICT_AFTER_MS && send_queue_bytes(oldest) > 0)
        oldest = oldest->next;
    /* What is freed is not in the list any more. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    if (!oldest || all->now - oldest->since < EVICT_AFTER_MS) return false;
    all->service->metrics.evicted++;
    close_connection(all, oldest);
    return true;
}

void connections_add(struct connections *all, int fd, const struct sockaddr_storage *from)
{
    struct in6_addr peer = {.s6_addr = {0}};
    if (from->ss_family == AF_INET6) peer = ((const struct sockaddr_in6 *)from)->sin6_addr;
    if (from->ss_family == AF_INET) { /* written as IPv6 writes IPv4 */
        peer.s6_addr[10] = peer.s6_addr[11] = 0xff;
        memcpy(peer.s6_addr + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
    }
    int on = 1; /* the last packet of a response is not held back for the next one */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *connection = spares_take(&all->connection_spares, sizeof *connection);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (!connection || epoll_ctl(all->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        spares_give(&all->connection_spares, connection);
        close(fd);
        return;
    }
    memset(connection, 0, offsetof(struct connection, http));
    http_init(&connection->http, all->service, &peer);
    connection->fd = fd;
    connection->events = EPOLLIN;
    connection->since = all->now;
    connection->deadline = all->now + all->limits.header_ms;
    list_append(all, connection, true);
    all->count++;
    all->service->metrics.accepted++;
}

/* Whether its deadline is over. The idle time begins when the client has the whole response; for what the kernel
 * still has of it, it gets as long as for what we have. */
static bool is_late(const struct connections *all, const struct connection *connection)
{
    if (all->now < connection->deadline) return false;
    uint32_t rest = connection->waiting && !connection->partial ? send_queue_bytes(connection) : 0;
    return rest == 0 || all->now >= connection->deadline + all->limits.send_ms + rest / MIN_RATE;
}

void connections_check_timeouts(struct connections *all)
{
    struct connection_list lists[] = {all->waiting, all->busy};
    for (size_t i = 0; i < 2; i++)
        for (struct connection *connection = lists[i].first, *next; connection; connection = next) {
            next = connection->next;
            if (!is_late(all, connection)) continue;
            if (!connection->lingering) all->service->metrics.timeouts++;
            if (connection->waiting && connection->partial) {
                http_timeout(&connection->http);
                send_responses(all, connection);
            } else close_connection(all, connection);
        }
}

void connections_close_idle(struct connections *all)
{
    for (struct connection *connection = all->waiting.first, *next; connection; connection = next) {
        next = connection->next; // NOLINT(clang-analyzer-unix.Malloc): what is freed is unlinked
        if (is_idle(connection)) linger(all, connection);
    }
}

void connections_close_all(struct connections *all)
{
    struct connection *lists[] = {all->waiting.first, all->busy.first};
    for (size_t i = 0; i < 2; i++)
        for (struct connection *connection = lists[i], *next; connection; connection = next) {
            next = connection->next;
            close_connection(all, connection);
        }
    while (all->input_spares.count) free(all->input_spares.items[--all->input_spares.count]);
    while (all->connection_spares.count) free(all->connection_spares.items[--all->connection_spares.count]);
}
