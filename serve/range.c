#include "range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Reads digits at *at; what does not fit is the largest number. False: there are none. */
static bool parse_number(struct span text, size_t *at, uint64_t *out)
{
    size_t start = *at;
    for (*out = 0; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(text.at[*at] - '0');
        *out = *out > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *out * 10 + digit;
    }
    return *at > start;
}

int range_select(const struct request *request, struct span etag, uint64_t size, struct range *range)
{
    const struct header *line = request_header(request, NULL, "range");
    if (!line || request_header(request, line, "range")) return 200;
    const struct header *if_range = request_header(request, NULL, "if-range");
    if (if_range && (request_header(request, if_range, "if-range") || if_range->value.len != etag.len ||
                     memcmp(if_range->value.at, etag.at, etag.len) != 0))
        return 200;

    struct span text = line->value;
    uint64_t first, last;
    size_t at = 6;
    if (text.len < at || strncasecmp(text.at, "bytes=", at) != 0) return 200;
    bool has_first = parse_number(text, &at, &first);
    if (at == text.len || text.at[at++] != '-') return 200;
    bool has_last = parse_number(text, &at, &last);
    if (at != text.len || (!has_first && !has_last)) return 200;

    if (!has_first) { /* the last so many bytes */
        if (last == 0) return 416;
        if (size == 0) return 200; /* Content-Range has no form for a part of nothing */
        first = last < size ? size - last : 0;
        last = size - 1;
    } else {
        if (!has_last) last = UINT64_MAX;
        if (last < first) return 200;
        if (first >= size) return 416;
        if (last > size - 1) last = size - 1;
    }
    *range = (struct range){first, last - first + 1};
    return 206;
}
