#include "negotiate.h"

#include <string.h>
#include <strings.h>

#define UNSAID (-1)

/* A weight in thousandths: "1", "0.5", "1.000", "0."; UNSAID when it is not one. */
static int weight(struct span text)
{
    if (text.len == 0 || text.len > 5 || (text.at[0] != '0' && text.at[0] != '1')) return UNSAID;
    int value = (text.at[0] - '0') * 1000, unit = 100;
    if (text.len > 1 && text.at[1] != '.') return UNSAID;
    for (size_t i = 2; i < text.len; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9') return UNSAID;
        value += (text.at[i] - '0') * unit;
    }
    return value > 1000 ? UNSAID : value;
}

/* Cuts the part before the first `mark` off the front of `rest`, without blanks around it. */
static struct span cut(struct span *rest, char mark)
{
    const char *end = rest->len ? memchr(rest->at, mark, rest->len) : NULL;
    struct span part = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
    size_t skip = end ? part.len + 1 : part.len;
    rest->at += skip;
    rest->len -= skip;
    while (part.len > 0 && request_is_blank(part.at[0])) part = (struct span){part.at + 1, part.len - 1};
    while (part.len > 0 && request_is_blank(part.at[part.len - 1])) part.len--;
    return part;
}

/* One element of the list, such as "gzip" or "br;q=0.8". */
static void hear(struct span element, int said[CODINGS], int *others)
{
    struct span name = cut(&element, ';');
    int q = 1000;
    if (element.at != name.at + name.len) { /* a parameter follows */
        struct span parameter = cut(&element, ';');
        if (element.len > 0 || parameter.len < 3 || strncasecmp(parameter.at, "q=", 2) != 0) return;
        q = weight((struct span){parameter.at + 2, parameter.len - 2});
        if (q == UNSAID) return;
    }
    if (request_is(name, "*")) *others = q;
    if (request_is(name, "identity")) said[CODING_NONE] = q;
    if (request_is(name, "gzip") || request_is(name, "x-gzip")) said[CODING_GZIP] = q; /* RFC 9110 §8.4.1.3 */
    if (request_is(name, "br")) said[CODING_BR] = q;
}

enum coding negotiate(const struct request *request, uint64_t available)
{
    int said[CODINGS] = {UNSAID, UNSAID, UNSAID}, others = UNSAID;
    for (const struct header *line = NULL; (line = request_next(request, line, "accept-encoding"));)
        for (struct span rest = line->value; rest.len > 0;) hear(cut(&rest, ','), said, &others);

    enum coding best = CODING_NONE;
    int plain = said[CODING_NONE] != UNSAID ? said[CODING_NONE] : others;
    int most = plain > 0 ? plain : 0; /* unsaid: only if nothing else is wanted */
    for (int coding = CODING_NONE + 1; coding < CODINGS; coding++) {
        int q = said[coding] != UNSAID ? said[coding] : others;
        if (!(available >> coding & 1) || q <= 0 || q < most) continue;
        best = (enum coding)coding;
        most = q;
    }
    return best;
}
