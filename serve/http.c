#include "http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conditions.h"
#include "negotiate.h"
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
    files_release(http->files);
    free(http->made);
    http->files = NULL;
    http->made = NULL;
}

size_t http_space(struct http *http, char **at)
{
    *at = http->input + http->filled;
    return HTTP_HEAD_MAX - http->filled;
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
    return http->filled - http->start == HTTP_HEAD_MAX ? 431 : 0;
}

/* Moves what is left of the input to its beginning. */
static void compact(struct http *http)
{
    if (http->filled > http->start) memmove(http->input, http->input + http->start, http->filled - http->start);
    http->filled -= http->start;
    http->scanned -= http->start;
    http->line -= http->start;
    http->start = 0;
}

/* What is to be answered. */
struct answer {
    int status;
    bool keep, http10, head_only;
    const struct variant *variant; /* of `files`: for 200, 206 and 304 */
    struct range range;            /* 206: the part; 416: `len` is what there is */
    char *text;                    /* another body for 200, of `range.len` bytes; taken over */
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

/* Begins the answer. Its head has two parts: one that the request decides, made here, and one that
 * lies ready beside the file. It is the same for GET and HEAD. */
static void begin(struct http *http, const struct answer *answer)
{
    struct service *service = http->service;
    const struct variant *variant = answer->variant;
    struct piece body = {0, 0}, fields = files_head(service->files)->refusal;
    if (variant) {
        body = variant->body;
        fields = variant->fields;
        if (answer->status == 206) body = (struct piece){body.at + answer->range.first, answer->range.len};
        if (answer->status == 304)
            fields = (struct piece){fields.at + variant->described, fields.len - variant->described};
    }
    const char *reason = reason_of(answer->status);
    http->files = service->files;
    http->files->refs++;
    http->fields = files_at(http->files, fields.at);
    http->fields_len = fields.len;
    http->made = answer->text;
    http->body = variant ? files_at(http->files, body.at) : answer->text ? answer->text : reason;
    http->body_len = variant ? body.len : answer->text ? answer->range.len : strlen(reason);

    http->head_at = http->head_len = 0;
    append(http, "HTTP/1.1 ");
    append(http, reason);
    append(http, "\r\nDate: ");
    append(http, service->date);
    if (answer->status != 304) append_number(http, "\r\nContent-Length: ", http->body_len);
    if (answer->status == 206 && variant) {
        append_number(http, "\r\nContent-Range: bytes ", answer->range.first);
        append_number(http, "-", answer->range.first + answer->range.len - 1);
        append_number(http, "/", variant->body.len);
    }
    if (answer->status == 416) append_number(http, "\r\nContent-Range: bytes */", answer->range.len);
    if (answer->status == 405) append(http, "\r\nAllow: GET, HEAD");
    http->finished = !answer->keep || service->draining;
    if (http->finished) append(http, "\r\nConnection: close");
    else if (answer->http10) append(http, "\r\nConnection: keep-alive");
    append(http, "\r\n");

    http->file_len = 0;
    if (answer->head_only || answer->status == 304) http->body_len = 0;
    if (variant && http->body_len >= HTTP_FILE_MIN) {
        http->file_at = body.at;
        http->file_len = http->body_len;
        http->body_len = 0;
    }
    http->answers++;
    service->metrics.answers[answer->status]++;
}

static void log_answer(struct http *http, const struct request *request, const char *head, size_t len, int status)
{
    struct service *service = http->service;
    if (service->log.form == LOG_OFF) return;
    const char *end = memchr(head, '\r', len);
    struct log_entry entry = {.peer = &http->peer,
                              .line = {head, end ? (size_t)(end - head) : len},
                              .status = status,
                              .bytes = http->body_len + http->file_len};
    const struct header *referer = request_next(request, NULL, "referer");
    const struct header *agent = request_next(request, NULL, "user-agent");
    if (referer) entry.referer = referer->value;
    if (agent) entry.agent = agent->value;
    log_add(&service->log, service->now, &entry);
    service->metrics.unlogged = service->log.lost;
}

/* Decides the answer to a good request. */
static void decide(const struct service *service, const struct request *request, struct answer *answer)
{
    const struct file *file = files_find(service->files, request->path);
    if (file) {
        answer->variant = &file->variants[negotiate(request, file->codings)];
        const struct piece *etag = &answer->variant->etag;
        struct span tag = {files_at(service->files, etag->at), etag->len};
        answer->status = conditions_check(request, tag);
        if (answer->status == 0) answer->status = 200;
        if (answer->status == 200 && !request->head_only)
            answer->status = conditions_range(request, tag, answer->variant->body.len, &answer->range);
        if (answer->status == 416) answer->range.len = answer->variant->body.len;
        if (answer->status >= 400) answer->variant = NULL;
    } else if (service->metrics_path && strcmp(service->metrics_path, request->path) == 0) {
        answer->text = malloc(METRICS_TEXT_MAX);
        answer->status = answer->text ? 200 : 500;
        if (answer->text) answer->range.len = metrics_text(&service->metrics, answer->text);
    } else answer->status = 404;
}

/* Takes up the next request if the input has it whole, or a fault. */
static void take_up(struct http *http)
{
    struct request request;
    int fault = scan(http);
    if (fault == 0) {
        compact(http);
        return;
    }
    const char *head = http->input + http->start;
    size_t length = http->scanned - http->start;
    /* After a fault of the scan only what the bytes so far say is known; it ends the connection. */
    int refusal = request_parse(head, length, &request);
    struct answer answer = {.status = refusal, .keep = request.keep_alive};
    if (fault != 1) answer = (struct answer){.status = fault};
    answer.http10 = request.http10;
    answer.head_only = request.head_only;
    if (answer.status == 0) decide(http->service, &request, &answer);
    begin(http, &answer);
    log_answer(http, &request, head, length, answer.status);
    http->start = http->line = http->scanned;
    http->lines = 0;
}

bool http_output(struct http *http, struct output *out)
{
    if (http_pending(http) == 0) {
        http_end(http);
        if (!http->finished && http->input) take_up(http);
    }
    *out = (struct output){.file_at = http->file_at, .file_len = http->file_len};
    if (http->files) out->fd = http->files->fd;
    if (http->head_len) out->parts[out->count++] = (struct iovec){http->head + http->head_at, http->head_len};
    /* struct iovec has no const; it is only read from */
    if (http->fields_len) out->parts[out->count++] = (struct iovec){(void *)(size_t)http->fields, http->fields_len};
    if (http->body_len) out->parts[out->count++] = (struct iovec){(void *)(size_t)http->body, http->body_len};
    return out->count > 0 || out->file_len > 0;
}

/* Takes as much of `n` off `len` as there is; returns how much. */
static size_t take(size_t *n, size_t len)
{
    size_t part = *n < len ? *n : len;
    *n -= part;
    return part;
}

void http_sent(struct http *http, size_t n)
{
    http->service->metrics.bytes += n;
    size_t part = take(&n, http->head_len);
    http->head_at = (uint16_t)(http->head_at + part);
    http->head_len = (uint16_t)(http->head_len - part);
    part = take(&n, http->fields_len);
    http->fields += part;
    http->fields_len -= part;
    part = take(&n, http->body_len);
    http->body += part;
    http->body_len -= part;
    part = take(&n, http->file_len);
    http->file_at += part;
    http->file_len -= part;
}

uint64_t http_pending(const struct http *http)
{
    return http->head_len + http->fields_len + http->body_len + http->file_len;
}

char *http_return_input(struct http *http)
{
    if (http->filled != http->start) return NULL;
    compact(http);
    char *input = http->input;
    http->input = NULL;
    return input;
}

void http_timeout(struct http *http)
{
    struct answer answer = {.status = 408};
    struct request nothing = {.header_count = 0};
    begin(http, &answer);
    log_answer(http, &nothing, http->input + http->start, http->filled - http->start, 408);
}

bool http_done(const struct http *http) { return http->finished && http_pending(http) == 0; }
