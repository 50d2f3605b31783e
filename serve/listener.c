#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

socklen_t listener_address(const char *bind, uint16_t port, struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    memset(out, 0, sizeof *out);
    if (strncmp(bind, "unix:", 5) == 0) {
        const char *path = bind + 5;
        if (!path[0] || strlen(path) >= sizeof local.sun_path) return 0;
        memcpy(local.sun_path, path, strlen(path) + 1);
        memcpy(out, &local, sizeof local);
        return sizeof local;
    }
    if (inet_pton(AF_INET, strcmp(bind, "localhost") == 0 ? "127.0.0.1" : bind, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    }
    if (inet_pton(AF_INET6, bind, &v6.sin6_addr) != 1) return 0;
    memcpy(out, &v6, sizeof v6);
    return sizeof v6;
}

/* A non-blocking socket that listens there, or -errno. */
static int listen_at(const struct sockaddr *address, socklen_t size, bool only_v6)
{
    int on = 1, v6only = only_v6;
    bool local = address->sa_family == AF_UNIX;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask = local ? umask(0111) : 0;
    /* SO_REUSEADDR: a restart need not wait for old connections to time out. */
    bool ok =
        fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (address->sa_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) == 0) &&
        bind(fd, address, size) == 0 && listen(fd, SOMAXCONN) == 0;
    int error = errno;
    if (local) umask(mask);
    if (ok) return fd;
    if (fd >= 0) close(fd);
    return -error;
}

/* Whether the file of the UNIX socket is left over from a server that has ended. */
static bool is_stale(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool stale = fd >= 0 && connect(fd, address, size) != 0 && errno == ECONNREFUSED;
    if (fd >= 0) close(fd);
    return stale;
}

int listener_open(const char *bind, uint16_t port)
{
    struct sockaddr_storage storage;
    const struct sockaddr *address = (const struct sockaddr *)&storage;
    if (bind) {
        socklen_t size = listener_address(bind, port, &storage);
        if (size == 0) return -EINVAL;
        int fd = listen_at(address, size, true);
        if (fd == -EADDRINUSE && address->sa_family == AF_UNIX && is_stale(address, size)) {
            unlink(bind + 5);
            fd = listen_at(address, size, true);
        }
        return fd;
    }
    int fd = listen_at(address, listener_address("::", port, &storage), false);
    if (fd >= 0 || fd == -EADDRINUSE || fd == -EACCES) return fd; /* IPv4 would hide what is wrong */
    return listen_at(address, listener_address("0.0.0.0", port, &storage), false);
}

int listener_inherit(int sockets[LISTENERS_MAX])
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    if (!pid || !fds || strtol(pid, NULL, 10) != (long)getpid()) return 0;
    long count = strtol(fds, NULL, 10);
    if (count < 0 || count > LISTENERS_MAX) return -E2BIG;
    for (int i = 0; i < count; i++) {
        int listening = 0;
        socklen_t size = sizeof listening;
        sockets[i] = 3 + i; /* SD_LISTEN_FDS_START */
        if (getsockopt(sockets[i], SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0) return -errno;
        if (!listening) return -EINVAL;
        if (fcntl(sockets[i], F_SETFL, fcntl(sockets[i], F_GETFL) | O_NONBLOCK) != 0 ||
            fcntl(sockets[i], F_SETFD, FD_CLOEXEC) != 0)
            return -errno;
    }
    return (int)count;
}

void listener_describe(int fd, char out[LISTENER_TEXT_MAX])
{
    struct sockaddr_storage storage = {0};
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&storage;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&storage;
    const struct sockaddr_un *local = (const struct sockaddr_un *)&storage;
    socklen_t size = sizeof storage - 1; /* so that a path ends with a NUL */
    char host[INET6_ADDRSTRLEN] = "";
    getsockname(fd, (struct sockaddr *)&storage, &size);
    bool any = storage.ss_family == AF_INET ? v4->sin_addr.s_addr == htonl(INADDR_ANY)
                                            : IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
    if (storage.ss_family == AF_UNIX) {
        snprintf(out, LISTENER_TEXT_MAX, "unix:%s", local->sun_path);
    } else if (storage.ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(out, LISTENER_TEXT_MAX, "http://%s:%d/", any ? "localhost" : host, ntohs(v4->sin_port));
    } else {
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(out, LISTENER_TEXT_MAX, any ? "http://localhost:%.0s%d/" : "http://[%s]:%d/", host,
                 ntohs(v6->sin6_port));
    }
}
