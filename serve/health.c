#include "health.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "listener.h"

int health_check(const char *bind, uint16_t port)
{
    static const char request[] = "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static const char wanted[] = "HTTP/1.1 200 ";
    struct sockaddr_storage address;
    socklen_t size = listener_address(bind ? bind : "localhost", port, &address);
    struct timeval timeout = {.tv_sec = 3};
    char answer[sizeof wanted] = "";
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    errno = 0;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0 &&
        connect(fd, (struct sockaddr *)&address, size) == 0 &&
        send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == (ssize_t)(sizeof request - 1) &&
        recv(fd, answer, sizeof wanted - 1, MSG_WAITALL) == (ssize_t)(sizeof wanted - 1) &&
        memcmp(answer, wanted, sizeof wanted - 1) == 0) {
        close(fd);
        return 0;
    }
    fprintf(stderr, "digits: no good answer from %s, port %d: %s\n", bind ? bind : "localhost", port,
            errno ? strerror(errno) : answer);
    if (fd >= 0) close(fd);
    return 1;
}
