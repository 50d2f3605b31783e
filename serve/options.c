#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listener.h"

static const char help[] =
    "Usage: serve [OPTION]...\n"
    "Serves the files below a directory over HTTP until Ctrl-C.\n"
    "\n"
    "  --root DIR                the site; default: the directory `site` beside this program, or ./site\n"
    "  --bind ADDRESS            listen there only: localhost, an IPv4 or IPv6 address, or unix:PATH\n"
    "                            for a UNIX socket; default: all interfaces\n"
    "  --max-connections N       open at once, 1 to 65536; default 1024. For one more, the one that has\n"
    "                            waited longest for a request is closed\n"
    "  --idle-timeout SECONDS    between a response and the next request, 1 to 3600; default 30\n"
    "  --header-timeout SECONDS  for a whole request to come, 1 to 3600; default 10\n"
    "  --send-timeout SECONDS    to take a response, and one more for each 8 KB, 1 to 3600; default 20\n"
    "  --drain-timeout SECONDS   for requests under way at the end, 0 to 3600; default 5\n"
    "  --log FORMAT              log requests: combined or json; default: off\n"
    "  --log-file PATH           log to this file, not to standard output; SIGUSR1 opens it again, once\n"
    "                            the old one is moved away. Started as root: nobody (65534) must be able to\n"
    "  --metrics PATH            metrics for Prometheus at this path, such as /metrics; default: off\n"
    "  --hsts                    tell browsers to come by HTTPS only (behind a proxy that speaks it)\n"
    "  --hsts-subdomains         and to all hosts below this one, too\n"
    "  --health                  ask the server at this address and port: exit status 0 if it serves\n"
    "  --help                    this text\n"
    "\n"
    "PORT in the environment is the port: 1 to 65535, or 0 for any that is free; default 5000.\n"
    "Sockets that systemd passes (LISTEN_FDS) are served in place of --bind and PORT.\n"
    "Files X.br and X.gz beside a file X are what clients that accept brotli or gzip get.\n"
    "SIGHUP loads the site again. SIGTERM ends when requests under way are responded to, a second\n"
    "one at once. Started as root, it serves as nobody (65534), who must be able to read the site.\n";

/* A plain decimal number from `min` to `max`: no sign, no white space, nothing after it. */
static bool parse_number(const char *text, long min, long max, long *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9') return false;
    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && *out >= min && *out <= max;
}

/* The directory `site` beside this program, if it is there, else ./site. */
static void find_default_root(char root[PATH_MAX])
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

static bool read_port(uint16_t *out)
{
    const char *text = getenv("PORT");
    long port = 5000;
    if (text && text[0] && !parse_number(text, 0, 65535, &port)) {
        fprintf(stderr, "digits: PORT is \"%s\", but must be a number from 1 to 65535, or 0\n", text);
        return false;
    }
    *out = (uint16_t)port;
    return true;
}

int options_read(int argc, char **argv, struct options *out)
{
    enum {
        ROOT = 'a',
        BIND,
        CONNECTIONS,
        IDLE,
        HEADER,
        SEND,
        DRAIN,
        LOG,
        LOG_FILE,
        METRICS,
        HSTS,
        SUBDOMAINS,
        HEALTH,
        HELP
    };
    static const struct option known[] = {{"root", required_argument, NULL, ROOT},
                                          {"bind", required_argument, NULL, BIND},
                                          {"max-connections", required_argument, NULL, CONNECTIONS},
                                          {"idle-timeout", required_argument, NULL, IDLE},
                                          {"header-timeout", required_argument, NULL, HEADER},
                                          {"send-timeout", required_argument, NULL, SEND},
                                          {"drain-timeout", required_argument, NULL, DRAIN},
                                          {"log", required_argument, NULL, LOG},
                                          {"log-file", required_argument, NULL, LOG_FILE},
                                          {"metrics", required_argument, NULL, METRICS},
                                          {"hsts", no_argument, NULL, HSTS},
                                          {"hsts-subdomains", no_argument, NULL, SUBDOMAINS},
                                          {"health", no_argument, NULL, HEALTH},
                                          {"help", no_argument, NULL, HELP},
                                          {0}};
    struct sockaddr_storage address;
    *out = (struct options){.connections = 1024, .idle = 30, .header = 10, .send = 20, .drain = 5};
    bool good = true;
    for (int option; good && (option = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (option) {
        case ROOT: out->root = optarg; break;
        case BIND:
            out->bind = optarg;
            good = listener_address(optarg, 0, &address) > 0;
            break;
        case CONNECTIONS: good = parse_number(optarg, 1, 65536, &out->connections); break;
        case IDLE: good = parse_number(optarg, 1, 3600, &out->idle); break;
        case HEADER: good = parse_number(optarg, 1, 3600, &out->header); break;
        case SEND: good = parse_number(optarg, 1, 3600, &out->send); break;
        case DRAIN: good = parse_number(optarg, 0, 3600, &out->drain); break;
        case LOG:
            out->log = strcmp(optarg, "json") == 0 ? LOG_JSON : LOG_COMBINED;
            good = out->log == LOG_JSON || strcmp(optarg, "combined") == 0;
            break;
        case LOG_FILE: out->log_file = optarg; break;
        case METRICS:
            out->metrics = optarg;
            good = optarg[0] == '/';
            break;
        case HSTS: out->hsts = HSTS_HOST; break;
        case SUBDOMAINS: out->hsts = HSTS_SUBDOMAINS; break;
        case HEALTH: out->health = true; break;
        case HELP: fputs(help, stdout); return 0;
        default: good = false;
        }
    if (!good || optind < argc) {
        fprintf(stderr, "digits: %s %s; serve --help lists the options\n",
                good ? "unknown argument" : "wrong arguments", good ? argv[optind] : "");
        return 2;
    }
    if (!read_port(&out->port)) return 2;
    if (out->log_file && out->log == LOG_OFF) out->log = LOG_COMBINED;
    if (!out->root) {
        find_default_root(out->default_root);
        out->root = out->default_root;
    }
    return -1;
}
