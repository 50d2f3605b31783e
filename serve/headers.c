#include "headers.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http_date.h"

/* On every response, errors too: what the page may load and use (nothing from elsewhere, and of the
 * powerful features the camera alone), and what other sites may do with it (nothing). COOP and COEP make the
 * page cross-origin isolated. web/_headers says the same to a CDN; a test compares them. */
#define SECURITY_HEADERS                                                                                             \
    "Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "                            \
    "style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "                     \
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "                                  \
    "frame-ancestors 'none'\r\n"                                                                                     \
    "X-Content-Type-Options: nosniff\r\n"                                                                            \
    "Referrer-Policy: no-referrer\r\n"                                                                               \
    "Permissions-Policy: camera=(self), accelerometer=(), display-capture=(), geolocation=(), gyroscope=(), "        \
    "hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()\r\n"                             \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                                    \
    "Cross-Origin-Embedder-Policy: require-corp\r\n"                                                                 \
    "Cross-Origin-Resource-Policy: same-origin\r\n"

static const char *const hsts_headers[] = {
    [HSTS_OFF] = "",
    [HSTS_HOST] = "Strict-Transport-Security: max-age=31536000\r\n",
    [HSTS_SUBDOMAINS] = "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n",
};

/* The media type by the extension. With `nosniff` on every response a wrong type breaks the page: a
 * module script must have a JavaScript type, and streaming compilation wants application/wasm. */
static const char *media_type(const char *path)
{
    static const struct {
        const char *extension, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".wasm", "application/wasm"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".webp", "image/webp"},
        {".avif", "image/avif"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
        {".xml", "application/xml"},
        {".pdf", "application/pdf"},
        {".safetensors", "application/octet-stream"},
    };
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot, types[i].extension) == 0) return types[i].type;
    return "application/octet-stream";
}

/* Whether the name has a hash of its content: eight or more lower-case hexadecimal digits between a
 * dot or a dash and a dot, with a decimal digit among them ("app.3f2a9c04.js"). Such a file never
 * changes; any other is revalidated each time (and answered with 304). */
static bool is_hashed(const char *path)
{
    const char *name = strrchr(path, '/');
    for (const char *at = name ? name : path; (at = strpbrk(at, ".-")); at++) {
        size_t length = strspn(at + 1, "0123456789abcdef");
        if (length >= 8 && at[1 + length] == '.' && strcspn(at + 1, "0123456789") < length) return true;
    }
    return false;
}

size_t headers_of_file(char out[HEADERS_MAX], const struct file_properties *file, enum hsts hsts,
                       size_t *content_headers)
{
    static const char *const codings[CODINGS] = {"", "Content-Encoding: gzip\r\n", "Content-Encoding: br\r\n"};
    char date[HTTP_DATE_SIZE] = "";
    if (file->modified) http_date_format(file->modified, date);
    int front = snprintf(out, HEADERS_MAX, "Content-Type: %s\r\n%s%s%s%s", media_type(file->path),
                         codings[file->coding], date[0] ? "Last-Modified: " : "", date, date[0] ? "\r\n" : "");
    int rest =
        snprintf(out + front, HEADERS_MAX - (size_t)front,
                 "Accept-Ranges: bytes\r\nETag: %s\r\n%sCache-Control: %s\r\n" SECURITY_HEADERS "%s\r\n", file->etag,
                 file->negotiated ? "Vary: Accept-Encoding\r\n" : "",
                 is_hashed(file->path) ? "public, max-age=31536000, immutable" : "no-cache", hsts_headers[hsts]);
    *content_headers = (size_t)front;
    return (size_t)front + (size_t)rest;
}

size_t headers_of_text(char out[HEADERS_MAX], enum hsts hsts)
{
    return (size_t)snprintf(out, HEADERS_MAX,
                            "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-cache\r\n" SECURITY_HEADERS
                            "%s\r\n",
                            hsts_headers[hsts]);
}
