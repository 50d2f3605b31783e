/* checkpoint.h — all that a run needs to go on to the same bits as if it had never stopped. */
#ifndef DIGITS_CHECKPOINT_H
#define DIGITS_CHECKPOINT_H

#include "model.h"

typedef struct run_state {
    long step;          /* steps done */
    double loss, right; /* sums over the epoch so far */
    float range[ARCHITECTURE_MAX_LAYERS];
    size_t n;
    float *parameters, *a, *b; /* n floats each; a and b are the optimizer's */
} run_state;

enum { CHECKPOINT_ERROR_TEXT = 1024, CHECKPOINT_MAX_CONFIG = 1024 };

/* config: every setting that the result depends on, as text. 0 with errno set; an older checkpoint stays then. */
int checkpoint_save(const char *path, const char *config, const run_state *s);

/* Fills *s (n and the arrays are given). 0, and error says why: no such file, damaged, or of another config. */
int checkpoint_load(const char *path, const char *config, run_state *s, char error[CHECKPOINT_ERROR_TEXT]);

#endif
