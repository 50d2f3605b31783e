#include "fields.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* On every answer, errors too: what the page may load and do (nothing from elsewhere), and what
 * other sites may do with it (nothing). COOP and COEP make the page cross-origin isolated.
 * web/_headers says the same to a CDN; a test compares them. */
#define POLICY                                                                                                       \
    "Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "                            \
    "style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "                     \
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "                                  \
    "frame-ancestors 'none'\r\n"                                                                                     \
    "X-Content-Type-Options: nosniff\r\n"                                                                            \
    "Referrer-Policy: no-referrer\r\n"                                                                               \
    "Permissions-Policy: camera=(self)\r\n"                                                                          \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                                    \
    "Cross-Origin-Embedder-Policy: require-corp\r\n"                                                                 \
    "Cross-Origin-Resource-Policy: same-origin\r\n"
#define HSTS "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"

/* The type by the end of the name. With `nosniff` on every answer a wrong type breaks the page
 * (a module script must be a JavaScript type, streaming compilation wants application/wasm). */
static const char *type_of(const char *path)
{
    static const struct {
        const char *ending, *type;
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
        if (strcasecmp(dot, types[i].ending) == 0) return types[i].type;
    return "application/octet-stream";
}

/* Whether the name has its content's hash in it: eight or more small hexadecimal digits between
 * a dot or a dash and a dot, with a figure among them ("app.3f2a9c04.js"). Such a file never
 * changes; every other one is asked for again each time (and answered with 304). */
static bool is_hashed(const char *path)
{
    const char *name = strrchr(path, '/');
    for (const char *at = name ? name : path; (at = strpbrk(at, ".-")); at++) {
        size_t length = strspn(at + 1, "0123456789abcdef");
        if (length >= 8 && at[1 + length] == '.' && strcspn(at + 1, "0123456789") < length) return true;
    }
    return false;
}

size_t fields_of_file(char out[FIELDS_MAX], const char *path, enum coding coding, const char *etag, bool packed,
                      bool hsts, size_t *described)
{
    static const char *const codings[CODINGS] = {"", "Content-Encoding: gzip\r\n", "Content-Encoding: br\r\n"};
    int front = snprintf(out, FIELDS_MAX, "Content-Type: %s\r\n%s", type_of(path), codings[coding]);
    int rest = snprintf(out + front, FIELDS_MAX - (size_t)front,
                        "Accept-Ranges: bytes\r\nETag: %s\r\n%sCache-Control: %s\r\n" POLICY "%s\r\n", etag,
                        packed ? "Vary: Accept-Encoding\r\n" : "",
                        is_hashed(path) ? "public, max-age=31536000, immutable" : "no-cache", hsts ? HSTS : "");
    *described = (size_t)front;
    return (size_t)front + (size_t)rest;
}

size_t fields_of_text(char out[FIELDS_MAX], bool hsts)
{
    return (size_t)snprintf(out, FIELDS_MAX,
                            "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-cache\r\n" POLICY "%s\r\n",
                            hsts ? HSTS : "");
}
