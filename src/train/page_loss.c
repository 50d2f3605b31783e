#include "page_loss.h"
#include "losses.h"

const char *const page_part_names[PAGE_LOSSES] = {"ink", "dice", "centre", "offset", "size", "kind", "turn"};

/* Such that no part drowns another at the start of training; ink covers a few subcells in a hundred. */
const float page_loss_weights[PAGE_LOSSES] = {4, 1, 1, 1, 1, 1, 0.5f};
static const float INK_POSITIVE = 3;
/* Few scenes are turned: without weight, "upright" is a good answer to all for long. */
static const float TURNED = 5;

/* A shard has few scenes. What is summed over objects is divided by their number as if each scene had so many more, so
 * that a shard of empty pages does not outweigh one of full pages. */
enum { MORE_OBJECTS = 3 };

static float per_object(int n, const page_targets *targets)
{
    int objects = MORE_OBJECTS * n;
    for (int i = 0; i < n; i++) objects += targets[i].objects;
    return 1 / (float)objects;
}

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
    const float weight = per_object(n, targets);
    double sum = 0;
    for (int i = 0; i < n * CELLS; i++) {
        const page_cell *cell = &targets[i / CELLS].cells[i % CELLS];
        float *g = &gradient[i * channels + PAGE_CENTRE];
        if (cell->unknown) continue;
        sum += (double)(weight * loss_focal(outputs[i * channels + PAGE_CENTRE], cell->heat, g));
        *g *= page_loss_weights[PAGE_LOSS_CENTRE] * weight;
    }
    parts[PAGE_LOSS_CENTRE] = (float)sum;
}

/* Weighs a loss and its gradient[n]; returns the loss without the part's own weight. */
static double weigh(float loss, float weight, page_part part, float *gradient, int n)
{
    for (int k = 0; k < n; k++) gradient[k] *= page_loss_weights[part] * weight;
    return (double)(loss * weight);
}

/* Offset, size, kind and turn, where a cell tells of an object; a dot's few cells count as much as a digit's many. */
static void object_loss(int n, int channels, const float *outputs, const page_targets *targets, float *gradient,
                        float parts[PAGE_LOSSES])
{
    const float by_object = per_object(n, targets);
    double sums[PAGE_LOSSES] = {0};
    for (int i = 0; i < n * CELLS; i++) {
        const page_cell *cell = &targets[i / CELLS].cells[i % CELLS];
        if (cell->object == PAGE_NO_OBJECT) continue;
        const float *out = outputs + (size_t)i * (size_t)channels, weight = by_object * cell->share;
        float *g = gradient + (size_t)i * (size_t)channels, loss;
        for (int k = PAGE_OFFSET; k < PAGE_OFFSET + 2; k++) {
            loss = loss_smooth_l1(out[k] - cell->offset[k - PAGE_OFFSET], &g[k]);
            sums[PAGE_LOSS_OFFSET] += weigh(loss, weight, PAGE_LOSS_OFFSET, &g[k], 1);
        }
        for (int k = PAGE_SIZE; k < PAGE_SIZE + 2; k++) {
            loss = loss_smooth_l1(out[k] - cell->size[k - PAGE_SIZE], &g[k]);
            sums[PAGE_LOSS_SIZE] += weigh(loss, weight, PAGE_LOSS_SIZE, &g[k], 1);
        }
        loss = loss_cross_entropy(out + PAGE_KIND, PAGE_KINDS, cell->kind, g + PAGE_KIND);
        sums[PAGE_LOSS_KIND] += weigh(loss, weight, PAGE_LOSS_KIND, g + PAGE_KIND, PAGE_KINDS);
        const uint8_t turn = targets[i / CELLS].turn;
        loss = loss_cross_entropy(out + PAGE_TURN, PAGE_TURNS, turn, g + PAGE_TURN);
        sums[PAGE_LOSS_TURN] +=
            weigh(loss, turn ? TURNED * weight : weight, PAGE_LOSS_TURN, g + PAGE_TURN, PAGE_TURNS);
    }
    for (int k = PAGE_LOSS_OFFSET; k < PAGE_LOSSES; k++) parts[k] = (float)sums[k];
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
