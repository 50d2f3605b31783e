#include "evaluate.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 15 };

int evaluate(const digits_network *network, const dataset *data, evaluation *out, int32_t *logits)
{
    int32_t *all = logits ? logits : malloc(data->count * DIGITS_CLASSES * sizeof *all);
    int failed = all == NULL;
#pragma omp parallel
    {
        const size_t work_bytes = digits_predict_size(network);
        void *work = malloc(work_bytes);
        if (!work) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp barrier
#pragma omp for schedule(static)
        for (size_t i = 0; i < data->count; i++)
            if (!failed)
                (void)digits_predict(network, data->pixels + i * DIGITS_PIXELS, work, work_bytes,
                                     all + i * DIGITS_CLASSES);
        free(work);
    }
    double nll = 0, confidence[BINS] = {0}, right[BINS] = {0}, ece = 0;
    size_t errors = 0;
    for (size_t i = 0; i < data->count && !failed; i++) {
        float p[DIGITS_CLASSES];
        digits_probabilities(network, all + i * DIGITS_CLASSES, p);
        int label = 0;
        for (int c = 1; c < DIGITS_CLASSES; c++)
            if (all[i * DIGITS_CLASSES + (size_t)c] > all[i * DIGITS_CLASSES + (size_t)label]) label = c;
        errors += label != data->labels[i];
        nll -= log(fmax(p[data->labels[i]], 1e-30));
        const int bin = p[label] < 1 ? (int)(p[label] * BINS) : BINS - 1;
        confidence[bin] += p[label];
        right[bin] += label == data->labels[i];
    }
    if (!logits) free(all);
    if (failed) return 0;
    for (int b = 0; b < BINS; b++) ece += fabs(confidence[b] - right[b]);
    const double n = (double)data->count;
    *out = (evaluation){data->count, errors, 1 - (double)errors / n, nll / n, ece / n};
    return 1;
}

static double nll_at(const int32_t *logits, const uint8_t *labels, size_t n, double scale)
{
    double nll = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t *l = logits + i * DIGITS_CLASSES;
        double sum = exp(-scale * l[labels[i]]); /* no digit */
        for (int c = 0; c < DIGITS_CLASSES; c++) sum += exp(scale * (l[c] - (double)l[labels[i]]));
        nll += log(sum);
    }
    return nll;
}

float best_temperature(const int32_t *logits, const uint8_t *labels, size_t n, float scale)
{
    /* Golden section over log2 of the temperature: the nll is convex in its inverse. */
    double low = -2, high = 2;
    const double ratio = 0.6180339887;
    for (int i = 0; i < 30; i++) {
        const double a = high - ratio * (high - low), b = low + ratio * (high - low);
        if (nll_at(logits, labels, n, scale / exp2(a)) < nll_at(logits, labels, n, scale / exp2(b))) high = b;
        else low = a;
    }
    return (float)exp2((low + high) / 2);
}
