#include "log.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VALUE_MAX 640 /* bytes of a value in the line, escaped */

struct line {
    char text[LOG_LINE_MAX];
    size_t len;
};

static void append(struct line *line, const char *text)
{
    for (; *text && line->len < sizeof line->text - 2; text++) line->text[line->len++] = *text;
}

/* Appends what a client sent. All but printable ASCII is escaped, and a long value is cut. */
static void append_escaped(struct line *line, struct span value, enum log_format format)
{
    if (value.len == 0 && format == LOG_COMBINED) append(line, "-");
    for (size_t i = 0, start = line->len; i < value.len && line->len - start < VALUE_MAX; i++) {
        unsigned char c = (unsigned char)value.at[i];
        bool plain = c >= ' ' && c < 127 && c != '"' && c != '\\';
        char text[8];
        snprintf(text, sizeof text, plain ? "%c" : format == LOG_JSON ? "\\u%04x" : "\\x%02x", c);
        append(line, text);
    }
}

static void append_peer(struct line *line, const struct in6_addr *peer)
{
    char text[INET6_ADDRSTRLEN];
    if (IN6_IS_ADDR_UNSPECIFIED(peer)) {
        append(line, "-");
        return;
    }
    const char *shown = IN6_IS_ADDR_V4MAPPED(peer) ? inet_ntop(AF_INET, peer->s6_addr + 12, text, sizeof text)
                                                   : inet_ntop(AF_INET6, peer, text, sizeof text);
    append(line, shown ? shown : "-");
}

void log_add(struct log *log, int64_t now, const struct log_entry *entry)
{
    time_t seconds = (time_t)now;
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct line line = {.len = 0};
    struct tm tm = {0};
    char part[96];
    gmtime_r(&seconds, &tm);
    bool json = log->format == LOG_JSON;
    if (json) {
        snprintf(part, sizeof part, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\",\"address\":\"", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        append(&line, part);
        append_peer(&line, entry->peer);
        snprintf(part, sizeof part, "\",\"status\":%d,\"bytes\":%" PRIu64 ",\"request\":\"", entry->status,
                 entry->bytes);
    } else {
        append_peer(&line, entry->peer);
        snprintf(part, sizeof part, " - - [%02d/%.3s/%04d:%02d:%02d:%02d +0000] \"", tm.tm_mday,
                 months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    }
    append(&line, part);
    append_escaped(&line, entry->line, log->format);
    if (json) snprintf(part, sizeof part, "\",\"referer\":\"");
    else snprintf(part, sizeof part, "\" %d %" PRIu64 " \"", entry->status, entry->bytes);
    append(&line, part);
    append_escaped(&line, entry->referer, log->format);
    append(&line, json ? "\",\"agent\":\"" : "\" \"");
    append_escaped(&line, entry->agent, log->format);
    append(&line, json ? "\"}" : "\"");
    line.text[line.len++] = '\n';

    if (line.len > sizeof log->buffer - log->len) log_flush(log);
    if (line.len > sizeof log->buffer - log->len) {
        log->lost++;
        return;
    }
    memcpy(log->buffer + log->len, line.text, line.len);
    log->len += line.len;
}

void log_flush(struct log *log)
{
    if (log->len == 0) return;
    ssize_t n = write(log->fd, log->buffer, log->len);
    if (n <= 0) return;
    log->len -= (size_t)n;
    memmove(log->buffer, log->buffer + n, log->len);
}

void log_reopen(struct log *log, int fd)
{
    log_flush(log);
    if (log->fd > STDERR_FILENO) close(log->fd);
    log->fd = fd;
}
