/* checkpoint.h — all that a run needs to go on to the same bits as if it had never stopped. */
#ifndef DIGITS_CHECKPOINT_H
#define DIGITS_CHECKPOINT_H

#include "model.h"

typedef struct run_state {
    long step;            /* steps done */
    long optimizer_steps; /* of them, since the optimizer started afresh */
    double loss, right;   /* sums over the epoch so far */
    float range[ARCHITECTURE_MAX_LAYERS];
    int folded; /* 1: batch norm is in the weights, and the integers have begun */
    size_t n;
    float *numbers; /* n floats: parameters, the optimizer's state, averages, batch norm's */
} run_state;

enum { CHECKPOINT_ERROR_TEXT = 1024, CHECKPOINT_MAX_CONFIG = 8192 };

/* config: every setting that the result depends on, as text. 0 with errno set; an older checkpoint stays then. */
int checkpoint_save(const char *path, const char *config, const run_state *s);

/* Fills *s (n and numbers are given). config NULL: whatever its settings. 0, and error says why: no such file, damaged, or of another config. */
int checkpoint_load(const char *path, const char *config, run_state *s, char error[CHECKPOINT_ERROR_TEXT]);

#endif
