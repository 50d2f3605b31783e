#define _GNU_SOURCE /* memmem() */
/* A whole connection: whatever the bytes, and however they are cut in pieces, the responses are the
 * same, every one of them is whole, and the connection comes to rest. What the grammars of the RFCs do not
 * have is refused, and a plain request is not. */
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../serve/http.h"
#include "../../serve/site_build.h"

#define OUTPUT_MAX (4u << 20)

static struct service service = {.date = "Sun, 06 Nov 1994 08:49:37 GMT", .metrics_path = NULL};
static char whole[OUTPUT_MAX], pieces[OUTPUT_MAX];

/* The grammars, as POSIX regular expressions: written from the RFCs, apart from the server's own code. */
#define TOKEN "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#define H16 "[0-9A-Fa-f]{1,4}"
#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define LS32 "(" H16 ":" H16 "|" OCTET "\\." OCTET "\\." OCTET "\\." OCTET ")"
#define IPV6                                                                                                         \
    "((" H16 ":){6}" LS32 "|::(" H16 ":){5}" LS32 "|(" H16 ")?::(" H16 ":){4}" LS32 "|((" H16 ":){0,1}" H16          \
    ")?::(" H16 ":){3}" LS32 "|((" H16 ":){0,2}" H16 ")?::(" H16 ":){2}" LS32 "|((" H16 ":){0,3}" H16 ")?::" H16     \
    ":" LS32 "|((" H16 ":){0,4}" H16 ")?::" LS32 "|((" H16 ":){0,5}" H16 ")?::" H16 "|((" H16 ":){0,6}" H16 ")?::)"
#define AUTHORITY                                                                                                    \
    "(\\[(" IPV6                                                                                                     \
    "|[vV][0-9A-Fa-f]+\\.[0-9A-Za-z._~!$&'()*+,;=:-]+)\\]|([0-9A-Za-z._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)"            \
    "(:[0-9]*)?"
/* More than RFC 3986 has: what browsers send. */
#define PCHAR "([!-\"$&->@-[^-~]|]|%[0-9A-Fa-f]{2})"
static regex_t request_line, plain_target, target, field_line, authority, zero;

static bool matches(const regex_t *pattern, const char *text, size_t len)
{
    static char copy[HTTP_HEAD_MAX + 1];
    memcpy(copy, text, len);
    copy[len] = '\0';
    return !memchr(copy, '\0', len) && regexec(pattern, copy, 0, NULL, 0) == 0;
}

enum verdict { OPEN, REFUSE, SERVE };

/* What must become of the first request in these bytes; OPEN: not said here. */
static enum verdict judge(const char *data, size_t size)
{
    while (size >= 2 && memcmp(data, "\r\n", 2) == 0) data += 2, size -= 2;
    const char *end = memmem(data, size, "\r\n\r\n", 4), *at = data;
    if (!end || end - data > HTTP_LINE_MAX) return OPEN;
    bool plain = false, old = false;
    int hosts = 0, count = 0;
    for (const char *stop; at < end + 2; at = stop + 2, count++) {
        stop = memmem(at, (size_t)(end + 2 - at), "\r\n", 2);
        size_t len = (size_t)(stop - at);
        if (count == 0) {
            if (!matches(&request_line, at, len)) return REFUSE;
            const char *from = memchr(at, ' ', len);
            size_t target_len = len - (size_t)(from - at) - sizeof " HTTP/1.1";
            if (!matches(&target, from + 1, target_len)) return REFUSE;
            plain = matches(&plain_target, from + 1, target_len);
            old = stop[-1] == '0';
            continue;
        }
        if (!matches(&field_line, at, len)) return REFUSE;
        size_t name = (size_t)((const char *)memchr(at, ':', len) - at), from = name + 1;
        while (from < len && strchr(" \t", at[from])) from++;
        while (len > from && strchr(" \t", at[len - 1])) len--;
        bool is_host = name == 4 && strncasecmp(at, "host", 4) == 0;
        if (is_host && (hosts++ > 0 || !matches(&authority, at + from, len - from))) return REFUSE;
        if (is_host && len - from > 5 && strchr("0123456789", at[len - 6]))
            plain = false; /* perhaps no port of TCP */
        if (name == 14 && strncasecmp(at, "content-length", 14) == 0) {
            if (!matches(&zero, at + from, len - from)) return REFUSE;
            plain = false; /* there may be two */
        }
        if (name == 17 && strncasecmp(at, "transfer-encoding", 17) == 0) return REFUSE;
    }
    if (hosts == 0 && !old) return REFUSE;
    return plain && count <= REQUEST_HEADERS_MAX ? SERVE : OPEN;
}

static void compile(regex_t *out, const char *pattern)
{
    if (regcomp(out, pattern, REG_EXTENDED | REG_NOSUB) != 0) abort();
}

static void put_file(const char *folder, const char *name, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file) abort();
    for (size_t i = 0; i < size; i++) fputc("digits"[i % 6], file);
    fclose(file);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    compile(&request_line, "^(GET|HEAD) [!-~]+ HTTP/1\\.[0-9]$"); /* other methods and versions are refused as well */
    compile(&target, "^(/" PCHAR "*|[Hh][Tt][Tt][Pp][Ss]?://" AUTHORITY "(/" PCHAR "*)?)([?][!-\"$-~]*)?$");
    compile(&plain_target, "^/[a-z.]*[a-z]$");
    compile(&field_line, "^" TOKEN ":[\t -~\x80-\xff]*$");
    compile(&authority, "^" AUTHORITY "$");
    compile(&zero, "^0+$");
    char folder[] = "/tmp/digits-fuzz-XXXXXX", error[512], path[256];
    if (!mkdtemp(folder)) abort();
    static const struct {
        const char *name;
        size_t size;
    } files[] = {{"index.html", 100}, {"a.js", 50}, {"a.js.gz", 30},
                 {"a.js.br", 20},     {"empty", 0}, {"big", HTTP_SENDFILE_MIN}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) put_file(folder, files[i].name, files[i].size);
    service.site = site_map(site_build(AT_FDCWD, folder, HSTS_OFF, error, sizeof error));
    if (!service.site) abort();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        unlink(path);
    }
    rmdir(folder);
    service.log = (struct log){.format = LOG_JSON, .fd = open("/dev/null", O_WRONLY)};
    return 0;
}

/* Gives a connection the bytes, `step` at a time (0: as many as fit), and takes at most 1000 bytes of
 * output at a time. Returns the length of the output. */
static size_t converse(const uint8_t *data, size_t size, size_t step, char *out)
{
    struct http http;
    struct in6_addr peer = {0};
    size_t length = 0;
    http_init(&http, &service, &peer);
    http.input = malloc(HTTP_HEAD_MAX);
    for (size_t at = 0; at < size && !http_done(&http);) {
        char *space, *returned = http_release_input(&http);
        free(returned);
        if (returned || !http.input) http.input = malloc(HTTP_HEAD_MAX);
        size_t part = http_input_space(&http, &space);
        if (part == 0) abort(); /* it would never come to read the rest */
        if (step && step < part) part = step;
        if (size - at < part) part = size - at;
        memcpy(space, data + at, part);
        http_received(&http, part);
        at += part;
        struct output output;
        while (http_output(&http, &output)) {
            size_t sent = 0;
            for (int i = 0; i < output.count; i++) {
                size_t n = output.parts[i].iov_len;
                if (n > 1000 - sent) n = 1000 - sent;
                if (length + n <= OUTPUT_MAX) memcpy(out + length, output.parts[i].iov_base, n);
                length += n;
                sent += n;
            }
            if (output.count == 0) { /* a large body: its bytes are the block's */
                sent = output.file_len;
                if (output.file_at + sent > service.site->size) abort();
            }
            http_sent(&http, sent);
        }
        if (http_pending(&http) != 0) abort();
    }
    if (!http_done(&http) && http.filled > http.start) http_timeout(&http);
    http_end(&http);
    free(http.input);
    if (service.site->refs != 1) abort();
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = converse(data, size, 0, whole);
    static const size_t steps[] = {1, 7, 1000};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (converse(data, size, steps[i], pieces) != length) abort();
        if (memcmp(whole, pieces, length < OUTPUT_MAX ? length : OUTPUT_MAX) != 0) abort();
    }
    if (length < 12) return 0;
    if (memcmp(whole, "HTTP/1.1 ", 9) != 0) abort();
    enum verdict verdict = judge((const char *)data, size);
    int status = atoi(whole + 9);
    if (verdict == REFUSE && status < 400) abort();
    if (verdict == SERVE && status >= 400 && status != 404 && status != 412 && status != 416) abort();
    return 0;
}
