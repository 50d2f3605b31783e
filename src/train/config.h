/* recipe.h — every setting that a training run's result depends on, by name: for the command line, sweeps, logs and
 * checkpoints alike. */
#ifndef DIGITS_RECIPE_H
#define DIGITS_RECIPE_H

#include "augment.h"
#include "optimizer.h"

#include "nn/architecture.h"

#include <stdio.h>

enum { RECIPE_TEXT = 512, RECIPE_JSON = 4096, RECIPE_ERROR_TEXT = 256 };

typedef struct recipe {
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
    char teacher[RECIPE_TEXT]; /* weights files to learn from as well, parted by commas; "" = none */
    float teacher_share;       /* of the loss */
    float teacher_temperature; /* divides both networks' logits in that share (Hinton et al. 2015) */
    int distort;               /* 1: augment as below */
    augment_options augment;
    char extra[RECIPE_TEXT]; /* folder of more pictures, train-*; "" = none */
    uint64_t seed;
} recipe;

recipe recipe_default(void);

/* Sets one value from text. 0, and error says what is wrong: no such name, no number, out of range. */
int recipe_set(recipe *r, const char *name, const char *value, char error[RECIPE_ERROR_TEXT]);

/* What must hold between values (integer epochs within epochs …). 0, and error says what does not. */
int recipe_check(const recipe *r, char error[RECIPE_ERROR_TEXT]);

/* The recipe as one JSON object, {"architecture":"…","rate":0.002,…}: the same text for the same settings. */
void recipe_json(const recipe *r, char json[RECIPE_JSON]);

/* A line for each name: what it is, its range and default. */
void recipe_help(FILE *f);

/* The i-th name, NULL behind the last: for a command line's table of options. */
const char *recipe_name(int i);

#endif
