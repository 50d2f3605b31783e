/* trainer.h — the steps of training, whatever is learned: shards, gradients, the optimizer, moving averages, and the
 * way from floats to integers.
 *
 * Deterministic: a batch is cut into a fixed number of shards whatever the number of threads, and each shard's
 * gradient is summed in order. So the same settings give the same parameters with any number of threads. */
#ifndef DIGITS_TRAINER_H
#define DIGITS_TRAINER_H

#include "checkpoint.h"
#include "optimizer.h"

typedef struct trainer_options {
    optimizer optimizer;
    float average; /* decay a step of the parameters' exponential moving average, from the integers on; 0 = none */
    int batch;     /* pictures a step */
    int shards;    /* parts of a batch: a batch norm and a gradient of its own for each */
} trainer_options;

typedef struct trainer {
    trainer_options options;
    model model;
    run_state state;
    float *parameters, *a, *b, *average, *norms; /* within state.numbers; a, b: the optimizer's */
    float *rounded, *flipped;                    /* derived from the parameters each step */
    const float *weights;                        /* what forward uses: the parameters, or rounded */
    float *scratch;                              /* [parameters]: gradient; what is written out */
    float *shards, *moments;                     /* [shards][by_shard], [shards][norms] */
    batch_rows *rows;
    unsigned char *decays; /* [parameters] 1: weight decay applies */
    tape **tapes;          /* one a thread */
    int threads;
} trainer;

/* Reads shard pictures from..from + n - 1 of the batch, runs them forward and leaves the loss's gradient in
 * t->grad[count] (cleared before), scaled so that the sum over the batch is divided by its size later. Threads call it
 * at the same time, each with a thread number and tape of its own. */
typedef void trainer_shard(void *context, trainer *t, int thread, int shard, int from, int n);

/* Lays out and randomizes. model is an initialized one. 0 if there is no memory; close it all the same. */
int trainer_open(trainer *t, const model *m, const trainer_options *o, uint64_t seed);
void trainer_close(trainer *t);

/* After state was loaded from a checkpoint. */
void trainer_resume(trainer *t);

/* From here on the weights are what will ship: batch norm goes into them, the optimizer starts afresh, and integer
 * arithmetic is imitated. */
void trainer_begin_integers(trainer *t);

void trainer_step(trainer *t, float rate, trainer_shard *shard, void *context);

/* The parameters that count: averaged once the integers have begun, with batch norm folded in before. Valid until the
 * next step. */
const float *trainer_result(trainer *t);

#endif
