/* space.h — what a sweep tries: settings of a config and their values, in a text file, and the trials they make.
 *
 *   # one value: the same in every trial
 *   optimizer rmsprop
 *   # several: each is tried. Quotes go around spaces; an = behind the name may be left out.
 *   rate = 0.001 0.005
 *   architecture "dense:256 dense:10" "dense:512 dense:10"
 *   # ranges, to draw from: evenly, evenly in the logarithm, or whole numbers
 *   momentum 0..0.9
 *   decay log 0.001..0.1
 *   seed int 1..1000
 *
 * Settings are those of config.h, and what the file does not name has its usual value. */
#ifndef DIGITS_SPACE_H
#define DIGITS_SPACE_H

#include "config.h"

enum {
    SPACE_MAX_BYTES = 65536, /* of the file */
    SPACE_MAX_SETTINGS = 64,
    SPACE_MAX_VALUES = 1024, /* in the whole file */
    SPACE_MAX_TRIALS = 10000,
    SPACE_ERROR_TEXT = 1024
};

typedef enum space_kind { SPACE_VALUES, SPACE_EVEN, SPACE_LOG, SPACE_WHOLE } space_kind;

typedef struct space_setting {
    const char *name;
    int line; /* of the file, from 1 */
    space_kind kind;
    int first, count; /* SPACE_VALUES: among the space's values */
    double low, high; /* the other kinds: both can be drawn */
} space_setting;

typedef struct space {
    const char *path; /* as given to space_read: it must live as long */
    int count;
    space_setting settings[SPACE_MAX_SETTINGS];
    const char *values[SPACE_MAX_VALUES];
    char *text; /* names and values point into it */
} space;

typedef struct space_trial {
    config config;
    uint64_t key; /* a hash of the config: equal configs have equal keys */
} space_trial;

/* Reads a file into *s, freed with space_free. 0: nothing was kept, and error says what is wrong, and in which line. */
int space_read(const char *path, space *s, char error[SPACE_ERROR_TEXT]);

void space_free(space *s);

/* 1 if trials can differ in this setting. */
int space_varies(const space_setting *setting);

/* Every combination of the values; the last setting of the file changes fastest. *trials is malloc'ed. */
int space_grid(const space *s, space_trial **trials, int *count, char error[SPACE_ERROR_TEXT]);

/* Draws up to wanted trials (1 .. SPACE_MAX_TRIALS), no two alike: fewer if the space has hardly more. The first are
 * the same however many are wanted. */
int space_random(const space *s, int wanted, uint64_t seed, space_trial **trials, int *count,
                 char error[SPACE_ERROR_TEXT]);

#endif
