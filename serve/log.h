/* The access log: Combined Log Format, or one JSON object a line.
 *
 * A reader of the log that is slow or gone never holds up the server: lines wait in a buffer of
 * fixed size, and those that find no room are counted and lost.
 */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"

#define LOG_BUFFER 65536
#define LOG_LINE_MAX 4096 /* longer values are cut */

enum log_format { LOG_OFF, LOG_COMBINED, LOG_JSON };

struct log {
    enum log_format format;
    int fd;
    size_t len; /* of what waits in `buffer` */
    uint64_t lost;
    char buffer[LOG_BUFFER];
};

struct log_entry {
    const struct in6_addr *peer; /* IPv4 as ::ffff:a.b.c.d; "::" for a UNIX socket, which has none */
    struct span line;            /* the request line as received, or what there was of it */
    int status;
    uint64_t bytes; /* of the response's body */
    struct span referer, agent;
};

/* Adds a line. All that came from a client is escaped, so that one request is one line. `now`: s since 1970. */
void log_add(struct log *log, int64_t now, const struct log_entry *entry);

/* Writes out what waits, as far as that goes without blocking. */
void log_flush(struct log *log);

/* Goes on in another file. Takes over `fd`; what waits is written to the old file, which is closed. */
void log_reopen(struct log *log, int fd);

#endif
