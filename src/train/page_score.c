#include "page_score.h"
#include "losses.h"
#include "page_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = PAGE_CELLS * PAGE_CELLS };

typedef struct peak {
    float logit;
    int cell;
} peak;

static int by_logit(const void *a, const void *b)
{
    const peak *p = a, *q = b;
    if (p->logit != q->logit) return p->logit < q->logit ? 1 : -1;
    return p->cell - q->cell;
}

static int largest(const float *values, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static int is_peak(const float *centre, int channels, int cell)
{
    const int y = cell / PAGE_CELLS, x = cell % PAGE_CELLS;
    for (int v = y - 1; v <= y + 1; v++)
        for (int u = x - 1; u <= x + 1; u++) {
            if (v < 0 || u < 0 || v >= PAGE_CELLS || u >= PAGE_CELLS) continue;
            const float here = centre[cell * channels], there = centre[(v * PAGE_CELLS + u) * channels];
            if (there > here || (there == here && v * PAGE_CELLS + u < cell)) return 0;
        }
    return 1;
}

typedef enum verdict { RIGHT, WRONG, UNKNOWN } verdict;

static verdict judge(const scene *s, const page_targets *targets, const float *out, int cell,
                     uint8_t found[SCENE_MAX_OBJECTS])
{
    const float x = ((float)(cell % PAGE_CELLS) + 0.5f + out[PAGE_OFFSET]) * PAGE_CELL;
    const float y = ((float)(cell / PAGE_CELLS) + 0.5f + out[PAGE_OFFSET + 1]) * PAGE_CELL;
    const int kind = largest(out + PAGE_KIND, PAGE_KINDS);
    int best = -1;
    float best_distance = 1e9f;
    for (int i = 0; i < s->count; i++) {
        const scene_object *o = &s->objects[i];
        const float distance = hypotf(x - (o->x0 + o->x1) / 2, y - (o->y0 + o->y1) / 2);
        const page_duty duty = page_duty_of(o->height);
        if (duty == PAGE_IGNORE && distance < o->height / 2) return UNKNOWN;
        if (duty != PAGE_FIND || found[i] || o->kind != kind || distance > o->height / 4) continue;
        if (distance < best_distance) best_distance = distance, best = i;
    }
    if (best >= 0) found[best] = 1;
    return best >= 0 ? RIGHT : targets->cells[cell].unknown ? UNKNOWN : WRONG;
}

static void score_centres(page_score *to, const scene *s, const page_targets *targets, int channels,
                          const float *outputs)
{
    peak peaks[CELLS];
    uint8_t found[SCENE_MAX_OBJECTS] = {0};
    int n = 0;
    for (int i = 0; i < CELLS; i++)
        if (is_peak(outputs + PAGE_CENTRE, channels, i)) peaks[n++] = (peak){outputs[i * channels + PAGE_CENTRE], i};
    qsort(peaks, (size_t)n, sizeof *peaks, by_logit);
    for (int k = 0; k < n; k++) {
        const int bin = (int)fminf(sigmoid(peaks[k].logit) * PAGE_THRESHOLDS, PAGE_THRESHOLDS - 1);
        if (bin == 0) break;
        const verdict v = judge(s, targets, outputs + peaks[k].cell * channels, peaks[k].cell, found);
        to->right[bin] += v == RIGHT;
        to->wrong[bin] += v == WRONG;
    }
}

void page_score_add(page_score *to, const scene *s, const page_targets *targets, int channels, const float *outputs)
{
    float turns[PAGE_TURNS] = {0}, kinds[SCENE_MAX_OBJECTS][PAGE_KINDS] = {{0}};
    uint8_t kind[SCENE_MAX_OBJECTS];
    memset(kind, PAGE_KINDS, sizeof kind);
    int any = 0;
    for (int i = 0; i < CELLS; i++) {
        const page_cell *cell = &targets->cells[i];
        const float *out = outputs + i * channels;
        for (int k = 0; k < 4; k++) {
            const int seen = out[PAGE_INK + k] > 0;
            if (cell->ink[k] == PAGE_UNKNOWN) continue;
            to->ink_both += seen && cell->ink[k];
            to->ink_either += seen || cell->ink[k];
        }
        if (cell->object == PAGE_NO_OBJECT) continue;
        any = 1;
        kind[cell->object] = cell->kind;
        for (int k = 0; k < PAGE_KINDS; k++) kinds[cell->object][k] += out[PAGE_KIND + k];
        for (int k = 0; k < PAGE_TURNS; k++) turns[k] += out[PAGE_TURN + k];
    }
    for (int k = 0; k < SCENE_MAX_OBJECTS; k++) to->kinds_right += largest(kinds[k], PAGE_KINDS) == kind[k];
    to->turns[targets->turn] += any;
    to->turns_right[targets->turn] += any && largest(turns, PAGE_TURNS) == targets->turn;
    to->objects += targets->objects;
    score_centres(to, s, targets, channels, outputs);
}

void page_score_sum(page_score *to, const page_score *other)
{
    double *a = (double *)to;
    const double *b = (const double *)other;
    for (size_t i = 0; i < sizeof *to / sizeof *a; i++) a[i] += b[i];
}

static double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

static double mean_recall(const double *right, const double *all, int classes)
{
    double sum = 0, seen = 0;
    for (int k = 0; k < classes; k++) {
        sum += share(right[k], all[k]);
        seen += all[k] > 0;
    }
    return share(sum, seen);
}

page_summary page_score_summary(const page_score *s)
{
    page_summary best = {.ink_iou = share(s->ink_both, s->ink_either),
                         .kind_accuracy = share(s->kinds_right, s->objects),
                         .turn_accuracy = mean_recall(s->turns_right, s->turns, PAGE_TURNS)};
    double right = 0, wrong = 0;
    for (int k = PAGE_THRESHOLDS - 1; k > 0; k--) {
        right += s->right[k];
        wrong += s->wrong[k];
        const double f1 = share(2 * right, right + wrong + s->objects);
        if (f1 <= best.f1) continue;
        best.f1 = f1;
        best.threshold = (double)k / PAGE_THRESHOLDS;
        best.precision = share(right, right + wrong);
        best.recall = share(right, s->objects);
    }
    return best;
}

page_calibration page_score_calibrate(const page_score *s)
{
    page_calibration c = {1, 0};
    for (int round = 0; round < 25; round++) {
        double by_slope = 0, by_shift = 0, aa = 0, ab = 0, bb = 0; /* gradient, and the Hessian of the likelihood */
        for (int k = 1; k < PAGE_THRESHOLDS; k++) {
            const double middle = (k + 0.5) / PAGE_THRESHOLDS, x = log(middle / (1 - middle));
            const double p = 1 / (1 + exp(-(c.slope * x + c.shift)));
            const double n = (double)(s->right[k] + s->wrong[k]), error = (double)s->right[k] - n * p;
            by_slope += error * x;
            by_shift += error;
            aa += n * p * (1 - p) * x * x;
            ab += n * p * (1 - p) * x;
            bb += n * p * (1 - p);
        }
        const double determinant = aa * bb - ab * ab;
        if (!(determinant > 1e-6)) return (page_calibration){1, 0};
        c.slope += (bb * by_slope - ab * by_shift) / determinant;
        c.shift += (aa * by_shift - ab * by_slope) / determinant;
    }
    return c.slope > 0.1 && c.slope < 10 && isfinite(c.shift) ? c : (page_calibration){1, 0};
}
