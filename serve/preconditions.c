#include "preconditions.h"

#include <stdbool.h>
#include <string.h>

#include "http_date.h"

/* Whether one value of If-Match or If-None-Match has the tag: "*" or a comma-separated list of entity tags.
 * `weak`: by weak comparison (RFC 9110 §8.8.3.2). */
static bool list_has(struct span value, struct span etag, bool weak)
{
    size_t i = 0, n = value.len;
    if (n == 1 && value.at[0] == '*') return true;
    for (;;) {
        while (i < n && (is_ows(value.at[i]) || value.at[i] == ',')) i++;
        bool is_weak = n - i >= 2 && value.at[i] == 'W' && value.at[i + 1] == '/';
        if (is_weak) i += 2;
        if (i >= n || value.at[i] != '"') return false;
        size_t start = i++;
        while (i < n && value.at[i] != '"') i++;
        if (i >= n) return false;
        i++;
        bool same = i - start == etag.len && memcmp(value.at + start, etag.at, etag.len) == 0;
        if (same && (weak || !is_weak)) return true;
        while (i < n && is_ows(value.at[i])) i++;
        if (i < n && value.at[i] != ',') return false;
    }
}

/* Whether any line of this name has the tag; *present: whether there is a line. */
static bool any_has(const struct request *request, const char *name, struct span etag, bool weak, bool *present)
{
    bool has = false;
    for (const struct header *line = NULL; (line = request_header(request, line, name)); *present = true)
        has = has || list_has(line->value, etag, weak);
    return has;
}

/* The date in the one line of this name; -1: none, more than one, or malformed. */
static int64_t date_of(const struct request *request, const char *name, int64_t now)
{
    const struct header *line = request_header(request, NULL, name);
    return line && !request_header(request, line, name) ? http_date_parse(line->value, now) : -1;
}

int preconditions_evaluate(const struct request *request, struct validators validators, int64_t now)
{
    bool if_match = false, if_none_match = false;
    bool matches = any_has(request, "if-match", validators.etag, false, &if_match);
    bool known = any_has(request, "if-none-match", validators.etag, true, &if_none_match);
    int64_t since;
    if (if_match && !matches) return 412;
    if (!if_match && validators.modified && (since = date_of(request, "if-unmodified-since", now)) >= 0 &&
        validators.modified > since)
        return 412;
    if (known) return 304;
    if (!if_none_match && validators.modified && (since = date_of(request, "if-modified-since", now)) >= 0 &&
        validators.modified <= since)
        return 304;
    return 0;
}
