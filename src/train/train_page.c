#include "train_page.h"
#include "file_io.h"
#include "page_loss.h"
#include "page_score.h"
#include "quantize.h"
#include "runlog.h"
#include "trainer.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SHARD_SCENES = 4, /* batch norm is over so many scenes */
    LOG_STEPS = 50,
    CHECKPOINT_SECONDS = 180,
    VALIDATION_SCENES = 256
};
static const uint64_t VALIDATION_SEED = 0x5eed0fa11; /* no run's own */

/* What a thread works with. */
typedef struct workplace {
    scene scenes[SHARD_SCENES];
    page_targets targets[SHARD_SCENES];
    float loss_work[12 * SHARD_SCENES * PAGE_CELLS * PAGE_CELLS];
    double scene_seconds;
} workplace;

typedef struct run {
    const train_page_options *o;
    const page_config *c;
    char *error;
    char config[CHECKPOINT_MAX_CONFIG], commit[64];
    scene_source *source;
    trainer trainer;
    workplace *workplaces;       /* one a thread */
    float (*parts)[PAGE_LOSSES]; /* [shards] */
    scene *validation;           /* [VALIDATION_SCENES] */
    double sums[PAGE_LOSSES];    /* of each part since the last line of the log */
    double loss;                 /* the last step's */
    int failed;                  /* 1: a scene could not be made */
    FILE *log;
    long integers_from, first_step;
    double started, reported, saved; /* seconds */
} run;

page_config page_config_default(void)
{
    return (page_config){
        .network = "input:?x?x1 conv3/2:8 conv3/2:16 conv3/2:32 conv3:32 conv3/2:48 conv3:48 conv3:48 conv1:32 up2 "
                   "conv1:32<3+8 conv3:32 conv1:16 up2 conv1:16<1+12 conv3:24 conv1:20",
        .steps = 40000,
        .batch = 32,
        .rate = 0.003f,
        .warmup = 0.02f,
        .decay = 0.02f,
        .integer_share = 0.25f,
        .average = 0.998f,
        .seed = 1,
    };
}

static int fail(run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(run *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->error, TRAIN_PAGE_ERROR_TEXT, format, args);
    va_end(args);
    return 0;
}

/* ── start and end ── */

static int check_config(run *r, model *m)
{
    const page_config *c = r->c;
    if (c->steps < 1 || c->batch < 1 || c->batch > 4096 || !(c->rate > 0 && c->rate < 10) ||
        !(c->warmup >= 0 && c->warmup < 1) || !(c->decay >= 0) || !(c->integer_share >= 0 && c->integer_share <= 1) ||
        !(c->average >= 0 && c->average < 1))
        return fail(r, "a setting is out of range");
    if (model_init(m, c->network, 1, SCENE_SIDE, SCENE_SIDE) != DIGITS_OK)
        return fail(r, "'%s' cannot be trained: see nn/architecture.h; hidden channels must be multiples of 8",
                    c->network);
    const layer_shape *last = &m->layers[m->count - 1].shape;
    if (last->kind != LAYER_CONV || last->out_c != PAGE_OUTPUTS || last->out_h != PAGE_CELLS ||
        last->out_w != PAGE_CELLS)
        return fail(r, "'%s' has not %d outputs for each %d×%d pixels", c->network, PAGE_OUTPUTS, PAGE_CELL,
                    PAGE_CELL);
    snprintf(r->config, sizeof r->config,
             "{\"network\":\"%s\",\"steps\":%ld,\"batch\":%d,\"rate\":%.7g,\"warmup\":%.7g,\"decay\":%.7g,"
             "\"integer_share\":%.7g,\"average\":%.7g,\"seed\":%llu,\"from\":\"%s\"}",
             c->network, c->steps, c->batch, (double)c->rate, (double)c->warmup, (double)c->decay,
             (double)c->integer_share, (double)c->average, (unsigned long long)c->seed, r->o->from ? r->o->from : "");
    return 1;
}

/* At the start no cell is a centre, and few are ink: so gradients are not of that alone for long (Lin et al. 2017). */
static void begin_outputs(trainer *t)
{
    const model_layer *last = &t->model.layers[t->model.count - 1];
    float *bias = t->parameters + last->bias;
    for (int k = 0; k < 4; k++) bias[PAGE_INK + k] = -3;
    bias[PAGE_CENTRE] = -4;
}

/* Takes another run's weights: the averaged ones where its integers had begun, and then goes on with integers. */
static int start_from(run *r, const char *path)
{
    trainer *t = &r->trainer;
    if (!checkpoint_load(path, NULL, &t->state, r->error)) return 0;
    if (t->state.folded) memcpy(t->parameters, t->average, t->model.parameters * sizeof(float));
    memset(t->a, 0, 2 * t->model.parameters * sizeof(float));
    t->state.step = t->state.optimizer_steps = 0;
    trainer_resume(t);
    return 1;
}

static int make_validation(run *r)
{
    int ok = 1;
#pragma omp parallel for schedule(dynamic, 4) reduction(& : ok)
    for (int i = 0; i < VALIDATION_SCENES; i++)
        ok &= scene_make(r->source, VALIDATION_SEED, (uint64_t)i, &r->validation[i]);
    return ok || fail(r, "there is not enough memory");
}

static int start(run *r)
{
    const train_page_options *o = r->o;
    char missing[SCENE_ERROR_TEXT];
    model m;
    if (!check_config(r, &m)) return 0;
    const trainer_options options = {
        {.kind = OPTIMIZER_ADAM, .momentum = 0.9f, .second = 0.999f, .decay = r->c->decay},
        r->c->average,
        r->c->batch,
        (r->c->batch + SHARD_SCENES - 1) / SHARD_SCENES};
    r->source = scene_source_open(o->data, missing);
    if (!r->source) return fail(r, "%s", missing);
    if (*missing) runlog_say(r->o->progress, "%s\n", missing);
    const int ok = trainer_open(&r->trainer, &m, &options, r->c->seed);
    r->workplaces = calloc((size_t)r->trainer.threads, sizeof *r->workplaces);
    r->parts = calloc((size_t)options.shards, sizeof *r->parts);
    r->validation = calloc(VALIDATION_SCENES, sizeof *r->validation);
    if (!ok || !r->workplaces || !r->parts || !r->validation) return fail(r, "there is not enough memory");
    begin_outputs(&r->trainer);
    r->integers_from = r->c->steps - (long)(r->c->integer_share * (float)r->c->steps);
    if (o->resume && !checkpoint_load(o->checkpoint, r->config, &r->trainer.state, r->error)) return 0;
    if (o->resume) trainer_resume(&r->trainer);
    else if (o->from && !start_from(r, o->from)) return 0;
    r->first_step = r->trainer.state.step;
    if (o->log && !(r->log = runlog_open(o->log))) return fail(r, "%s: %s", o->log, strerror(errno));
    return make_validation(r);
}

static void finish(run *r)
{
    trainer_close(&r->trainer);
    if (r->source) scene_source_close(r->source);
    free(r->workplaces);
    free(r->parts);
    free(r->validation);
    if (r->log) fclose(r->log);
}

/* ── steps ── */

static void run_shard(void *context, trainer *t, int thread, int shard, int from, int n)
{
    run *r = context;
    const model *m = &t->model;
    workplace *w = &r->workplaces[thread];
    tape *tape = t->tapes[thread];
    const uint8_t *pixels[SHARD_SCENES] = {0};
    const uint64_t first = (uint64_t)t->state.step * (uint64_t)r->c->batch + (uint64_t)from;
    const double begun = runlog_now();
    for (int i = 0; i < n; i++) {
        if (!scene_make(r->source, r->c->seed, first + (uint64_t)i, &w->scenes[i])) r->failed = 1;
        page_targets_make(&w->scenes[i], &w->targets[i]);
        pixels[i] = w->scenes[i].grey;
    }
    w->scene_seconds += runlog_now() - begun;
    model_forward(m, t->weights, pixels, n, tape);
    float *gradient = tape->grad[m->count];
    page_loss(n, m->tensors[m->count].c, tape->value[m->count], w->targets, gradient, r->parts[shard], w->loss_work);
    /* The parts are means over the shard's scenes, and gradients are to be sums. */
    for (size_t i = 0; i < (size_t)n * m->tensors[m->count].size; i++) gradient[i] *= (float)n;
}

static double scenes_per_second(const run *r)
{
    return (double)((r->trainer.state.step - r->first_step) * r->c->batch) / (runlog_now() - r->started + 1e-9);
}

static void log_step(run *r, float rate)
{
    char text[512];
    int n = 0;
    double seconds = 0;
    for (int t = 0; t < r->trainer.threads; t++) seconds += r->workplaces[t].scene_seconds;
    for (int k = 0; k < PAGE_LOSSES; k++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "\"%s\":%.5f,", page_part_names[k], r->sums[k] / LOG_STEPS);
        r->sums[k] = 0;
    }
    runlog_line(r->log, "step",
                "\"step\":%ld,\"loss\":%.5f,%s\"rate\":%.3g,\"patches_per_second\":%.1f,\"scene_seconds\":%.1f,"
                "\"seconds\":%.1f",
                r->trainer.state.step, r->loss, text, (double)rate, scenes_per_second(r), seconds,
                runlog_now() - r->started);
}

static int one_step(run *r)
{
    trainer *t = &r->trainer;
    const page_config *c = r->c;
    const long step = t->state.step;
    if (step >= r->integers_from && !t->state.folded) trainer_begin_integers(t);
    const float rate = learning_rate(SCHEDULE_COSINE, c->rate, step, (long)(c->warmup * (float)c->steps), c->steps);
    trainer_step(t, rate, run_shard, r);
    if (r->failed) return fail(r, "there is not enough memory");
    r->loss = 0;
    for (int k = 0; k < PAGE_LOSSES; k++) {
        double sum = 0;
        for (int s = 0; s < t->options.shards; s++) sum += (double)r->parts[s][k];
        r->sums[k] += sum / t->options.shards;
        r->loss += (double)page_loss_weights[k] * sum / t->options.shards;
    }
    if (!isfinite(r->loss)) return fail(r, "the loss is no number any more at step %ld: try a lower rate", step);
    if (t->state.step % LOG_STEPS == 0) log_step(r, rate);
    return 1;
}

/* ── checkpoints ── */

/* The validation scenes as the network sees them that would ship now: batch norm folded, in floats or in integers. */
static page_score score(run *r, const float *parameters, int quantized)
{
    trainer *t = &r->trainer;
    model m = t->model;
    page_score sum = {0};
    m.normalizing = 0;
    m.quantized = quantized;
    const float *weights = model_prepare(&m, parameters, t->rounded, t->flipped);
#pragma omp parallel num_threads(t->threads)
    {
        tape *tape = t->tapes[omp_get_thread_num()];
        page_targets *targets = r->workplaces[omp_get_thread_num()].targets;
        page_score mine = {0};
#pragma omp for schedule(dynamic, 4)
        for (int i = 0; i < VALIDATION_SCENES; i++) {
            const uint8_t *pixels = r->validation[i].grey;
            model_forward(&m, weights, &pixels, 1, tape);
            page_targets_make(&r->validation[i], targets);
            page_score_add(&mine, &r->validation[i], targets, m.tensors[m.count].c, tape->value[m.count]);
        }
#pragma omp critical
        page_score_sum(&sum, &mine);
        memset(tape->largest, 0, sizeof tape->largest); /* these are not training's */
    }
    return sum;
}

/* Centres whose sigmoid is the share of them that are right: into the last layer's weights, so that the reader needs no
 * threshold of its own. calibrated[parameters]. */
static void calibrate_centres(const model *m, const float *parameters, const page_score *s, float *calibrated)
{
    const page_calibration c = page_score_calibrate(s);
    const model_layer *l = &m->layers[m->count - 1];
    memcpy(calibrated, parameters, m->parameters * sizeof *calibrated);
    for (size_t i = PAGE_CENTRE; i < l->weight_count; i += (size_t)l->out_p)
        calibrated[l->weights + i] *= (float)c.slope;
    float *bias = &calibrated[l->bias + PAGE_CENTRE];
    *bias = (float)c.slope * *bias + (float)c.shift;
}

static int write_weights(run *r, const float *parameters, const page_summary *v)
{
    char validation[200], trained[64];
    snprintf(validation, sizeof validation,
             "centres: precision %.4f, recall %.4f at %.2f; ink IoU %.4f; kind %.4f; turn %.4f", v->precision,
             v->recall, v->threshold, v->ink_iou, v->kind_accuracy, v->turn_accuracy);
    snprintf(trained, sizeof trained, "%ld made scenes", r->trainer.state.step * r->c->batch);
    const card_entry card[] = {
        {"name", "page"},
        {"task",
         "grey picture → handwritten digits and signs 20 to 40 pixels high: ink, centres, sizes, kinds, turn"},
        {"data", trained},
        {"validation", validation},
        {"config", r->config},
        {"license", "MIT"},
        {"commit", r->commit},
    };
    uint8_t *file;
    size_t size;
    if (!quantize(&r->trainer.model, parameters, 1, card, sizeof card / sizeof card[0], &file, &size))
        return fail(r, "there is not enough memory");
    const int ok = save_file(r->o->out, file, size) || fail(r, "cannot write %s: %s", r->o->out, strerror(errno));
    free(file);
    return ok;
}

static void tell(run *r, const char *arithmetic, const page_summary *v)
{
    runlog_say(
        r->o->progress, "  %-8s centres %.4f (precision %.4f, recall %.4f at %.2f)  ink %.4f  kind %.4f  turn %.4f\n",
        arithmetic, v->f1, v->precision, v->recall, v->threshold, v->ink_iou, v->kind_accuracy, v->turn_accuracy);
    runlog_line(
        r->log, "validation",
        "\"step\":%ld,\"arithmetic\":\"%s\",\"f1\":%.5f,\"precision\":%.5f,\"recall\":%.5f,\"threshold\":%.2f,"
        "\"ink_iou\":%.5f,\"kind_accuracy\":%.5f,\"turn_accuracy\":%.5f,\"seconds\":%.1f",
        r->trainer.state.step, arithmetic, v->f1, v->precision, v->recall, v->threshold, v->ink_iou, v->kind_accuracy,
        v->turn_accuracy, runlog_now() - r->started);
}

/* Scores, writes the weights as they would ship now, and saves the checkpoint. */
static int save_all(run *r)
{
    const float *parameters = trainer_result(&r->trainer);
    const page_score floats = score(r, parameters, 0), integers = score(r, parameters, 1);
    const page_summary f = page_score_summary(&floats), i = page_score_summary(&integers);
    runlog_say(r->o->progress, "\nstep %ld:\n", r->trainer.state.step);
    tell(r, "floats", &f);
    tell(r, "integers", &i);
    r->saved = runlog_now();
    calibrate_centres(&r->trainer.model, parameters, &integers, r->trainer.rounded); /* made anew each step */
    if (!write_weights(r, r->trainer.rounded, &i)) return 0;
    return checkpoint_save(r->o->checkpoint, r->config, &r->trainer.state) ||
           fail(r, "cannot save %s: %s", r->o->checkpoint, strerror(errno));
}

static void report_progress(run *r)
{
    if (!r->o->progress) return;
    const double t = runlog_now();
    const int terminal = isatty(fileno(r->o->progress));
    if (t - r->reported < (terminal ? 0.5 : 20)) return;
    r->reported = t;
    const double speed = scenes_per_second(r);
    const double left = (double)((r->c->steps - r->trainer.state.step) * r->c->batch) / speed;
    runlog_say(r->o->progress, "%sstep %ld/%ld  loss %.4f  %.0f scenes/s  %.0f:%02.0f:%02.0f left%s",
               terminal ? "\r" : "", r->trainer.state.step, r->c->steps, r->loss, speed, floor(left / 3600),
               floor(fmod(left, 3600) / 60), fmod(left, 60), terminal ? "   " : "\n");
}

static train_page_result loop(run *r)
{
    r->started = r->reported = r->saved = runlog_now();
    runlog_commit(r->commit);
    runlog_line(r->log, r->o->resume ? "resume" : "start",
                "\"config\":%s,\"commit\":\"%s\",\"step\":%ld,\"steps\":%ld", r->config, r->commit,
                r->trainer.state.step, r->c->steps);
    runlog_say(r->o->progress, "%s\n%zu parameters; %d threads\n", r->c->network, r->trainer.model.parameters,
               r->trainer.threads);
    while (r->trainer.state.step < r->c->steps) {
        if (!one_step(r)) return TRAIN_PAGE_FAILED;
        report_progress(r);
        const int end = r->trainer.state.step == r->c->steps, stopped = *r->o->stop && !end;
        if ((end || stopped || runlog_now() - r->saved > CHECKPOINT_SECONDS) && !save_all(r))
            return TRAIN_PAGE_FAILED;
        if (stopped) return TRAIN_PAGE_STOPPED;
    }
    /* A finished run that is resumed writes its weights anew. */
    if (r->first_step == r->c->steps && !save_all(r)) return TRAIN_PAGE_FAILED;
    runlog_line(r->log, "done", "\"seconds\":%.1f,\"threads\":%d", runlog_now() - r->started, r->trainer.threads);
    return TRAIN_PAGE_DONE;
}

train_page_result train_page(const train_page_options *o, char error[TRAIN_PAGE_ERROR_TEXT])
{
    run *r = calloc(1, sizeof *r);
    if (!r) {
        snprintf(error, TRAIN_PAGE_ERROR_TEXT, "there is not enough memory");
        return TRAIN_PAGE_FAILED;
    }
    r->o = o;
    r->c = &o->config;
    r->error = error;
    const train_page_result result = start(r) ? loop(r) : TRAIN_PAGE_FAILED;
    finish(r);
    free(r);
    return result;
}
