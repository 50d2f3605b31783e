#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>

size_t metrics_text(const struct metrics *metrics, char out[METRICS_TEXT_MAX])
{
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } plain[] = {
        {"sent_bytes_total", "counter", "Bytes sent to clients.", metrics->bytes},
        {"connections_accepted_total", "counter", "Connections accepted.", metrics->accepted},
        {"connections_open", "gauge", "Connections open now.", metrics->open},
        {"connections_evicted_total", "counter", "Connections closed to make room for others.", metrics->evicted},
        {"timeouts_total", "counter", "Connections closed at a timeout.", metrics->timeouts},
        {"loads_total", "counter", "Times the site was loaded.", metrics->loads},
        {"failed_loads_total", "counter", "Times the site could not be loaded.", metrics->failed_loads},
        {"log_lines_lost_total", "counter", "Lines of the access log that nobody took.", metrics->unlogged},
    };
    int at = snprintf(
        out, METRICS_TEXT_MAX,
        "# HELP digits_responses_total Responses begun, by status.\n# TYPE digits_responses_total counter\n");
    for (size_t status = 0; status < sizeof metrics->responses / sizeof metrics->responses[0]; status++)
        if (metrics->responses[status])
            at += snprintf(out + at, METRICS_TEXT_MAX - (size_t)at,
                           "digits_responses_total{code=\"%zu\"} %" PRIu64 "\n", status, metrics->responses[status]);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        at += snprintf(out + at, METRICS_TEXT_MAX - (size_t)at,
                       "# HELP digits_%s %s\n# TYPE digits_%s %s\ndigits_%s %" PRIu64 "\n", plain[i].name,
                       plain[i].help, plain[i].name, plain[i].type, plain[i].name, plain[i].value);
    return (size_t)at;
}
