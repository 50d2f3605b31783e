#include "request.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <llhttp.h>

/* What the llhttp callbacks fill in. A whole head is given to llhttp in one piece, so all parts
 * of a span lie next to each other: the first part sets it, further parts make it longer. */
struct parse {
    struct request *request;
    struct span target, version;
    struct header line; /* the header line at work */
    bool too_many, nameless, complete;
};

static void extend(struct span *span, const char *at, size_t len)
{
    if (!span->at) span->at = at;
    span->len += len;
}

static int on_target(llhttp_t *parser, const char *at, size_t len)
{
    extend(&((struct parse *)parser->data)->target, at, len);
    return 0;
}

static int on_version(llhttp_t *parser, const char *at, size_t len)
{
    extend(&((struct parse *)parser->data)->version, at, len);
    return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
    extend(&((struct parse *)parser->data)->line.name, at, len);
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    extend(&((struct parse *)parser->data)->line.value, at, len);
    return 0;
}

bool request_is_blank(char c) { return c == ' ' || c == '\t'; }

static int on_line(llhttp_t *parser)
{
    struct parse *parse = parser->data;
    struct span *value = &parse->line.value;
    while (value->len > 0 && request_is_blank(value->at[value->len - 1])) value->len--;
    if (parse->line.name.len == 0) parse->nameless = true; /* llhttp 8 lets it through */
    if (parse->request->header_count == REQUEST_HEADERS_MAX) parse->too_many = true;
    else parse->request->headers[parse->request->header_count++] = parse->line;
    parse->line = (struct header){0};
    return 0;
}

/* Stops llhttp at the end of the head: a body is never read. */
static int on_head(llhttp_t *parser)
{
    ((struct parse *)parser->data)->complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_target,
    .on_version = on_version,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_line,
    .on_headers_complete = on_head,
};

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_one_of(char c, const char *set) { return c != '\0' && strchr(set, c) != NULL; }

/* Whether the head begins with any well-formed method and a space (RFC 9110 §5.6.2, token). */
static bool begins_with_method(const char *head, size_t len)
{
    size_t i = 0;
    while (i < len && (is_letter_or_digit(head[i]) || is_one_of(head[i], "!#$%&'*+-.^_`|~"))) i++;
    return i > 0 && i < len && head[i] == ' ';
}

bool request_is(struct span text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

const struct header *request_next(const struct request *request, const struct header *after, const char *name)
{
    for (size_t i = after ? (size_t)(after - request->headers) + 1 : 0; i < request->header_count; i++)
        if (request_is(request->headers[i].name, name)) return &request->headers[i];
    return NULL;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* Whether it is a name or an address, and perhaps a port (RFC 3986 §3.2.2 f.). A user is none of it (RFC 9110 §4.2.4). */
static bool authority_is_good(struct span text)
{
    size_t i = 0, n = text.len;
    if (n > 0 && text.at[0] == '[') {
        for (i = 1; i < n && (hex(text.at[i]) >= 0 || is_one_of(text.at[i], ":."));) i++;
        if (i == 1 || i == n || text.at[i++] != ']') return false;
    } else {
        for (; i < n && text.at[i] != ':'; i++) {
            bool encoded = text.at[i] == '%' && n - i >= 3 && hex(text.at[i + 1]) >= 0 && hex(text.at[i + 2]) >= 0;
            if (!encoded && !is_letter_or_digit(text.at[i]) && !is_one_of(text.at[i], "-._~!$&'()*+,;="))
                return false;
        }
        if (i == 0) return false;
    }
    if (i < n && text.at[i++] != ':') return false;
    if (n - i > 5) return false;
    uint32_t port = 0;
    for (; i < n; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        port = port * 10 + (uint32_t)(text.at[i] - '0');
    }
    return port <= UINT16_MAX;
}

/* RFC 9112 §3.2: exactly one Host, with a value that can be one; HTTP/1.0 may leave it out. */
static bool host_is_good(const struct request *request)
{
    const struct header *host = request_next(request, NULL, "host");
    if (!host) return request->http10;
    return !request_next(request, host, "host") && authority_is_good(host->value);
}

/* llhttp skips extra spaces, and takes RTSP and ICE for HTTP; RFC 9112 §3 has one exact form. */
static bool line_is_exact(const char *head, const char *method, const struct parse *parse)
{
    const struct span *target = &parse->target;
    if (!target->at || !parse->version.at) return false;
    return target->at == head + strlen(method) + 1 && parse->version.at == target->at + target->len + 6 &&
           memcmp(target->at + target->len, " HTTP/", 6) == 0;
}

int request_parse(const char *head, size_t len, struct request *out)
{
    out->keep_alive = out->http10 = false;
    out->head_only = len >= 5 && memcmp(head, "HEAD ", 5) == 0; /* known even if the rest is bad */
    out->path[0] = '\0';
    out->header_count = 0;

    struct parse parse = {.request = out};
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &parse;
    llhttp_errno_t error = llhttp_execute(&parser, head, len);
    /* RFC 9110 §9.1 would have 501 for a method nobody knows; 405 with Allow says more. */
    if (error == HPE_INVALID_METHOD) return begins_with_method(head, len) ? 405 : 400;
    if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE) return 505;
    if (parse.too_many) return 431;
    if (error != HPE_PAUSED || !parse.complete || parse.nameless) return 400;

    if (parser.http_major != 1 || parser.http_minor > 1) return 505;
    if (!line_is_exact(head, llhttp_method_name((llhttp_method_t)parser.method), &parse)) return 400;
    out->http10 = parser.http_minor == 0;
    if (!host_is_good(out)) return 400;
    /* By its name alone: llhttp takes no notice of an empty Transfer-Encoding, which others may. */
    bool body = parser.content_length > 0 || request_next(out, NULL, "transfer-encoding");
    out->keep_alive = !body && llhttp_should_keep_alive(&parser);
    if (parser.method != HTTP_GET && parser.method != HTTP_HEAD) return 405;
    if (body) return 400; /* content has no meaning in a GET (RFC 9110 §9.3.1) */
    int status = request_path(parse.target, out->path);
    if (status == 400) out->keep_alive = false;
    return status;
}

/* The target without scheme and authority: RFC 9112 §3.2.2 has every server take both forms. The
 * span is NULL if the authority is bad. */
static struct span strip_authority(struct span target)
{
    size_t start = 0;
    if (target.len >= 7 && strncasecmp(target.at, "http://", 7) == 0) start = 7;
    if (target.len >= 8 && strncasecmp(target.at, "https://", 8) == 0) start = 8;
    if (start == 0) return target;
    size_t end = start;
    while (end < target.len && target.at[end] != '/' && target.at[end] != '?') end++;
    bool good = authority_is_good((struct span){target.at + start, end - start});
    return (struct span){good ? target.at + end : NULL, target.len - end};
}

int request_path(struct span target, char path[REQUEST_PATH_MAX])
{
    struct span rest = strip_authority(target);
    bool absolute = rest.at != target.at;
    size_t used = 0;
    path[0] = '\0';
    if (!rest.at) return 400;
    if (absolute && (rest.len == 0 || rest.at[0] == '?')) path[used++] = '/';
    else if (rest.len == 0 || rest.at[0] != '/') return 400;

    bool query = false, too_long = false;
    for (size_t i = 0; i < rest.len; i++) {
        char c = rest.at[i];
        if (c <= ' ' || c >= 127 || c == '#') goto refuse; /* `char` may be signed: also ≥ 0x80 */
        if (c == '?') query = true;
        if (query) continue; /* goes on only to find characters that no target may have */
        if (c == '\\') goto refuse;
        if (c == '%') {
            if (rest.len - i < 3 || hex(rest.at[i + 1]) < 0 || hex(rest.at[i + 2]) < 0) goto refuse;
            unsigned char byte = (unsigned char)(hex(rest.at[i + 1]) * 16 + hex(rest.at[i + 2]));
            if (byte < ' ' || byte == 127 || byte == '/' || byte == '\\' || byte == '%') goto refuse;
            c = (char)byte;
            i += 2;
        }
        if (used < REQUEST_PATH_MAX - 1) path[used++] = c;
        else too_long = true;
    }
    path[used] = '\0';
    for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
        size_t length = strcspn(slash + 1, "/");
        if (length > 0 && length <= 2 && slash[1] == '.' && slash[length] == '.') goto refuse;
    }
    if (!too_long) return 0;
    path[0] = '\0';
    return 404;

refuse:
    path[0] = '\0';
    return 400;
}
