#include "train.h"
#include "checkpoint.h"
#include "evaluate.h"
#include "model.h"
#include "quantize.h"
#include "runlog.h"
#include "save.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Everything a run holds; made by start, freed by finish. */
typedef struct run {
    const train_options *o;
    char *error;
    char config[CHECKPOINT_MAX_CONFIG];
    dataset data, validation; /* validation is the end of data */
    model model;
    run_state state;
    float *weights, *flipped; /* derived from the parameters each step */
    float *gradient, *shards; /* [parameters], [TRAIN_SHARDS][parameters] */
    unsigned char *decays;
    uint32_t *order;
    tape **tapes; /* one a thread */
    int threads;
    FILE *log;
    long per_epoch, steps;
    double started, reported; /* seconds */
    long first_step;          /* the step this process began with */
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

static void describe(run *r)
{
    const train_options *o = r->o;
    const augment_options *a = &o->augment;
    int n =
        snprintf(r->config, sizeof r->config,
                 "architecture=%s optimizer=%s momentum=%g second=%g decay=%g rate=%g batch=%d epochs=%d "
                 "integer_epochs=%d warmup=%g seed=%llu data=%08x",
                 o->architecture, o->optimizer.kind == OPTIMIZER_SGD ? "sgd" : "adamw", (double)o->optimizer.momentum,
                 (double)o->optimizer.second, (double)o->optimizer.decay, (double)o->rate, o->batch, o->epochs,
                 o->integer_epochs, (double)o->warmup, (unsigned long long)o->seed, dataset_checksum(&r->data));
    if (o->distort && n > 0 && (size_t)n < sizeof r->config)
        snprintf(r->config + n, sizeof r->config - (size_t)n,
                 " rotate=%g shear=%g scale=%g elastic=%g stroke=%g normalize=%g", (double)a->rotate,
                 (double)a->shear, (double)a->scale, (double)a->elastic, (double)a->stroke, (double)a->normalize);
}

static int allocate(run *r)
{
    const size_t n = r->model.parameters;
    r->state.n = n;
    r->state.parameters = calloc(n, sizeof(float));
    r->state.a = calloc(n, sizeof(float));
    r->state.b = calloc(n, sizeof(float));
    r->weights = calloc(n, sizeof(float));
    r->flipped = calloc(n, sizeof(float));
    r->gradient = calloc(n, sizeof(float));
    r->shards = calloc(n, TRAIN_SHARDS * sizeof(float));
    r->decays = calloc(n, 1);
    r->order = calloc(r->data.count, sizeof *r->order);
    r->threads = omp_get_max_threads();
    r->tapes = calloc((size_t)r->threads, sizeof(tape *));
    int ok = r->state.parameters && r->state.a && r->state.b && r->weights && r->flipped && r->gradient &&
             r->shards && r->decays && r->order && r->tapes;
    for (int t = 0; ok && t < r->threads; t++) ok = (r->tapes[t] = tape_new(&r->model)) != NULL;
    return ok || fail(r, "there is not enough memory");
}

static int start(run *r)
{
    const train_options *o = r->o;
    if (o->batch < 1 || o->epochs < 1 || o->integer_epochs < 1 || o->integer_epochs > o->epochs)
        return fail(r, "batch, epochs and integer epochs must be at least 1, the last no more than epochs");
    if (model_init(&r->model, o->architecture) != DIGITS_OK)
        return fail(r,
                    "'%s' is no architecture that can be trained (see core/architecture.h; hidden channels in "
                    "multiples of 8)",
                    o->architecture);
    if (!dataset_read_folder(o->data, "train", &r->data, r->error)) return 0;
    const size_t kept = r->data.count / 12;
    if (kept == 0 || r->data.count - kept < (size_t)o->batch)
        return fail(r, "%zu training pictures are too few for batches of %d", r->data.count, o->batch);
    describe(r);
    r->data.count -= kept;
    r->validation = (dataset){kept, r->data.pixels + r->data.count * DIGITS_PIXELS, r->data.labels + r->data.count};
    r->per_epoch = (long)(r->data.count / (size_t)o->batch);
    r->steps = r->per_epoch * o->epochs;
    if (!allocate(r)) return 0;
    for (int i = 0; i < r->model.count; i++) {
        const model_layer *l = &r->model.layers[i];
        if (l->shape.kind != LAYER_POOL) memset(r->decays + l->weights, 1, l->weight_count);
    }
    model_randomize(&r->model, o->seed, r->state.parameters);
    if (o->resume && !checkpoint_load(o->checkpoint, r->config, &r->state, r->error)) return 0;
    memcpy(r->model.range, r->state.range, sizeof r->model.range);
    r->first_step = r->state.step;
    if (o->log && !(r->log = runlog_open(o->log))) return fail(r, "%s: %s", o->log, strerror(errno));
    return 1;
}

static void finish(run *r)
{
    for (int t = 0; r->tapes && t < r->threads; t++) free(r->tapes[t]);
    free(r->tapes);
    free(r->state.parameters);
    free(r->state.a);
    free(r->state.b);
    free(r->weights);
    free(r->flipped);
    free(r->gradient);
    free(r->shards);
    free(r->decays);
    free(r->order);
    dataset_free(&r->data);
    if (r->log) fclose(r->log);
}

/* The epoch's order of pictures (Fisher & Yates), the same however the run came here. */
static void shuffle(run *r, long epoch)
{
    random_stream s = random_open(r->o->seed, 0x5aff1e, (uint64_t)epoch);
    for (uint32_t i = 0; i < r->data.count; i++) {
        const uint32_t j = random_below(&s, i + 1);
        r->order[i] = r->order[j];
        r->order[j] = i;
    }
}

typedef struct tally {
    double loss, right;
} tally;

static tally run_shard(run *r, tape *t, int shard, long epoch, const uint32_t *batch)
{
    const train_options *o = r->o;
    float *gradient = r->shards + (size_t)shard * r->model.parameters;
    tally sum = {0, 0};
    memset(gradient, 0, r->model.parameters * sizeof *gradient);
    for (int i = shard * o->batch / TRAIN_SHARDS; i < (shard + 1) * o->batch / TRAIN_SHARDS; i++) {
        const uint8_t *pixels = r->data.pixels + (size_t)batch[i] * DIGITS_PIXELS;
        const int label = r->data.labels[batch[i]];
        uint8_t distorted[DIGITS_PIXELS];
        if (o->distort) {
            random_stream s = random_open(o->seed, (uint64_t)epoch + 1, batch[i]);
            augment(&o->augment, &s, pixels, distorted);
            pixels = distorted;
        }
        model_forward(&r->model, r->weights, pixels, t);
        sum.loss += model_loss(&r->model, label, t);
        int best = 0;
        for (int c = 1; c < DIGITS_CLASSES; c++)
            if (t->in[r->model.count][c] > t->in[r->model.count][best]) best = c;
        sum.right += best == label;
        model_backward(&r->model, r->flipped, t, gradient);
    }
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

static tally one_step(run *r)
{
    const train_options *o = r->o;
    const long epoch = r->state.step / r->per_epoch;
    const uint32_t *batch = r->order + (r->state.step % r->per_epoch) * o->batch;
    tally parts[TRAIN_SHARDS], sum = {0, 0};
    r->model.quantized = epoch >= o->epochs - o->integer_epochs && r->model.range[0] > 0;
    model_prepare(&r->model, r->state.parameters, r->weights, r->flipped);
#pragma omp parallel num_threads(r->threads)
    {
#pragma omp for schedule(dynamic, 1)
        for (int s = 0; s < TRAIN_SHARDS; s++)
            parts[s] = run_shard(r, r->tapes[omp_get_thread_num()], s, epoch, batch);
#pragma omp for schedule(static)
        for (size_t i = 0; i < r->model.parameters; i++) {
            float g = 0;
            for (int s = 0; s < TRAIN_SHARDS; s++) g += r->shards[(size_t)s * r->model.parameters + i];
            r->gradient[i] = g / (float)o->batch;
        }
    }
    for (int s = 0; s < TRAIN_SHARDS; s++) {
        sum.loss += parts[s].loss;
        sum.right += parts[s].right;
    }
    measure_ranges(r);
    const float rate = learning_rate(o->rate, r->state.step, (long)(o->warmup * (float)r->steps), r->steps);
    r->state.step++;
    optimizer_step(&o->optimizer, rate, r->state.step, r->model.parameters, r->gradient, r->decays, r->state.a,
                   r->state.b, r->state.parameters);
    return sum;
}

static void report_progress(run *r, int at_end)
{
    const double t = now();
    const int terminal = isatty(fileno(r->o->progress));
    if (!at_end && (t - r->reported < (terminal ? 0.5 : 20))) return;
    r->reported = t;
    const long done = r->state.step - r->first_step, in_epoch = (r->state.step - 1) % r->per_epoch + 1;
    const double speed = (double)(done * r->o->batch) / (t - r->started + 1e-9);
    const double left = (double)((r->steps - r->state.step) * r->o->batch) / speed;
    const double seen = (double)(in_epoch * r->o->batch);
    fprintf(r->o->progress, "%sepoch %ld/%d %3.0f%%  loss %.4f  right %.2f%%  %.0f images/s  %.0f:%02.0f left%s",
            terminal ? "\r" : "", (r->state.step - 1) / r->per_epoch + 1, r->o->epochs,
            100 * (double)in_epoch / (double)r->per_epoch, r->state.loss / seen, 100 * r->state.right / seen, speed,
            floor(left / 60), fmod(left, 60), terminal && !at_end ? "   " : "\n");
    fflush(r->o->progress);
}

/* Opens what quantize makes of the model as it stands, in memory that the caller frees. */
static const digits_network *open_integer(run *r, float temperature, const card_entry *card, size_t entries,
                                          uint8_t **file, size_t *size, void **memory)
{
    size_t bytes = 0;
    const digits_network *network = NULL;
    *memory = NULL;
    if (!quantize(&r->model, r->state.parameters, temperature, card, entries, file, size)) return NULL;
    if (digits_network_size(*file, *size, &bytes) == DIGITS_OK && (*memory = malloc(bytes)) != NULL &&
        digits_network_open(*file, *size, DIGITS_KERNELS_BEST, *memory, bytes, &network) == DIGITS_OK)
        return network;
    free(*memory);
    free(*file);
    return NULL;
}

static int end_epoch(run *r)
{
    uint8_t *file;
    size_t size;
    void *memory;
    evaluation v;
    const digits_network *network = open_integer(r, 1, NULL, 0, &file, &size, &memory);
    if (!network)
        return fail(r, "the network cannot be turned into integers: out of memory, or weights that are no "
                       "numbers");
    const int ok = evaluate(network, &r->validation, &v, NULL);
    free(memory);
    free(file);
    if (!ok) return fail(r, "there is not enough memory");

    const double seen = (double)(r->per_epoch * r->o->batch);
    const long epoch = r->state.step / r->per_epoch;
    report_progress(r, 1);
    fprintf(r->o->progress, "          validation, in integers: %zu of %zu wrong, %.2f %%\n", v.errors, v.n,
            100 * v.accuracy);
    if (!runlog_line(r->log, "epoch",
                     "\"epoch\":%ld,\"loss\":%.6f,\"accuracy\":%.6f,\"validation_accuracy\":%.6f,"
                     "\"validation_nll\":%.6f,\"integer\":%s,\"seconds\":%.1f",
                     epoch, r->state.loss / seen, r->state.right / seen, v.accuracy, v.nll,
                     r->model.quantized ? "true" : "false", now() - r->started))
        fprintf(r->o->progress, "cannot write the log %s: %s; training goes on\n", r->o->log, strerror(errno));
    r->state.loss = r->state.right = 0;
    if (!checkpoint_save(r->o->checkpoint, r->config, &r->state))
        fprintf(r->o->progress, "cannot save %s: %s; training goes on and tries again after the next epoch\n",
                r->o->checkpoint, strerror(errno));
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

static float calibrate(run *r)
{
    uint8_t *file;
    size_t size;
    void *memory;
    evaluation v;
    float temperature = 1;
    const digits_network *network = open_integer(r, 1, NULL, 0, &file, &size, &memory);
    int32_t *logits = malloc(r->validation.count * DIGITS_CLASSES * sizeof *logits);
    if (network && logits && evaluate(network, &r->validation, &v, logits))
        temperature = best_temperature(logits, r->validation.labels, r->validation.count,
                                       quantize_logit_scale(&r->model, r->state.parameters));
    if (network) {
        free(memory);
        free(file);
    }
    free(logits);
    return temperature;
}

static int write_weights(run *r)
{
    const float temperature = calibrate(r);
    char validation[160], test[160] = "not measured", temperature_text[32];
    uint8_t *file;
    size_t size;
    void *memory;
    evaluation v, t;
    const digits_network *network = open_integer(r, temperature, NULL, 0, &file, &size, &memory);
    if (!network || !evaluate(network, &r->validation, &v, NULL)) return fail(r, "there is not enough memory");
    dataset t10k;
    char missing[IDX_ERROR_TEXT];
    if (dataset_read_folder(r->o->data, "t10k", &t10k, missing)) {
        if (!evaluate(network, &t10k, &t, NULL)) return fail(r, "there is not enough memory");
        snprintf(test, sizeof test, "%.2f %% of %zu (%zu wrong), ece %.4f", 100 * t.accuracy, t.n, t.errors, t.ece);
        dataset_free(&t10k);
    }
    free(memory);
    free(file);
    snprintf(validation, sizeof validation, "%.2f %% of %zu (%zu wrong), ece %.4f", 100 * v.accuracy, v.n, v.errors,
             v.ece);
    snprintf(temperature_text, sizeof temperature_text, "%.4f", (double)temperature);
    char commit[64], macs[32];
    architecture shape;
    (void)architecture_parse(r->model.text, &shape);
    snprintf(macs, sizeof macs, "%zu", architecture_macs(&shape));
    git_commit(commit);
    const card_entry card[] = {
        {"name", "digits"},
        {"task", "one handwritten digit, 28×28 ink in MNIST's form → 0..9"},
        {"data", "MNIST train-*: 11/12 to train on, 1/12 to choose and calibrate by"},
        {"validation", validation},
        {"t10k", test},
        {"temperature", temperature_text},
        {"multiply-accumulates", macs},
        {"config", r->config},
        {"limits", "trained on single digits alone: it gives some digit for a letter, too"},
        {"license", "MIT"},
        {"commit", commit},
    };
    if (!quantize(&r->model, r->state.parameters, temperature, card, sizeof card / sizeof *card, &file, &size))
        return fail(r, "there is not enough memory");
    const int saved = save_file(r->o->out, file, size);
    free(file);
    if (!saved)
        return fail(r,
                    "cannot write %s: %s. Nothing is lost: the training is in %s; make room and run the same "
                    "command with --resume",
                    r->o->out, strerror(errno), r->o->checkpoint);
    fprintf(r->o->progress, "%s: %zu bytes; validation %s; t10k %s\n", r->o->out, size, validation, test);
    runlog_line(r->log, "done",
                "\"bytes\":%zu,\"validation\":\"%s\",\"t10k\":\"%s\",\"temperature\":%.4f,"
                "\"seconds\":%.1f,\"threads\":%d",
                size, validation, test, (double)temperature, now() - r->started, r->threads);
    unlink(r->o->checkpoint);
    return 1;
}

static train_result loop(run *r)
{
    r->started = r->reported = now();
    char commit[64];
    git_commit(commit);
    runlog_line(r->log, r->o->resume ? "resume" : "start", "\"config\":\"%s\",\"commit\":\"%s\",\"step\":%ld",
                r->config, commit, r->state.step);
    fprintf(r->o->progress, "%s\n%zu pictures to train on, %zu to choose by; %zu parameters; %d threads\n",
            r->model.text, r->data.count, r->validation.count, r->model.parameters, r->threads);
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
        if (r->state.step % r->per_epoch == 0 && !end_epoch(r)) return TRAIN_FAILED;
        if (*r->o->stop && r->state.step < r->steps) {
            if (!checkpoint_save(r->o->checkpoint, r->config, &r->state)) {
                fail(r, "cannot save %s: %s", r->o->checkpoint, strerror(errno));
                return TRAIN_FAILED;
            }
            return TRAIN_STOPPED;
        }
    }
    return write_weights(r) ? TRAIN_DONE : TRAIN_FAILED;
}

train_result train(const train_options *o, char error[TRAIN_ERROR_TEXT])
{
    run *r = calloc(1, sizeof *r);
    if (!r) {
        snprintf(error, TRAIN_ERROR_TEXT, "there is not enough memory");
        return TRAIN_FAILED;
    }
    r->o = o;
    r->error = error;
    const train_result result = start(r) ? loop(r) : TRAIN_FAILED;
    finish(r);
    free(r);
    return result;
}
