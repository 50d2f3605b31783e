#include "trainer.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static int shard_begin(const trainer *t, int shard) { return shard * t->options.batch / t->options.shards; }

int trainer_open(trainer *t, const model *m, const trainer_options *o, uint64_t seed)
{
    const size_t n = m->parameters, shards = (size_t)o->shards;
    *t = (trainer){.options = *o, .model = *m, .threads = omp_get_max_threads()};
    t->state.n = 4 * n + m->norms;
    t->state.numbers = calloc(t->state.n, sizeof(float));
    t->rounded = calloc(n, sizeof(float));
    t->flipped = calloc(n, sizeof(float));
    t->scratch = calloc(n, sizeof(float));
    t->shards = calloc(m->by_shard, shards * sizeof(float));
    t->rows = batch_rows_new(m, o->batch);
    t->moments = calloc(m->norms + 1, shards * sizeof(float));
    t->decays = calloc(n, 1);
    t->tapes = calloc((size_t)t->threads, sizeof(tape *));
    int ok = t->state.numbers && t->rounded && t->flipped && t->scratch && t->shards && t->rows && t->moments &&
             t->decays && t->tapes;
    for (int i = 0; ok && i < t->threads; i++)
        ok = (t->tapes[i] = tape_new(m, (o->batch + o->shards - 1) / o->shards)) != NULL;
    if (!ok) return 0;
    t->parameters = t->state.numbers;
    t->a = t->parameters + n;
    t->b = t->a + n;
    t->average = t->b + n;
    t->norms = t->average + n;
    for (int i = 0; i < m->count; i++) memset(t->decays + m->layers[i].weights, 1, m->layers[i].weight_count);
    model_randomize(m, seed, t->parameters, t->norms);
    return 1;
}

void trainer_close(trainer *t)
{
    for (int i = 0; t->tapes && i < t->threads; i++) free(t->tapes[i]);
    free(t->tapes);
    free(t->state.numbers);
    free(t->rounded);
    free(t->flipped);
    free(t->scratch);
    free(t->shards);
    free(t->rows);
    free(t->moments);
    free(t->decays);
}

void trainer_resume(trainer *t)
{
    memcpy(t->model.range, t->state.range, sizeof t->model.range);
    if (t->state.folded) t->model.normalizing = 0;
}

void trainer_begin_integers(trainer *t)
{
    const size_t n = t->model.parameters;
    model_fold(&t->model, t->parameters, t->norms, t->parameters);
    t->model.normalizing = 0;
    memset(t->a, 0, n * sizeof(float));
    memset(t->b, 0, n * sizeof(float));
    memcpy(t->average, t->parameters, n * sizeof(float));
    t->state.folded = 1;
    t->state.optimizer_steps = 0;
}

/* The largest activations settle the steps of the integers; they are frozen once the integers are imitated. */
static void measure_ranges(trainer *t)
{
    for (int i = 0; i < t->model.count; i++) {
        float max = 0;
        for (int k = 0; k < t->threads; k++) {
            max = fmaxf(max, t->tapes[k]->largest[i]);
            t->tapes[k]->largest[i] = 0;
        }
        float *range = &t->model.range[i];
        if (!t->model.quantized || *range == 0) *range = *range == 0 ? max : 0.99f * *range + 0.01f * max;
        if (!(*range > 1e-6f)) *range = 1e-6f;
    }
    memcpy(t->state.range, t->model.range, sizeof t->state.range);
}

/* Running means and variances follow those of the shards. */
static void measure_norms(trainer *t)
{
    if (!t->model.normalizing) return;
    for (size_t i = 0; i < t->model.norms; i++) {
        float mean = 0;
        int n = 0;
        for (int s = 0; s < t->options.shards; s++) {
            if (shard_begin(t, s + 1) == shard_begin(t, s)) continue;
            mean += t->moments[(size_t)s * t->model.norms + i];
            n++;
        }
        t->norms[i] = 0.98f * t->norms[i] + 0.02f * mean / (float)n;
    }
}

/* The gradient of n parameters, and what it moves them to. */
static void update(trainer *t, size_t from, size_t n, float rate)
{
    const long since = t->state.optimizer_steps;
    const size_t by_shard = t->model.by_shard;
    float *gradient = t->scratch + from, *parameters = t->parameters + from, *average = t->average + from;
    for (int s = 0; s < t->options.shards; s++) {
        const float *shard = t->shards + (size_t)s * by_shard + from;
        for (size_t i = 0; i < n && from + i < by_shard; i++) gradient[i] = (s ? gradient[i] : 0) + shard[i];
    }
    for (size_t i = 0; i < n; i++) gradient[i] /= (float)t->options.batch;
    optimizer_step(&t->options.optimizer, rate, since, n, gradient, t->decays + from, t->a + from, t->b + from,
                   parameters);
    if (!t->state.folded) return;
    /* Early on the average is of few steps: it must not remember where it began for long. */
    const float early = (float)(1 + since) / (float)(10 + since);
    const float keep = early < t->options.average ? early : t->options.average;
    for (size_t i = 0; i < n; i++) average[i] = keep * average[i] + (1 - keep) * parameters[i];
}

static void run_shard(trainer *t, int thread, int shard, trainer_shard *work, void *context)
{
    const model *m = &t->model;
    tape *tape = t->tapes[thread];
    float *gradient = t->shards + (size_t)shard * m->by_shard;
    const int from = shard_begin(t, shard), n = shard_begin(t, shard + 1) - from;
    memset(gradient, 0, m->by_shard * sizeof *gradient);
    if (n == 0) return;
    tape_into(m, tape, t->rows, from);
    tensor_clear(&m->tensors[m->count], tape->grad[m->count], n);
    work(context, t, thread, shard, from, n);
    model_backward(m, t->weights, t->flipped, n, tape, gradient);
    memcpy(t->moments + (size_t)shard * m->norms, tape->moments, m->norms * sizeof(float));
}

void trainer_step(trainer *t, float rate, trainer_shard *work, void *context)
{
    enum { PART = 4096 }; /* parameters: of all their arrays, what fits a core's own cache */
    const size_t n = t->model.parameters;
    t->state.optimizer_steps++;
    t->model.quantized = t->state.folded && t->model.range[0] > 0;
#pragma omp parallel num_threads(t->threads)
    {
        const float *weights = model_prepare(&t->model, t->parameters, t->rounded, t->flipped);
#pragma omp single
        t->weights = weights;
#pragma omp for schedule(dynamic, 1)
        for (int s = 0; s < t->options.shards; s++) run_shard(t, omp_get_thread_num(), s, work, context);
        model_backward_dense(&t->model, t->options.batch, t->rows, t->scratch);
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += PART) update(t, i, n - i < PART ? n - i : PART, rate);
    }
    t->state.step++;
    measure_ranges(t);
    measure_norms(t);
}

const float *trainer_result(trainer *t)
{
    if (t->state.folded) return t->options.average > 0 ? t->average : t->parameters;
    model_fold(&t->model, t->parameters, t->norms, t->scratch);
    return t->scratch;
}
