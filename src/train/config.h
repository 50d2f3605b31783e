/* config.h — every setting that a training run's result depends on, by name: for the command line, sweeps, logs and
 * checkpoints alike. */
#ifndef DIGITS_CONFIG_H
#define DIGITS_CONFIG_H

#include "augment.h"
#include "optimizer.h"

#include "nn/architecture.h"

#include <stdio.h>

enum { CONFIG_TEXT = 512, CONFIG_JSON = 4096, CONFIG_ERROR_TEXT = 256 };

typedef struct config {
    char architecture[ARCHITECTURE_MAX_TEXT];
    optimizer optimizer;
    schedule schedule;
    float rate;   /* peak learning rate */
    float warmup; /* share of all steps over which the rate rises */
    int batch;    /* pictures a step */
    int epochs;
    int integer_epochs; /* the last so many imitate integer arithmetic; 0 = a quarter, rounded up */
    int batch_norm;     /* 1: batch norm until the integers begin, where it is folded into the weights */
    float average;      /* the weights that are kept are a moving average with this decay a step; 0 = the last */
    float smoothing;    /* label smoothing: this share of the target is spread over all classes */
    char teacher[CONFIG_TEXT]; /* weights files to learn from as well, parted by commas; "" = none */
    float teacher_share;       /* of the loss */
    float teacher_temperature; /* divides both networks' logits in that share (Hinton et al. 2015) */
    int distort;               /* 1: augment as below */
    augment_options augment;
    char extra[CONFIG_TEXT]; /* folder of more pictures, train-*; "" = none */
    uint64_t seed;
} config;

config config_default(void);

/* Sets one value from text. 0, and error says what is wrong: no such name, no number, out of range. */
int config_set(config *r, const char *name, const char *value, char error[CONFIG_ERROR_TEXT]);

/* What must hold between values (integer epochs within epochs …). 0, and error says what does not. */
int config_check(const config *r, char error[CONFIG_ERROR_TEXT]);

/* The config as one JSON object, {"architecture":"…","rate":0.002,…}: the same text for the same settings. */
void config_json(const config *r, char json[CONFIG_JSON]);

/* A line for each name: what it is, its range and default. */
void config_help(FILE *f);

/* The i-th name, NULL behind the last: for a command line's table of options. */
const char *config_name(int i);

#endif
