/* results.h — what the trials of a sweep came to: JSON lines in results*.jsonl, one for each time that a trial's state
 * changed, and what its own log says.
 *
 * A line: {"event":"trial","time":"…Z","sweep":"mlp","trial":3,"of":12,"name":"trial-…","state":"done","epochs":5,
 * "of_epochs":5,"loss":…,"accuracy":…,"validation_accuracy":…,"validation_nll":…,"t10k_accuracy":…|null,
 * "data":"CRC","settings":{what the trials of the sweep differ in},"recipe":{everything}}
 * state is "done", "stopped" (by halving, after so many epochs; the figures are of then), or "failed": "error" says
 * why, and the figures are null. A trial's name stands for its config and data; NAME.jsonl beside is its log. */
#ifndef DIGITS_RESULTS_H
#define DIGITS_RESULTS_H

#include <jansson.h>
#include <stdio.h>

enum { RESULTS_NAME = 24, RESULTS_LINE = 8192, RESULTS_ERROR_TEXT = 1024 };

typedef enum trial_state { TRIAL_FAILED, TRIAL_STOPPED, TRIAL_DONE } trial_state;

/* What a log says of a trial. */
typedef struct trial_history {
    int done;              /* the weights were written */
    int epochs;            /* of the log's last epoch */
    int epoch;             /* of the one that was asked for; 0 = it has not been reached */
    double loss, accuracy; /* of training, in that epoch */
    double validation_accuracy, validation_nll;
    double t10k_accuracy; /* of the finished weights; NaN = not measured */
} trial_history;

/* Reads a log, for how the trial stood after an epoch (or the next one in the log). A log that is not there is an
 * empty one. 0 with errno set if it cannot be read. */
int history_read(const char *log, int epoch, trial_history *h);

/* One trial's last state, among all the results that were read. */
typedef struct trial_result {
    char name[RESULTS_NAME];
    int number; /* in its sweep, from 1 */
    trial_state state;
    int epochs, of_epochs;
    double validation_accuracy, validation_nll, t10k_accuracy; /* NaN = none */
    char error[128];
    json_t *settings; /* an object */
} trial_result;

typedef struct results {
    int count;
    trial_result *trials; /* one for each name */
} results;

/* Adds what FOLDER/results*.jsonl say to *r, which is {0} before the first folder, and freed with results_free in any
 * case. Lines that are cut off or no results are passed over. Files may hold the same trial: done counts before
 * stopped, stopped before failed, then the greater number of epochs. 0, and error says why. */
int results_read(const char *folder, results *r, char error[RESULTS_ERROR_TEXT]);

void results_free(results *r);

/* Appends a line whole or not at all, whoever else appends to the same file. 0 with errno set. members is what goes
 * behind "time". */
int results_append(const char *path, const char *members);

/* Sorts r: done first, the best validation accuracy first (then the lower nll, then the number). The test set's score
 * has no say. */
void results_sort(results *r);

/* A table for people, in r's order. */
void results_print(const results *r, FILE *f);

#endif
