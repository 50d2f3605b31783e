/* What the server counts, and its text for Prometheus (exposition format 0.0.4). */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#define METRICS_TEXT_MAX 4096 /* all parts have known sizes */

struct metrics {
    uint64_t responses[600]; /* begun, by status */
    uint64_t bytes;          /* sent, heads included */
    uint64_t accepted;       /* connections */
    uint64_t open;
    uint64_t evicted;      /* closed to make room for others */
    uint64_t timeouts;     /* closed at a timeout */
    uint64_t loads;        /* of the site, the first one included */
    uint64_t failed_loads; /* after which the site stayed as it was */
    uint64_t unlogged;     /* lines of the access log that nobody took */
};

/* Writes the text; returns its length. */
size_t metrics_text(const struct metrics *metrics, char out[METRICS_TEXT_MAX]);

#endif
