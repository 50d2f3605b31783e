/* Accept-Encoding: what is sent is there, and was asked for. Each line of the input is a value; the
 * first byte says which codings there are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../serve/negotiate.h"

static int mentions(const struct request *request, const char *word)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct span value = request->headers[i].value;
        for (size_t at = 0; at + strlen(word) <= value.len; at++)
            if (span_is((struct span){value.at + at, strlen(word)}, word)) return 1;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char name[] = "Accept-Encoding";
    struct request request = {.header_count = 0};
    if (size == 0) return 0;
    uint64_t available = 1u | (data[0] & 6u);
    for (size_t at = 1; at < size && request.header_count < 6;) {
        const uint8_t *start = data + at, *end = memchr(start, '\n', size - at);
        size_t line = end ? (size_t)(end - start) : size - at;
        request.headers[request.header_count++] =
            (struct header){{name, sizeof name - 1}, {(const char *)start, line}};
        at += line + 1;
    }
    enum coding coding = negotiate(&request, available);
    if (coding >= CODINGS || !(available >> coding & 1)) abort();
    if (coding == CODING_BR && !mentions(&request, "br") && !mentions(&request, "*")) abort();
    if (coding == CODING_GZIP && !mentions(&request, "gzip") && !mentions(&request, "*")) abort();
    return 0;
}
