/* train_page.h — trains the page network on made scenes.
 *
 * Deterministic, as trainer.h says: a scene depends on (seed, its number), so the same options give the same weights
 * with any number of threads, and also when stopped and resumed. */
#ifndef DIGITS_TRAIN_PAGE_H
#define DIGITS_TRAIN_PAGE_H

#include "nn/architecture.h"

#include <signal.h>
#include <stdio.h>

enum { TRAIN_PAGE_ERROR_TEXT = 1024 };

typedef struct page_config {
    char network[ARCHITECTURE_MAX_TEXT]; /* input:?x?x1 … conv1:20, total stride 4 at its end */
    long steps;
    int batch;           /* scenes a step */
    float rate;          /* peak learning rate of AdamW: a linear rise, then a half cosine */
    float warmup;        /* share of the steps over which the rate rises */
    float decay;         /* weight decay */
    float integer_share; /* the last such share of the steps imitates integer arithmetic */
    float average;       /* decay of the weights' moving average in that share */
    uint64_t seed;
} page_config;

page_config page_config_default(void);

typedef struct train_page_options {
    page_config config;
    const char *data; /* folders, parted by ':' (scenes/scene.h) */
    const char *out;  /* weights: at the end, and at each checkpoint what is there by then */
    const char *checkpoint;
    const char *from; /* another run's checkpoint, of the same network, to start from; NULL = random weights */
    const char *log;  /* JSON lines; NULL = none */
    int resume;       /* 1: go on from the checkpoint */
    FILE *progress;   /* lines for people; NULL = none */
    const volatile sig_atomic_t *stop; /* becomes non-zero: save a checkpoint and return */
} train_page_options;

typedef enum train_page_result { TRAIN_PAGE_DONE, TRAIN_PAGE_STOPPED, TRAIN_PAGE_FAILED } train_page_result;

/* TRAIN_PAGE_FAILED: error says why; the last checkpoint stays. */
train_page_result train_page(const train_page_options *o, char error[TRAIN_PAGE_ERROR_TEXT]);

#endif
