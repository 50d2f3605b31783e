#include "http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "negotiate.h"
#include "preconditions.h"
#include "range.h"
#include "request.h"

static const char *reason_of(int status)
{
    switch (status) {
    case 200: return "200 OK";
    case 206: return "206 Partial Content";
    case 304: return "304 Not Modified";
    case 400: return "400 Bad Request";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 408: return "408 Request Timeout";
    case 412: return "412 Precondition Failed";
    case 414: return "414 URI Too Long";
    case 416: return "416 Range Not Satisfiable";
    case 431: return "431 Request Header Fields Too Large";
    case 501: return "501 Not Implemented";
    case 505: return "505 HTTP Version Not Supported";
    default: return "500 Internal Server Error";
    }
}

void http_init(struct http *http, struct service *service, const struct in6_addr *peer)
{
    memset(http, 0, offsetof(struct http, head));
    http->service = service;
    http->peer = *peer;
}

void http_end(struct http *http)
{
    site_release(http->site);
    free(http->generated);
    http->site = NULL;
    http->generated = NULL;
}

size_t http_input_space(struct http *http, char **at)
{
    *at = http->input + http->filled;
    return HTTP_HEAD_MAX - http->filled;
}

void http_received(struct http *http, size_t n) { http->filled += n; }

/* Scans new input for the end of the next request's head. 0: not there yet. 1: the head is
 * `start`..`scanned`. Otherwise the status to refuse with. It is strict about line ends before any
 * parsing, so that the parser and this scan cannot find the end of a head in different places. */
static int scan_head(struct http *http)
{
    for (; http->scanned < http->filled; http->scanned++) {
        size_t at = http->scanned;
        char c = http->input[at];
        bool after_cr = at > http->line && http->input[at - 1] == '\r';
        bool control = ((unsigned char)c < ' ' && c != '\r' && c != '\t') || c == 127;
        bool folded = at == http->line && http->lines > 0 && is_ows(c); /* RFC 9112 §5.2 */
        if ((c == '\n') != after_cr) return 400;                        /* a bare CR or a bare LF */
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
    return http->filled - http->start == HTTP_HEAD_MAX ? 431 : 0;
}

/* Moves the unread input to the beginning of the buffer. */
static void compact(struct http *http)
{
    if (http->filled > http->start) memmove(http->input, http->input + http->start, http->filled - http->start);
    http->filled -= http->start;
    http->scanned -= http->start;
    http->line -= http->start;
    http->start = 0;
}

/* What to respond. */
struct response {
    int status;
    bool keep_alive, http10, head_only;
    const struct representation *representation; /* of `site`: for 200, 206 and 304 */
    struct range range;                          /* 206: the part; 416: `len` is what there is */
    char *text;                                  /* another body for 200, of `range.len` bytes; taken over */
};

static void append(struct http *http, const char *text)
{
    for (; *text && http->head_len < sizeof http->head; text++) http->head[http->head_len++] = *text;
}

static void append_number(struct http *http, const char *before, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    append(http, before);
    append(http, digits);
}

/* Begins the response. Its head has two parts: one that the request decides, made here, and one that
 * lies ready beside the file. It is the same for GET and HEAD. */
static void begin_response(struct http *http, const struct response *response)
{
    struct service *service = http->service;
    const struct representation *representation = response->representation;
    struct extent body = {0, 0}, headers = site_header(service->site)->error_headers;
    if (representation) {
        body = representation->body;
        headers = representation->headers;
        if (response->status == 206) body = (struct extent){body.at + response->range.first, response->range.len};
        if (response->status == 304)
            headers = (struct extent){headers.at + representation->content_headers,
                                      headers.len - representation->content_headers};
    }
    const char *reason = reason_of(response->status);
    http->site = service->site;
    http->site->refs++;
    http->headers = site_at(http->site, headers.at);
    http->headers_len = headers.len;
    http->generated = response->text;
    http->body = representation ? site_at(http->site, body.at) : response->text ? response->text : reason;
    http->body_len = representation ? body.len : response->text ? response->range.len : strlen(reason);

    http->head_at = http->head_len = 0;
    append(http, "HTTP/1.1 ");
    append(http, reason);
    append(http, "\r\nDate: ");
    append(http, service->date);
    if (response->status != 304) append_number(http, "\r\nContent-Length: ", http->body_len);
    if (response->status == 206 && representation) {
        append_number(http, "\r\nContent-Range: bytes ", response->range.first);
        append_number(http, "-", response->range.first + response->range.len - 1);
        append_number(http, "/", representation->body.len);
    }
    if (response->status == 416) append_number(http, "\r\nContent-Range: bytes */", response->range.len);
    if (response->status == 405) append(http, "\r\nAllow: GET, HEAD");
    http->finished = !response->keep_alive || service->draining;
    if (http->finished) append(http, "\r\nConnection: close");
    else if (response->http10) append(http, "\r\nConnection: keep-alive");
    append(http, "\r\n");

    http->file_len = 0;
    if (response->head_only || response->status == 304) http->body_len = 0;
    if (representation && http->body_len >= HTTP_SENDFILE_MIN) {
        http->file_at = body.at;
        http->file_len = http->body_len;
        http->body_len = 0;
    }
    http->responses++;
    service->metrics.responses[response->status]++;
}

static void log_response(struct http *http, const struct request *request, const char *head, size_t len, int status)
{
    struct service *service = http->service;
    if (service->log.format == LOG_OFF) return;
    const char *end = memchr(head, '\r', len);
    struct log_entry entry = {.peer = &http->peer,
                              .line = {head, end ? (size_t)(end - head) : len},
                              .status = status,
                              .bytes = http->body_len + http->file_len};
    const struct header *referer = request_header(request, NULL, "referer");
    const struct header *agent = request_header(request, NULL, "user-agent");
    if (referer) entry.referer = referer->value;
    if (agent) entry.agent = agent->value;
    log_add(&service->log, service->now, &entry);
    service->metrics.unlogged = service->log.lost;
}

/* Chooses the response to a valid request. */
static void choose_response(const struct service *service, const struct request *request, struct response *response)
{
    const struct file *file = site_find(service->site, request->path);
    if (file) {
        response->representation = &file->representations[negotiate(request, file->codings)];
        const struct extent *etag = &response->representation->etag;
        struct span tag = {site_at(service->site, etag->at), etag->len};
        struct validators validators = {tag, file->modified};
        response->status = preconditions_evaluate(request, validators, service->now);
        if (response->status == 0) response->status = 200;
        if (response->status == 200 && !request->head_only)
            response->status = range_select(request, tag, response->representation->body.len, &response->range);
        if (response->status == 416) response->range.len = response->representation->body.len;
        if (response->status >= 400) response->representation = NULL;
    } else if (service->metrics_path && strcmp(service->metrics_path, request->path) == 0) {
        response->text = malloc(METRICS_TEXT_MAX);
        response->status = response->text ? 200 : 500;
        if (response->text) response->range.len = metrics_text(&service->metrics, response->text);
    } else response->status = 404;
}

/* Begins the response to the next request, if the input has all of it, or enough to refuse it. */
static void next_request(struct http *http)
{
    struct request request;
    int scanned = scan_head(http);
    if (scanned == 0) {
        compact(http);
        return;
    }
    const char *head = http->input + http->start;
    size_t length = http->scanned - http->start;
    /* When the scan refuses, the request fields hold what the bytes so far say; the connection ends. */
    int status = request_parse(head, length, &request);
    struct response response = {.status = status, .keep_alive = request.keep_alive};
    if (scanned != 1) response = (struct response){.status = scanned};
    response.http10 = request.http10;
    response.head_only = request.head_only;
    if (response.status == 0) choose_response(http->service, &request, &response);
    begin_response(http, &response);
    log_response(http, &request, head, length, response.status);
    http->start = http->line = http->scanned;
    http->lines = 0;
}

bool http_output(struct http *http, struct output *out)
{
    if (http_pending(http) == 0) {
        http_end(http);
        if (!http->finished && http->input) next_request(http);
    }
    *out = (struct output){.file_at = http->file_at, .file_len = http->file_len};
    if (http->site) out->fd = http->site->fd;
    if (http->head_len) out->parts[out->count++] = (struct iovec){http->head + http->head_at, http->head_len};
    /* struct iovec has no const; it is only read from */
    if (http->headers_len)
        out->parts[out->count++] = (struct iovec){(void *)(size_t)http->headers, http->headers_len};
    if (http->body_len) out->parts[out->count++] = (struct iovec){(void *)(size_t)http->body, http->body_len};
    return out->count > 0 || out->file_len > 0;
}

/* Takes up to `len` off `n`; returns how much. */
static size_t consume(size_t *n, size_t len)
{
    size_t part = *n < len ? *n : len;
    *n -= part;
    return part;
}

void http_sent(struct http *http, size_t n)
{
    http->service->metrics.bytes += n;
    size_t part = consume(&n, http->head_len);
    http->head_at = (uint16_t)(http->head_at + part);
    http->head_len = (uint16_t)(http->head_len - part);
    part = consume(&n, http->headers_len);
    http->headers += part;
    http->headers_len -= part;
    part = consume(&n, http->body_len);
    http->body += part;
    http->body_len -= part;
    part = consume(&n, http->file_len);
    http->file_at += part;
    http->file_len -= part;
}

uint64_t http_pending(const struct http *http)
{
    return http->head_len + http->headers_len + http->body_len + http->file_len;
}

char *http_release_input(struct http *http)
{
    if (http->filled != http->start) return NULL;
    compact(http);
    char *input = http->input;
    http->input = NULL;
    return input;
}

void http_timeout(struct http *http)
{
    struct response response = {.status = 408};
    struct request unknown = {.header_count = 0};
    begin_response(http, &response);
    log_response(http, &unknown, http->input + http->start, http->filled - http->start, 408);
}

bool http_done(const struct http *http) { return http->finished && http_pending(http) == 0; }
