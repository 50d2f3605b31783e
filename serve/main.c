/* serve: the site of `digits` over HTTP. Arguments, start, and what a person is told. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "loop.h"

static const char help[] =
    "Usage: serve [--root DIR] [--connections N] [--idle SECONDS]\n"
    "Serves the files below DIR over HTTP, on all interfaces, until Ctrl-C.\n"
    "\n"
    "  --root DIR         the site; default: the folder `site` beside this program, or ./site\n"
    "  --connections N    open at once, 1 to 65536; default 1024\n"
    "  --idle SECONDS     for a client that sends or takes nothing, 1 to 3600; default 30\n"
    "  --help             this text\n"
    "\n"
    "PORT in the environment is the port: 1 to 65535, or 0 for any that is free; default 5000.\n"
    "The files are read once, at start: start it again after the site has changed.\n";

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

int main(int argc, char **argv)
{
    static const struct option options[] = {{"root", required_argument, NULL, 'r'},
                                            {"connections", required_argument, NULL, 'c'},
                                            {"idle", required_argument, NULL, 'i'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    char root_buffer[PATH_MAX], why[FILES_PATH_MAX + 256];
    const char *root = NULL;
    long port = 5000, connections = 1024, idle = 30;

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        bool good = true;
        if (option == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (option == 'r') root = optarg;
        else if (option == 'c') good = number(optarg, 1, 65536, &connections);
        else if (option == 'i') good = number(optarg, 1, 3600, &idle);
        else good = false;
        if (!good) {
            fprintf(stderr, "digits: wrong arguments; serve --help says what there is\n");
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "digits: unknown argument %s; serve --help says what there is\n", argv[optind]);
        return 2;
    }
    const char *wanted = getenv("PORT");
    if (wanted && wanted[0] && !number(wanted, 0, 65535, &port)) {
        fprintf(stderr, "digits: PORT is \"%s\", but must be a number from 1 to 65535, or 0\n", wanted);
        return 2;
    }
    if (!root) {
        default_root(root_buffer);
        root = root_buffer;
    }

    struct files files;
    if (!files_load(root, &files, why, sizeof why)) {
        fprintf(stderr,
                "digits: cannot serve the site folder %s: %s\n"
                "`make build` makes build/site; --root DIR takes another folder.\n",
                root, why);
        return 1;
    }
    if (files.links_skipped)
        fprintf(stderr, "digits: note: %zu symbolic link(s) below %s are not served\n", files.links_skipped, root);

    uint16_t taken = (uint16_t)port;
    int signals = loop_signals();
    int listener = signals < 0 ? signals : loop_listen(&taken);
    if (listener < 0) {
        explain_no_port((uint16_t)port, -listener);
        if (signals >= 0) close(signals);
        files_free(&files);
        return 1;
    }
    printf("digits: http://localhost:%d/ (%zu files, %zu KB)\n", taken, files.count, (files.bytes + 1023) / 1024);
    fflush(stdout);

    struct loop_limits limits = {.connections = (size_t)connections, .idle_ms = idle * 1000};
    int result = loop_run(listener, signals, &files, &limits);
    close(listener);
    close(signals);
    files_free(&files);
    if (result < 0) fprintf(stderr, "digits: stopped: %s\n", strerror(-result));
    return result < 0 ? 1 : 0;
}
