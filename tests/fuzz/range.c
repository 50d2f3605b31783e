/* Range, If-Range, If-Match and If-None-Match: a part is a part of what there is. The first line of
 * the input is the file's size, the others are header lines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../serve/conditions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"Range", "If-Range", "If-None-Match", "If-Match"};
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
        const char *name = names[start[0] % 4];
        request.headers[request.header_count++] =
            (struct header){{name, strlen(name)}, {(const char *)start + 1, line - 1}};
    }
    int status = conditions_range(&request, tag, length, &range);
    if (status == 206) {
        if (range.len == 0 || range.first >= length || range.len > length - range.first) abort();
    } else if (status != 200 && status != 416) abort();
    if (status != 200 && !request_next(&request, NULL, "range")) abort();
    status = conditions_check(&request, tag);
    if (status != 0 && status != 304 && status != 412) abort();
    if (status == 412 && !request_next(&request, NULL, "if-match")) abort();
    if (status == 304 && !request_next(&request, NULL, "if-none-match")) abort();
    return 0;
}
