/* sweep.h — runs the trials of a space, each a training run of its own that can be stopped and resumed.
 *
 * All that is known lies in one folder, by the trial's name (of its config and data, so that a space may be edited,
 * and finished trials are found again): NAME.safetensors, NAME.jsonl (its log), NAME.checkpoint while it is not done,
 * and a line in results.jsonl, or results-I-of-N.jsonl of a shard. A trial that is being trained holds a lock on its
 * log: two processes never train the same one.
 *
 * Halving (Jamieson & Talwalkar 2016): with eta 3 and 9 epochs, all trials train for 1 epoch, the better third goes on
 * to 3, and the best of these to 9. Each shard halves among its own trials, so that shards need not talk to each other
 * nor wait, and what is stopped depends on the space and N alone, not on which machine was faster. N shards keep the
 * best of each: at most N trials more are finished than by one machine. */
#ifndef DIGITS_SWEEP_H
#define DIGITS_SWEEP_H

#include "space.h"

#include <signal.h>

enum { SWEEP_ERROR_TEXT = 2048 };

typedef struct sweep_options {
    const char *name; /* of the sweep, for the results */
    const space *space;
    const space_trial *trials; /* of all shards */
    int count;
    int shard, shards; /* trial k (from 0) belongs to shard k mod shards; shard is 0 .. shards - 1 */
    int eta;           /* of halving, at least 2; 0 = every trial runs to its end */
    const char *data;  /* as in train_options */
    const char *out;   /* a folder that is there */
    FILE *progress;    /* lines for people; NULL = none */
    const volatile sig_atomic_t *stop;
} sweep_options;

typedef enum sweep_result { SWEEP_DONE, SWEEP_STOPPED, SWEEP_FAILED } sweep_result;

/* Goes on where an earlier call stopped, however it did, and never repeats a finished epoch. A trial that fails is
 * recorded and the others go on: SWEEP_FAILED at the end, and error says why the last one did; the next call tries it
 * again. SWEEP_STOPPED: *stop became non-zero. */
sweep_result sweep(const sweep_options *o, char error[SWEEP_ERROR_TEXT]);

/* One trial in the words of its space: "rate 0.001, momentum 0.25". */
void sweep_describe(const space *s, const config *r, char *to, size_t room);

#endif
