/* train.h — the training loop.
 *
 * Deterministic: a batch is cut into TRAIN_SHARDS parts whatever the number of threads, each part's gradient is
 * summed in order, and every random number comes from (seed, epoch, image). So the same options give the same
 * weights file, byte for byte, with any number of threads, and also when stopped and resumed. */
#ifndef DIGITS_TRAIN_H
#define DIGITS_TRAIN_H

#include "config.h"

#include <signal.h>

enum { TRAIN_SHARDS = 16, TRAIN_ERROR_TEXT = 1024 };

typedef struct train_options {
    config config;
    const char *data; /* folder of train-images-idx3-ubyte[.gz] and so on; t10k-* is scored at the end if there */
    const char *out;  /* weights */
    const char *checkpoint;
    const char *log; /* JSON lines; NULL = none */
    int resume;      /* 1: go on from the checkpoint */
    int pause_epoch; /* after so many epochs, save a checkpoint and return TRAIN_STOPPED; 0 = never */
    FILE *progress;  /* lines for people; NULL = none */
    const volatile sig_atomic_t *stop; /* becomes non-zero: save a checkpoint and return TRAIN_STOPPED */
} train_options;

typedef enum train_result { TRAIN_DONE, TRAIN_STOPPED, TRAIN_FAILED } train_result;

typedef struct train_score {
    int epoch;            /* epochs done */
    double loss;          /* of training, mean over the last epoch */
    double accuracy, nll; /* of the integer network on the validation split */
} train_score;

/* Trains on 11/12 of train-* (and the config's extra pictures), calibrates and reports on the other 1/12, writes the
 * weights to out and removes the checkpoint. score (may be NULL): after the last whole epoch. TRAIN_FAILED: error
 * says why; the last checkpoint stays. */
train_result train(const train_options *o, train_score *score, char error[TRAIN_ERROR_TEXT]);

#endif
