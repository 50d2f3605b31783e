#include "page_loss.h"
#include "losses.h"

const char *const page_part_names[PAGE_LOSSES] = {"ink", "dice", "centre", "offset", "size", "kind", "turn"};

/* Such that no part drowns another at the start of training; ink covers a few subcells in a hundred. */
const float page_loss_weights[PAGE_LOSSES] = {4, 1, 1, 1, 1, 1, 0.5f};
static const float INK_POSITIVE = 3;

enum { CELLS = PAGE_CELLS * PAGE_CELLS };

/* The subcells whose ink is known, side by side: probabilities, targets, and where they are. */
static void ink_loss(int n, int channels, const float *outputs, const page_targets *targets, float *gradient,
                     float parts[PAGE_LOSSES], float *work)
{
    float *p = work, *by_p = p + 4 * n * CELLS;
    unsigned char *known = (unsigned char *)(by_p + 4 * n * CELLS);
    size_t count = 0;
    double sum = 0;
    for (int i = 0; i < n * CELLS; i++) {
        const page_cell *cell = &targets[i / CELLS].cells[i % CELLS];
        for (int k = 0; k < 4; k++) {
            if (cell->ink[k] == PAGE_UNKNOWN) continue;
            const size_t at = (size_t)(i * channels + PAGE_INK + k);
            sum += (double)loss_binary_cross_entropy(outputs[at], cell->ink[k], INK_POSITIVE, &gradient[at]);
            p[count] = sigmoid(outputs[at]);
            known[count++] = cell->ink[k];
        }
    }
    const float share = page_loss_weights[PAGE_LOSS_INK] / (float)(count + 1);
    parts[PAGE_LOSS_INK] = (float)(sum / (double)(count + 1));
    parts[PAGE_LOSS_DICE] = loss_dice(count, p, known, by_p);
    count = 0;
    for (int i = 0; i < n * CELLS; i++)
        for (int k = 0; k < 4; k++) {
            if (targets[i / CELLS].cells[i % CELLS].ink[k] == PAGE_UNKNOWN) continue;
            float *g = &gradient[i * channels + PAGE_INK + k];
            *g = share * *g + page_loss_weights[PAGE_LOSS_DICE] * by_p[count] * p[count] * (1 - p[count]);
            count++;
        }
}

static void centre_loss(int n, int channels, const float *outputs, const page_targets *targets, float *gradient,
                        float parts[PAGE_LOSSES])
{
    int objects = 1;
    double sum = 0;
    for (int i = 0; i < n; i++) objects += targets[i].objects;
    for (int i = 0; i < n * CELLS; i++) {
        const page_cell *cell = &targets[i / CELLS].cells[i % CELLS];
        float *g = &gradient[i * channels + PAGE_CENTRE];
        if (cell->unknown) continue;
        sum += (double)loss_focal(outputs[i * channels + PAGE_CENTRE], cell->heat, g);
        *g *= page_loss_weights[PAGE_LOSS_CENTRE] / (float)objects;
    }
    parts[PAGE_LOSS_CENTRE] = (float)(sum / objects);
}

/* Offset, size, kind and turn, where a cell tells of an object. */
static void object_loss(int n, int channels, const float *outputs, const page_targets *targets, float *gradient,
                        float parts[PAGE_LOSSES])
{
    int count = 1;
    double sums[PAGE_LOSSES] = {0};
    for (int i = 0; i < n * CELLS; i++) count += targets[i / CELLS].cells[i % CELLS].object != PAGE_NO_OBJECT;
    for (int i = 0; i < n * CELLS; i++) {
        const page_cell *cell = &targets[i / CELLS].cells[i % CELLS];
        if (cell->object == PAGE_NO_OBJECT) continue;
        const float *out = outputs + (size_t)i * (size_t)channels;
        float *g = gradient + (size_t)i * (size_t)channels;
        for (int k = 0; k < 2; k++) {
            sums[PAGE_LOSS_OFFSET] +=
                (double)loss_smooth_l1(out[PAGE_OFFSET + k] - cell->offset[k], &g[PAGE_OFFSET + k]);
            sums[PAGE_LOSS_SIZE] += (double)loss_smooth_l1(out[PAGE_SIZE + k] - cell->size[k], &g[PAGE_SIZE + k]);
            g[PAGE_OFFSET + k] *= page_loss_weights[PAGE_LOSS_OFFSET] / (float)count;
            g[PAGE_SIZE + k] *= page_loss_weights[PAGE_LOSS_SIZE] / (float)count;
        }
        sums[PAGE_LOSS_KIND] += (double)loss_cross_entropy(out + PAGE_KIND, PAGE_KINDS, cell->kind, g + PAGE_KIND);
        for (int k = 0; k < PAGE_KINDS; k++) g[PAGE_KIND + k] *= page_loss_weights[PAGE_LOSS_KIND] / (float)count;
        sums[PAGE_LOSS_TURN] +=
            (double)loss_cross_entropy(out + PAGE_TURN, PAGE_TURNS, targets[i / CELLS].turn, g + PAGE_TURN);
        for (int k = 0; k < PAGE_TURNS; k++) g[PAGE_TURN + k] *= page_loss_weights[PAGE_LOSS_TURN] / (float)count;
    }
    for (int k = PAGE_LOSS_OFFSET; k < PAGE_LOSSES; k++) parts[k] = (float)(sums[k] / count);
}

float page_loss(int n, int channels, const float *outputs, const page_targets *targets, float *gradient,
                float parts[PAGE_LOSSES], float *work)
{
    float sum = 0;
    ink_loss(n, channels, outputs, targets, gradient, parts, work);
    centre_loss(n, channels, outputs, targets, gradient, parts);
    object_loss(n, channels, outputs, targets, gradient, parts);
    for (int k = 0; k < PAGE_LOSSES; k++) sum += page_loss_weights[k] * parts[k];
    return sum;
}
