/* Tests of src/scenes: scenes are the same every time, and what they say is in them is. SCENES_DATA names the
 * folders of sets, SCENES_MNIST one with MNIST's files alone. */
#include "harness.h"
#include "scenes/scene.h"

#include <pthread.h>

enum { MADE = 300, AREA = SCENE_SIDE * SCENE_SIDE };

static scene_source *open_source(test_context *c, char error[SCENE_ERROR_TEXT])
{
    const char *folders = getenv("SCENES_DATA");
    scene_source *s = scene_source_open(folders ? folders : "", error);
    if (!s) snprintf(c->message, sizeof c->message, "%.300s", error);
    return s;
}

static int same_every_time(test_context *c)
{
    char error[SCENE_ERROR_TEXT];
    scene_source *a = open_source(c, error), *b = open_source(c, error);
    static scene one, two, other;
    if (!a || !b) return 0;
    for (uint64_t i = 0; i < 40; i++) {
        CHECK(scene_make(a, 7, i, &one));
        CHECK(scene_make(a, 7, i + 1, &other));
        CHECK(scene_make(b, 7, i, &two));
        CHECK(memcmp(&one, &two, sizeof one) == 0, "scene %d", (int)i);
        CHECK(memcmp(one.grey, other.grey, AREA) != 0, "scene %d is like the next", (int)i);
        CHECK(scene_make(a, 8, i, &other));
        CHECK(memcmp(one.grey, other.grey, AREA) != 0, "scene %d is like that of another seed", (int)i);
    }
    scene_source_close(a);
    scene_source_close(b);
    return 1;
}

typedef struct job {
    const scene_source *source;
    uint32_t sums[40];
} job;

static void *work(void *p)
{
    job *j = p;
    scene *made = malloc(sizeof *made);
    for (uint64_t i = 0; made && i < 40; i++) {
        uint32_t sum = 0;
        if (!scene_make(j->source, 9, i, made)) break;
        for (size_t k = 0; k < sizeof *made; k++) sum = sum * 31 + ((const uint8_t *)made)[k];
        j->sums[i] = sum;
    }
    free(made);
    return NULL;
}

static int same_on_every_thread(test_context *c)
{
    char error[SCENE_ERROR_TEXT];
    scene_source *source = open_source(c, error);
    if (!source) return 0;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    job jobs[THREADS + 1];
    memset(jobs, 0, sizeof jobs);
    for (int t = 0; t <= THREADS; t++) jobs[t].source = source;
    for (int t = 0; t < THREADS; t++) CHECK(pthread_create(&threads[t], NULL, work, &jobs[t]) == 0);
    work(&jobs[THREADS]);
    for (int t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
    for (int t = 0; t < THREADS; t++) CHECK(memcmp(jobs[t].sums, jobs[THREADS].sums, sizeof jobs[t].sums) == 0);
    scene_source_close(source);
    return 1;
}

static int objects_are_where_they_say(test_context *c)
{
    char error[SCENE_ERROR_TEXT];
    scene_source *source = open_source(c, error);
    static scene s;
    int kinds[SCENE_KINDS] = {0}, labels[10] = {0}, empty = 0, turned = 0, middle = 0, all = 0;
    if (!source) return 0;
    for (uint64_t i = 0; i < MADE; i++) {
        CHECK(scene_make(source, 1, i, &s));
        CHECK(s.count >= 0 && s.count <= SCENE_MAX_OBJECTS && s.turn < 4);
        int owned[SCENE_MAX_OBJECTS] = {0};
        for (int k = 0; k < AREA; k++) {
            const int owner = s.owner[k], x = k % SCENE_SIDE, y = k / SCENE_SIDE;
            if (owner == 0 || owner == SCENE_CUT) continue;
            CHECK(owner <= s.count, "scene %d: owner %d of %d", (int)i, owner, s.count);
            const scene_object *o = &s.objects[owner - 1];
            CHECK((float)x >= o->x0 && (float)x < o->x1 && (float)y >= o->y0 && (float)y < o->y1,
                  "scene %d: ink of %d at %d %d", (int)i, owner, x, y);
            owned[owner - 1]++;
        }
        for (int k = 0; k < s.count; k++) {
            const scene_object *o = &s.objects[k];
            CHECK(0 <= o->x0 && o->x0 < o->x1 && o->x1 <= SCENE_SIDE && 0 <= o->y0 && o->y0 < o->y1 &&
                  o->y1 <= SCENE_SIDE);
            CHECK(o->kind < SCENE_KINDS && (o->kind == SCENE_DIGIT ? o->label <= 9 : o->label == SCENE_NO_LABEL));
            CHECK(o->height > 3 && o->height < 220, "%g", (double)o->height);
            CHECK(owned[k] > 0, "scene %d: object %d has no ink", (int)i, k);
            kinds[o->kind]++;
            if (o->kind == SCENE_DIGIT) labels[o->label]++;
            middle += o->height >= 14 && o->height <= 56;
            all++;
        }
        empty += s.count == 0;
        turned += s.turn != 0;
    }
    for (int k = 0; k < SCENE_KINDS; k++) CHECK(kinds[k] > 0, "kind %d", k);
    for (int k = 0; k < 10; k++) CHECK(labels[k] > 0, "digit %d", k);
    CHECK(empty > MADE / 12 && empty < MADE / 3, "%d of %d have no digits", empty, MADE);
    CHECK(turned > MADE / 20 && turned < MADE / 4, "%d are turned", turned);
    CHECK(2 * middle > all, "%d of %d", middle, all);
    scene_source_close(source);
    return 1;
}

static int missing_sets(test_context *c)
{
    char error[SCENE_ERROR_TEXT];
    CHECK(!scene_source_open("/nowhere:/nowhere/else", error));
    CHECK(strstr(error, "MNIST") && strstr(error, "/nowhere"), "%.300s", error);
    CHECK(!scene_source_open("", error));
    return 1;
}

static int mnist_alone(test_context *c)
{
    char error[SCENE_ERROR_TEXT];
    const char *alone = getenv("SCENES_MNIST");
    scene_source *source = scene_source_open(alone ? alone : "", error);
    static scene s;
    int found = 0;
    CHECK(source, "%.300s", error);
    CHECK(strstr(error, "unipen-digits") && strstr(error, "glyphs") && strstr(error, "sudoku-cells"), "%.300s",
          error);
    for (uint64_t i = 0; i < 100; i++) {
        CHECK(scene_make(source, 1, i, &s));
        found += s.count;
    }
    CHECK(found > 100);
    scene_source_close(source);
    return 1;
}

static const test tests[] = {
    {"scenes: the same every time, others for another seed or number", same_every_time},
    {"scenes: the same on every thread", same_on_every_thread},
    {"scenes: objects lie within the picture, own their ink and no other, and are of all kinds",
     objects_are_where_they_say},
    {"scenes: without MNIST there are none, and it says so", missing_sets},
    {"scenes: with MNIST alone there are, and what is missing is named", mnist_alone},
};

#define HARNESS_TESTS
#include "harness.h"
