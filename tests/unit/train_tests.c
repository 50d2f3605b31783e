/* Tests of src/train: the arithmetic of training, layer by layer. */
#include "train/augment.h"
#include "train/evaluate.h"
#include "train/gemm.h"
#include "train/idx.h"
#include "train/loss.h"
#include "train/losses.h"
#include "train/model.h"
#include "train/optimizer.h"
#include "train/page_loss.h"
#include "train/page_score.h"
#include "train/quantize.h"
#include "train/config.h"
#include "harness.h"

#include <math.h>

enum { PICTURES = 40 };

typedef struct fixture {
    model m;
    float *parameters, *norms, *rounded, *flipped, *gradient;
    tape *t;
    batch_rows *rows;
} fixture;

static int make(fixture *f, const char *architecture, uint64_t seed, int batch_norm)
{
    const int any_size = strncmp(architecture, "input:?", 7) == 0;
    if (model_init(&f->m, architecture, batch_norm, any_size ? 16 : 0, any_size ? 32 : 0) != DIGITS_OK) return 0;
    const size_t n = f->m.parameters;
    f->parameters = calloc(n, sizeof(float));
    f->norms = calloc(f->m.norms + 1, sizeof(float));
    f->rounded = calloc(n, sizeof(float));
    f->flipped = calloc(n, sizeof(float));
    f->gradient = calloc(n, sizeof(float));
    f->t = tape_new(&f->m, PICTURES);
    f->rows = batch_rows_new(&f->m, PICTURES);
    if (!f->parameters || !f->norms || !f->rounded || !f->flipped || !f->gradient || !f->t || !f->rows) return 0;
    tape_into(&f->m, f->t, f->rows, 0);
    model_randomize(&f->m, seed, f->parameters, f->norms);
    return 1;
}

static void discard(fixture *f)
{
    free(f->parameters);
    free(f->norms);
    free(f->rounded);
    free(f->flipped);
    free(f->gradient);
    free(f->t);
    free(f->rows);
}

/* A picture with some structure, different for each k. */
static void picture(uint32_t k, uint8_t out[DIGITS_PIXELS])
{
    uint32_t seed = 7919 * (k + 1);
    const float a = (float)below(&seed, 100) / 15, b = (float)below(&seed, 100) / 15;
    for (int i = 0; i < DIGITS_PIXELS; i++) {
        const float v = sinf((float)(i % 28) / 4 + a) * cosf((float)(i / 28) / 5 + b);
        out[i] = (uint8_t)(v > 0 ? 255 * v : 0);
    }
}

static const float *logits_of(const fixture *f, int k)
{
    return f->t->value[f->m.count] + k * f->m.layers[f->m.count - 1].out_p;
}

/* The gradient of the outputs per pixel is taken of half their squares, each with a weight of its own. */
static double squares(const fixture *f, int n)
{
    const model_tensor *out = &f->m.tensors[f->m.count];
    double sum = 0;
    tensor_clear(out, f->t->grad[f->m.count], n);
    for (size_t k = 0; k < (size_t)n * out->size; k++) {
        const size_t channel = k % (size_t)out->c;
        if (channel >= (size_t)f->m.layers[f->m.count - 1].shape.out_c) continue;
        const float value = f->t->value[f->m.count][k], weight = (float)(k % 7 + channel) * 0.02f / (float)n;
        sum += (double)(weight * value * value / 2);
        f->t->grad[f->m.count][k] = weight * value;
    }
    return sum;
}

/* The mean loss over n pictures, and its gradient. */
static double loss_of(fixture *f, int n, int backward)
{
    static const loss_options plain = {0.1f, 0, 1};
    uint8_t pixels[PICTURES][DIGITS_PIXELS];
    const uint8_t *each[PICTURES];
    double sum = 0;
    const int row = f->m.layers[f->m.count - 1].out_p;
    float *grad = f->t->grad[f->m.count];
    for (int k = 0; k < n; k++) {
        picture((uint32_t)k, pixels[k]);
        each[k] = pixels[k];
    }
    const float *weights = model_prepare(&f->m, f->parameters, f->rounded, f->flipped);
    model_forward(&f->m, weights, each, n, f->t);
    const int dense = f->m.layers[f->m.count - 1].shape.kind == LAYER_DENSE;
    if (dense) memset(grad, 0, (size_t)(n * row) * sizeof *grad);
    else sum = n * squares(f, n);
    for (int k = 0; dense && k < n; k++) {
        sum += (double)loss(&plain, logits_of(f, k), k % 10, NULL, grad + k * row);
        for (int c = 0; c < DIGITS_CLASSES; c++) grad[k * row + c] /= (float)n;
    }
    if (backward) {
        memset(f->gradient, 0, f->m.parameters * sizeof(float));
        model_backward(&f->m, weights, f->flipped, n, f->t, f->gradient);
        model_backward_dense(&f->m, n, f->rows, f->gradient);
    }
    return sum / n;
}

static int test_gemm(test_context *c)
{
    static float a[4000], b[4000], got[400], wanted[400];
    uint32_t seed = 5;
    for (int i = 0; i < 4000; i++) {
        a[i] = (float)below(&seed, 21) - 10;
        b[i] = (float)below(&seed, 21) - 10;
    }
    for (int m = 1; m <= 15; m++)
        for (int n = 8; n <= 24; n += 8)
            for (int turned = 0; turned < 4; turned++) { /* 2 and 3: not all k count */
                const int ks[5] = {0, 1, 2, 3, 4}, some[3] = {1, 2, 4}, count = turned < 2 ? 5 : 3;
                const int *k_of = turned < 2 ? ks : some;
                for (int i = 0; i < 400; i++) got[i] = wanted[i] = (float)(i % 7);
                const gemm_view v = {.m = m,
                                     .n = n,
                                     .rows = 3,
                                     .run = count,
                                     .a = a,
                                     .a_m = turned % 2 ? 1 : 11,
                                     .a_row = 300,
                                     .a_k = turned % 2 ? 17 : 1,
                                     .b = b,
                                     .b_row = 500,
                                     .b_k = 40,
                                     .c = got,
                                     .c_m = 25,
                                     .only = turned < 2 ? NULL : some};
                gemm(&v);
                for (int i = 0; i < m; i++)
                    for (int j = 0; j < n; j++)
                        for (int r = 0; r < 3; r++)
                            for (int k = 0; k < count; k++)
                                wanted[i * 25 + j] +=
                                    a[i * v.a_m + r * 300 + k_of[k] * v.a_k] * b[r * 500 + k_of[k] * 40 + j];
                for (int i = 0; i < 400; i++) CHECK(got[i] == wanted[i], "m %d, n %d, turned %d", m, n, turned);
            }
    const float sparse[3][4] = {{0, 1, 0, 0}, {0, 0, 0, 0}, {0, 2, 0, -3}};
    int only[4];
    CHECK(gemm_used(&sparse[0][0], 3, 4, 4, 1, only) == 2 && only[0] == 1 && only[1] == 3);
    CHECK(gemm_used(&sparse[0][0], 4, 1, 3, 4, only) == 2 && only[0] == 0 && only[1] == 2);
    return 1;
}

/* The slope along a random direction within one layer's weights, biases or gammas, against the difference of
 * losses. */
static int check_gradient(test_context *c, const char *architecture, int batch_norm)
{
    fixture f;
    CHECK(make(&f, architecture, 3, batch_norm), "%s", architecture);
    uint32_t seed = 31;
    for (size_t i = 0; i < f.m.parameters; i++) /* biases of 0 would put many units right on ReLU's corner */
        if (f.parameters[i] == 0) f.parameters[i] = 0.01f * (float)(below(&seed, 20) + 1);
    for (int i = 0; i < f.m.count; i++) {
        const model_layer *l = &f.m.layers[i];
        if (l->weight_count == 0) continue;
        for (int part = 0; part < (l->has_norm ? 3 : 2); part++) {
            static const char *const names[] = {"weights", "biases", "gammas"};
            const size_t from = part == 0 ? l->weights : part == 1 ? l->bias : l->gamma;
            const size_t n = part == 0 ? l->weight_count : (size_t)l->out_p;
            float *direction = malloc(n * sizeof *direction);
            double slope = 0, length = 0, norm = 1e-12;
            loss_of(&f, 10, 1);
            /* Half along the gradient, so that the slope is not lost in rounding; half anywhere. */
            for (size_t k = 0; k < n; k++) norm += pow((double)f.gradient[from + k], 2);
            for (size_t k = 0; k < n; k++) {
                direction[k] = f.gradient[from + k] / (float)sqrt(norm) +
                               ((float)below(&seed, 201) - 100) / 100 / sqrtf((float)n);
                slope += (double)direction[k] * (double)f.gradient[from + k];
                length += pow((double)direction[k], 2);
            }
            const float step = 5e-4f / (float)sqrt(length) * (float)sqrt(part ? 1 : (double)n / 200 + 1);
            for (size_t k = 0; k < n; k++) f.parameters[from + k] += step * direction[k];
            const double up = loss_of(&f, 10, 0);
            for (size_t k = 0; k < n; k++) f.parameters[from + k] -= 2 * step * direction[k];
            const double down = loss_of(&f, 10, 0);
            for (size_t k = 0; k < n; k++) f.parameters[from + k] += step * direction[k];
            free(direction);
            const double measured = (up - down) / (2 * (double)step);
            CHECK(fabs(measured - slope) < 0.03 * fabs(slope) + 2e-4, "%s, layer %d %s: slope %g, measured %g",
                  architecture, i, names[part], slope, measured);
        }
    }
    discard(&f);
    return 1;
}

static int test_gradient_dense(test_context *c) { return check_gradient(c, "dense:24 dense:10", 0); }
static int test_gradient_conv3(test_context *c) { return check_gradient(c, "conv3:8 pool4 conv3:16 dense:10", 0); }
static int test_gradient_conv5(test_context *c)
{
    return check_gradient(c, "pool2 conv5:8 conv1:8 pool2 conv7:8 dense:10", 0);
}
static int test_gradient_pool(test_context *c)
{
    return check_gradient(c, "conv3:8 pool2 pool3 conv3:24 pool4 dense:10", 0);
}
static int test_gradient_norm(test_context *c)
{
    return check_gradient(c, "conv3:8 pool2 conv3:16 pool2 conv5:8 dense:16 dense:10", 1);
}

static int test_gradient_stride(test_context *c)
{
    return check_gradient(c, "input:?x?x1 conv3/2:8 conv5/2:16 conv1/2:8 conv1:3", 0) &&
           check_gradient(c, "input:28x28x1 conv7/2:8 conv1:8 dense:10", 0);
}
static int test_gradient_skip(test_context *c)
{
    return check_gradient(c, "input:?x?x1 conv3:8 pool2 conv3/2:16 up2 conv3:16<3 conv1:16<1+4 conv3:16+3 conv1:5",
                          0) &&
           check_gradient(
               c,
               "input:?x?x1 conv3/2:8 pool2 up2<0 conv3:8<0+0 conv5/2:8<2 conv1:8<1+1 up2 conv1:8<6+4 conv1:8<4+3 conv1:8+7 conv1:2",
               1);
}

/* Folding batch norm by the statistics of the very pictures gives the same logits without it. */
static int test_fold(test_context *c)
{
    fixture f;
    CHECK(make(&f, "conv3:8 pool2 conv3:16 pool2 dense:10", 2, 1));
    uint32_t seed = 8;
    for (size_t i = 0; i < f.m.parameters; i++) f.parameters[i] += 0.02f * (float)(below(&seed, 21) - 10);
    float with[PICTURES][DIGITS_CLASSES];
    loss_of(&f, PICTURES, 0);
    for (int k = 0; k < PICTURES; k++) memcpy(with[k], logits_of(&f, k), sizeof with[k]);
    memcpy(f.norms, f.t->moments, f.m.norms * sizeof(float));
    model_fold(&f.m, f.parameters, f.norms, f.parameters);
    f.m.normalizing = 0;
    loss_of(&f, PICTURES, 0);
    for (int k = 0; k < PICTURES; k++)
        for (int i = 0; i < DIGITS_CLASSES; i++)
            CHECK(fabsf(logits_of(&f, k)[i] - with[k][i]) < 1e-3f, "picture %d, logit %d: %g, with batch norm %g", k,
                  i, (double)logits_of(&f, k)[i], (double)with[k][i]);
    discard(&f);
    return 1;
}

/* The gradient of the loss by its logits, of a digit and of none, with and without a teacher, against differences. */
static int test_loss(test_context *c)
{
    static const loss_options options[] = {{0, 0, 1}, {0.1f, 0, 1}, {0.1f, 0.6f, 2}, {0, 1, 4}};
    const float taught[DIGITS_CLASSES] = {0.5f, 0.2f, 0.1f, 0.1f}, zero[DIGITS_CLASSES] = {0};
    float logits[DIGITS_CLASSES] = {1, -2, 0.5f, 3, 0, 0.1f, -1, 2, 0.3f, -0.5f}, gradient[DIGITS_CLASSES],
          none[DIGITS_CLASSES];
    CHECK(fabsf(loss(options, zero, IDX_NO_DIGIT, NULL, none) - logf(11)) < 1e-5f, "eleven logits of 0");
    for (int k = 0; k < 8; k++) {
        const loss_options *o = &options[k % 4];
        const int label = k < 4 ? 4 : IDX_NO_DIGIT;
        (void)loss(o, logits, label, taught, gradient);
        for (int i = 0; i < DIGITS_CLASSES; i++) {
            const float keep = logits[i];
            logits[i] = keep + 0.01f;
            const float up = loss(o, logits, label, taught, none);
            logits[i] = keep - 0.01f;
            const float down = loss(o, logits, label, taught, none);
            logits[i] = keep;
            CHECK(fabsf((up - down) / 0.02f - gradient[i]) < 2e-3f, "options %d, logit %d: %g, measured %g", k, i,
                  (double)gradient[i], (double)((up - down) / 0.02f));
        }
    }
    return 1;
}

/* Of each part: loss(x + step) − loss(x − step) against its gradient. */
static int test_losses(test_context *c)
{
    const float step = 1e-2f;
    float g[4], none[4];
    for (int k = 0; k < 60; k++) {
        const float x = (float)(k % 12 - 6) + 0.3f;
        const int target = k % 2;
        const float heat = k % 5 == 0 ? 1 : 0.2f * (float)(k % 5), weight = (float)(1 + k % 3);
        (void)loss_binary_cross_entropy(x, target, weight, g);
        float up = loss_binary_cross_entropy(x + step, target, weight, none);
        float down = loss_binary_cross_entropy(x - step, target, weight, none);
        CHECK(fabsf((up - down) / (2 * step) - g[0]) < 3e-3f, "cross-entropy at %g: %g", (double)x, (double)g[0]);
        (void)loss_focal(x, heat, g);
        up = loss_focal(x + step, heat, none);
        down = loss_focal(x - step, heat, none);
        CHECK(fabsf((up - down) / (2 * step) - g[0]) < 3e-3f, "focal at %g, %g: %g", (double)x, (double)heat,
              (double)g[0]);
        (void)loss_smooth_l1(x, g);
        up = loss_smooth_l1(x + step, none);
        down = loss_smooth_l1(x - step, none);
        CHECK(fabsf((up - down) / (2 * step) - g[0]) < 3e-3f, "smooth L1 at %g: %g", (double)x, (double)g[0]);
        float logits[4] = {x, 0.5f, -x / 2, 1};
        for (int i = 0; i < 4; i++) {
            (void)loss_cross_entropy(logits, 4, k % 4, g);
            logits[i] += step;
            up = loss_cross_entropy(logits, 4, k % 4, none);
            logits[i] -= 2 * step;
            down = loss_cross_entropy(logits, 4, k % 4, none);
            logits[i] += step;
            CHECK(fabsf((up - down) / (2 * step) - g[i]) < 3e-3f, "softmax at %g: %g", (double)x, (double)g[i]);
        }
        float p[4] = {0.1f, 0.9f, 0.5f, 0.01f * (float)k};
        const unsigned char targets[4] = {0, 1, (unsigned char)target, 1};
        for (int i = 0; i < 4; i++) {
            (void)loss_dice(4, p, targets, g);
            p[i] += step;
            up = loss_dice(4, p, targets, none);
            p[i] -= 2 * step;
            down = loss_dice(4, p, targets, none);
            p[i] += step;
            CHECK(fabsf((up - down) / (2 * step) - g[i]) < 3e-3f, "Dice: %g", (double)g[i]);
        }
    }
    CHECK(fabsf(loss_focal(0, 1, g) - 0.25f * logf(2)) < 1e-6f && fabsf(loss_cross_entropy(g, 1, 0, none)) < 1e-6f);
    return 1;
}

/* A filled square of ink. */
static void put_object(scene *s, int x, int y, int w, int h, float height, int kind)
{
    s->objects[s->count++] =
        (scene_object){(float)x, (float)y, (float)(x + w), (float)(y + h), height, (uint8_t)kind, 0};
    for (int v = y; v < y + h; v++)
        for (int u = x; u < x + w; u++) s->owner[v * SCENE_SIDE + u] = (uint8_t)s->count;
}

static const page_cell *cell_at(const page_targets *t, int x, int y)
{
    return &t->cells[y / PAGE_CELL * PAGE_CELLS + x / PAGE_CELL];
}

static int test_page_targets(test_context *c)
{
    static scene s;
    static page_targets t;
    memset(&s, 0, sizeof s);
    s.turn = 3;
    put_object(&s, 20, 20, 18, 30, 30, SCENE_DIGIT);  /* 0: to find */
    put_object(&s, 60, 46, 4, 4, 30, SCENE_DOT);      /* 1: to find, by the height of its number */
    put_object(&s, 90, 90, 10, 18, 18, SCENE_DIGIT);  /* 2: neither right nor wrong */
    put_object(&s, 120, 20, 30, 60, 60, SCENE_DIGIT); /* 3: not to be seen */
    for (int y = 140; y < 150; y++) s.owner[y * SCENE_SIDE + 159] = SCENE_CUT;
    page_targets_make(&s, &t);
    CHECK(t.objects == 2 && t.turn == 3, "%d objects", t.objects);
    const page_cell *centre = cell_at(&t, 29, 35), *ink = cell_at(&t, 21, 21), *dot = cell_at(&t, 62, 48);
    CHECK(centre->heat == 1 && centre->object == 0 && centre->kind == SCENE_DIGIT && !centre->unknown);
    CHECK(fabsf(centre->offset[0] + 0.25f) < 1e-6f && fabsf(centre->offset[1] - 0.25f) < 1e-6f);
    CHECK(ink->ink[0] && ink->ink[3] && ink->object == 0 && ink->heat < 0.1f);
    CHECK(fabsf(ink->offset[0] - (29 - 22) / 4.0f) < 1e-6f && fabsf(ink->offset[1] - (35 - 22) / 4.0f) < 1e-6f);
    CHECK(fabsf(ink->size[0] - log2f(18 / 32.0f)) < 1e-6f && fabsf(ink->size[1] - log2f(30 / 32.0f)) < 1e-6f);
    CHECK(dot->heat == 1 && dot->kind == SCENE_DOT && dot->object == 1);
    CHECK(cell_at(&t, 56, 48)->object == 1 && cell_at(&t, 56, 48)->ink[0] == 0, "beside a centre, without ink");
    const page_cell *small = cell_at(&t, 95, 99), *large = cell_at(&t, 135, 50), *cut = cell_at(&t, 159, 144);
    CHECK(small->unknown && small->ink[0] == PAGE_UNKNOWN && small->object == PAGE_NO_OBJECT && small->heat == 0);
    CHECK(!large->unknown && large->ink[0] == 0 && large->object == PAGE_NO_OBJECT && large->heat == 0);
    CHECK(cut->unknown && cut->ink[1] == PAGE_UNKNOWN && cut->ink[0] == 0);

    /* Outputs that say just that are right, and their loss is small; a centre that is not there is wrong. */
    enum { CHANNELS = 24 };
    static float out[PAGE_CELLS * PAGE_CELLS * CHANNELS], grad[PAGE_CELLS * PAGE_CELLS * CHANNELS],
        parts[PAGE_LOSSES], work[12 * PAGE_CELLS * PAGE_CELLS];
    for (int i = 0; i < PAGE_CELLS * PAGE_CELLS; i++) {
        float *o = out + i * CHANNELS;
        const page_cell *cell = &t.cells[i];
        for (int k = 0; k < 4; k++) o[PAGE_INK + k] = cell->ink[k] == 1 ? 9 : -9;
        o[PAGE_CENTRE] = cell->heat == 1 ? 9 : -9;
        if (cell->object == PAGE_NO_OBJECT) continue;
        memcpy(o + PAGE_OFFSET, cell->offset, sizeof cell->offset);
        memcpy(o + PAGE_SIZE, cell->size, sizeof cell->size);
        o[PAGE_KIND + cell->kind] = o[PAGE_TURN + 3] = 12;
    }
    const float perfect = page_loss(1, CHANNELS, out, &t, grad, parts, work);
    CHECK(perfect < 0.02f, "%g", (double)perfect);
    page_score score = {0};
    page_score_add(&score, &s, &t, CHANNELS, out);
    page_summary summary = page_score_summary(&score);
    CHECK(summary.f1 == 1 && summary.ink_iou == 1 && summary.kind_accuracy == 1 && summary.turn_accuracy == 1);
    out[(PAGE_CELLS + 1) * CHANNELS + PAGE_CENTRE] = out[(24 * PAGE_CELLS + 23) * CHANNELS + PAGE_CENTRE] = 5;
    page_score_add(&score, &s, &t, CHANNELS, out);
    double right = 0, wrong = 0;
    for (int k = 0; k < PAGE_THRESHOLDS; k++) right += score.right[k], wrong += score.wrong[k];
    CHECK(right == 4 && wrong == 1, "%g right, %g wrong: centres on what is to be ignored do not count", right,
          wrong);
    return 1;
}

/* The whole loss, of two scenes, against differences in each kind of output. */
static int test_page_loss(test_context *c)
{
    enum { CHANNELS = 24, N = 2 * PAGE_CELLS * PAGE_CELLS * CHANNELS };
    static float out[N], grad[N], none[N], work[24 * PAGE_CELLS * PAGE_CELLS];
    static scene s[2];
    static page_targets t[2];
    float parts[PAGE_LOSSES];
    memset(s, 0, sizeof s);
    memset(grad, 0, sizeof grad);
    put_object(&s[0], 20, 20, 18, 30, 30, SCENE_DIGIT);
    put_object(&s[0], 40, 24, 18, 24, 30, SCENE_OTHER);
    put_object(&s[0], 90, 90, 10, 18, 18, SCENE_DIGIT);
    put_object(&s[1], 60, 46, 4, 4, 30, SCENE_DOT);
    uint32_t seed = 4;
    for (int i = 0; i < 2; i++) page_targets_make(&s[i], &t[i]);
    for (int i = 0; i < N; i++) out[i] = ((float)below(&seed, 2001) - 1000) / 500;
    (void)page_loss(2, CHANNELS, out, t, grad, parts, work);
    for (int k = 0; k < CHANNELS; k++) {
        double slope = 0;
        float length = 0, sums[2];
        static float direction[N];
        for (int i = 0; i < N; i++) {
            direction[i] = i % CHANNELS == k ? grad[i] : 0;
            length += direction[i] * direction[i];
        }
        if (k >= PAGE_OUTPUTS) {
            CHECK(length == 0, "channel %d has no meaning", k);
            continue;
        }
        const float step = 0.05f / (sqrtf(length) + 1e-12f);
        for (int i = 0; i < N; i++) slope += (double)(direction[i] * grad[i]);
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < N; i++) out[i] += (side ? -2 : 1) * step * direction[i];
            sums[side] = page_loss(2, CHANNELS, out, t, none, parts, work);
        }
        for (int i = 0; i < N; i++) out[i] += step * direction[i];
        const double measured = (double)(sums[0] - sums[1]) / (2 * (double)step);
        CHECK(fabs(measured - slope) < 0.02 * fabs(slope) + 1e-7, "channel %d: %g, measured %g", k, slope, measured);
    }
    return 1;
}

static int test_overfit(test_context *c)
{
    static const struct {
        optimizer o;
        float rate;
    } cases[] = {{{OPTIMIZER_SGD, 0.9f, 0, 0, 1}, 0.06f},
                 {{OPTIMIZER_ADAM, 0.9f, 0.999f, 0.01f, 0}, 0.006f},
                 {{OPTIMIZER_RMSPROP, 0.25f, 0.99f, 0, 0}, 0.0015f}};
    static const char *const phases[] = {"floats", "integers", "batch norm"};
    for (int k = 0; k < 3; k++)
        for (int phase = 0; phase < 3; phase++) {
            const int integers = phase == 1;
            fixture f;
            CHECK(make(&f, "conv3:8 pool2 conv3:16 pool2 dense:10", 1, phase == 2));
            float *a = calloc(f.m.parameters, sizeof *a), *b = calloc(f.m.parameters, sizeof *b);
            unsigned char *decays = calloc(f.m.parameters, 1);
            double loss = loss_of(&f, 10, 0);
            const double before = loss;
            f.m.quantized = integers;
            for (int i = 0; i < f.m.count; i++) f.m.range[i] = 2 * f.t->largest[i] + 1;
            for (int step = 1; step <= 100; step++) {
                loss = loss_of(&f, 10, 1);
                optimizer_step(&cases[k].o, cases[k].rate, step, f.m.parameters, f.gradient, decays, a, b,
                               f.parameters);
            }
            free(a);
            free(b);
            free(decays);
            discard(&f);
            /* Smoothing by 0.1 leaves 0.5 at the best. */
            CHECK(before > 1.8 && loss < 0.53, "optimizer %d, %s: from %g to %g", k, phases[phase], before, loss);
        }
    return 1;
}

/* The core's integers give what training's imitation of them gave. */
static int test_quantize(test_context *c)
{
    static const char *const nets[] = {"dense:10", "dense:16 dense:10",
                                       "conv3:8 pool2 conv3:16 pool2 conv3:8 dense:10"};
    for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
        fixture f;
        CHECK(make(&f, nets[k], 8, 0));
        uint32_t seed = 12;
        for (size_t i = 0; i < f.m.parameters; i++)
            if (f.parameters[i] == 0) f.parameters[i] = 0.01f * (float)(below(&seed, 21) - 10);
        loss_of(&f, 40, 0);
        for (int i = 0; i < f.m.count; i++) f.m.range[i] = 0.8f * f.t->largest[i] + 1e-6f; /* some are clipped */
        f.m.quantized = 1;
        const float *weights = model_prepare(&f.m, f.parameters, f.rounded, f.flipped);

        uint8_t *file;
        size_t size, bytes;
        const digits_network *network;
        const card_entry card[] = {{"name", "a \"quoted\" name \\ with\nlines"}};
        CHECK(quantize(&f.m, f.parameters, 2, card, 1, &file, &size));
        CHECK(digits_network_size(file, size, &bytes) == DIGITS_OK);
        void *memory = aligned_alloc(16, (bytes + 15) / 16 * 16);
        CHECK(digits_network_open(file, size, DIGITS_KERNELS_BEST, memory, bytes, &network) == DIGITS_OK);
        void *work = aligned_alloc(16, (digits_predict_size(network) + 15) / 16 * 16);
        const float scale = quantize_logit_scale(&f.m, f.parameters);
        for (uint32_t i = 0; i < 40; i++) {
            uint8_t pixels[DIGITS_PIXELS];
            int32_t logits[DIGITS_CLASSES];
            float p[DIGITS_CLASSES];
            picture(i, pixels);
            model_forward(&f.m, weights, (const uint8_t *const[]){pixels}, 1, f.t);
            const float *wanted = logits_of(&f, 0);
            CHECK(digits_predict(network, pixels, work, digits_predict_size(network), logits) == DIGITS_OK);
            digits_probabilities(network, logits, p);
            float sum = 1; /* no digit */
            for (int j = 0; j < DIGITS_CLASSES; j++) sum += expf(wanted[j] / 2);
            for (int j = 0; j < DIGITS_CLASSES; j++) {
                /* Float sums may fall on the other side of a half: a step or two in a few activations. */
                CHECK(fabsf((float)logits[j] * scale - wanted[j]) < 0.02f * (1 + fabsf(wanted[j])),
                      "%s, picture %u, logit %d: %g, wanted %g", nets[k], i, j, (double)((float)logits[j] * scale),
                      (double)wanted[j]);
                CHECK(fabsf(p[j] - expf(wanted[j] / 2) / sum) < 0.02f);
            }
        }
        free(work);
        free(memory);
        free(file);
        discard(&f);
    }
    return 1;
}

static int test_model_refuses(test_context *c)
{
    model m;
    CHECK(model_init(&m, "conv3:12 dense:10", 0, 0, 0) == DIGITS_WEIGHTS_SHAPE, "channels that are no multiple of 8");
    CHECK(model_init(&m, "conv4:8 dense:10", 0, 0, 0) == DIGITS_WEIGHTS_SHAPE);
    char longer[400];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    CHECK(model_init(&m, longer, 0, 0, 0) == DIGITS_WEIGHTS_SHAPE);
    return 1;
}

static int test_optimizer(test_context *c)
{
    const optimizer sgd = {OPTIMIZER_SGD, 0.5f, 0, 0.1f, 0}, adam = {OPTIMIZER_ADAM, 0.9f, 0.99f, 0, 0};
    const optimizer nesterov = {OPTIMIZER_SGD, 0.5f, 0, 0, 1}, rmsprop = {OPTIMIZER_RMSPROP, 0.5f, 0.75f, 0, 0};
    const unsigned char decays[2] = {1, 0};
    float p[2] = {1, 1}, a[2] = {0}, b[2] = {0};
    const float g[2] = {2, 2};
    optimizer_step(&sgd, 0.1f, 1, 2, g, decays, a, b, p);
    CHECK(fabsf(p[0] - 0.79f) < 1e-6f && fabsf(p[1] - 0.8f) < 1e-6f, "%g %g", (double)p[0], (double)p[1]);
    optimizer_step(&sgd, 0.1f, 2, 2, g, decays, a, b, p);
    CHECK(fabsf(a[0] - 3) < 1e-6f && fabsf(p[1] - 0.5f) < 1e-6f, "%g %g", (double)a[0], (double)p[1]);
    float q[1] = {1}, qa[1] = {0}, qb[1] = {0};
    for (int step = 1; step <= 3; step++) { /* a steady gradient moves Adam by the rate, whatever its size */
        optimizer_step(&adam, 0.01f, step, 1, (float[]){500}, decays, qa, qb, q);
        CHECK(fabsf(q[0] - (1 - 0.01f * (float)step)) < 1e-5f, "step %d: %g", step, (double)q[0]);
    }
    float n[1] = {1}, na[1] = {0}, r[1] = {1}, ra[1] = {0}, rb[1] = {0};
    optimizer_step(&nesterov, 0.1f, 1, 1, g, decays + 1, na, NULL, n);
    CHECK(fabsf(n[0] - 0.7f) < 1e-6f, "nesterov %g", (double)n[0]); /* 1 − 0.1·(2 + 0.5·2) */
    optimizer_step(&rmsprop, 0.1f, 1, 1, g, decays + 1, ra, rb, r);
    optimizer_step(&rmsprop, 0.1f, 2, 1, g, decays + 1, ra, rb, r);
    /* means of squares 1 and 1.75; velocities 2/1 and 0.5·2 + 2/√1.75 */
    CHECK(fabsf(r[0] - (1 - 0.2f - 0.1f * (1 + 2 / sqrtf(1.75f)))) < 1e-5f, "rmsprop %g", (double)r[0]);
    CHECK(learning_rate(SCHEDULE_COSINE, 1, 0, 10, 100) > 0 && learning_rate(SCHEDULE_COSINE, 1, 0, 10, 100) < 0.2f);
    CHECK(fabsf(learning_rate(SCHEDULE_COSINE, 1, 10, 10, 100) - 1) < 1e-6f);
    CHECK(learning_rate(SCHEDULE_COSINE, 1, 99, 10, 100) < 0.001f);
    CHECK(fabsf(learning_rate(SCHEDULE_COSINE, 1, 55, 10, 100) - 0.5f) < 1e-6f);
    CHECK(learning_rate(SCHEDULE_STEP, 1, 49, 0, 100) == 1 && learning_rate(SCHEDULE_STEP, 1, 50, 0, 100) == 0.1f);
    CHECK(learning_rate(SCHEDULE_STEP, 1, 75, 0, 100) == 0.01f &&
          learning_rate(SCHEDULE_CONSTANT, 1, 99, 0, 100) == 1);
    return 1;
}

static int test_config(test_context *c)
{
    config r = config_default();
    char error[CONFIG_ERROR_TEXT], json[CONFIG_JSON];
    CHECK(config_check(&r, error), "%s", error);
    static const char *const good[][2] = {{"rate", "0.005"},
                                          {"optimizer", "rmsprop"},
                                          {"epochs", "5"},
                                          {"architecture", "dense:768 dense:10"},
                                          {"seed", "123456789012345"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(config_set(&r, good[i][0], good[i][1], error), "%s", error);
    config_json(&r, json);
    CHECK(strstr(json, "\"rate\":0.005,") && strstr(json, "\"optimizer\":\"rmsprop\"") &&
              strstr(json, "\"seed\":123456789012345") && json[strlen(json) - 1] == '}',
          "%.300s", json);
    static const char *const bad[][2] = {{"rate", "fast"},       {"rate", "0"},     {"rate", "nan"},
                                         {"rate", ""},           {"epochs", "2.5"}, {"epochs", "-1"},
                                         {"optimizer", "magic"}, {"speed", "1"},    {"batch", "1e9"},
                                         {"teacher", "a\"b"},    {"schedule", ""}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!config_set(&r, bad[i][0], bad[i][1], error) && *error, "%s %s was taken", bad[i][0], bad[i][1]);
    CHECK(config_set(&r, "architecture", "input:28x28x1 conv3:8 conv1:3", error) && !config_check(&r, error),
          "outputs per pixel");
    CHECK(config_set(&r, "architecture", "dense:10", error) && config_check(&r, error), "%s", error);
    CHECK(config_set(&r, "integer-epochs", "6", error) && !config_check(&r, error),
          "more integer epochs than epochs");
    return 1;
}

static int test_augment(test_context *c)
{
    uint8_t in[DIGITS_PIXELS] = {0}, a[DIGITS_PIXELS], b[DIGITS_PIXELS], blank[DIGITS_PIXELS] = {0};
    for (int y = 5; y < 24; y++)
        for (int x = 12; x < 15; x++) in[y * 28 + x] = 255;
    int moved = 0;
    for (uint64_t k = 0; k < 200; k++) {
        random_stream r = random_open(1, 2, k), s = random_open(1, 2, k), t = random_open(1, 2, k);
        augment(&augment_default, &r, in, a);
        augment(&augment_default, &s, in, b);
        CHECK(memcmp(a, b, sizeof a) == 0, "stream %d", (int)k);
        CHECK(r.state == s.state);
        float mass = 0, mx = 0, my = 0;
        for (int i = 0; i < DIGITS_PIXELS; i++) {
            mass += a[i];
            mx += a[i] * ((float)(i % 28) + 0.5f);
            my += a[i] * ((float)(i / 28) + 0.5f);
        }
        CHECK(mass > 20 * 255, "stream %d left %g pixels of ink", (int)k, (double)mass / 255);
        CHECK(fabsf(mx / mass - 14) < 4 && fabsf(my / mass - 14) < 4, "stream %d is off the middle", (int)k);
        moved += memcmp(a, in, sizeof a) != 0;
        augment(&augment_default, &t, blank, b);
        for (int i = 0; i < DIGITS_PIXELS; i++) CHECK(b[i] == 0);
    }
    CHECK(moved == 200, "%d of 200 differ", moved);
    return 1;
}

/* Stretched, a stroke grows wider; coarse, it is black or white in squares of more than a pixel. */
static int test_augment_form(test_context *c)
{
    const augment_options still = {0}, stretch = {.stretch = 1}, coarse = {.coarse = 1};
    uint8_t in[DIGITS_PIXELS] = {0}, a[DIGITS_PIXELS], b[DIGITS_PIXELS];
    for (int y = 5; y < 24; y++)
        for (int x = 11; x < 16; x++) in[y * 28 + x] = y % 2 ? 255 : 120;
    int wider = 0;
    for (uint64_t k = 0; k < 50; k++) {
        random_stream r = random_open(1, 2, k), s = r, t = r;
        augment(&still, &r, in, a);
        augment(&stretch, &s, in, b);
        int before = 0, after = 0;
        for (int x = 0; x < 28; x++) {
            before += a[14 * 28 + x] >= 64;
            after += b[14 * 28 + x] >= 64;
        }
        CHECK(after >= before - 1 && after <= 5 * 2.5f + 2, "stream %d: from %d to %d columns", (int)k, before,
              after);
        wider += after > before + 1;
        augment(&coarse, &t, in, b);
        for (int i = 0; i < DIGITS_PIXELS; i++) CHECK(b[i] == 0 || b[i] == 255, "stream %d: ink %d", (int)k, b[i]);
    }
    CHECK(wider > 30, "%d of 50 are wider", wider);
    return 1;
}

static int test_random(test_context *c)
{
    random_stream r = random_open(1, 2, 3), s = random_open(1, 3, 2);
    CHECK(random_bits(&r) != random_bits(&s));
    double sum = 0, square = 0;
    for (int i = 0; i < 20000; i++) {
        const float u = random_unit(&r), n = random_normal(&r);
        CHECK(u >= 0 && u < 1 && isfinite(n));
        sum += (double)n;
        square += (double)n * (double)n;
    }
    CHECK(fabs(sum / 20000) < 0.03 && fabs(square / 20000 - 1) < 0.04, "mean %g, variance %g", sum / 20000,
          square / 20000);
    return 1;
}

static int test_temperature(test_context *c)
{
    /* One logit above the nine others and that of no digit, right seven times in ten: calibrated, it says 70 %. */
    int32_t logits[100][DIGITS_CLASSES] = {0};
    uint8_t labels[100];
    for (int i = 0; i < 100; i++) {
        logits[i][3] = 1000;
        labels[i] = i % 10 < 7 ? 3 : 4;
    }
    const float t = best_temperature(&logits[0][0], labels, 100, 0.005f);
    const float likely = expf(1000 * 0.005f / t);
    CHECK(fabsf(likely / (likely + 10) - 0.7f) < 0.01f, "temperature %g says %g", (double)t,
          (double)(likely / (likely + 10)));
    return 1;
}

static const test tests[] = {
    {"gemm: every tile size and stride against the plain sum", test_gemm},
    {"gradient: dense", test_gradient_dense},
    {"gradient: 3×3 convolution", test_gradient_conv3},
    {"gradient: 1×1, 5×5 and 7×7 convolution", test_gradient_conv5},
    {"gradient: pooling by 2, 3 and 4", test_gradient_pool},
    {"gradient: batch norm", test_gradient_norm},
    {"gradient: stride 2, outputs per pixel", test_gradient_stride},
    {"gradient: upsampling, skip connections, residual sums", test_gradient_skip},
    {"batch norm: folded into the weights, the same logits", test_fold},
    {"loss: its gradient, with smoothing and a teacher", test_loss},
    {"losses: the gradient of each part", test_losses},
    {"page targets: found, ignored, rejected and cut objects; what says just that is right", test_page_targets},
    {"page loss: its gradient, channel by channel", test_page_loss},
    {"overfits one batch: SGD, AdamW and RMSprop; floats, integers and batch norm", test_overfit},
    {"quantize: the core's logits are training's", test_quantize},
    {"model: architectures that cannot be trained", test_model_refuses},
    {"optimizer: steps by hand, and the schedules", test_optimizer},
    {"config: settings that can be and that cannot", test_config},
    {"augment: the same stream, the same picture; ink stays in the middle", test_augment},
    {"augment: stretched is wider, coarse is black and white", test_augment_form},
    {"random: streams differ; uniform and normal", test_random},
    {"calibration: the temperature that makes 70 % of 70 %", test_temperature},
};

#define HARNESS_TESTS
#include "harness.h"
