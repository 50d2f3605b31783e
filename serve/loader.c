#define _GNU_SOURCE /* O_PATH */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "sandbox.h"
#include "site_build.h"

/* A path by the directory that it is in: that is opened while the process may still go there. */
struct place {
    int directory;
    const char *name;
};

static struct place open_place(const char *path)
{
    char directory[PATH_MAX] = ".";
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/') end--;
    while (end > 0 && path[end - 1] != '/') end--;
    if (end > 0) snprintf(directory, sizeof directory, "%.*s", (int)end, path);
    return (struct place){open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), path + end};
}

/* One message: which file, and a descriptor unless that is -1. False: the server is gone. */
static bool send_descriptor(int server, char file, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {&file, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd, sizeof(int));
    }
    return sendmsg(server, &message, MSG_NOSIGNAL) == 1;
}

static int load_site(struct place place, const struct loader_options *options)
{
    char error[SITE_PATH_MAX + 256];
    int block = site_build(place.directory, place.name, options->hsts, error, sizeof error);
    if (block < 0)
        fprintf(stderr,
                "digits: cannot serve the site %s: %s\n"
                "`make build` makes build/site; --root DIR takes another directory.\n",
                options->root, error);
    return block;
}

/* Has a child load the site and send it. False: the server is gone. */
static bool fork_load(int server, struct place place, const struct loader_options *options)
{
    pid_t child = fork();
    if (child == 0) _exit(send_descriptor(server, LOADER_SITE, load_site(place, options)) ? 0 : 1);
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (status == 0) return true;
    if (child > 0 && WIFEXITED(status)) return false;
    fprintf(stderr, "digits: the process that reads the site %s\n",
            child < 0 ? "could not be started" : "was killed");
    return send_descriptor(server, LOADER_SITE, -1);
}

static int open_log(struct place place, const char *path)
{
    if (!place.name) return -1;
    int fd =
        openat(place.directory, place.name, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
    if (fd < 0) fprintf(stderr, "digits: cannot open the log %s: %s\n", path, strerror(errno));
    return fd;
}

/* Answers requests until the server is gone. */
static void serve_requests(int server, const struct loader_options *options, struct place site, struct place log)
{
    char file;
    for (ssize_t n; (n = read(server, &file, 1)) != 0;) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return;
        if (file == LOADER_SITE) {
            if (!fork_load(server, site, options)) return;
            continue;
        }
        int fd = open_log(log, options->log_file);
        bool sent = send_descriptor(server, file, fd);
        if (fd >= 0) close(fd);
        if (!sent) return;
    }
}

int loader_start(const struct loader_options *options)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
    pid_t child = fork();
    if (child < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return -error;
    }
    if (child > 0) {
        close(ends[1]);
        return ends[0];
    }
    int server = dup2(ends[1], STDIN_FILENO);
    close(STDOUT_FILENO); /* whoever reads it sees the end when the server ends */
    descriptors_close_from(STDERR_FILENO + 1);
    struct place site = open_place(options->root);
    struct place log = options->log_file ? open_place(options->log_file) : (struct place){-1, NULL};
    sandbox_loader(log.directory);
    serve_requests(server, options, site, log);
    _exit(0);
}

bool loader_request(int loader, enum loader_file file)
{
    char byte = (char)file;
    return send(loader, &byte, 1, MSG_NOSIGNAL) == 1;
}

int loader_receive(int loader, enum loader_file *file)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    do n = recvmsg(loader, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0) return -2;
    *file = byte == LOADER_LOG ? LOADER_LOG : LOADER_SITE;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}
