/* One HTTP/1.x connection without its socket: bytes in, answer bytes out (RFC 9112).
 *
 * The owner of the socket puts received bytes where http_space() says, calls http_received(), and
 * sends what http_output() hands out for as long as it hands something out. Answers come one at a
 * time in the order of the requests; while one is being sent, further requests wait in the input
 * (pipelining, RFC 9112 §9.3.2), so a connection needs the same memory whatever a client does.
 */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "files.h"

#define HTTP_LINE_MAX 8192    /* a request line (RFC 9112 §3 asks for at least 8000); above: 414 */
#define HTTP_HEAD_MAX 16384   /* a whole request head; above: 431 */
#define HTTP_ANSWER_HEAD 2048 /* an answer's head, whose parts all have known sizes */
#define HTTP_DATE_SIZE 30     /* "Sun, 06 Nov 1994 08:49:37 GMT" and NUL (RFC 9110 §5.6.7) */

struct http {
    const struct files *files; /* borrowed: outlives the connection */
    bool finished;             /* after the answer at work, if any, this side closes */

    /* The answer at work: the parts not yet sent. */
    size_t head_at, head_len; /* in `head` */
    const void *body;         /* borrowed from `files`, or static text */
    size_t body_len;

    /* The input: the request at work begins at `start` and has been looked at up to `scanned`. */
    size_t start, scanned, filled;
    size_t line;  /* where the line at work begins */
    size_t lines; /* whole lines of this head so far */

    /* Last and untouched until used, so that an idle connection does not hold their pages. */
    char head[HTTP_ANSWER_HEAD];
    char input[HTTP_HEAD_MAX];
};

/* Begins a connection that serves `files`. */
void http_init(struct http *http, const struct files *files);

/* Where to put received bytes, and how many fit. More than 0 whenever http_output() gave 0 and
 * the connection is not finished. */
size_t http_space(struct http *http, char **at);

/* `n` bytes, at most what http_space() said, were put there. */
void http_received(struct http *http, size_t n);

/* What to send next: the number of parts set in `out`, 0 when more input is needed or all is
 * done. Takes up the next whole request when the last answer is out. `date` is the time as
 * RFC 9110 §5.6.7 writes it. */
int http_output(struct http *http, const char *date, struct iovec out[2]);

/* `n` bytes of what http_output() handed out are sent. */
void http_sent(struct http *http, size_t n);

/* Whether the last answer is out and this side is to close. */
bool http_done(const struct http *http);

#endif
