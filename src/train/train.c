#include "train.h"
#include "checkpoint.h"
#include "evaluate.h"
#include "idx.h"
#include "loss.h"
#include "model.h"
#include "open_network.h"
#include "quantize.h"
#include "runlog.h"
#include "file_io.h"
#include "teacher.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOG_STEPS = 50 }; /* a line of the log for every so many steps */

/* Everything a run holds; made by start, freed by finish. */
typedef struct run {
    const train_options *o;
    const recipe *r;
    char *error;
    char config[CHECKPOINT_MAX_CONFIG], commit[64];
    dataset data, validation; /* validation is the end of what was read from o->data */
    uint8_t *extra_pixels, *extra_labels;
    size_t extra_count;
    int integer_epochs;
    model model;
    run_state state;
    float *parameters, *a, *b, *average, *norms; /* within state.numbers */
    float *rounded, *flipped;                    /* derived from the parameters each step */
    const float *weights;                        /* that count: the parameters, or rounded */
    float *scratch;                              /* [parameters]: gradient; what is written out */
    float *shards, *moments;                     /* [TRAIN_SHARDS][by_shard], [TRAIN_SHARDS][norms] */
    batch_rows *rows;
    unsigned char *decays;
    uint32_t *order;
    teacher teacher;
    tape **tapes; /* one a thread */
    void **work;  /* the teacher's, one a thread */
    int threads;
    FILE *log;
    long per_epoch, steps;
    double started, reported; /* seconds */
    long first_step;          /* the step this process began with */
    double logged_loss;       /* summed since the last line of the log */
    train_score score;
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(run *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->error, TRAIN_ERROR_TEXT, format, args);
    va_end(args);
    return 0;
}

static void say(const run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const run *r, const char *format, ...)
{
    if (!r->o->progress) return;
    va_list args;
    va_start(args, format);
    vfprintf(r->o->progress, format, args);
    va_end(args);
    fflush(r->o->progress);
}

static size_t train_count(const run *r) { return r->data.count + r->extra_count; }

static int read_data(run *r)
{
    dataset extra = {0};
    if (!dataset_read_folder(r->o->data, "train", IDX_DIGITS, &r->data, r->error)) return 0;
    const uint32_t crc = dataset_checksum(&r->data);
    if (*r->r->extra && !dataset_read_folder(r->r->extra, "train", IDX_NO_DIGIT, &extra, r->error)) return 0;
    r->extra_pixels = extra.pixels;
    r->extra_labels = extra.labels;
    r->extra_count = extra.count;
    const size_t kept = r->data.count / 12;
    r->data.count -= kept;
    r->validation = (dataset){kept, r->data.pixels + r->data.count * DIGITS_PIXELS, r->data.labels + r->data.count};
    if (kept == 0 || train_count(r) < (size_t)r->r->batch)
        return fail(r, "%zu training pictures are too few for batches of %d", train_count(r), r->r->batch);
    char json[RECIPE_JSON];
    recipe_json(r->r, json);
    snprintf(r->config, sizeof r->config,
             "{\"recipe\":%s,\"data\":\"%08x\",\"extra\":\"%08x\",\"teachers\":\"%08x\"}", json, crc,
             extra.count ? dataset_checksum(&extra) : 0, r->teacher.checksum);
    return 1;
}

static int allocate(run *r)
{
    const size_t n = r->model.parameters;
    r->state.n = 4 * n + r->model.norms;
    r->state.numbers = calloc(r->state.n, sizeof(float));
    r->rounded = calloc(n, sizeof(float));
    r->flipped = calloc(n, sizeof(float));
    r->scratch = calloc(n, sizeof(float));
    r->shards = calloc(r->model.by_shard, TRAIN_SHARDS * sizeof(float));
    r->rows = batch_rows_new(&r->model, r->r->batch);
    r->moments = calloc(r->model.norms + 1, TRAIN_SHARDS * sizeof(float));
    r->decays = calloc(n, 1);
    r->order = calloc(train_count(r), sizeof *r->order);
    r->threads = omp_get_max_threads();
    r->tapes = calloc((size_t)r->threads, sizeof(tape *));
    r->work = calloc((size_t)r->threads, sizeof(void *));
    int ok = r->state.numbers && r->rounded && r->flipped && r->scratch && r->shards && r->rows && r->moments &&
             r->decays && r->order && r->tapes && r->work;
    for (int t = 0; ok && t < r->threads; t++) {
        r->tapes[t] = tape_new(&r->model, (r->r->batch + TRAIN_SHARDS - 1) / TRAIN_SHARDS);
        r->work[t] = malloc(r->teacher.work_bytes + 1);
        ok = r->tapes[t] && r->work[t];
    }
    if (!ok) return fail(r, "there is not enough memory");
    r->parameters = r->state.numbers;
    r->a = r->parameters + n;
    r->b = r->a + n;
    r->average = r->b + n;
    r->norms = r->average + n;
    return 1;
}

static int start(run *r)
{
    const train_options *o = r->o;
    if (!recipe_check(r->r, r->error)) return 0;
    if (model_init(&r->model, r->r->architecture, r->r->batch_norm) != DIGITS_OK)
        return fail(r, "'%s' cannot be trained: hidden channels must be multiples of 8", r->r->architecture);
    if (!teacher_open(&r->teacher, r->r->teacher, r->error) || !read_data(r) || !allocate(r)) return 0;
    r->integer_epochs = r->r->integer_epochs ? r->r->integer_epochs : (r->r->epochs + 3) / 4;
    r->per_epoch = (long)(train_count(r) / (size_t)r->r->batch);
    r->steps = r->per_epoch * r->r->epochs;
    for (int i = 0; i < r->model.count; i++) {
        const model_layer *l = &r->model.layers[i];
        if (l->shape.kind != LAYER_POOL) memset(r->decays + l->weights, 1, l->weight_count);
    }
    model_randomize(&r->model, r->r->seed, r->parameters, r->norms);
    if (o->resume && !checkpoint_load(o->checkpoint, r->config, &r->state, r->error)) return 0;
    memcpy(r->model.range, r->state.range, sizeof r->model.range);
    if (r->state.folded) r->model.normalizing = 0;
    r->first_step = r->state.step;
    if (o->log && !(r->log = runlog_open(o->log))) return fail(r, "%s: %s", o->log, strerror(errno));
    return 1;
}

static void finish(run *r)
{
    for (int t = 0; t < r->threads; t++) {
        if (r->tapes) free(r->tapes[t]);
        if (r->work) free(r->work[t]);
    }
    free(r->tapes);
    free(r->work);
    free(r->state.numbers);
    free(r->rounded);
    free(r->flipped);
    free(r->scratch);
    free(r->shards);
    free(r->rows);
    free(r->moments);
    free(r->decays);
    free(r->order);
    free(r->extra_pixels);
    free(r->extra_labels);
    dataset_free(&r->data);
    teacher_close(&r->teacher);
    if (r->log) fclose(r->log);
}

/* ── one step ── */

/* The epoch's order of pictures (Fisher & Yates), the same however the run came here. */
static void shuffle(run *r, long epoch)
{
    random_stream s = random_open(r->r->seed, 0x5aff1e, (uint64_t)epoch);
    for (uint32_t i = 0; i < train_count(r); i++) {
        const uint32_t j = random_below(&s, i + 1);
        r->order[i] = r->order[j];
        r->order[j] = i;
    }
}

static const uint8_t *picture(const run *r, uint32_t i, int *label)
{
    if (i < r->data.count) {
        *label = r->data.labels[i];
        return r->data.pixels + (size_t)i * DIGITS_PIXELS;
    }
    i -= (uint32_t)r->data.count;
    *label = r->extra_labels[i];
    return r->extra_pixels + (size_t)i * DIGITS_PIXELS;
}

typedef struct tally {
    double loss, right;
} tally;

/* The largest logit is the answer; that of no digit is 0. */
static int is_right(const float *logits, int label)
{
    int best = 0;
    for (int c = 1; c < DIGITS_CLASSES; c++)
        if (logits[c] > logits[best]) best = c;
    return (logits[best] > 0 ? best : IDX_NO_DIGIT) == label;
}

static tally run_shard(run *r, int thread, int shard, long epoch, const uint32_t *batch)
{
    const recipe *recipe = r->r;
    tape *t = r->tapes[thread];
    float *gradient = r->shards + (size_t)shard * r->model.by_shard;
    const int from = shard * recipe->batch / TRAIN_SHARDS, n = (shard + 1) * recipe->batch / TRAIN_SHARDS - from;
    tally sum = {0, 0};
    memset(gradient, 0, r->model.by_shard * sizeof *gradient);
    if (n == 0) return sum;
    tape_into(&r->model, t, r->rows, from);
    uint8_t distorted[n][DIGITS_PIXELS];
    const uint8_t *pixels[n];
    int labels[n];
    for (int i = 0; i < n; i++) {
        pixels[i] = picture(r, batch[from + i], &labels[i]);
        if (!recipe->distort) continue;
        random_stream s = random_open(recipe->seed, (uint64_t)epoch + 1, batch[from + i]);
        augment(&recipe->augment, &s, pixels[i], distorted[i]);
        pixels[i] = distorted[i];
    }
    model_forward(&r->model, r->weights, pixels, n, t);

    const loss_options options = {recipe->smoothing, recipe->teacher_share, recipe->teacher_temperature};
    const int row = r->model.layers[r->model.count - 1].out_p;
    memset(t->grad[r->model.count], 0, (size_t)(n * row) * sizeof(float));
    for (int i = 0; i < n; i++) {
        const float *logits = t->in[r->model.count] + i * row;
        float taught[DIGITS_CLASSES];
        int heed = r->teacher.count && labels[i] != IDX_NO_DIGIT; /* teachers are asked about digits alone … */
        if (heed) {
            teacher_ask(&r->teacher, pixels[i], options.temperature, r->work[thread], taught);
            for (int k = 0; k < DIGITS_CLASSES; k++) heed = heed && taught[k] <= taught[labels[i]]; /* … when right */
        }
        sum.loss +=
            (double)loss(&options, logits, labels[i], heed ? taught : NULL, t->grad[r->model.count] + i * row);
        sum.right += is_right(logits, labels[i]);
    }
    model_backward(&r->model, r->weights, r->flipped, n, t, gradient);
    memcpy(r->moments + (size_t)shard * r->model.norms, t->moments, r->model.norms * sizeof(float));
    return sum;
}

/* The largest activations settle the steps of the integers; they are frozen once the integers are imitated. */
static void measure_ranges(run *r)
{
    for (int i = 0; i < r->model.count; i++) {
        float most = 0;
        for (int t = 0; t < r->threads; t++) {
            most = fmaxf(most, r->tapes[t]->largest[i]);
            r->tapes[t]->largest[i] = 0;
        }
        float *range = &r->model.range[i];
        if (!r->model.quantized || *range == 0) *range = *range == 0 ? most : 0.99f * *range + 0.01f * most;
        if (!(*range > 1e-6f)) *range = 1e-6f;
    }
    memcpy(r->state.range, r->model.range, sizeof r->state.range);
}

/* Running means and variances follow those of the shards. */
static void measure_norms(run *r)
{
    if (!r->model.normalizing) return;
    for (size_t i = 0; i < r->model.norms; i++) {
        float mean = 0;
        int n = 0;
        for (int s = 0; s < TRAIN_SHARDS; s++) {
            if ((s + 1) * r->r->batch / TRAIN_SHARDS == s * r->r->batch / TRAIN_SHARDS) continue;
            mean += r->moments[(size_t)s * r->model.norms + i];
            n++;
        }
        r->norms[i] = 0.98f * r->norms[i] + 0.02f * mean / (float)n;
    }
}

/* From here on the weights are what will ship: batch norm goes into them, and the optimizer starts afresh. */
static void begin_integers(run *r)
{
    const size_t n = r->model.parameters;
    model_fold(&r->model, r->parameters, r->norms, r->parameters);
    r->model.normalizing = 0;
    memset(r->a, 0, n * sizeof(float));
    memset(r->b, 0, n * sizeof(float));
    memcpy(r->average, r->parameters, n * sizeof(float));
    r->state.folded = 1;
}

/* The gradient of n parameters, and what it moves them to. */
static void update(run *r, size_t from, size_t n, float rate, long step)
{
    const size_t by_shard = r->model.by_shard;
    float *gradient = r->scratch + from, *parameters = r->parameters + from, *average = r->average + from;
    for (int s = 0; s < TRAIN_SHARDS; s++) {
        const float *shard = r->shards + (size_t)s * by_shard + from;
        for (size_t i = 0; i < n && from + i < by_shard; i++) gradient[i] = (s ? gradient[i] : 0) + shard[i];
    }
    for (size_t i = 0; i < n; i++) gradient[i] /= (float)r->r->batch;
    optimizer_step(&r->r->optimizer, rate, step, n, gradient, r->decays + from, r->a + from, r->b + from, parameters);
    if (!r->state.folded) return;
    /* Early on the average is of few steps: it must not remember where it began for long. */
    const float early = (float)(1 + step) / (float)(10 + step);
    const float keep = early < r->r->average ? early : r->r->average;
    for (size_t i = 0; i < n; i++) average[i] = keep * average[i] + (1 - keep) * parameters[i];
}

static tally one_step(run *r)
{
    enum { PART = 4096 }; /* parameters: of all their arrays, what fits a core's own cache */
    const recipe *recipe = r->r;
    const size_t n = r->model.parameters;
    const long epoch = r->state.step / r->per_epoch;
    const uint32_t *batch = r->order + (r->state.step % r->per_epoch) * recipe->batch;
    tally parts[TRAIN_SHARDS], sum = {0, 0};
    const long integers_from = r->per_epoch * (recipe->epochs - r->integer_epochs);
    if (r->state.step >= integers_from && !r->state.folded) begin_integers(r);
    r->model.quantized = r->state.folded && r->model.range[0] > 0;
    const float rate = learning_rate(recipe->schedule, recipe->rate, r->state.step,
                                     (long)(recipe->warmup * (float)r->steps), r->steps);
    r->state.step++;
    const long since = r->state.folded ? r->state.step - integers_from : r->state.step;
#pragma omp parallel num_threads(r->threads)
    {
        const float *weights = model_prepare(&r->model, r->parameters, r->rounded, r->flipped);
#pragma omp single
        r->weights = weights;
#pragma omp for schedule(dynamic, 1)
        for (int s = 0; s < TRAIN_SHARDS; s++) parts[s] = run_shard(r, omp_get_thread_num(), s, epoch, batch);
        model_backward_dense(&r->model, recipe->batch, r->rows, r->scratch);
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += PART) update(r, i, n - i < PART ? n - i : PART, rate, since);
    }
    for (int s = 0; s < TRAIN_SHARDS; s++) {
        sum.loss += parts[s].loss;
        sum.right += parts[s].right;
    }
    measure_ranges(r);
    measure_norms(r);
    r->logged_loss += sum.loss;
    if (r->state.step % LOG_STEPS == 0 && isfinite(r->logged_loss)) { /* JSON has no other numbers */
        runlog_line(r->log, "step", "\"step\":%ld,\"epoch\":%.3f,\"loss\":%.5f,\"rate\":%.3g,\"seconds\":%.3f",
                    r->state.step, (double)r->state.step / (double)r->per_epoch,
                    r->logged_loss / (LOG_STEPS * recipe->batch), (double)rate, now() - r->started);
        r->logged_loss = 0;
    }
    return sum;
}

/* ── progress, epochs, the end ── */

static double images_per_second(const run *r)
{
    return (double)((r->state.step - r->first_step) * r->r->batch) / (now() - r->started + 1e-9);
}

static void report_progress(run *r, int at_end)
{
    if (!r->o->progress) return;
    const double t = now();
    const int terminal = isatty(fileno(r->o->progress));
    if (!at_end && (t - r->reported < (terminal ? 0.5 : 20))) return;
    r->reported = t;
    const long in_epoch = (r->state.step - 1) % r->per_epoch + 1;
    const double speed = images_per_second(r), seen = (double)(in_epoch * r->r->batch);
    const double left = (double)((r->steps - r->state.step) * r->r->batch) / speed;
    say(r, "%sepoch %ld/%d %3.0f%%  loss %.4f  right %.2f%%  %.0f images/s  %.0f:%02.0f left%s", terminal ? "\r" : "",
        (r->state.step - 1) / r->per_epoch + 1, r->r->epochs, 100 * (double)in_epoch / (double)r->per_epoch,
        r->state.loss / seen, 100 * r->state.right / seen, speed, floor(left / 60), fmod(left, 60),
        terminal && !at_end ? "   " : "\n");
}

/* A network in the core's integers, made of the model as it stands. */
typedef struct integer_network {
    uint8_t *file;
    size_t size;
    void *memory;
    const digits_network *network;
} integer_network;

static void close_integer(integer_network *n)
{
    free(n->memory);
    free(n->file);
}

/* The parameters that count: averaged once the integers have begun, with batch norm folded in before. */
static const float *kept_parameters(run *r)
{
    if (r->state.folded) return r->r->average > 0 ? r->average : r->parameters;
    model_fold(&r->model, r->parameters, r->norms, r->scratch);
    return r->scratch;
}

static int open_integer(run *r, float temperature, const card_entry *card, size_t entries, integer_network *out)
{
    *out = (integer_network){0};
    if (!quantize(&r->model, kept_parameters(r), temperature, card, entries, &out->file, &out->size))
        return fail(r, "there is not enough memory");
    const digits_status status = open_network(out->file, out->size, &out->memory, &out->network);
    if (!status) return 1;
    close_integer(out);
    (void)fail(r, "the trained network cannot be run: %s", digits_status_text(status));
    return 0;
}

static int score_validation(run *r, float temperature, evaluation *v, int32_t *logits)
{
    integer_network n;
    if (!open_integer(r, temperature, NULL, 0, &n)) return 0;
    const int ok = evaluate(n.network, &r->validation, v, logits);
    close_integer(&n);
    return ok || fail(r, "there is not enough memory");
}

static int end_epoch(run *r)
{
    evaluation v;
    if (!score_validation(r, 1, &v, NULL)) return 0;
    const double seen = (double)(r->per_epoch * r->r->batch);
    const long epoch = r->state.step / r->per_epoch;
    r->score = (train_score){(int)epoch, r->state.loss / seen, v.accuracy, v.nll};
    report_progress(r, 1);
    say(r, "          validation, in integers: %zu of %zu wrong, %.2f %%\n", v.errors, v.n, 100 * v.accuracy);
    if (!runlog_line(r->log, "epoch",
                     "\"epoch\":%ld,\"loss\":%.6f,\"accuracy\":%.6f,\"validation_accuracy\":%.6f,"
                     "\"validation_nll\":%.6f,\"integer\":%s,\"images_per_second\":%.0f,\"seconds\":%.1f",
                     epoch, r->state.loss / seen, r->state.right / seen, v.accuracy, v.nll,
                     r->model.quantized ? "true" : "false", images_per_second(r), now() - r->started))
        say(r, "cannot write the log %s: %s; training goes on\n", r->o->log, strerror(errno));
    r->state.loss = r->state.right = 0;
    if (!checkpoint_save(r->o->checkpoint, r->config, &r->state))
        say(r, "cannot save %s: %s; training goes on and tries again after the next epoch\n", r->o->checkpoint,
            strerror(errno));
    return 1;
}

static void git_commit(char text[64])
{
    text[0] = 0;
    FILE *p = popen("git describe --always --dirty --abbrev=12 2>/dev/null", "re");
    if (!p) return;
    if (fgets(text, 64, p)) text[strcspn(text, "\n")] = 0;
    pclose(p);
}

static int calibrate(run *r, float *temperature)
{
    evaluation v;
    int32_t *logits = malloc(r->validation.count * DIGITS_CLASSES * sizeof *logits);
    if (!logits) return fail(r, "there is not enough memory");
    const int ok = score_validation(r, 1, &v, logits);
    if (ok)
        *temperature = best_temperature(logits, r->validation.labels, r->validation.count,
                                        quantize_logit_scale(&r->model, kept_parameters(r)));
    free(logits);
    return ok;
}

static void describe_score(const evaluation *e, char text[160])
{
    snprintf(text, 160, "%.2f %% of %zu (%zu wrong), ece %.4f", 100 * e->accuracy, e->n, e->errors, e->ece);
}

/* The test set's score, of the finished weights; "not measured" where it is not at hand. */
static int score_test(run *r, float temperature, char text[160])
{
    dataset t10k;
    char missing[IDX_ERROR_TEXT];
    snprintf(text, 160, "not measured");
    if (!dataset_read_folder(r->o->data, "t10k", IDX_DIGITS, &t10k, missing)) return 1;
    evaluation e;
    integer_network n;
    int ok = open_integer(r, temperature, NULL, 0, &n);
    if (ok) {
        ok = evaluate(n.network, &t10k, &e, NULL) || fail(r, "there is not enough memory");
        close_integer(&n);
    }
    if (ok) describe_score(&e, text);
    dataset_free(&t10k);
    return ok;
}

static int write_weights(run *r)
{
    float temperature = 1;
    evaluation v;
    char validation[160], test[160], temperature_text[32], macs[32], data[200];
    if (!calibrate(r, &temperature) || !score_validation(r, temperature, &v, NULL) ||
        !score_test(r, temperature, test))
        return 0;
    describe_score(&v, validation);
    snprintf(temperature_text, sizeof temperature_text, "%.4f", (double)temperature);
    architecture shape;
    (void)architecture_parse(r->model.text, &shape);
    snprintf(macs, sizeof macs, "%zu", architecture_macs(&shape));
    size_t without = 0;
    for (size_t i = 0; i < r->extra_count; i++) without += r->extra_labels[i] == IDX_NO_DIGIT;
    snprintf(data, sizeof data,
             "%zu pictures of MNIST's train-*, and %zu others (%zu show no digit), to train on; %zu of train-* to "
             "calibrate by",
             r->data.count, r->extra_count, without, r->validation.count);
    const card_entry card[] = {
        {"name", "digits"},
        {"task", "one handwritten digit, 28×28 ink in MNIST's form → 0..9"},
        {"data", data},
        {"validation", validation},
        {"t10k", test},
        {"temperature", temperature_text},
        {"multiply-accumulates", macs},
        {"config", r->config},
        {"limits", without ? "single digits; letters like b, g, I, l, O, q, S and Z look like digits to it, too"
                           : "trained on single digits alone: it gives some digit for a letter, too"},
        {"license", "MIT"},
        {"commit", r->commit},
    };
    integer_network n;
    if (!open_integer(r, temperature, card, sizeof card / sizeof card[0], &n)) return 0;
    const int saved = save_file(r->o->out, n.file, n.size);
    const size_t size = n.size;
    close_integer(&n);
    if (!saved)
        return fail(r,
                    "cannot write %s: %s. Nothing is lost: the training is in %s; make room and run the same command "
                    "with --resume",
                    r->o->out, strerror(errno), r->o->checkpoint);
    say(r, "%s: %zu bytes; validation %s; t10k %s\n", r->o->out, size, validation, test);
    runlog_line(r->log, "done",
                "\"bytes\":%zu,\"validation\":\"%s\",\"t10k\":\"%s\",\"temperature\":%.4f,\"seconds\":%.1f,"
                "\"threads\":%d",
                size, validation, test, (double)temperature, now() - r->started, r->threads);
    unlink(r->o->checkpoint);
    return 1;
}

static train_result loop(run *r)
{
    const train_options *o = r->o;
    r->started = r->reported = now();
    git_commit(r->commit); /* of the start: whoever trains for an hour may commit meanwhile */
    runlog_line(r->log, o->resume ? "resume" : "start", "\"config\":%s,\"commit\":\"%s\",\"step\":%ld,\"steps\":%ld",
                r->config, r->commit, r->state.step, r->steps);
    say(r, "%s\n%zu pictures to train on, %zu to choose by; %zu parameters; %d threads\n", r->model.text,
        train_count(r), r->validation.count, r->model.parameters, r->threads);
    for (long epoch = -1; r->state.step < r->steps;) {
        if (epoch != r->state.step / r->per_epoch) shuffle(r, epoch = r->state.step / r->per_epoch);
        const tally t = one_step(r);
        r->state.loss += t.loss;
        r->state.right += t.right;
        if (!isfinite(t.loss)) {
            fail(r, "the loss is no number any more at step %ld: try a lower rate", r->state.step);
            return TRAIN_FAILED;
        }
        report_progress(r, 0);
        const int whole = r->state.step % r->per_epoch == 0;
        if (whole && !end_epoch(r)) return TRAIN_FAILED;
        if (r->state.step == r->steps) break;
        if (whole && o->pause_epoch && r->state.step / r->per_epoch >= o->pause_epoch) return TRAIN_STOPPED;
        if (*o->stop) {
            if (whole || checkpoint_save(o->checkpoint, r->config, &r->state)) return TRAIN_STOPPED;
            fail(r, "cannot save %s: %s", o->checkpoint, strerror(errno));
            return TRAIN_FAILED;
        }
    }
    return write_weights(r) ? TRAIN_DONE : TRAIN_FAILED;
}

train_result train(const train_options *o, train_score *score, char error[TRAIN_ERROR_TEXT])
{
    run *r = calloc(1, sizeof *r);
    if (!r) {
        snprintf(error, TRAIN_ERROR_TEXT, "there is not enough memory");
        return TRAIN_FAILED;
    }
    r->o = o;
    r->r = &o->recipe;
    r->error = error;
    const train_result result = start(r) ? loop(r) : TRAIN_FAILED;
    if (score) *score = r->score;
    finish(r);
    free(r);
    return result;
}
