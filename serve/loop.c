#define _GNU_SOURCE /* accept4() */
#include "loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

#define EVENTS 64
#define TICK_MS 1000                 /* how often deadlines are looked at */
#define LINGER_MS 2000               /* how long to wait for a client to notice that we closed */
#define TURN_BYTES ((size_t)1 << 20) /* sent to one client before the others have their turn */

struct conn {
    int fd;
    uint32_t watched; /* what epoll waits for */
    bool half_closed; /* the client sends no more */
    bool lingering;   /* we send no more */
    int64_t deadline; /* on loop->now's clock */
    struct conn *next, *previous;
    struct http http;
};

struct loop {
    int epoll, listener;
    int signals;    /* its address, and that of `listener`, stand for them in epoll's events */
    bool accepting; /* false while full or out of descriptors */
    const struct files *files;
    struct loop_limits limits;
    struct conn *conns; /* all open ones */
    size_t count;
    int64_t now; /* ms, monotonic */
    time_t date_of;
    char date[HTTP_DATE_SIZE];
};

int loop_listen(uint16_t *port)
{
    int on = 1, off = 0, error = EAFNOSUPPORT;
    for (int v6 = 1; v6 >= 0; v6--) {
        struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(*port)};
        struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(*port)};
        const struct sockaddr *any = v6 ? (struct sockaddr *)&any6 : (struct sockaddr *)&any4;
        socklen_t size = v6 ? sizeof any6 : sizeof any4;
        int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        /* SO_REUSEADDR: a restart need not wait for old connections to time out. */
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            (!v6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) && bind(fd, any, size) == 0 &&
            listen(fd, SOMAXCONN) == 0) {
            struct sockaddr_in6 taken = {0}; /* the port lies at the same place for both families */
            size = sizeof taken;
            if (getsockname(fd, (struct sockaddr *)&taken, &size) == 0) {
                *port = ntohs(taken.sin6_port);
                return fd;
            }
        }
        error = errno;
        if (fd >= 0) close(fd);
        if (error == EADDRINUSE || error == EACCES) break; /* IPv4 would hide what is wrong */
    }
    return -error;
}

/* Returns false only if epoll is out of memory. */
static bool watch(struct loop *loop, int op, int fd, uint32_t events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};
    return epoll_ctl(loop->epoll, op, fd, &event) == 0;
}

static void accept_more(struct loop *loop, bool more)
{
    if (loop->accepting != more && watch(loop, EPOLL_CTL_MOD, loop->listener, more ? EPOLLIN : 0, &loop->listener))
        loop->accepting = more;
}

static void drop(struct loop *loop, struct conn *conn)
{
    if (conn->previous) conn->previous->next = conn->next;
    else loop->conns = conn->next;
    if (conn->next) conn->next->previous = conn->previous;
    close(conn->fd); /* also takes it out of the epoll set */
    free(conn);
    loop->count--;
    accept_more(loop, true);
}

/* Waits for `events` on the connection; epoll is only told when that changes. */
static void wait_for(struct loop *loop, struct conn *conn, uint32_t events)
{
    if (conn->watched == events) return;
    if (watch(loop, EPOLL_CTL_MOD, conn->fd, events, conn)) conn->watched = events;
    else drop(loop, conn);
}

/* Our answers are out. Closing at once while the client still sends would make the kernel reset
 * the connection, and the client may lose the answer (RFC 9112 §9.6): say that we are done, and
 * read on for a moment. */
static void linger(struct loop *loop, struct conn *conn)
{
    if (conn->half_closed || shutdown(conn->fd, SHUT_WR) != 0) {
        drop(loop, conn);
        return;
    }
    conn->lingering = true;
    conn->deadline = loop->now + LINGER_MS;
    wait_for(loop, conn, EPOLLIN);
}

/* Sends answers until there are none, the socket is full, or it is others' turn. */
static void send_answers(struct loop *loop, struct conn *conn)
{
    struct iovec parts[2];
    size_t sent = 0;
    for (int count; (count = http_output(&conn->http, loop->date, parts)) > 0;) {
        if (sent >= TURN_BYTES) {
            wait_for(loop, conn, EPOLLOUT);
            return;
        }
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
        ssize_t n = sendmsg(conn->fd, &message, MSG_NOSIGNAL);
        if (n >= 0) {
            http_sent(&conn->http, (size_t)n);
            sent += (size_t)n;
            conn->deadline = loop->now + loop->limits.idle_ms;
        } else if (errno == EAGAIN) {
            wait_for(loop, conn, EPOLLOUT);
            return;
        } else if (errno != EINTR) {
            drop(loop, conn);
            return;
        }
    }
    if (http_done(&conn->http)) linger(loop, conn);
    else if (conn->half_closed) drop(loop, conn);
    else wait_for(loop, conn, EPOLLIN);
}

/* One turn of a connection: one read at most, then what can be answered. */
static void turn(struct loop *loop, struct conn *conn, uint32_t events)
{
    char scrap[4096], *at = scrap;
    size_t room = sizeof scrap;
    if (events & (EPOLLERR | EPOLLHUP)) {
        drop(loop, conn);
        return;
    }
    if (events & EPOLLIN) {
        if (!conn->lingering) room = http_space(&conn->http, &at);
        ssize_t n = recv(conn->fd, at, room, 0);
        if ((n < 0 && errno != EAGAIN && errno != EINTR) || (n == 0 && conn->lingering)) {
            drop(loop, conn);
            return;
        }
        if (n == 0) conn->half_closed = true;
        if (n > 0 && !conn->lingering) http_received(&conn->http, (size_t)n);
    }
    if (!conn->lingering) send_answers(loop, conn);
}

static void accept_conns(struct loop *loop)
{
    while (loop->count < loop->limits.connections) {
        int fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            /* Out of descriptors or memory: the listener stays ready, so waiting on it would spin.
       * The next close or tick asks again. */
            if (errno != EAGAIN) accept_more(loop, false);
            return;
        }
        int on = 1; /* an answer's last packet is not held back for the next one */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct conn *conn = malloc(sizeof *conn);
        if (!conn || !watch(loop, EPOLL_CTL_ADD, fd, EPOLLIN, conn)) {
            free(conn);
            close(fd);
            continue;
        }
        conn->fd = fd;
        conn->watched = EPOLLIN;
        conn->half_closed = conn->lingering = false;
        conn->deadline = loop->now + loop->limits.idle_ms;
        conn->previous = NULL;
        conn->next = loop->conns;
        if (conn->next) conn->next->previous = conn;
        loop->conns = conn;
        loop->count++;
        http_init(&conn->http, loop->files);
    }
    accept_more(loop, false);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tell_time(struct loop *loop)
{
    loop->now = now_ms();
    time_t now = time(NULL);
    struct tm tm;
    if (now == loop->date_of || !gmtime_r(&now, &tm)) return;
    /* The C locale, as setlocale() is never called: English names as RFC 9110 §5.6.7 has them. */
    strftime(loop->date, sizeof loop->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    loop->date_of = now;
}

/* Serves until a signal: 0, or -errno. */
static int serve(struct loop *loop)
{
    for (int64_t ticked = now_ms();;) {
        struct epoll_event events[EVENTS];
        int timeout = loop->count > 0 || !loop->accepting ? TICK_MS : -1;
        int n = epoll_wait(loop->epoll, events, EVENTS, timeout);
        if (n < 0 && errno != EINTR) return -errno;
        tell_time(loop);
        for (int i = 0; i < n; i++) {
            /* Each descriptor comes up once in a batch and a turn drops only its own connection, so
       * no later event of the batch can point to one that is gone. */
            void *what = events[i].data.ptr;
            if (what == &loop->signals) return 0;
            if (what == &loop->listener) accept_conns(loop);
            else turn(loop, what, events[i].events);
        }
        if (loop->now - ticked < TICK_MS) continue;
        ticked = loop->now;
        for (struct conn *conn = loop->conns, *next; conn; conn = next) {
            next = conn->next;
            if (loop->now >= conn->deadline) drop(loop, conn);
        }
        accept_more(loop, loop->count < loop->limits.connections);
    }
}

int loop_signals(void)
{
    /* Signals come as one more descriptor to read: no handler, no flag, no race with the wait. */
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    if (sigprocmask(SIG_BLOCK, &stops, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
    int fd = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int loop_run(int listener, int signals, const struct files *files, const struct loop_limits *limits)
{
    struct loop loop = {.listener = listener,
                        .signals = signals,
                        .accepting = true,
                        .files = files,
                        .limits = *limits,
                        .date_of = -1};
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop.epoll < 0) return -errno;
    int result;
    if (!watch(&loop, EPOLL_CTL_ADD, signals, EPOLLIN, &loop.signals) ||
        !watch(&loop, EPOLL_CTL_ADD, listener, EPOLLIN, &loop.listener))
        result = -errno;
    else result = serve(&loop);
    for (struct conn *conn = loop.conns, *next; conn; conn = next) {
        next = conn->next;
        drop(&loop, conn);
    }
    close(loop.epoll);
    return result;
}
