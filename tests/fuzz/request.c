/* A whole connection: whatever the bytes, and however they are cut in pieces, the answers are the
 * same, every one of them is whole, and the connection comes to rest. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../serve/http.h"
#include "../../serve/site_build.h"

#define OUTPUT_MAX (4u << 20)

static struct service service = {.date = "Sun, 06 Nov 1994 08:49:37 GMT", .metrics_path = NULL};
static char whole[OUTPUT_MAX], pieces[OUTPUT_MAX];

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
    if (length >= 9 && memcmp(whole, "HTTP/1.1 ", 9) != 0) abort();
    return 0;
}
