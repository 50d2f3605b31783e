/* train.h — the training loop.
 *
 * Deterministic: a batch is cut into TRAIN_SHARDS parts whatever the number of threads, each part's gradient is
 * summed in order, and every random number comes from (seed, epoch, image). So the same options give the same
 * weights file, byte for byte, with any number of threads, and also when stopped and resumed. */
#ifndef DIGITS_TRAIN_H
#define DIGITS_TRAIN_H

#include "augment.h"
#include "idx.h"
#include "optimizer.h"

#include <signal.h>
#include <stdio.h>

enum { TRAIN_SHARDS = 16, TRAIN_ERROR_TEXT = 1024 };

typedef struct train_options {
    const char *architecture;
    optimizer optimizer;
    float rate; /* peak learning rate */
    int batch;  /* pictures a step, at least 1 */
    int epochs;
    int integer_epochs; /* the last so many imitate integer arithmetic; 1 .. epochs */
    float warmup;       /* share of all steps over which the rate rises */
    int distort;        /* 1: augment as below */
    augment_options augment;
    uint64_t seed;
    const char *data; /* folder of train-images-idx3-ubyte[.gz] and so on; t10k-* is scored at the end if there */
    const char *out;  /* weights */
    const char *checkpoint;
    const char *log;                   /* JSON lines; NULL = none */
    int resume;                        /* 1: go on from the checkpoint */
    FILE *progress;                    /* lines for people */
    const volatile sig_atomic_t *stop; /* becomes non-zero: save a checkpoint and return TRAIN_STOPPED */
} train_options;

typedef enum train_result { TRAIN_DONE, TRAIN_STOPPED, TRAIN_FAILED } train_result;

/* Trains on 11/12 of train-*, calibrates and reports on the other 1/12, writes the weights to out and removes the
 * checkpoint. TRAIN_FAILED: error says why; the last checkpoint stays. */
train_result train(const train_options *o, char error[TRAIN_ERROR_TEXT]);

#endif
