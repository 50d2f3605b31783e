#include "request.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <llhttp.h>

/* What the llhttp callbacks fill in. llhttp gets a whole head in one call, so the parts of a span
 * are adjacent: the first one sets it, later ones extend it. */
struct parse {
    struct request *request;
    struct span target, version;
    struct header line; /* the field line being parsed */
    bool too_many, bad_name, complete;
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

bool is_ows(char c) { return c == ' ' || c == '\t'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

static bool is_one_of(char c, const char *set) { return c != '\0' && strchr(set, c) != NULL; }

static int hex(char c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* The length of the token at the front of the text (RFC 9110 §5.6.2). */
static size_t token_length(struct span text)
{
    size_t i = 0;
    while (i < text.len && (is_alphanumeric(text.at[i]) || is_one_of(text.at[i], "!#$%&'*+-.^_`|~"))) i++;
    return i;
}

static int on_line(llhttp_t *parser)
{
    struct parse *parse = parser->data;
    struct span name = parse->line.name, *value = &parse->line.value;
    while (value->len > 0 && is_ows(value->at[value->len - 1])) value->len--;
    if (name.len == 0 || token_length(name) != name.len || name.at[name.len] != ':') parse->bad_name = true;
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

bool span_is(struct span text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

const struct header *request_header(const struct request *request, const struct header *after, const char *name)
{
    for (size_t i = after ? (size_t)(after - request->headers) + 1 : 0; i < request->header_count; i++)
        if (span_is(request->headers[i].name, name)) return &request->headers[i];
    return NULL;
}

/* What stands between the brackets of an IP-literal: IPv6address or IPvFuture (RFC 3986 §3.2.2). */
static bool ip_literal_is_valid(struct span text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr ignored;
    if (text.len > 0 && (text.at[0] == 'v' || text.at[0] == 'V')) {
        size_t i = 1;
        while (i < text.len && hex(text.at[i]) >= 0) i++;
        if (i == 1 || i == text.len || text.at[i++] != '.' || i == text.len) return false;
        while (i < text.len && (is_alphanumeric(text.at[i]) || is_one_of(text.at[i], "-._~!$&'()*+,;=:"))) i++;
        return i == text.len;
    }
    if (text.len >= sizeof address || memchr(text.at, '\0', text.len)) return false;
    memcpy(address, text.at, text.len);
    address[text.len] = '\0';
    return inet_pton(AF_INET6, address, &ignored) == 1;
}

/* host [ ":" port ] (RFC 9110 §7.2). No userinfo (§4.2.4), and no port that TCP does not have. */
static bool authority_is_valid(struct span text)
{
    size_t i = 0, n = text.len;
    if (n > 0 && text.at[0] == '[') {
        const char *end = memchr(text.at, ']', n);
        if (!end || !ip_literal_is_valid((struct span){text.at + 1, (size_t)(end - text.at) - 1})) return false;
        i = (size_t)(end - text.at) + 1;
    } else {
        for (; i < n && text.at[i] != ':'; i++) {
            bool encoded = text.at[i] == '%' && n - i >= 3 && hex(text.at[i + 1]) >= 0 && hex(text.at[i + 2]) >= 0;
            if (!encoded && !is_alphanumeric(text.at[i]) && !is_one_of(text.at[i], "-._~!$&'()*+,;=")) return false;
        }
        if (i == 0) return false; /* http and https have no empty host (§4.2.1) */
    }
    if (i < n && text.at[i++] != ':') return false;
    unsigned port = 0;
    for (; i < n; i++) {
        if (!is_digit(text.at[i])) return false;
        port = port * 10 + (unsigned)(text.at[i] - '0');
        if (port > 65535) return false;
    }
    return true;
}

/* RFC 9112 §3.2: exactly one Host with a valid value; HTTP/1.0 may leave it out. */
static bool host_is_valid(const struct request *request)
{
    const struct header *host = request_header(request, NULL, "host");
    if (!host) return request->http10;
    return !request_header(request, host, "host") && authority_is_valid(host->value);
}

/* RFC 9112 §3 has one form: method SP target SP version CRLF. llhttp skips further spaces, and takes
 * RTSP and ICE for HTTP. */
static bool line_is_exact(const char *head, size_t method_length, const struct parse *parse)
{
    const struct span *target = &parse->target, *version = &parse->version;
    return target->at == head + method_length + 1 && version->at == target->at + target->len + 6 &&
           memcmp(target->at + target->len, " HTTP/", 6) == 0 && version->len == 3 &&
           memcmp(version->at + 3, "\r\n", 2) == 0;
}

/* Whether the method is one that RFC 9110 §9 or RFC 5789 defines: 405 if it is not GET or HEAD. All
 * others are 501, whether or not llhttp knows them. */
static bool method_is_known(struct span method)
{
    static const char *const known[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                        "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (method.len == strlen(known[i]) && memcmp(method.at, known[i], method.len) == 0) return true;
    return false;
}

int request_parse(const char *head, size_t len, struct request *out)
{
    struct span method = {head, token_length((struct span){head, len})};
    bool is_get = method.len == 3 && memcmp(head, "GET", 3) == 0;
    out->keep_alive = out->http10 = false;
    out->head_only = method.len == 4 && memcmp(head, "HEAD", 4) == 0; /* even if the rest is malformed */
    out->path[0] = '\0';
    out->header_count = 0;

    struct parse parse = {.request = out};
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.lenient_flags |= LENIENT_VERSION; /* HTTP/1.2 to 1.9 are read as 1.1 (RFC 9110 §2.5) */
    parser.data = &parse;
    llhttp_errno_t error = llhttp_execute(&parser, head, len);
    if (error == HPE_INVALID_METHOD && method.len > 0 && method.len < len && head[method.len] == ' ')
        return method_is_known(method) ? 400 : 501;
    if (error == HPE_PAUSED_H2_UPGRADE) return 505;
    if (parse.too_many) return 431;
    if (error != HPE_PAUSED || !parse.complete || parse.bad_name) return 400;
    if (!line_is_exact(head, method.len, &parse)) return 400;

    if (parser.http_major != 1) return 505;
    out->http10 = parser.http_minor == 0;
    if (!host_is_valid(out)) return 400;
    /* By its name alone: llhttp ignores an empty Transfer-Encoding, which a proxy may not. */
    bool body = parser.content_length > 0 || request_header(out, NULL, "transfer-encoding");
    out->keep_alive = !body && llhttp_should_keep_alive(&parser);
    if (!is_get && !out->head_only) return method_is_known(method) ? 405 : 501;
    if (body) return 400; /* a body means nothing in a GET, and may smuggle a request (RFC 9110 §9.3.1) */
    int status = request_path(parse.target, out->path);
    if (status == 400) out->keep_alive = false;
    return status;
}

/* The target without scheme and authority: a server must accept the absolute-form as well (RFC 9112
 * §3.2.2). `at` is NULL if the authority is not valid. */
static struct span strip_authority(struct span target)
{
    size_t start = 0;
    if (target.len >= 7 && strncasecmp(target.at, "http://", 7) == 0) start = 7;
    if (target.len >= 8 && strncasecmp(target.at, "https://", 8) == 0) start = 8;
    if (start == 0) return target;
    size_t end = start;
    while (end < target.len && target.at[end] != '/' && target.at[end] != '?') end++;
    bool valid = authority_is_valid((struct span){target.at + start, end - start});
    return (struct span){valid ? target.at + end : NULL, target.len - end};
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
        if (c <= ' ' || c >= 127 || c == '#') goto refuse; /* `char` may be signed: also >= 0x80 */
        if (c == '?') query = true;
        if (query) continue; /* only its characters are checked */
        if (c == '\\') goto refuse;
        if (c == '%') {
            if (rest.len - i < 3 || hex(rest.at[i + 1]) < 0 || hex(rest.at[i + 2]) < 0) goto refuse;
            unsigned char byte = (unsigned char)(hex(rest.at[i + 1]) * 16 + hex(rest.at[i + 2]));
            if (byte < ' ' || byte == 127 || byte == '/' || byte == '\\') goto refuse;
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
