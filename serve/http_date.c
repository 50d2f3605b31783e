#define _GNU_SOURCE /* timegm() */
#include "http_date.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void http_date_format(int64_t time, char out[HTTP_DATE_SIZE])
{
    struct tm tm = {0};
    time_t seconds = (time_t)time;
    gmtime_r(&seconds, &tm);
    snprintf(out, HTTP_DATE_SIZE, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * tm.tm_wday,
             (unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon, (unsigned)(tm.tm_year + 1900) % 10000,
             (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

/* Matches text against a form in which D is a digit, _ a digit or a space, and @ a letter of the name of a month; all else
 * stands for itself. The numbers go to `out` in order, the month as 0 to 11. */
static bool match(struct span text, const char *form, int out[6])
{
    if (text.len != strlen(form)) return false;
    int number = -1;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (form[i] == 'D' || form[i] == '_') {
            if (i == 0 || (form[i - 1] != 'D' && form[i - 1] != '_')) out[++number] = 0;
            if (form[i] == '_' && c == ' ') continue;
            if (c < '0' || c > '9') return false;
            out[number] = out[number] * 10 + c - '0';
        } else if (form[i] == '@') {
            out[++number] = -1;
            for (int month = 0; month < 12; month++)
                if (memcmp(text.at + i, months + 3 * month, 3) == 0) out[number] = month;
            if (out[number] < 0) return false;
            i += 2;
        } else if (c != form[i]) return false;
    }
    return true;
}

int64_t http_date_parse(struct span text, int64_t now)
{
    int n[6];
    struct tm tm = {0};
    const char *comma = text.len ? memchr(text.at, ',', text.len) : NULL;
    size_t day = comma ? (size_t)(comma - text.at) : 3; /* the day's name says nothing that the date does not */
    if (day < 3 || day > 9 || text.len < day) return -1;
    struct span rest = {text.at + day, text.len - day};
    if (match(rest, ", DD @@@ DDDD DD:DD:DD GMT", n)) {
        tm = (struct tm){.tm_mday = n[0], .tm_mon = n[1], .tm_year = n[2] - 1900};
    } else if (match(rest, ", DD-@@@-DD DD:DD:DD GMT", n)) {
        time_t seconds = (time_t)now;
        struct tm today = {0};
        gmtime_r(&seconds, &today);
        int year = today.tm_year - today.tm_year % 100 + n[2];
        tm = (struct tm){.tm_mday = n[0], .tm_mon = n[1], .tm_year = year > today.tm_year + 50 ? year - 100 : year};
    } else if (match(rest, " @@@ _D DD:DD:DD DDDD", n)) {
        tm = (struct tm){.tm_mday = n[1], .tm_mon = n[0], .tm_year = n[5] - 1900};
        memmove(n + 3, n + 2, 3 * sizeof *n);
    } else return -1;
    tm.tm_hour = n[3], tm.tm_min = n[4], tm.tm_sec = n[5];
    if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60) return -1;
    int64_t time = timegm(&tm);
    return time < 0 ? -1 : time;
}
