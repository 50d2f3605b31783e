/* The access log on standard output: Combined Log Format, or one JSON object a line.
 *
 * A reader of the log that is slow or gone never holds up the server: lines wait in a buffer of
 * fixed size, and those that find no room are counted and lost.
 */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "request.h"

#define LOG_BUFFER 65536
#define LOG_LINE_MAX 4096 /* longer values are cut */

enum log_form { LOG_OFF, LOG_COMBINED, LOG_JSON };

struct log {
    enum log_form form;
    int fd;
    size_t len; /* of what waits in `buffer` */
    uint64_t lost;
    char buffer[LOG_BUFFER];
};

struct log_entry {
    const struct in6_addr *peer; /* IPv4 as ::ffff:a.b.c.d */
    struct span line;            /* the request line as it came, or what there was of it */
    int status;
    uint64_t bytes; /* of the answer's body */
    struct span referer, agent;
};

/* Adds a line. All that came from a client is escaped, so that one request is one line. */
void log_add(struct log *log, time_t now, const struct log_entry *entry);

/* Writes out what waits, as far as the other side takes it without blocking. */
void log_flush(struct log *log);

#endif
