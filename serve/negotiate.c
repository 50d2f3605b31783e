#include "negotiate.h"

#include <string.h>
#include <strings.h>

#define UNSET (-1)

/* A weight in thousandths: "1", "0.5", "1.000", "0."; UNSET when malformed. */
static int weight(struct span text)
{
    if (text.len == 0 || text.len > 5 || (text.at[0] != '0' && text.at[0] != '1')) return UNSET;
    int value = (text.at[0] - '0') * 1000, unit = 100;
    if (text.len > 1 && text.at[1] != '.') return UNSET;
    for (size_t i = 2; i < text.len; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9') return UNSET;
        value += (text.at[i] - '0') * unit;
    }
    return value > 1000 ? UNSET : value;
}

/* Takes the part before the first `separator` off the front of `rest`, without white space around it. */
static struct span next_item(struct span *rest, char separator)
{
    const char *end = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    struct span part = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
    size_t skip = end ? part.len + 1 : part.len;
    rest->at += skip;
    rest->len -= skip;
    while (part.len > 0 && is_ows(part.at[0])) part = (struct span){part.at + 1, part.len - 1};
    while (part.len > 0 && is_ows(part.at[part.len - 1])) part.len--;
    return part;
}

/* One element of the list, such as "gzip" or "br;q=0.8". */
static void parse_element(struct span element, int weights[CODINGS], int *wildcard)
{
    struct span name = next_item(&element, ';');
    int q = 1000;
    if (element.at != name.at + name.len) { /* a parameter follows */
        struct span parameter = next_item(&element, ';');
        if (element.len > 0 || parameter.len < 3 || strncasecmp(parameter.at, "q=", 2) != 0) return;
        q = weight((struct span){parameter.at + 2, parameter.len - 2});
        if (q == UNSET) return;
    }
    if (span_is(name, "*")) *wildcard = q;
    if (span_is(name, "identity")) weights[CODING_NONE] = q;
    if (span_is(name, "gzip") || span_is(name, "x-gzip")) weights[CODING_GZIP] = q; /* RFC 9110 §8.4.1.3 */
    if (span_is(name, "br")) weights[CODING_BR] = q;
}

enum coding negotiate(const struct request *request, uint64_t available)
{
    int weights[CODINGS] = {UNSET, UNSET, UNSET}, wildcard = UNSET;
    for (const struct header *line = NULL; (line = request_header(request, line, "accept-encoding"));)
        for (struct span rest = line->value; rest.len > 0;) parse_element(next_item(&rest, ','), weights, &wildcard);

    enum coding best = CODING_NONE;
    int identity = weights[CODING_NONE] != UNSET ? weights[CODING_NONE] : wildcard;
    int best_q = identity > 0 ? identity : 0; /* not mentioned: only if no other is wanted */
    for (int coding = CODING_NONE + 1; coding < CODINGS; coding++) {
        int q = weights[coding] != UNSET ? weights[coding] : wildcard;
        if (!(available >> coding & 1) || q <= 0 || q < best_q) continue;
        best = (enum coding)coding;
        best_q = q;
    }
    return best;
}
