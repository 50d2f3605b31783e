#include "sweep.h"
#include "idx.h"
#include "results.h"
#include "train.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { PATH_TEXT = 4096, SETTINGS_TEXT = 3072 };

typedef struct trial {
    int number; /* from 1 */
    const config *config;
    char name[RESULTS_NAME];
    trial_history history; /* after the epoch it was last brought to */
} trial;

typedef struct run {
    const sweep_options *o;
    char *error;
    uint32_t data;
    char results_path[PATH_TEXT];
    results known; /* what the folder said at the start */
    int failed;
} run;

/* How bringing a trial to an epoch ended. BUSY: another process is training it. */
typedef enum end { REACHED, FAILED, BUSY, STOPPED } end;

static int fail(run *r, const char *what, const char *why)
{
    snprintf(r->error, SWEEP_ERROR_TEXT, "%.900s: %.1000s", what, why);
    r->failed = 1;
    return 0;
}

static int file_of(run *r, const trial *t, const char *ending, char path[PATH_TEXT])
{
    if (snprintf(path, PATH_TEXT, "%s/%s%s", r->o->out, t->name, ending) < PATH_TEXT) return 1;
    return fail(r, r->o->out, strerror(ENAMETOOLONG));
}

/* ── in the words of the space ── */

/* The value of a setting as config_json writes it; *size is its length. */
static const char *json_value(const char *json, const char *name, int *size)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(json, key);
    if (!at) at = json + strlen(json);
    else at += strlen(key);
    *size = (int)(*at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ",}"));
    return at;
}

/* The settings that trials differ in; for a single trial, all of the file. */
static void settings_text(const space *s, const config *r, const char *format, const char *between, char *to,
                          size_t room)
{
    char json[CONFIG_JSON];
    int varying = 0;
    size_t n = 0;
    config_json(r, json);
    *to = 0;
    for (int i = 0; i < s->count; i++) varying += space_varies(&s->settings[i]);
    for (int i = 0; i < s->count && n < room; i++) {
        if (varying && !space_varies(&s->settings[i])) continue;
        int size;
        const char *value = json_value(json, s->settings[i].name, &size);
        n += (size_t)snprintf(to + n, room - n, "%s", n ? between : "");
        if (n < room) n += (size_t)snprintf(to + n, room - n, format, s->settings[i].name, size, value);
    }
}

void sweep_describe(const space *s, const config *r, char *to, size_t room)
{
    settings_text(s, r, "%s %.*s", ", ", to, room);
}

/* ── results ── */

/* What needs no escapes in JSON, and is UTF-8 wherever it is cut. */
static void plain_text(const char *from, char *to, size_t room)
{
    size_t n = 0;
    for (; *from && n + 1 < room; from++) to[n++] = *from < ' ' || *from > '~' || strchr("\"\\", *from) ? '_' : *from;
    to[n] = 0;
}

static void number_text(double x, char to[32]) { snprintf(to, 32, isfinite(x) ? "%.6f" : "null", x); }

/* Tells the results file of a trial's state, unless they know. why: of TRIAL_FAILED. */
static int record(run *r, const trial *t, trial_state state, const char *why)
{
    static const char *const words[] = {"failed", "stopped", "done"};
    const trial_history *h = &t->history;
    const int epochs = state == TRIAL_FAILED ? h->epochs : h->epoch;
    for (int i = 0; state != TRIAL_FAILED && i < r->known.count; i++) {
        const trial_result *k = &r->known.trials[i];
        if (strcmp(k->name, t->name) == 0 && k->state == state && k->epochs == epochs) return 1;
    }
    char name[128], line[RESULTS_LINE], settings[SETTINGS_TEXT], json[CONFIG_JSON], error[128] = "", t10k[32],
                                                                                    figures[256];
    settings_text(r->o->space, t->config, "\"%s\":%.*s", ",", settings, sizeof settings);
    config_json(t->config, json);
    plain_text(r->o->name, name, sizeof name);
    number_text(state == TRIAL_DONE ? h->t10k_accuracy : NAN, t10k);
    snprintf(figures, sizeof figures,
             "\"loss\":%.6f,\"accuracy\":%.6f,\"validation_accuracy\":%.6f,\"validation_nll\":%.6f", h->loss,
             h->accuracy, h->validation_accuracy, h->validation_nll);
    if (state == TRIAL_FAILED) {
        snprintf(figures, sizeof figures,
                 "\"loss\":null,\"accuracy\":null,\"validation_accuracy\":null,\"validation_nll\":null");
        plain_text(why, error, sizeof error);
    }
    const int n = snprintf(line, sizeof line,
                           "\"sweep\":\"%s\",\"trial\":%d,\"of\":%d,\"name\":\"%s\",\"state\":\"%s\",\"epochs\":%d,"
                           "\"of_epochs\":%d,%s,\"t10k_accuracy\":%s,%s%s%s\"data\":\"%08x\",\"settings\":{%s},"
                           "\"recipe\":%s",
                           name, t->number, r->o->count, t->name, words[state], epochs, t->config->epochs, figures,
                           t10k, *error ? "\"error\":\"" : "", error, *error ? "\"," : "", r->data, settings, json);
    if (n >= (int)sizeof line) errno = EMSGSIZE;
    if (n < (int)sizeof line && results_append(r->results_path, line)) return 1;
    return fail(r, r->results_path, strerror(errno));
}

/* ── a trial ── */

static int train_trial(run *r, trial *t, int epoch, const char *log, end *how)
{
    char weights[PATH_TEXT], checkpoint[PATH_TEXT], error[TRAIN_ERROR_TEXT], what[SETTINGS_TEXT];
    if (!file_of(r, t, ".safetensors", weights) || !file_of(r, t, ".checkpoint", checkpoint)) return 0;
    const train_options o = {
        .config = *t->config,
        .data = r->o->data,
        .out = weights,
        .checkpoint = checkpoint,
        .log = log,
        .resume = access(checkpoint, F_OK) == 0,
        .pause_epoch = epoch < t->config->epochs ? epoch : 0,
        .progress = r->o->progress,
        .stop = r->o->stop,
    };
    sweep_describe(r->o->space, t->config, what, sizeof what);
    if (r->o->progress)
        fprintf(r->o->progress, "\ntrial %d of %d, %s, to epoch %d of %d: %s\n", t->number, r->o->count,
                o.resume ? "resumed" : "from its start", epoch, t->config->epochs, what);
    switch (train(&o, NULL, error)) {
    case TRAIN_DONE: *how = REACHED; break;
    case TRAIN_STOPPED: *how = *r->o->stop ? STOPPED : REACHED; break;
    default:
        *how = FAILED;
        fail(r, t->name, error);
        if (r->o->progress) fprintf(r->o->progress, "\ntrial %d failed: %s\n", t->number, error);
        return record(r, t, TRIAL_FAILED, error);
    }
    return 1;
}

/* Brings a trial to an epoch, unless its log says that it has been there. */
static end advance(run *r, trial *t, int epoch)
{
    char log[PATH_TEXT];
    if (*r->o->stop) return STOPPED;
    if (!file_of(r, t, ".jsonl", log)) return FAILED;
    const int lock = open(log, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    end how = REACHED;
    int ok = lock >= 0;
    /* Where there are no locks, shards still keep the trials apart. */
    if (ok && flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        how = BUSY;
        fail(r, t->name, "another process is training it");
    }
    for (int tries = 0; ok && how == REACHED; tries++) {
        if (!(ok = history_read(log, epoch, &t->history))) break;
        const int there = epoch < t->config->epochs ? t->history.epoch > 0 : t->history.done;
        if (there) break;
        /* The log can lack what was done, if it could not be written while the weights could. */
        if (tries == 1) how = FAILED;
        if (tries == 1) fail(r, log, "the training's end is not in it");
        else if (!train_trial(r, t, epoch, log, &how)) how = FAILED;
    }
    if (!ok) {
        fail(r, log, strerror(errno));
        how = FAILED;
    }
    if (lock >= 0) close(lock);
    if (how == REACHED && t->history.done) {
        /* Also at a rung that an earlier sweep, without halving, went beyond. */
        trial whole = *t;
        if (!history_read(log, t->config->epochs, &whole.history) || !record(r, &whole, TRIAL_DONE, "")) how = FAILED;
    }
    return how;
}

static int better_first(const void *a, const void *b)
{
    const trial *x = a, *y = b;
    if (x->history.validation_accuracy != y->history.validation_accuracy)
        return x->history.validation_accuracy > y->history.validation_accuracy ? -1 : 1;
    if (x->history.validation_nll != y->history.validation_nll)
        return x->history.validation_nll < y->history.validation_nll ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static int by_number(const void *a, const void *b)
{
    const trial *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Brings n trials to an epoch (0 = each to its last). Those that got there come first, in their order; how many, or
 * -1: stopped. */
static int advance_all(run *r, trial *trials, int n, int epoch, int *busy)
{
    int alive = 0;
    for (int i = 0; i < n; i++) {
        switch (advance(r, &trials[i], epoch ? epoch : trials[i].config->epochs)) {
        case REACHED: trials[alive++] = trials[i]; break;
        case BUSY: *busy = 1; break;
        case FAILED: break;
        case STOPPED: return -1;
        }
    }
    return alive;
}

/* Rungs are as many as the epochs and the trials can be divided by eta; without halving there is only the last. */
static sweep_result run_trials(run *r, trial *trials, int n)
{
    const sweep_options *o = r->o;
    const int epochs = n ? trials[0].config->epochs : 0;
    long divisor = 1; /* eta to the number of rungs before the last */
    while (o->eta && divisor * o->eta <= epochs && divisor * o->eta <= n) divisor *= o->eta;
    int busy = 0;
    for (; divisor > 1; divisor /= o->eta) {
        const int started = n;
        n = advance_all(r, trials, n, (int)(epochs / divisor), &busy);
        if (n < 0) return SWEEP_STOPPED;
        if (busy) return SWEEP_FAILED; /* nothing can be decided before all are known */
        /* A trial that failed counts as one that was stopped. */
        const int most = started / o->eta > 0 ? started / o->eta : 1;
        qsort(trials, (size_t)n, sizeof *trials, better_first);
        for (; n > most; n--)
            if (!trials[n - 1].history.done && !record(r, &trials[n - 1], TRIAL_STOPPED, "")) return SWEEP_FAILED;
        qsort(trials, (size_t)n, sizeof *trials, by_number);
    }
    if (advance_all(r, trials, n, 0, &busy) < 0) return SWEEP_STOPPED;
    return r->failed ? SWEEP_FAILED : SWEEP_DONE;
}

/* ── the whole ── */

/* Data that cannot be read is known before anything is begun. */
static int read_data(run *r)
{
    dataset d;
    if (!dataset_read_folder(r->o->data, "train", IDX_DIGITS, &d, r->error)) return 0;
    r->data = dataset_checksum(&d);
    dataset_free(&d);
    return 1;
}

static int open_results(run *r)
{
    const sweep_options *o = r->o;
    char shard[64] = "";
    if (o->shards > 1) snprintf(shard, sizeof shard, "-%d-of-%d", o->shard + 1, o->shards);
    if (snprintf(r->results_path, PATH_TEXT, "%s/results%s.jsonl", o->out, shard) >= PATH_TEXT)
        return fail(r, o->out, strerror(ENAMETOOLONG));
    return results_read(o->out, &r->known, r->error);
}

sweep_result sweep(const sweep_options *o, char error[SWEEP_ERROR_TEXT])
{
    run r = {.o = o, .error = error};
    *error = 0;
    for (int i = 1; o->eta && i < o->count; i++) {
        if (o->trials[i].config.epochs == o->trials[0].config.epochs) continue;
        fail(&r, "halving", "trials are compared after the same epochs: epochs must have one value");
        return SWEEP_FAILED;
    }
    trial *trials = calloc((size_t)o->count + 1, sizeof *trials);
    sweep_result result = SWEEP_FAILED;
    if (!trials) {
        fail(&r, "sweep", "there is not enough memory");
    } else if (read_data(&r) && open_results(&r)) {
        int n = 0;
        for (int k = o->shard; k < o->count; k += o->shards) {
            trials[n] = (trial){.number = k + 1, .config = &o->trials[k].config};
            /* 48 bits: two of 10,000 trials are the same by chance once in five million sweeps. */
            const uint64_t key = (o->trials[k].key ^ r.data) * 0x9e3779b97f4a7c15u >> 16;
            snprintf(trials[n++].name, RESULTS_NAME, "trial-%012llx", (unsigned long long)key);
        }
        result = run_trials(&r, trials, n);
    }
    results_free(&r.known);
    free(trials);
    return result;
}
