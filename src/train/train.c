#include "train.h"
#include "evaluate.h"
#include "idx.h"
#include "loss.h"
#include "open_network.h"
#include "quantize.h"
#include "runlog.h"
#include "file_io.h"
#include "teacher.h"
#include "trainer.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOG_STEPS = 50 }; /* a line of the log for every so many steps */

/* Everything a run holds; made by start, freed by finish. */
typedef struct run {
    const train_options *o;
    const config *config;
    char *error;
    char config_json[CHECKPOINT_MAX_CONFIG], commit[64];
    dataset data, validation; /* validation is the end of what was read from o->data */
    uint8_t *extra_pixels, *extra_labels;
    size_t extra_count;
    int integer_epochs;
    trainer trainer;
    uint32_t *order;
    teacher teacher;
    void **work; /* the teacher's, one a thread */
    FILE *log;
    long per_epoch, steps;
    double started, reported; /* seconds */
    long first_step;          /* the step this process began with */
    double logged_loss;       /* summed since the last line of the log */
    train_score score;
} run;

static int fail(run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(run *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->error, TRAIN_ERROR_TEXT, format, args);
    va_end(args);
    return 0;
}

static size_t train_count(const run *r) { return r->data.count + r->extra_count; }

static int read_data(run *r)
{
    dataset extra = {0};
    if (!dataset_read_folder(r->o->data, "train", IDX_DIGITS, &r->data, r->error)) return 0;
    const uint32_t crc = dataset_checksum(&r->data);
    if (*r->config->extra && !dataset_read_folder(r->config->extra, "train", IDX_NO_DIGIT, &extra, r->error))
        return 0;
    r->extra_pixels = extra.pixels;
    r->extra_labels = extra.labels;
    r->extra_count = extra.count;
    const size_t kept = r->data.count / 12;
    r->data.count -= kept;
    r->validation = (dataset){kept, r->data.pixels + r->data.count * DIGITS_PIXELS, r->data.labels + r->data.count};
    if (kept == 0 || train_count(r) < (size_t)r->config->batch)
        return fail(r, "%zu training pictures are too few for batches of %d", train_count(r), r->config->batch);
    char json[CONFIG_JSON];
    config_json(r->config, json);
    snprintf(r->config_json, sizeof r->config_json,
             "{\"recipe\":%s,\"data\":\"%08x\",\"extra\":\"%08x\",\"teachers\":\"%08x\"}", json, crc,
             extra.count ? dataset_checksum(&extra) : 0, r->teacher.checksum);
    return 1;
}

static int allocate(run *r, const model *m)
{
    const trainer_options options = {r->config->optimizer, r->config->average, r->config->batch, TRAIN_SHARDS};
    int ok = trainer_open(&r->trainer, m, &options, r->config->seed);
    r->order = calloc(train_count(r), sizeof *r->order);
    r->work = calloc((size_t)r->trainer.threads, sizeof(void *));
    ok = ok && r->order && r->work;
    for (int t = 0; ok && t < r->trainer.threads; t++) ok = (r->work[t] = malloc(r->teacher.work_bytes + 1)) != NULL;
    return ok || fail(r, "there is not enough memory");
}

static int start(run *r)
{
    const train_options *o = r->o;
    if (!config_check(r->config, r->error)) return 0;
    model m;
    if (model_init(&m, r->config->architecture, r->config->batch_norm, DIGITS_SIDE, DIGITS_SIDE) != DIGITS_OK)
        return fail(r, "'%s' cannot be trained: hidden channels must be multiples of 8", r->config->architecture);
    if (!teacher_open(&r->teacher, r->config->teacher, r->error) || !read_data(r) || !allocate(r, &m)) return 0;
    r->integer_epochs = r->config->integer_epochs ? r->config->integer_epochs : (r->config->epochs + 3) / 4;
    r->per_epoch = (long)(train_count(r) / (size_t)r->config->batch);
    r->steps = r->per_epoch * r->config->epochs;
    if (o->resume && !checkpoint_load(o->checkpoint, r->config_json, &r->trainer.state, r->error)) return 0;
    trainer_resume(&r->trainer);
    r->first_step = r->trainer.state.step;
    if (o->log && !(r->log = runlog_open(o->log))) return fail(r, "%s: %s", o->log, strerror(errno));
    return 1;
}

static void finish(run *r)
{
    for (int t = 0; r->work && t < r->trainer.threads; t++) free(r->work[t]);
    free(r->work);
    trainer_close(&r->trainer);
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
    random_stream s = random_open(r->config->seed, 0x5aff1e, (uint64_t)epoch);
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

/* What a step's shards share. */
typedef struct step_context {
    run *run;
    long epoch;
    const uint32_t *batch;
    tally parts[TRAIN_SHARDS];
} step_context;

static void run_shard(void *context, trainer *trainer, int thread, int shard, int from, int n)
{
    step_context *step = context;
    run *r = step->run;
    const config *config = r->config;
    const model *m = &trainer->model;
    tape *t = trainer->tapes[thread];
    tally sum = {0, 0};
    if (n < 1) return;
    uint8_t distorted[n][DIGITS_PIXELS];
    const uint8_t *pixels[n];
    int labels[n];
    for (int i = 0; i < n; i++) {
        const uint32_t index = step->batch[from + i];
        pixels[i] = picture(r, index, &labels[i]);
        if (!config->distort) continue;
        random_stream s = random_open(config->seed, (uint64_t)step->epoch + 1, index);
        augment(&config->augment, &s, pixels[i], distorted[i]);
        pixels[i] = distorted[i];
    }
    model_forward(m, trainer->weights, pixels, n, t);

    const loss_options options = {config->smoothing, config->teacher_share, config->teacher_temperature};
    const int row = m->tensors[m->count].c;
    for (int i = 0; i < n; i++) {
        const float *logits = t->value[m->count] + i * row;
        float taught[DIGITS_CLASSES];
        int heed = r->teacher.count && labels[i] != IDX_NO_DIGIT; /* teachers are asked about digits alone … */
        if (heed) {
            teacher_ask(&r->teacher, pixels[i], options.temperature, r->work[thread], taught);
            for (int k = 0; k < DIGITS_CLASSES; k++) heed = heed && taught[k] <= taught[labels[i]]; /* … when right */
        }
        sum.loss += (double)loss(&options, logits, labels[i], heed ? taught : NULL, t->grad[m->count] + i * row);
        sum.right += is_right(logits, labels[i]);
    }
    step->parts[shard] = sum;
}

static tally one_step(run *r)
{
    const config *config = r->config;
    trainer *t = &r->trainer;
    const long step = t->state.step, integers_from = r->per_epoch * (config->epochs - r->integer_epochs);
    if (step >= integers_from && !t->state.folded) trainer_begin_integers(t);
    const float rate =
        learning_rate(config->schedule, config->rate, step, (long)(config->warmup * (float)r->steps), r->steps);
    step_context context = {
        .run = r, .epoch = step / r->per_epoch, .batch = r->order + (step % r->per_epoch) * config->batch};
    trainer_step(t, rate, run_shard, &context);
    tally sum = {0, 0};
    for (int s = 0; s < TRAIN_SHARDS; s++) {
        sum.loss += context.parts[s].loss;
        sum.right += context.parts[s].right;
    }
    r->logged_loss += sum.loss;
    if (r->trainer.state.step % LOG_STEPS == 0 && isfinite(r->logged_loss)) { /* JSON has no other numbers */
        runlog_line(r->log, "step", "\"step\":%ld,\"epoch\":%.3f,\"loss\":%.5f,\"rate\":%.3g,\"seconds\":%.3f",
                    r->trainer.state.step, (double)r->trainer.state.step / (double)r->per_epoch,
                    r->logged_loss / (LOG_STEPS * config->batch), (double)rate, runlog_now() - r->started);
        r->logged_loss = 0;
    }
    return sum;
}

/* ── progress, epochs, the end ── */

static double images_per_second(const run *r)
{
    return (double)((r->trainer.state.step - r->first_step) * r->config->batch) / (runlog_now() - r->started + 1e-9);
}

static void report_progress(run *r, int at_end)
{
    if (!r->o->progress) return;
    const double t = runlog_now();
    const int terminal = isatty(fileno(r->o->progress));
    if (!at_end && (t - r->reported < (terminal ? 0.5 : 20))) return;
    r->reported = t;
    const long in_epoch = (r->trainer.state.step - 1) % r->per_epoch + 1;
    const double speed = images_per_second(r), seen = (double)(in_epoch * r->config->batch);
    const double left = (double)((r->steps - r->trainer.state.step) * r->config->batch) / speed;
    runlog_say(r->o->progress, "%sepoch %ld/%d %3.0f%%  loss %.4f  right %.2f%%  %.0f images/s  %.0f:%02.0f left%s",
               terminal ? "\r" : "", (r->trainer.state.step - 1) / r->per_epoch + 1, r->config->epochs,
               100 * (double)in_epoch / (double)r->per_epoch, r->trainer.state.loss / seen,
               100 * r->trainer.state.right / seen, speed, floor(left / 60), fmod(left, 60),
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

static int open_integer(run *r, float temperature, const card_entry *card, size_t entries, integer_network *out)
{
    *out = (integer_network){0};
    if (!quantize(&r->trainer.model, trainer_result(&r->trainer), temperature, card, entries, &out->file, &out->size))
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
    const double seen = (double)(r->per_epoch * r->config->batch);
    const long epoch = r->trainer.state.step / r->per_epoch;
    r->score = (train_score){(int)epoch, r->trainer.state.loss / seen, v.accuracy, v.nll};
    report_progress(r, 1);
    runlog_say(r->o->progress, "          validation, in integers: %zu of %zu wrong, %.2f %%\n", v.errors, v.n,
               100 * v.accuracy);
    if (!runlog_line(r->log, "epoch",
                     "\"epoch\":%ld,\"loss\":%.6f,\"accuracy\":%.6f,\"validation_accuracy\":%.6f,"
                     "\"validation_nll\":%.6f,\"integer\":%s,\"images_per_second\":%.0f,\"seconds\":%.1f",
                     epoch, r->trainer.state.loss / seen, r->trainer.state.right / seen, v.accuracy, v.nll,
                     r->trainer.model.quantized ? "true" : "false", images_per_second(r), runlog_now() - r->started))
        runlog_say(r->o->progress, "cannot write the log %s: %s; training goes on\n", r->o->log, strerror(errno));
    r->trainer.state.loss = r->trainer.state.right = 0;
    if (!checkpoint_save(r->o->checkpoint, r->config_json, &r->trainer.state))
        runlog_say(r->o->progress, "cannot save %s: %s; training goes on and tries again after the next epoch\n",
                   r->o->checkpoint, strerror(errno));
    return 1;
}

static int calibrate(run *r, float *temperature)
{
    evaluation v;
    int32_t *logits = malloc(r->validation.count * DIGITS_CLASSES * sizeof *logits);
    if (!logits) return fail(r, "there is not enough memory");
    const int ok = score_validation(r, 1, &v, logits);
    if (ok)
        *temperature = best_temperature(logits, r->validation.labels, r->validation.count,
                                        quantize_logit_scale(&r->trainer.model, trainer_result(&r->trainer)));
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
    (void)architecture_parse(r->trainer.model.text, &shape);
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
        {"config", r->config_json},
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
    runlog_say(r->o->progress, "%s: %zu bytes; validation %s; t10k %s\n", r->o->out, size, validation, test);
    runlog_line(r->log, "done",
                "\"bytes\":%zu,\"validation\":\"%s\",\"t10k\":\"%s\",\"temperature\":%.4f,\"seconds\":%.1f,"
                "\"threads\":%d",
                size, validation, test, (double)temperature, runlog_now() - r->started, r->trainer.threads);
    unlink(r->o->checkpoint);
    return 1;
}

static train_result loop(run *r)
{
    const train_options *o = r->o;
    r->started = r->reported = runlog_now();
    runlog_commit(r->commit); /* of the start: whoever trains for an hour may commit meanwhile */
    runlog_line(r->log, o->resume ? "resume" : "start", "\"config\":%s,\"commit\":\"%s\",\"step\":%ld,\"steps\":%ld",
                r->config_json, r->commit, r->trainer.state.step, r->steps);
    runlog_say(r->o->progress, "%s\n%zu pictures to train on, %zu to choose by; %zu parameters; %d threads\n",
               r->trainer.model.text, train_count(r), r->validation.count, r->trainer.model.parameters,
               r->trainer.threads);
    for (long epoch = -1; r->trainer.state.step < r->steps;) {
        if (epoch != r->trainer.state.step / r->per_epoch) shuffle(r, epoch = r->trainer.state.step / r->per_epoch);
        const tally t = one_step(r);
        r->trainer.state.loss += t.loss;
        r->trainer.state.right += t.right;
        if (!isfinite(t.loss)) {
            fail(r, "the loss is no number any more at step %ld: try a lower rate", r->trainer.state.step);
            return TRAIN_FAILED;
        }
        report_progress(r, 0);
        const int whole = r->trainer.state.step % r->per_epoch == 0;
        if (whole && !end_epoch(r)) return TRAIN_FAILED;
        if (r->trainer.state.step == r->steps) break;
        if (whole && o->pause_epoch && r->trainer.state.step / r->per_epoch >= o->pause_epoch) return TRAIN_STOPPED;
        if (*o->stop) {
            if (whole || checkpoint_save(o->checkpoint, r->config_json, &r->trainer.state)) return TRAIN_STOPPED;
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
    r->config = &o->config;
    r->error = error;
    const train_result result = start(r) ? loop(r) : TRAIN_FAILED;
    if (score) *score = r->score;
    finish(r);
    free(r);
    return result;
}
