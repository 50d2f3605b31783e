#define _GNU_SOURCE /* accept4() */
#include "loop.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "loader.h"

#define EVENTS 64
#define TICK_MS 250                  /* how often deadlines are looked at */
#define LINGER_MS 2000               /* how long to wait for a client to notice that we closed */
#define GRACE_MS 500                 /* to say something, before a connection may go to make room */
#define TURN_BYTES ((size_t)1 << 20) /* sent to one client before the others have their turn */
#define RATE 8                       /* bytes a ms that a client takes at least of a long answer */

struct conn {
    int fd;
    uint32_t watched; /* what epoll waits for */
    uint32_t answers; /* begun when the deadline was last set for an answer */
    bool half_closed; /* the client sends no more */
    bool lingering;   /* we send no more */
    bool waits;       /* for a request or the rest of it: in loop->waiting, else in loop->busy */
    bool partial;     /* some of a request is there */
    int64_t since;    /* when it began to wait */
    int64_t deadline; /* on loop->now's clock */
    struct conn *next, *previous;
    struct http http;
};

struct list {
    struct conn *first, *last;
};

struct loop {
    int epoll, listener, signals, loader; /* their addresses stand for them in epoll's events */
    bool accepting;                       /* false while full or out of descriptors */
    struct service *service;
    struct loop_limits limits;
    struct list waiting; /* the longest first */
    struct list busy;
    size_t count;
    char *spare;  /* an input that no connection has, or NULL */
    int64_t now;  /* ms, monotonic */
    int64_t end;  /* when a drain is over */
    bool stopped; /* it was told twice */
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
    if (loop->listener < 0 || loop->accepting == more) return;
    if (watch(loop, EPOLL_CTL_MOD, loop->listener, more ? EPOLLIN : 0, &loop->listener)) loop->accepting = more;
}

static void take_out(struct loop *loop, struct conn *conn)
{
    struct list *list = conn->waits ? &loop->waiting : &loop->busy;
    if (conn->previous) conn->previous->next = conn->next;
    else list->first = conn->next;
    if (conn->next) conn->next->previous = conn->previous;
    else list->last = conn->previous;
}

static void put_last(struct loop *loop, struct conn *conn, bool waits)
{
    struct list *list = waits ? &loop->waiting : &loop->busy;
    conn->waits = waits;
    conn->next = NULL;
    conn->previous = list->last;
    if (list->last) list->last->next = conn;
    else list->first = conn;
    list->last = conn;
}

static void drop(struct loop *loop, struct conn *conn)
{
    take_out(loop, conn);
    close(conn->fd); /* also takes it out of the epoll set */
    http_end(&conn->http);
    free(conn->http.input);
    free(conn);
    loop->count--;
    accept_more(loop, true);
}

/* Waits for `events` on the connection; epoll is only told when that changes. False: dropped. */
static bool wait_for(struct loop *loop, struct conn *conn, uint32_t events)
{
    if (conn->watched == events) return true;
    if (watch(loop, EPOLL_CTL_MOD, conn->fd, events, conn)) {
        conn->watched = events;
        return true;
    }
    drop(loop, conn);
    return false;
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
    if (conn->waits) {
        take_out(loop, conn);
        put_last(loop, conn, false);
    }
    wait_for(loop, conn, EPOLLIN);
}

/* Lends the connection an input. False: no memory. */
static bool lend_input(struct loop *loop, struct conn *conn)
{
    if (!conn->http.input) {
        conn->http.input = loop->spare ? loop->spare : malloc(HTTP_HEAD_MAX);
        loop->spare = NULL;
    }
    return conn->http.input != NULL;
}

static void take_input_back(struct loop *loop, struct conn *conn)
{
    char *input = conn->http.input ? http_return_input(&conn->http) : NULL;
    if (loop->spare) free(input);
    else loop->spare = input;
}

/* Whether it is between two requests: it may be closed when the server is to end. */
static bool may_go(const struct conn *conn) { return conn->waits && !conn->partial && conn->answers > 0; }

/* Sets what the connection waits for and until when, after a turn of it. */
static void settle(struct loop *loop, struct conn *conn)
{
    uint64_t pending = http_pending(&conn->http);
    bool waits = pending == 0, answered = conn->answers != conn->http.answers;
    conn->answers = conn->http.answers;
    take_input_back(loop, conn);
    bool partial = waits && conn->http.input;
    if (waits != conn->waits || (waits && answered)) {
        take_out(loop, conn);
        put_last(loop, conn, waits);
        conn->since = loop->now;
    }
    if (!waits && answered) conn->deadline = loop->now + loop->limits.answer_ms + (int64_t)(pending / RATE);
    if (waits && answered) conn->deadline = loop->now + loop->limits.idle_ms;
    if (partial && (answered || !conn->partial)) conn->deadline = loop->now + loop->limits.head_ms;
    conn->partial = partial;
    if (loop->service->draining && may_go(conn)) linger(loop, conn);
    else wait_for(loop, conn, waits ? EPOLLIN : EPOLLOUT);
}

/* Sends some of what is to be sent: the number of bytes, or -1. */
static ssize_t send_some(struct conn *conn, struct output *output)
{
    if (output->count == 0) {
        off_t at = (off_t)output->file_at;
        ssize_t n = sendfile(conn->fd, output->fd, &at, output->file_len);
        if (n == 0) errno = EPIPE; /* never: the block does not shrink */
        return n > 0 ? n : -1;
    }
    struct msghdr message = {.msg_iov = output->parts, .msg_iovlen = (size_t)output->count};
    return sendmsg(conn->fd, &message, MSG_NOSIGNAL | (output->file_len ? MSG_MORE : 0));
}

/* Sends answers until there are none, the socket is full, or it is others' turn. */
static void send_answers(struct loop *loop, struct conn *conn)
{
    struct output output;
    for (size_t sent = 0; http_output(&conn->http, &output) && sent < TURN_BYTES;) {
        ssize_t n = send_some(conn, &output);
        if (n >= 0) {
            http_sent(&conn->http, (size_t)n);
            sent += (size_t)n;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            drop(loop, conn);
            return;
        }
    }
    if (http_done(&conn->http)) linger(loop, conn);
    else if (conn->half_closed && http_pending(&conn->http) == 0) drop(loop, conn);
    else settle(loop, conn);
}

/* One turn of a connection: one read at most, then what can be answered. */
static void turn(struct loop *loop, struct conn *conn, uint32_t events)
{
    char scrap[4096], *at = scrap;
    size_t room = sizeof scrap;
    if (events & (EPOLLERR | EPOLLHUP) || !(conn->lingering || lend_input(loop, conn))) {
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

/* What the kernel still has of the answers, about: while it is not 0, closing may take the end of an answer from the
 * client. (0, too, where the kernel does not tell: before 4.12.) */
static uint32_t not_taken(const struct conn *conn)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof memory;
    getsockopt(conn->fd, SOL_SOCKET, SO_MEMINFO, memory, &size);
    return memory[SK_MEMINFO_WMEM_QUEUED];
}

/* Makes room for one more connection by closing the one that has waited longest for a request. A
 * flood of silent or slow ones so pushes out itself, not those whose requests come. */
static bool shed(struct loop *loop)
{
    struct conn *oldest = loop->waiting.first;
    while (oldest && loop->now - oldest->since >= GRACE_MS && not_taken(oldest) > 0) oldest = oldest->next;
    /* drop has unlinked what it freed. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    if (!oldest || loop->now - oldest->since < GRACE_MS) return false;
    loop->service->metrics.shed++;
    drop(loop, oldest);
    return true;
}

/* Takes the accepted connection `fd`. */
static void begin(struct loop *loop, int fd, const struct sockaddr_in6 *from)
{
    struct in6_addr peer = from->sin6_addr;
    if (from->sin6_family == AF_INET) { /* no IPv6 here: written as IPv6 writes IPv4 */
        peer = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
        memcpy(peer.s6_addr + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    }
    int on = 1; /* an answer's last packet is not held back for the next one */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct conn *conn = malloc(sizeof *conn);
    if (!conn || !watch(loop, EPOLL_CTL_ADD, fd, EPOLLIN, conn)) {
        free(conn);
        close(fd);
        return;
    }
    memset(conn, 0, offsetof(struct conn, http));
    http_init(&conn->http, loop->service, &peer);
    conn->fd = fd;
    conn->watched = EPOLLIN;
    conn->since = loop->now;
    conn->deadline = loop->now + loop->limits.head_ms;
    put_last(loop, conn, true);
    loop->count++;
    loop->service->metrics.accepted++;
}

/* Called when somebody waits to be accepted. Only for the first one is that sure: nobody is shed for
 * others who may not be there; they come up again. */
static void accept_conns(struct loop *loop)
{
    for (bool sure = true;;) {
        struct sockaddr_in6 from = {0};
        socklen_t size = sizeof from;
        bool full = loop->count >= loop->limits.connections;
        int fd = full ? -1 : accept4(loop->listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            begin(loop, fd, &from);
            sure = false;
            continue;
        }
        if (!full && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (!sure || (!full && errno == EAGAIN)) return;
        if (shed(loop)) continue; /* full, or out of descriptors or memory */
        /* The listener stays ready, so waiting on it would spin. The next close or tick asks again. */
        accept_more(loop, false);
        return;
    }
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tell_time(struct loop *loop)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct service *service = loop->service;
    loop->now = now_ms();
    time_t now = time(NULL);
    struct tm tm;
    if (now == service->now || !gmtime_r(&now, &tm)) return;
    service->now = now;
    snprintf(service->date, sizeof service->date, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * tm.tm_wday,
             (unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon, (unsigned)(tm.tm_year + 1900) % 10000,
             (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

/* Begins to end: no more connections, those that wait between two requests go, and those who have
 * connected already may ask once. */
static void drain(struct loop *loop)
{
    accept_conns(loop); /* whoever is in the kernel's queue */
    close(loop->listener);
    loop->listener = -1;
    loop->service->draining = true;
    loop->end = loop->now + loop->limits.drain_ms;
    for (struct conn *conn = loop->waiting.first, *next; conn; conn = next) {
        next = conn->next; // NOLINT(clang-analyzer-unix.Malloc): drop unlinks
        if (may_go(conn)) linger(loop, conn);
    }
}

static void obey(struct loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            if (!loader_ask(loop->loader)) fprintf(stderr, "digits: the site stays as it is: its reader is gone\n");
        } else if (loop->listener < 0) loop->stopped = true;
        else drain(loop);
    }
}

/* Takes the site that the loader hands over. */
static void load(struct loop *loop)
{
    struct metrics *metrics = &loop->service->metrics;
    int block = loader_take(loop->loader);
    struct files *files = block >= 0 ? files_map(block) : NULL;
    if (block == -2) watch(loop, EPOLL_CTL_DEL, loop->loader, 0, NULL);
    if (!files) {
        metrics->failed_loads++;
        fprintf(stderr, "digits: the site stays as it is\n");
        return;
    }
    metrics->loads++;
    files_release(loop->service->files);
    loop->service->files = files;
    fprintf(stderr, "digits: loaded the site anew: %ju files, %ju KB\n", (uintmax_t)files_head(files)->count,
            (uintmax_t)(files_head(files)->bytes + 1023) / 1024);
}

/* Whether its deadline is over. The time to be idle begins when the client has the whole answer; for what the kernel
 * still has of it, it gets as long as for what we have. */
static bool is_late(const struct loop *loop, const struct conn *conn)
{
    if (loop->now < conn->deadline) return false;
    uint32_t rest = conn->waits && !conn->partial ? not_taken(conn) : 0;
    return rest == 0 || loop->now >= conn->deadline + loop->limits.answer_ms + rest / RATE;
}

/* What is due: deadlines, and another look at the listener. */
static void tick(struct loop *loop)
{
    struct list lists[] = {loop->waiting, loop->busy};
    for (size_t i = 0; i < 2; i++)
        for (struct conn *conn = lists[i].first, *next; conn; conn = next) {
            next = conn->next;
            if (!is_late(loop, conn)) continue;
            if (!conn->lingering) loop->service->metrics.timeouts++;
            if (conn->waits && conn->partial) {
                http_timeout(&conn->http);
                send_answers(loop, conn);
            } else drop(loop, conn);
        }
    accept_more(loop, true);
}

/* Serves until it has drained or is told twice to end: 0, or -errno. */
static int serve(struct loop *loop)
{
    for (int64_t ticked = loop->now; !loop->stopped;) {
        if (loop->listener < 0 && (loop->count == 0 || loop->now >= loop->end)) return 0;
        struct epoll_event events[EVENTS];
        loop->service->metrics.open = loop->count;
        bool due = loop->count > 0 || !loop->accepting || loop->service->log.len > 0;
        int n = epoll_wait(loop->epoll, events, EVENTS, due ? TICK_MS : -1);
        if (n < 0 && errno != EINTR) return -errno;
        tell_time(loop);
        bool connecting = false, signalled = false;
        for (int i = 0; i < n; i++) {
            /* Each descriptor comes up once in a batch and a turn drops only its own connection, so
             * no later event of the batch can point to one that is gone. What drops others waits
             * until the batch is through. */
            void *what = events[i].data.ptr;
            if (what == &loop->signals) signalled = true;
            else if (what == &loop->listener) connecting = true;
            else if (what == &loop->loader) load(loop);
            else turn(loop, what, events[i].events);
        }
        if (connecting) accept_conns(loop);
        if (signalled) obey(loop);
        if (loop->now - ticked >= TICK_MS) {
            ticked = loop->now;
            tick(loop);
        }
        log_flush(&loop->service->log);
    }
    return 0;
}

int loop_signals(void)
{
    /* Signals come as one more descriptor to read: no handler, no flag, no race with the wait. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int loop_run(int listener, int signals, int loader, struct service *service, const struct loop_limits *limits)
{
    struct loop loop = {.listener = listener,
                        .signals = signals,
                        .loader = loader,
                        .accepting = true,
                        .service = service,
                        .limits = *limits};
    tell_time(&loop);
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    int result = 0;
    if (loop.epoll < 0 || !watch(&loop, EPOLL_CTL_ADD, signals, EPOLLIN, &loop.signals) ||
        !watch(&loop, EPOLL_CTL_ADD, listener, EPOLLIN, &loop.listener) ||
        !watch(&loop, EPOLL_CTL_ADD, loader, EPOLLIN, &loop.loader))
        result = -errno;
    if (result == 0) result = serve(&loop);
    struct conn *lists[] = {loop.waiting.first, loop.busy.first};
    for (size_t i = 0; i < 2; i++)
        for (struct conn *conn = lists[i], *next; conn; conn = next) {
            next = conn->next;
            drop(&loop, conn);
        }
    free(loop.spare);
    if (loop.epoll >= 0) close(loop.epoll);
    if (loop.listener >= 0) close(loop.listener);
    log_flush(&service->log);
    return result;
}
