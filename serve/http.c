#include "http.h"

#include <stdio.h>
#include <string.h>

#include "request.h"

/* On every answer, errors too: what the page may load and do (nothing from elsewhere), and what
 * other sites may do with it (nothing). COOP and COEP make the page cross-origin isolated. */
#define POLICY                                                                                                       \
    "Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "                            \
    "style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "                     \
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "                                  \
    "frame-ancestors 'none'\r\n"                                                                                     \
    "X-Content-Type-Options: nosniff\r\n"                                                                            \
    "Referrer-Policy: no-referrer\r\n"                                                                               \
    "Permissions-Policy: camera=(self)\r\n"                                                                          \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                                    \
    "Cross-Origin-Embedder-Policy: require-corp\r\n"                                                                 \
    "Cross-Origin-Resource-Policy: same-origin\r\n"                                                                  \
    "Cache-Control: no-cache\r\n"

static const char *reason_of(int status)
{
    switch (status) {
    case 200: return "200 OK";
    case 304: return "304 Not Modified";
    case 400: return "400 Bad Request";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 414: return "414 URI Too Long";
    case 431: return "431 Request Header Fields Too Large";
    case 505: return "505 HTTP Version Not Supported";
    default: return "500 Internal Server Error";
    }
}

void http_init(struct http *http, const struct files *files)
{
    memset(http, 0, offsetof(struct http, head));
    http->files = files;
}

size_t http_space(struct http *http, char **at)
{
    *at = http->input + http->filled;
    return sizeof http->input - http->filled;
}

void http_received(struct http *http, size_t n) { http->filled += n; }

/* Looks through new input for the end of the head at work. 0: not there yet. 1: the head is
 * `start`..`scanned`. Otherwise the status to refuse with. It is strict about lines before any
 * parsing, so that the parser and this scan cannot see the head end in different places. */
static int scan(struct http *http)
{
    for (; http->scanned < http->filled; http->scanned++) {
        size_t at = http->scanned;
        char c = http->input[at];
        bool after_cr = at > http->line && http->input[at - 1] == '\r';
        bool control = ((unsigned char)c < ' ' && c != '\r' && c != '\t') || c == 127;
        bool folded = at == http->line && http->lines > 0 && (c == ' ' || c == '\t'); /* §5.2 */
        if ((c == '\n') != after_cr) return 400;                                      /* a bare CR or a bare LF */
        if (c == '\n') {
            bool empty = at == http->line + 1;
            http->line = at + 1;
            if (empty && http->lines > 0) {
                http->scanned++;
                return 1;
            }
            if (empty) http->start = at + 1; /* before a request: skipped (RFC 9112 §2.2) */
            else if (++http->lines > 1 + REQUEST_HEADERS_MAX) return 431;
        } else if (control || folded) {
            return 400;
        } else if (http->lines == 0 && at - http->start >= HTTP_LINE_MAX) {
            return 414;
        }
    }
    return http->filled - http->start == sizeof http->input ? 431 : 0;
}

/* Moves what is left of the input to its beginning. */
static void compact(struct http *http)
{
    memmove(http->input, http->input + http->start, http->filled - http->start);
    http->filled -= http->start;
    http->scanned -= http->start;
    http->line -= http->start;
    http->start = 0;
}

/* Makes the answer: `file` for 200 and 304, else NULL. The head is the same for GET and HEAD. */
static void answer(struct http *http, int status, const struct request *request, const struct file *file,
                   const char *date)
{
    const char *reason = reason_of(status);
    bool keep = request->keep_alive;
    http->body = file ? (const void *)file->data : reason;
    http->body_len = file ? file->size : strlen(reason);

    char content[160] = ""; /* 304 has no content to describe (RFC 9110 §15.4.5) */
    if (status != 304)
        snprintf(content, sizeof content, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                 file ? file->type : "text/plain; charset=utf-8", http->body_len);
    char tag[64] = "";
    if (file) snprintf(tag, sizeof tag, "ETag: %s\r\n", file->etag);
    int n = snprintf(http->head, sizeof http->head, "HTTP/1.1 %s\r\nDate: %s\r\n%s%s%s%s" POLICY "\r\n", reason, date,
                     content, tag, status == 405 ? "Allow: GET, HEAD\r\n" : "",
                     !keep             ? "Connection: close\r\n"
                     : request->http10 ? "Connection: keep-alive\r\n"
                                       : "");
    bool fits = n > 0 && (size_t)n < sizeof http->head; /* always: every part has a known size */
    http->head_at = 0;
    http->head_len = fits ? (size_t)n : 0;
    if (!fits || request->head_only || status == 304) http->body_len = 0;
    http->finished = !fits || !keep;
}

/* Takes up the next request if the input has it whole, or a fault. */
static void take_up(struct http *http, const char *date)
{
    struct request request;
    int status = scan(http);
    if (status == 0) {
        compact(http);
        return;
    }
    const char *head = http->input + http->start;
    size_t length = http->scanned - http->start;
    /* After a fault of the scan only what the bytes so far say is known; it ends the connection. */
    int refusal = request_parse(head, length, &request);
    if (status == 1) status = refusal;
    else request.keep_alive = false;

    const struct file *file = status ? NULL : files_find(http->files, request.path);
    if (status == 0) status = !file ? 404 : request_none_match(&request, file->etag) ? 304 : 200;
    answer(http, status, &request, file, date);
    http->start = http->line = http->scanned;
    http->lines = 0;
}

int http_output(struct http *http, const char *date, struct iovec out[2])
{
    if (http->head_len + http->body_len == 0 && !http->finished) take_up(http, date);
    int parts = 0;
    if (http->head_len) out[parts++] = (struct iovec){http->head + http->head_at, http->head_len};
    if (http->body_len) /* struct iovec has no const; it is only read from */
        out[parts++] = (struct iovec){(void *)(size_t)http->body, http->body_len};
    return parts;
}

void http_sent(struct http *http, size_t n)
{
    size_t head = n < http->head_len ? n : http->head_len;
    http->head_at += head;
    http->head_len -= head;
    size_t body = n - head < http->body_len ? n - head : http->body_len;
    http->body = (const char *)http->body + body;
    http->body_len -= body;
}

bool http_done(const struct http *http) { return http->finished && http->head_len + http->body_len == 0; }
