/* page_network_tests.c — tests of the page network's reader: levels, objects and ink, on pictures and outputs made by
 * hand. */
#include "page/foreground.h"
#include "page/objects.h"
#include "page/pyramid.h"
#include "page/rim.h"
#include "harness.h"

/* ── pyramid.c ── */

typedef struct levels {
    pyramid p;
    void *memory;
} levels;

static levels make_levels(const digits_image *image, int32_t turn)
{
    levels l;
    const size_t bytes = pyramid_layout(image->width, image->height, turn, 16, 40, &l.p);
    l.memory = aligned_alloc(16, (bytes + 15) / 16 * 16);
    pyramid_make(image, turn, l.memory, &l.p);
    return l;
}

static uint8_t grey_of(const pyramid_level *l, int32_t x, int32_t y)
{
    return l->grey[(size_t)(y + PYRAMID_RIM) * (size_t)l->width + (size_t)(x + PYRAMID_RIM)];
}

static int test_levels_halve(test_context *c)
{
    static uint8_t pixels[480 * 640];
    uint32_t seed = 5;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)below(&seed, 256);
    const digits_image image = {pixels, 640, 480, 1};
    levels l = make_levels(&image, 0);
    CHECK(l.p.count == 5, "%d levels", l.p.count); /* 480, 240, 120, 60, 30 */
    CHECK(l.p.levels[0].scale == 1 && l.p.levels[4].scale == 16);
    for (int32_t i = 0; i < l.p.count; i++) {
        const pyramid_level *v = &l.p.levels[i];
        CHECK(v->width % 16 == 0 && v->height % 16 == 0 && v->width >= v->inner_w + 2 * PYRAMID_RIM);
        CHECK(v->inner_h == 480 >> i && v->inner_w == 640 >> i);
        if (i == 0) continue;
        const pyramid_level *u = v - 1;
        const int sum = grey_of(u, 6, 4) + grey_of(u, 7, 4) + grey_of(u, 6, 5) + grey_of(u, 7, 5);
        CHECK(grey_of(v, 3, 2) == (sum + 2) / 4);
    }
    CHECK(grey_of(&l.p.levels[0], 17, 31) == pixels[31 * 640 + 17]);
    free(l.memory);
    return 1;
}

/* A stroke that the edge cuts off ends there; light goes on. */
static int test_rim(test_context *c)
{
    enum { W = 60, H = 50, RIM = 9 };
    static uint8_t grey[(H + 2 * RIM) * (W + 2 * RIM)];
    const int32_t w = W + 2 * RIM, h = H + 2 * RIM;
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++)
            grey[(y + RIM) * w + x + RIM] = (uint8_t)(x >= 20 && x < 30 ? 10 : 100 + 2 * y);
    rim_fill(grey, w, h, RIM, RIM, RIM + W, RIM + H);
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            const int32_t inner = y < RIM ? 0 : y >= RIM + H ? H - 1 : y - RIM, got = grey[y * w + x];
            const int is_inside = x >= RIM && x < RIM + W && y >= RIM && y < RIM + H;
            if (is_inside) continue;
            CHECK(got > 85 && abs(got - 100 - 2 * inner) <= 14, "%d at %d, %d", got, x, y);
        }
    static uint8_t one[5 * 5] = {[12] = 77};
    rim_fill(one, 5, 5, 2, 2, 3, 3);
    for (int i = 0; i < 25; i++) CHECK(one[i] == 77);
    return 1;
}

/* A picture that is seen turned must give what the upright one gives. */
static int test_turned_pictures(test_context *c)
{
    enum { W = 230, H = 190 };
    static uint8_t upright[H * W], seen[H * W];
    uint32_t seed = 9;
    for (size_t i = 0; i < sizeof upright; i++) upright[i] = (uint8_t)below(&seed, 256);
    const digits_image straight = {upright, W, H, 1};
    levels a = make_levels(&straight, 0);
    for (int32_t turn = 1; turn < 4; turn++) {
        for (int32_t y = 0; y < H; y++)
            for (int32_t x = 0; x < W; x++) {
                const int32_t at = turn == 1   ? x * H + (H - 1 - y)
                                   : turn == 2 ? (H - 1 - y) * W + (W - 1 - x)
                                               : (W - 1 - x) * H + y;
                seen[at] = upright[y * W + x];
            }
        const digits_image turned = {seen, turn % 2 ? H : W, turn % 2 ? W : H, 1};
        levels b = make_levels(&turned, turn);
        CHECK(a.p.count == b.p.count);
        for (int32_t i = 0; i < a.p.count; i++) {
            const pyramid_level *u = &a.p.levels[i], *v = &b.p.levels[i];
            CHECK(u->width == v->width && u->height == v->height);
            CHECK(memcmp(u->grey, v->grey, (size_t)u->width * (size_t)u->height) == 0, "turn %d level %d", turn, i);
        }
        free(b.memory);
    }
    free(a.memory);
    return 1;
}

/* Small pictures are made twice as large, large ones smaller; the mean stays. */
static int test_sizes_of_pictures(test_context *c)
{
    static const int32_t sizes[][2] = {{1, 1}, {3, 1}, {28, 28}, {150, 51}, {173, 173}, {1500, 1100}, {3264, 2448}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int32_t w = sizes[i][0], h = sizes[i][1];
        uint8_t *pixels = malloc((size_t)w * (size_t)h);
        for (int32_t k = 0; k < w * h; k++) pixels[k] = (uint8_t)(40 + 160 * (k % w) / w);
        const digits_image image = {pixels, w, h, 1};
        levels l = make_levels(&image, 0);
        const pyramid_level *v = &l.p.levels[0];
        CHECK((int64_t)v->inner_w * v->inner_h <= PYRAMID_MAX_PIXELS + v->inner_w + v->inner_h);
        CHECK((v->scale == 0.5f) == (4 * w * h <= PYRAMID_MAX_ENLARGED));
        CHECK(l.p.levels[l.p.count - 1].inner_h <= 40);
        double sum = 0, want = 0;
        for (int32_t y = 0; y < v->inner_h; y++)
            for (int32_t x = 0; x < v->inner_w; x++) sum += grey_of(v, x, y);
        for (int32_t k = 0; k < w * h; k++) want += pixels[k];
        const double off = sum / ((double)v->inner_w * v->inner_h) - want / ((double)w * h);
        CHECK(off > -1.5 && off < 1.5, "%d × %d: the mean is off by %f", w, h, off);
        free(l.memory);
        free(pixels);
    }
    return 1;
}

static int test_paper_behind_transparency(test_context *c)
{
    for (int white = 0; white < 2; white++) {
        static uint8_t rgba[100 * 100 * 4];
        memset(rgba, 0, sizeof rgba);
        for (int y = 40; y < 60; y++) memset(rgba + 4 * (100 * y + 50), white ? 255 : 0, 16);
        for (int y = 40; y < 60; y++)
            for (int x = 50; x < 54; x++) rgba[4 * (100 * y + x) + 3] = 255;
        const digits_image image = {rgba, 100, 100, 4};
        levels l = make_levels(&image, 0);
        const pyramid_level *v = &l.p.levels[0];
        CHECK(grey_of(v, 10, 10) == (white ? 0 : 255) && grey_of(v, 104, 100) == (white ? 255 : 0));
        free(l.memory);
    }
    return 1;
}

/* ── objects.c, foreground.c ── */

enum { SIDE = 96, CELLS = SIDE / PAGE_CELL, SUBCELLS = SIDE / PAGE_SUBCELL };

typedef struct level {
    int32_t sums[CELLS * CELLS * PAGE_OUTPUTS];
    float scale[PAGE_OUTPUTS];
    uint8_t ink[SUBCELLS * SUBCELLS], background[SUBCELLS * SUBCELLS], grey[SIDE * SIDE];
    uint16_t owner[SUBCELLS * SUBCELLS], peaks[CELLS * CELLS];
    uint32_t columns[2 * SUBCELLS];
    page_map map;
    pyramid_level level;
} level;

/* Two bars that touch at x = 48, each with a centre of its own, in the network's words and in grey. */
static level *make_level(int dark)
{
    level *l = calloc(1, sizeof *l);
    l->map = (page_map){SIDE, SIDE, l->sums, l->scale, l->ink, l->owner, l->peaks};
    l->level = (pyramid_level){l->grey, SIDE, SIDE, SIDE - 32, SIDE - 32, 1};
    for (int i = 0; i < PAGE_OUTPUTS; i++) l->scale[i] = 1.0f / 1024;
    for (int32_t y = 0; y < SIDE; y++)
        for (int32_t x = 0; x < SIDE; x++) {
            const int paper = 120 + x / 2, is_ink = x >= 24 && x < 72 && y >= 40 && y < 56;
            l->grey[y * SIDE + x] = (uint8_t)(is_ink ? (dark ? paper - 90 : paper + 80) : paper);
        }
    for (int32_t v = 0; v < CELLS; v++)
        for (int32_t u = 0; u < CELLS; u++) {
            int32_t *s = l->sums + (v * CELLS + u) * PAGE_OUTPUTS;
            const int is_ink = u >= 6 && u < 18 && v >= 10 && v < 14, cx = u < 12 ? 9 : 15, cy = 12;
            for (int i = 0; i < 4; i++) s[PAGE_INK + i] = is_ink ? 6000 : -6000;
            s[PAGE_CENTRE] = (u == 9 || u == 15) && v == 12 ? 3000 : -5000;
            s[PAGE_OFFSET] = (int32_t)(1024 * ((float)cx - (float)u));
            s[PAGE_OFFSET + 1] = (int32_t)(1024 * ((float)cy - (float)v));
            s[PAGE_KIND + (u < 12 ? PAGE_DIGIT : PAGE_DASH)] = 4000;
            s[PAGE_TURN] = 2000;
        }
    return l;
}

static int test_touching_objects(test_context *c)
{
    level *l = make_level(1);
    static page_object objects[OBJECTS_MAX];
    const int32_t n = objects_find(&l->map, 3, objects, 0);
    CHECK(n == 2, "%d objects", n);
    CHECK(objects[0].level == 3 && objects[0].x0 == 24 && objects[0].x1 == 48 && objects[0].y0 == 40 &&
          objects[0].y1 == 56);
    CHECK(objects[1].x0 == 48 && objects[1].x1 == 72 && objects[1].ink == 12 * 8);
    CHECK(objects[0].kinds[PAGE_DIGIT] > 3.8f && objects[1].kinds[PAGE_DASH] > 3.8f && objects[1].turns[0] > 1.9f);
    for (int32_t y = 0; y < SUBCELLS; y++)
        for (int32_t x = 0; x < SUBCELLS; x++) {
            const int is_ink = x >= 12 && x < 36 && y >= 20 && y < 28;
            CHECK(l->owner[y * SUBCELLS + x] == (is_ink ? (x < 24 ? 1 : 2) : 0), "at %d, %d", x, y);
        }
    free(l);
    return 1;
}

static int test_ink_of_one_object(test_context *c)
{
    for (int dark = 0; dark < 2; dark++) {
        level *l = make_level(dark);
        static page_object objects[OBJECTS_MAX];
        static uint8_t scratch[FOREGROUND_MAX_SIDE * FOREGROUND_MAX_SIDE], ink[sizeof scratch];
        int32_t w, h;
        (void)objects_find(&l->map, 0, objects, 0);
        foreground_background(&l->level, &l->map, l->background, l->columns);
        foreground_cut(&l->level, &l->map, l->background, &objects[0], 1, 0, scratch, ink, &w, &h);
        CHECK(w == h && w >= 24 && w < 40, "%d × %d", w, h);
        int full = 0, some = 0;
        for (int32_t i = 0; i < w * h; i++) {
            full += ink[i] > 200;
            some += ink[i] > 0;
        }
        CHECK(full >= 22 * 14 && some <= 27 * 18, "%d full, %d in all", full, some);
        /* Turned back by 45°, it rises from one corner to the other. */
        foreground_cut(&l->level, &l->map, l->background, &objects[0], 1, 1, scratch, ink, &w, &h);
        int32_t rising = 0, falling = 0;
        for (int32_t i = 0; i < w; i++) {
            rising += ink[(w - 1 - i) * w + i] > 128;
            falling += ink[i * w + i] > 128;
        }
        CHECK(rising > falling + 3 && rising > 14, "%d rising, %d falling", rising, falling);
        free(l);
    }
    return 1;
}

/* Whatever the network says, there is room for it, and nothing is read or written beside. */
static int test_any_outputs(test_context *c)
{
    level *l = make_level(1);
    static page_object objects[OBJECTS_MAX];
    static uint8_t scratch[FOREGROUND_MAX_SIDE * FOREGROUND_MAX_SIDE], ink[sizeof scratch];
    uint32_t seed = 77;
    for (int round = 0; round < 30; round++) {
        for (size_t i = 0; i < sizeof l->sums / sizeof *l->sums; i++)
            l->sums[i] = round % 3 ? below(&seed, 400000) - 200000 : (int32_t)(next_random(&seed));
        const int32_t n = objects_find(&l->map, 0, objects, OBJECTS_MAX - 40);
        CHECK(n <= OBJECTS_MAX);
        foreground_background(&l->level, &l->map, l->background, l->columns);
        for (int32_t i = OBJECTS_MAX - 40; i < n; i++) {
            int32_t w, h;
            if (objects[i].ink == 0) continue;
            foreground_cut(&l->level, &l->map, l->background, &objects[i], i + 1, round % 2 ? 0.3f : 0, scratch, ink,
                           &w, &h);
            CHECK(w >= 1 && w <= FOREGROUND_MAX_SIDE && h >= 1 && h <= FOREGROUND_MAX_SIDE);
        }
    }
    free(l);
    return 1;
}

static const test tests[] = {
    {"pyramid: each level is half of the one before", test_levels_halve},
    {"rim: strokes end at the edge, light goes on", test_rim},
    {"pyramid: a picture seen turned gives what the upright one gives", test_turned_pictures},
    {"pyramid: small pictures are enlarged, large ones reduced, the mean stays", test_sizes_of_pictures},
    {"pyramid: ink on transparency meets the paper that it stands out from", test_paper_behind_transparency},
    {"objects: ink of touching objects goes to the centre that it points to", test_touching_objects},
    {"foreground: an object's ink, dark or light, on uneven paper, and turned back", test_ink_of_one_object},
    {"objects and foreground: any outputs of a network", test_any_outputs},
};

const test_room page_network_tests = {tests, sizeof tests / sizeof *tests};
