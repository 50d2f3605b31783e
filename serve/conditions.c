#include "conditions.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_tag(struct span text, struct span etag)
{
    return text.len == etag.len && memcmp(text.at, etag.at, etag.len) == 0;
}

/* One field value of If-Match or If-None-Match: "*" or a comma-separated list of entity tags.
 * `weak`: a tag that is said to be weak counts, too (RFC 9110 §8.8.3.2). */
static bool lists(struct span value, struct span etag, bool weak)
{
    size_t i = 0, n = value.len;
    if (n == 1 && value.at[0] == '*') return true;
    for (;;) {
        while (i < n && (request_is_blank(value.at[i]) || value.at[i] == ',')) i++;
        bool is_weak = n - i >= 2 && value.at[i] == 'W' && value.at[i + 1] == '/';
        if (is_weak) i += 2;
        if (i >= n || value.at[i] != '"') return false;
        size_t start = i++;
        while (i < n && value.at[i] != '"') i++;
        if (i >= n) return false;
        i++;
        if ((weak || !is_weak) && is_tag((struct span){value.at + start, i - start}, etag)) return true;
        while (i < n && request_is_blank(value.at[i])) i++;
        if (i < n && value.at[i] != ',') return false;
    }
}

int conditions_check(const struct request *request, struct span etag)
{
    bool asked = false, matched = false;
    for (const struct header *line = NULL; (line = request_next(request, line, "if-match"));) {
        asked = true;
        matched = matched || lists(line->value, etag, false);
    }
    if (asked && !matched) return 412;
    for (const struct header *line = NULL; (line = request_next(request, line, "if-none-match"));)
        if (lists(line->value, etag, true)) return 304;
    return 0;
}

/* Reads digits at *at; more than fit are the largest number. False: there are none. */
static bool digits(struct span text, size_t *at, uint64_t *out)
{
    size_t start = *at;
    for (*out = 0; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(text.at[*at] - '0');
        *out = *out > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *out * 10 + digit;
    }
    return *at > start;
}

int conditions_range(const struct request *request, struct span etag, uint64_t size, struct range *range)
{
    const struct header *line = request_next(request, NULL, "range");
    if (!line || request_next(request, line, "range")) return 200;
    const struct header *only_if = request_next(request, NULL, "if-range");
    if (only_if && (request_next(request, only_if, "if-range") || !is_tag(only_if->value, etag))) return 200;

    struct span text = line->value;
    uint64_t first, last;
    size_t at = 6;
    if (text.len < at || strncasecmp(text.at, "bytes=", at) != 0) return 200;
    bool has_first = digits(text, &at, &first);
    if (at == text.len || text.at[at++] != '-') return 200;
    bool has_last = digits(text, &at, &last);
    if (at != text.len || (!has_first && !has_last)) return 200;

    if (!has_first) { /* the last so many bytes */
        if (last == 0) return 416;
        if (size == 0) return 200; /* no Content-Range can say a part of nothing */
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
