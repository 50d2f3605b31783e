/* serve: the site of `digits` over HTTP. Arguments, start, and what a person is told. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "health.h"
#include "loader.h"
#include "loop.h"

static const char help[] =
    "Usage: serve [OPTION]...\n"
    "Serves the files below a folder over HTTP, on all interfaces, until Ctrl-C.\n"
    "\n"
    "  --root DIR         the site; default: the folder `site` beside this program, or ./site\n"
    "  --connections N    open at once, 1 to 65536; default 1024. For one more, the one that has\n"
    "                     waited longest for a request is closed\n"
    "  --idle SECONDS     between an answer and the next request, 1 to 3600; default 30\n"
    "  --head SECONDS     for a whole request to come, 1 to 3600; default 10\n"
    "  --answer SECONDS   to take an answer, and one more for each 8 KB, 1 to 3600; default 20\n"
    "  --drain SECONDS    for requests under way at the end, 0 to 3600; default 5\n"
    "  --log FORM         log requests on standard output: combined or json; default: off\n"
    "  --metrics PATH     metrics for Prometheus at this path, such as /metrics; default: off\n"
    "  --hsts             tell browsers to come by HTTPS only (behind a proxy that speaks it)\n"
    "  --health           ask the server at PORT whether it serves: exit status 0 or 1\n"
    "  --help             this text\n"
    "\n"
    "PORT in the environment is the port: 1 to 65535, or 0 for any that is free; default 5000.\n"
    "Files X.br and X.gz beside a file X are what clients that know brotli or gzip get.\n"
    "SIGHUP loads the folder again. SIGTERM ends when requests under way are answered, a second\n"
    "one at once.\n";

/* A plain decimal number from `least` to `most`: no sign, no blanks, nothing after it. */
static bool number(const char *text, long least, long most, long *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9') return false;
    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && *out >= least && *out <= most;
}

/* The folder `site` beside this program, if it is there, else ./site. */
static void default_root(char root[PATH_MAX])
{
    static const char name[] = "site";
    ssize_t length = readlink("/proc/self/exe", root, PATH_MAX - sizeof name);
    if (length > 0) {
        struct stat st;
        root[length] = '\0';
        char *slash = strrchr(root, '/');
        if (slash) memcpy(slash + 1, name, sizeof name);
        if (slash && stat(root, &st) == 0 && S_ISDIR(st.st_mode)) return;
    }
    snprintf(root, PATH_MAX, "./%s", name);
}

static void explain_no_port(uint16_t port, int error)
{
    if (error == EADDRINUSE)
        fprintf(stderr,
                "digits: port %d is in use by another program.\n"
                "Stop that program, or take another port: PORT=%d make run\n",
                port, port < 65535 ? port + 1 : 5000);
    else if (error == EACCES)
        fprintf(stderr,
                "digits: port %d needs more rights than this user has.\n"
                "Take a port from 1024 on: PORT=5000 make run\n",
                port);
    else fprintf(stderr, "digits: cannot listen on port %d: %s\n", port, strerror(error));
}

struct options {
    const char *root, *metrics;
    long connections, idle, head, answer, drain;
    enum log_form log;
    bool hsts, health;
};

/* Reads the arguments. -1: go on; otherwise the status to exit with. */
static int read_options(int argc, char **argv, struct options *out)
{
    enum { ROOT = 'a', CONNECTIONS, IDLE, HEAD, ANSWER, DRAIN, LOG, METRICS, HSTS, HEALTH, HELP };
    static const struct option known[] = {
        {"root", required_argument, NULL, ROOT},     {"connections", required_argument, NULL, CONNECTIONS},
        {"idle", required_argument, NULL, IDLE},     {"head", required_argument, NULL, HEAD},
        {"answer", required_argument, NULL, ANSWER}, {"drain", required_argument, NULL, DRAIN},
        {"log", required_argument, NULL, LOG},       {"metrics", required_argument, NULL, METRICS},
        {"hsts", no_argument, NULL, HSTS},           {"health", no_argument, NULL, HEALTH},
        {"help", no_argument, NULL, HELP},           {0}};
    bool good = true;
    for (int option; good && (option = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (option) {
        case ROOT: out->root = optarg; break;
        case CONNECTIONS: good = number(optarg, 1, 65536, &out->connections); break;
        case IDLE: good = number(optarg, 1, 3600, &out->idle); break;
        case HEAD: good = number(optarg, 1, 3600, &out->head); break;
        case ANSWER: good = number(optarg, 1, 3600, &out->answer); break;
        case DRAIN: good = number(optarg, 0, 3600, &out->drain); break;
        case LOG:
            out->log = strcmp(optarg, "json") == 0 ? LOG_JSON : LOG_COMBINED;
            good = out->log == LOG_JSON || strcmp(optarg, "combined") == 0;
            break;
        case METRICS:
            out->metrics = optarg;
            good = optarg[0] == '/';
            break;
        case HSTS: out->hsts = true; break;
        case HEALTH: out->health = true; break;
        case HELP: fputs(help, stdout); return 0;
        default: good = false;
        }
    if (good && optind == argc) return -1;
    if (good) fprintf(stderr, "digits: unknown argument %s; serve --help says what there is\n", argv[optind]);
    else fprintf(stderr, "digits: wrong arguments; serve --help says what there is\n");
    return 2;
}

/* So that descriptors do not run out before connections do. */
static void fit_connections(long *connections)
{
    const rlim_t others = 16;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)*connections + others) return;
    limit.rlim_cur = (rlim_t)*connections + others;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)*connections + others) return;
    *connections = limit.rlim_cur > others ? (long)(limit.rlim_cur - others) : 1;
    fprintf(stderr, "digits: note: descriptors are enough for %ld connections only\n", *connections);
}

/* Standard output, but such that a write never waits for who reads it. A pipe or a terminal is
 * opened anew, as other programs may have it, too, and expect it to wait. */
static int log_descriptor(void)
{
    struct stat st;
    if (fstat(STDOUT_FILENO, &st) != 0 || S_ISREG(st.st_mode)) return STDOUT_FILENO;
    int fd = S_ISSOCK(st.st_mode) ? -1 : open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) return fd;
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    return STDOUT_FILENO;
}

/* Opens what the server works with, tells where it is, and serves. The exit status. */
static int serve(const struct options *options, uint16_t port, struct service *service)
{
    uint16_t taken = port;
    int signals = loop_signals();
    int loader = signals < 0 ? -1 : loader_start(options->root, options->hsts);
    int block = loader < 0 || !loader_ask(loader) ? -2 : loader_take(loader);
    service->files = block < 0 ? NULL : files_map(block);
    if (!service->files) {
        if (loader < 0) fprintf(stderr, "digits: cannot start: %s\n", strerror(signals < 0 ? -signals : -loader));
        else if (block != -1) fprintf(stderr, "digits: cannot start: the process that reads the site ended\n");
        return 1;
    }
    int listener = loop_listen(&taken);
    if (listener < 0) {
        explain_no_port(port, -listener);
        return 1;
    }
    tzset(); /* reads a file, which gmtime_r() would do later */
    confine_server();
    const struct files_head *files = files_head(service->files);
    printf("digits: http://localhost:%d/ (%ju files, %ju KB)\n", taken, (uintmax_t)files->count,
           (uintmax_t)(files->bytes + 1023) / 1024);
    fflush(stdout);

    struct loop_limits limits = {.connections = (size_t)options->connections,
                                 .idle_ms = options->idle * 1000,
                                 .head_ms = options->head * 1000,
                                 .answer_ms = options->answer * 1000,
                                 .drain_ms = options->drain * 1000};
    int result = loop_run(listener, signals, loader, service, &limits);
    if (result < 0) fprintf(stderr, "digits: stopped: %s\n", strerror(-result));
    return result < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    static struct service service;
    static char line[1024]; /* else stdio would ask, confined already, whether it writes to a terminal */
    setvbuf(stdout, line, _IOFBF, sizeof line);
    char root[PATH_MAX];
    long port = 5000;
    struct options options = {.connections = 1024, .idle = 30, .head = 10, .answer = 20, .drain = 5};
    int status = read_options(argc, argv, &options);
    if (status >= 0) return status;

    const char *wanted = getenv("PORT");
    if (wanted && wanted[0] && !number(wanted, 0, 65535, &port)) {
        fprintf(stderr, "digits: PORT is \"%s\", but must be a number from 1 to 65535, or 0\n", wanted);
        return 2;
    }
    if (options.health) return health_check((uint16_t)port);
    if (!options.root) {
        default_root(root);
        options.root = root;
    }
    fit_connections(&options.connections);
    service.metrics_path = options.metrics;
    service.metrics.loads = 1;
    service.log.form = options.log;
    if (options.log != LOG_OFF) service.log.fd = log_descriptor();

    status = serve(&options, (uint16_t)port, &service);
    files_release(service.files);
    return status;
}
