/* Dates in header fields (RFC 9110 §5.6.7). */
#ifndef SERVE_HTTP_DATE_H
#define SERVE_HTTP_DATE_H

#include <stdint.h>

#include "request.h"

#define HTTP_DATE_SIZE 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and NUL */

/* Writes an IMF-fixdate; `time` in seconds since 1970, of the years 0 to 9999. */
void http_date_format(int64_t time, char out[HTTP_DATE_SIZE]);

/* Reads any of the three forms: IMF-fixdate, RFC 850 (with two digits of the year, taken as at most
 * 50 years after `now`) and asctime. -1: malformed, or before 1970. */
int64_t http_date_parse(struct span text, int64_t now);

#endif
