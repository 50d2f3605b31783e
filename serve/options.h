/* The command line and the environment. */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "headers.h"
#include "log.h"

struct options {
    const char *root;     /* points to default_root if it was not given */
    const char *bind;     /* as in listener.h, or NULL for all interfaces */
    const char *metrics;  /* a path of a URL, or NULL */
    const char *log_file; /* or NULL for standard output */
    long connections;
    long idle, header, send, drain; /* timeouts, s */
    uint16_t port;
    enum log_format log;
    enum hsts hsts;
    bool health;
    char default_root[PATH_MAX];
};

/* Reads the arguments and PORT into *out. -1: go on; otherwise the status to exit with, and the reason
 * is on standard error. */
int options_read(int argc, char **argv, struct options *out);

#endif
