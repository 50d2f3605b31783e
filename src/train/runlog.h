/* runlog.h — the record of a run: one JSON object a line, appended, so that a killed run keeps what it wrote. */
#ifndef DIGITS_RUNLOG_H
#define DIGITS_RUNLOG_H

#include <stdio.h>

/* Opens path for appending; NULL with errno set. Close with fclose. */
FILE *runlog_open(const char *path);

/* Appends one line: {"event":EVENT,"time":"…Z",FIELDS}, where FIELDS is formatted as JSON members ("" = none).
 * log may be NULL (nothing happens). 0 if it could not be written. */
int runlog_line(FILE *log, const char *event, const char *fields, ...) __attribute__((format(printf, 3, 4)));

/* Prints to a person who watches, at once. progress may be NULL (nothing happens). */
void runlog_say(FILE *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Seconds of a clock that only goes forward. */
double runlog_now(void);

/* The commit that the working directory is at, as git describes it; "" if there is none to ask. */
void runlog_commit(char text[64]);

#endif
