#include "loader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "confine.h"
#include "files.h"
#include "gather.h"

/* One message: a byte, and a descriptor with it or not. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* Answers each question until the server is gone. */
static void work(int server, const char *root, bool hsts)
{
    char question;
    for (ssize_t n; (n = read(server, &question, 1)) != 0;) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return;
        char why[FILES_PATH_MAX + 256], byte = 0;
        size_t links;
        int block = gather(root, hsts, &links, why, sizeof why);
        if (block < 0)
            fprintf(stderr,
                    "digits: cannot serve the site folder %s: %s\n"
                    "`make build` makes build/site; --root DIR takes another folder.\n",
                    root, why);
        else if (links) fprintf(stderr, "digits: note: %zu symbolic link(s) below %s are not served\n", links, root);

        union control control;
        memset(&control, 0, sizeof control);
        struct iovec part = {&byte, 1};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (block >= 0) {
            message.msg_control = &control;
            message.msg_controllen = sizeof control;
            struct cmsghdr *header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof(int));
            memcpy(CMSG_DATA(header), &block, sizeof(int));
        }
        ssize_t sent = sendmsg(server, &message, MSG_NOSIGNAL);
        if (block >= 0) close(block);
        if (sent < 0) return;
    }
}

int loader_start(const char *root, bool hsts)
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
    close(ends[0]);
    close(STDIN_FILENO);
    close(STDOUT_FILENO); /* whoever reads it sees the end when the server ends */
    confine_loader();
    work(ends[1], root, hsts);
    _exit(0);
}

bool loader_ask(int loader) { return send(loader, "", 1, MSG_NOSIGNAL) == 1; }

int loader_take(int loader)
{
    union control control;
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    do n = recvmsg(loader, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0) return -2;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return -1;
    int block;
    memcpy(&block, CMSG_DATA(header), sizeof block);
    return block;
}
