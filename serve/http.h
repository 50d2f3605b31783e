/* One HTTP/1.x connection without its socket: request bytes in, response bytes out (RFC 9112).
 *
 * The owner of the socket lends `input`, puts received bytes where http_input_space() says, calls
 * http_received(), and sends what http_output() hands out for as long as it hands something out.
 * Responses come one at a time in the order of the requests; while one is being sent, further
 * requests wait in the input (pipelining, RFC 9112 §9.3.2), so a connection needs the same memory
 * whatever a client does, and an idle one needs no input at all.
 */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "http_date.h"
#include "log.h"
#include "metrics.h"
#include "site.h"

#define HTTP_LINE_MAX 8192     /* a request line (RFC 9112 §3 asks for at least 8000); above: 414 */
#define HTTP_HEAD_MAX 16384    /* a whole request head; above: 431 */
#define HTTP_RESPONSE_HEAD 320 /* the part of a response's head that the request decides: known sizes */
/* Longer bodies are sent from the block's descriptor, shorter ones are copied out of memory. With 16 KB here, connections
 * that stay take as much time at 60 KB and a quarter more at 300 KB; those that close after one response take a tenth
 * less at 60 KB and half at 300 KB (`make bench-serve`). */
#define HTTP_SENDFILE_MIN (512 << 10)

/* What all connections share; the owner's. */
struct service {
    struct site *site;        /* for requests from now on; responses under way keep theirs */
    const char *metrics_path; /* where the metrics are, or NULL */
    struct metrics metrics;
    struct log log;
    bool draining;             /* every response is its connection's last */
    int64_t now;               /* s since 1970 */
    char date[HTTP_DATE_SIZE]; /* of `now` */
};

struct http {
    struct service *service;
    struct in6_addr peer; /* for the log */
    uint32_t responses;   /* begun so far */
    bool finished;        /* this side closes after the response under way, if any */

    /* The response under way: the parts not yet sent. `headers` and `body` lie in `site`, or are static. */
    uint16_t head_at, head_len; /* in `head` */
    const char *headers, *body;
    size_t headers_len, body_len;
    uint64_t file_at, file_len; /* in place of a body in memory: in the descriptor of `site` */
    struct site *site;          /* a reference, or NULL */
    char *generated;            /* a body made for this response, or NULL */

    /* The input: the next request begins at `start` and has been scanned up to `scanned`. */
    char *input; /* HTTP_HEAD_MAX bytes of the owner's, or NULL */
    size_t start, scanned, filled;
    size_t line;  /* where the line being scanned begins */
    size_t lines; /* whole lines of this head so far */

    char head[HTTP_RESPONSE_HEAD];
};

/* What to send next: `count` parts from memory, then `file_len` bytes of the block in `fd`. */
struct output {
    struct iovec parts[3];
    int count;
    int fd;
    uint64_t file_at, file_len;
};

/* Begins a connection. */
void http_init(struct http *http, struct service *service, const struct in6_addr *peer);

/* Gives back what the response under way holds. `input` stays the owner's to free. */
void http_end(struct http *http);

/* Where to put received bytes, and how many fit; there must be an `input`. More than 0 whenever
 * http_output() gave nothing and the connection is not finished. */
size_t http_input_space(struct http *http, char **at);

/* `n` bytes, at most what http_input_space() said, were put there. */
void http_received(struct http *http, size_t n);

/* What to send next; false: more input is needed, or all is done. Starts on the next whole request
 * when the last response is out. */
bool http_output(struct http *http, struct output *out);

/* `n` bytes of what http_output() handed out are sent. */
void http_sent(struct http *http, size_t n);

/* Bytes of the response under way that are not yet sent; 0: there is none. */
uint64_t http_pending(const struct http *http);

/* Takes `input` away if no byte of a next request is in it, and returns it, else NULL. */
char *http_release_input(struct http *http);

/* The rest of a request did not come in time: the next output is a 408, then this side closes. */
void http_timeout(struct http *http);

/* Whether the last response is out and this side is to close. */
bool http_done(const struct http *http);

#endif
