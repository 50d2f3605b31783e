#include "runlog.h"

#include <stdarg.h>
#include <string.h>
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

void runlog_say(FILE *progress, const char *format, ...)
{
    if (!progress) return;
    va_list args;
    va_start(args, format);
    vfprintf(progress, format, args);
    va_end(args);
    fflush(progress);
}

double runlog_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void runlog_commit(char text[64])
{
    text[0] = 0;
    FILE *p = popen("git describe --always --dirty --abbrev=12 2>/dev/null", "re");
    if (!p) return;
    if (fgets(text, 64, p)) text[strcspn(text, "\n")] = 0;
    pclose(p);
}
