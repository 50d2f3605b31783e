#define _GNU_SOURCE /* accept4() */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "loader.h"

#define EVENTS 64
#define TICK_MS 250 /* how often timeouts are checked */

struct loop {
    struct loop_descriptors descriptors; /* their addresses are the data of their epoll events */
    struct connections connections;
    bool accepting; /* false while full or out of descriptors */
    int64_t end;    /* ms; when a drain is over */
    bool stopped;   /* by a second signal */
};

static bool set_epoll(struct loop *loop, int operation, int fd, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};
    return epoll_ctl(loop->connections.epoll, operation, fd, &event) == 0;
}

static void set_accepting(struct loop *loop, bool accepting)
{
    if (loop->accepting == accepting) return;
    loop->accepting = accepting;
    for (size_t i = 0; i < loop->descriptors.listener_count; i++) {
        int *listener = &loop->descriptors.listeners[i];
        if (!set_epoll(loop, EPOLL_CTL_MOD, *listener, accepting ? EPOLLIN : 0, listener))
            loop->accepting = !accepting;
    }
}

/* Called when somebody waits to be accepted. Only of the first one is that certain: nobody is evicted for
 * others who may not be there; they come up again. */
static void accept_connections(struct loop *loop, int listener)
{
    struct connections *connections = &loop->connections;
    for (bool certain = true;;) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        bool full = connections->count >= connections->limits.connections;
        int fd = full ? -1 : accept4(listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            connections_add(connections, fd, &from);
            certain = false;
            continue;
        }
        if (!full && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (!certain || (!full && errno == EAGAIN)) return;
        if (connections_evict(connections)) continue; /* full, or out of descriptors or memory */
        /* The listener stays ready, so waiting on it would spin. The next close or tick asks again. */
        set_accepting(loop, false);
        return;
    }
}

static void update_clock(struct loop *loop)
{
    struct service *service = loop->connections.service;
    loop->connections.now = clock_monotonic_ms();
    int64_t now = clock_unix_time();
    if (now == service->now) return;
    service->now = now;
    http_date_format(now, service->date);
}

/* Begins to end: no more connections, those idle between two requests are closed, and those who have
 * connected already may ask once. */
static void drain(struct loop *loop)
{
    for (size_t i = 0; i < loop->descriptors.listener_count; i++) {
        accept_connections(loop, loop->descriptors.listeners[i]); /* whoever is in the kernel's queue */
        close(loop->descriptors.listeners[i]);
    }
    loop->descriptors.listener_count = 0;
    loop->connections.service->draining = true;
    loop->end = loop->connections.now + loop->connections.limits.drain_ms;
    connections_close_idle(&loop->connections);
}

static void handle_signals(struct loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->descriptors.signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP || info.ssi_signo == SIGUSR1) {
            enum loader_file file = info.ssi_signo == SIGHUP ? LOADER_SITE : LOADER_LOG;
            if (!loader_request(loop->descriptors.loader, file))
                fprintf(stderr, "digits: the %s stays as it is: the process that opens files is gone\n",
                        file == LOADER_SITE ? "site" : "log");
        } else if (loop->connections.service->draining) loop->stopped = true;
        else drain(loop);
    }
}

/* Takes the site or the log that the loader hands over. */
static void handle_loader(struct loop *loop)
{
    struct service *service = loop->connections.service;
    enum loader_file file = LOADER_SITE;
    int fd = loader_receive(loop->descriptors.loader, &file);
    if (fd == -2) set_epoll(loop, EPOLL_CTL_DEL, loop->descriptors.loader, 0, NULL);
    if (file == LOADER_LOG) {
        if (fd >= 0) log_reopen(&service->log, fd);
        else fprintf(stderr, "digits: the log stays as it is\n");
        return;
    }
    struct site *site = fd >= 0 ? site_map(fd) : NULL;
    if (!site) {
        service->metrics.failed_loads++;
        fprintf(stderr, "digits: the site stays as it is\n");
        return;
    }
    service->metrics.loads++;
    site_release(service->site);
    service->site = site;
    fprintf(stderr, "digits: loaded the site anew: %ju files, %ju KB\n", (uintmax_t)site_header(site)->files,
            (uintmax_t)(site_header(site)->bytes + 1023) / 1024);
}

/* Serves until it has drained or is told twice to end: 0, or -errno. */
static int serve(struct loop *loop)
{
    struct connections *connections = &loop->connections;
    struct service *service = connections->service;
    struct loop_descriptors *own = &loop->descriptors;
    for (int64_t ticked = connections->now; !loop->stopped;) {
        if (service->draining && (connections->count == 0 || connections->now >= loop->end)) return 0;
        struct epoll_event events[EVENTS];
        service->metrics.open = connections->count;
        bool due = connections->count > 0 || !loop->accepting || service->log.len > 0;
        int n = epoll_wait(connections->epoll, events, EVENTS, due ? TICK_MS : -1);
        if (n < 0 && errno != EINTR) return -errno;
        update_clock(loop);
        uint64_t closed = connections->closed;
        bool connecting[LISTENERS_MAX] = {false}, signalled = false;
        for (int i = 0; i < n; i++) {
            /* Each descriptor comes up once in a batch, and a connection's event closes that connection
             * alone, so no later event of the batch can point to one that is gone. What closes others
             * waits until the batch is through. */
            void *data = events[i].data.ptr;
            bool is_listener = false;
            for (size_t j = 0; j < own->listener_count; j++)
                if (data == &own->listeners[j]) is_listener = connecting[j] = true;
            if (data == &own->signals) signalled = true;
            else if (data == &own->loader) handle_loader(loop);
            else if (!is_listener) connections_handle_event(connections, data, events[i].events);
        }
        for (size_t i = 0; i < own->listener_count; i++)
            if (connecting[i]) accept_connections(loop, own->listeners[i]);
        if (signalled) handle_signals(loop);
        bool tick = connections->now - ticked >= TICK_MS;
        if (tick) {
            ticked = connections->now;
            connections_check_timeouts(connections);
        }
        if (tick || connections->closed != closed) set_accepting(loop, true);
        log_flush(&service->log);
    }
    return 0;
}

int loop_signals(void)
{
    /* Signals come as one more descriptor to read: no handler, no flag, no race with the wait. */
    static const int handled[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++) sigaddset(&signals, handled[i]);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int loop_run(const struct loop_descriptors *descriptors, struct service *service, const struct limits *limits)
{
    struct loop loop = {
        .descriptors = *descriptors, .connections = {.service = service, .limits = *limits}, .accepting = true};
    struct loop_descriptors *own = &loop.descriptors;
    update_clock(&loop);
    loop.connections.epoll = epoll_create1(EPOLL_CLOEXEC);
    bool ok = loop.connections.epoll >= 0 && set_epoll(&loop, EPOLL_CTL_ADD, own->signals, EPOLLIN, &own->signals) &&
              set_epoll(&loop, EPOLL_CTL_ADD, own->loader, EPOLLIN, &own->loader);
    for (size_t i = 0; i < own->listener_count; i++)
        ok = ok && set_epoll(&loop, EPOLL_CTL_ADD, own->listeners[i], EPOLLIN, &own->listeners[i]);
    int result = ok ? serve(&loop) : -errno;
    connections_close_all(&loop.connections);
    if (loop.connections.epoll >= 0) close(loop.connections.epoll);
    for (size_t i = 0; i < own->listener_count; i++) close(own->listeners[i]);
    log_flush(&service->log);
    return result;
}
