/* serve: the site of `digits` over HTTP. Starts the parts, and tells a person what went wrong. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "health.h"
#include "loader.h"
#include "loop.h"
#include "options.h"
#include "sandbox.h"

static void explain_listen_error(const struct options *options, int error)
{
    const char *bind = options->bind;
    int port = options->port;
    if (bind && strncmp(bind, "unix:", 5) == 0) {
        fprintf(stderr, "digits: cannot listen on %s: %s\n", bind, strerror(error));
    } else if (error == EADDRINUSE) {
        fprintf(stderr,
                "digits: port %d is in use by another program.\n"
                "Stop that program, or take another port: PORT=%d make run\n",
                port, port < 65535 ? port + 1 : 5000);
    } else if (error == EACCES) {
        fprintf(stderr,
                "digits: port %d needs more rights than this user has.\n"
                "Take a port from 1024 on: PORT=5000 make run\n",
                port);
    } else
        fprintf(stderr, "digits: cannot listen on %s%sport %d: %s\n", bind ? bind : "", bind ? ", " : "", port,
                strerror(error));
}

/* Standard output, but such that a write never waits for its reader. A pipe or a terminal is opened
 * anew, as other programs may have it as well, and expect it to wait. */
static int open_standard_log(void)
{
    struct stat st;
    if (fstat(STDOUT_FILENO, &st) != 0 || S_ISREG(st.st_mode)) return STDOUT_FILENO;
    int fd = S_ISSOCK(st.st_mode) ? -1 : open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) return fd;
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    return STDOUT_FILENO;
}

/* What the loader opens, or -1; then it is said on standard error why. */
static int load(int loader, enum loader_file file)
{
    int fd = loader_request(loader, file) ? loader_receive(loader, &file) : -2;
    if (fd == -2) fprintf(stderr, "digits: cannot start: the process that opens files has ended\n");
    return fd;
}

/* Opens what the server works with, says where it is, and serves. The exit status. */
static int serve(const struct options *options, struct loop_descriptors *descriptors, struct service *service)
{
    struct loader_options loader_options = {options->root, options->log_file, options->hsts};
    descriptors->signals = loop_signals();
    descriptors->loader = descriptors->signals < 0 ? descriptors->signals : loader_start(&loader_options);
    if (descriptors->loader < 0) {
        fprintf(stderr, "digits: cannot start: %s\n", strerror(-descriptors->loader));
        return 1;
    }
    int block = load(descriptors->loader, LOADER_SITE);
    service->site = block < 0 ? NULL : site_map(block);
    if (!service->site) return 1;
    if (options->log != LOG_OFF) {
        service->log.fd = options->log_file ? load(descriptors->loader, LOADER_LOG) : open_standard_log();
        if (service->log.fd < 0) return 1;
    }
    if (descriptors->listener_count == 0) {
        int listener = listener_open(options->bind, options->port);
        if (listener < 0) {
            explain_listen_error(options, -listener);
            return 1;
        }
        descriptors->listeners[descriptors->listener_count++] = listener;
    }
    char address[LISTENER_TEXT_MAX];
    listener_describe(descriptors->listeners[0], address);
    tzset(); /* reads a file, which gmtime_r() would do later */
    sandbox_server();
    printf("digits: %s (%ju files, %ju KB)\n", address, (uintmax_t)site_header(service->site)->files,
           (uintmax_t)(site_header(service->site)->bytes + 1023) / 1024);
    fflush(stdout);

    struct limits limits = {.connections = (size_t)options->connections,
                            .idle_ms = options->idle * 1000,
                            .header_ms = options->header * 1000,
                            .send_ms = options->send * 1000,
                            .drain_ms = options->drain * 1000};
    int result = loop_run(descriptors, service, &limits);
    if (result < 0) fprintf(stderr, "digits: stopped: %s\n", strerror(-result));
    return result < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    static struct service service;
    static struct options options;
    static char line[1024]; /* else stdio would ask, in the sandbox, whether it writes to a terminal */
    descriptors_open_standard();
    setvbuf(stdout, line, _IOFBF, sizeof line);
    int status = options_read(argc, argv, &options);
    if (status >= 0) return status;
    if (options.health) return health_check(options.bind, options.port);

    struct loop_descriptors descriptors = {.listener_count = 0};
    int inherited = listener_inherit(descriptors.listeners);
    if (inherited < 0) {
        fprintf(stderr, "digits: cannot serve the sockets in LISTEN_FDS: %s\n", strerror(-inherited));
        return 1;
    }
    descriptors.listener_count = (size_t)inherited;
    descriptors_close_from(STDERR_FILENO + 1 + inherited);
    descriptors_fit(&options.connections);
    service.metrics_path = options.metrics;
    service.metrics.loads = 1;
    service.log.format = options.log;

    status = serve(&options, &descriptors, &service);
    site_release(service.site);
    return status;
}
