#include "runlog.h"

#include <stdarg.h>
#include <time.h>

FILE *runlog_open(const char *path) { return fopen(path, "ae"); }

int runlog_line(FILE *log, const char *event, const char *fields, ...)
{
    if (!log) return 1;
    char now[32];
    const time_t t = time(NULL);
    struct tm utc;
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
    fprintf(log, "{\"event\":\"%s\",\"time\":\"%s\"%s", event, now, *fields ? "," : "");
    va_list args;
    va_start(args, fields);
    vfprintf(log, fields, args);
    va_end(args);
    fputs("}\n", log);
    return fflush(log) == 0;
}
