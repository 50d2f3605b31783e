/* Range, If-Range and preconditions: a part is a part of what there is. The first line of
 * the input is the file's size, the others are header lines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../serve/preconditions.h"
#include "../../serve/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"Range",    "If-Range",          "If-None-Match",
                                        "If-Match", "If-Modified-Since", "If-Unmodified-Since"};
    static const char etag[] = "\"0123456789abcdef-1f\"";
    const struct span tag = {etag, sizeof etag - 1};
    struct request request = {.header_count = 0};
    struct range range = {0, 0};
    uint64_t length = 0;
    size_t at = 0;
    for (; at < size && at < 19 && data[at] >= '0' && data[at] <= '9'; at++) length = length * 10 + data[at] - '0';
    while (at < size && request.header_count < 6) {
        const uint8_t *start = data + at, *end = memchr(start, '\n', size - at);
        size_t line = end ? (size_t)(end - start) : size - at;
        at += line + 1;
        if (line == 0) continue;
        const char *name = names[start[0] % 6];
        request.headers[request.header_count++] =
            (struct header){{name, strlen(name)}, {(const char *)start + 1, line - 1}};
    }
    int status = range_select(&request, tag, length, &range);
    if (status == 206) {
        if (range.len == 0 || range.first >= length || range.len > length - range.first) abort();
    } else if (status != 200 && status != 416) abort();
    if (status != 200 && !request_header(&request, NULL, "range")) abort();
    status = preconditions_evaluate(&request, (struct validators){tag, 784111777}, 1000000000);
    if (status != 0 && status != 304 && status != 412) abort();
    if (status == 412 && !request_header(&request, NULL, "if-match") &&
        !request_header(&request, NULL, "if-unmodified-since"))
        abort();
    if (status == 304 && !request_header(&request, NULL, "if-none-match") &&
        !request_header(&request, NULL, "if-modified-since"))
        abort();
    return 0;
}
