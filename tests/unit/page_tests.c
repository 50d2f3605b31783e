/* page_tests.c — tests of src/page: pictures made here, read whole. */
#include "digits.h"
#include "harness.h"
#include "page/ruled_lines.h"
#include "support.h"

#include <math.h>

/* Two lines across, and an upright stroke from one to the other: what is asked to be longer than it leaves it alone. */
static int test_rules_lengths(test_context *c)
{
    enum { W = 160, H = 70, TOP = 16, BOTTOM = 64, X = 80 };
    static uint8_t ink[W * H], dark[W * H], turned[2 * W * H];
    static uint32_t runs[W * H];
    for (int min_length = 0; min_length < 120; min_length += 60) {
        memset(ink, 0, sizeof ink);
        for (int x = 0; x < W; x++) ink[TOP * W + x] = ink[BOTTOM * W + x] = 255;
        for (int y = TOP; y <= BOTTOM; y++) ink[y * W + X] = ink[y * W + X + 1] = 255;
        memcpy(dark, ink, sizeof dark);
        const int32_t shortest = rules_erase(ink, dark, W, H, (float)min_length, runs, turned);
        const int upright = ink[(TOP + BOTTOM) / 2 * W + X] > 0;
        CHECK(upright == (min_length > 0), "%d", min_length);
        CHECK(min_length ? shortest > 150 : shortest > 40 && shortest < 60, "%d: %d", min_length, shortest);
        CHECK(ink[TOP * W + 10] == 0 && ink[BOTTOM * W + 150] == 0, "%d", min_length);
    }
    return 1;
}

/* Reads with the usual options; digits of a reading alone. */
static digits_status read_picture(const opened *o, const uint8_t *pixels, int w, int h, int channels,
                                  digits_digit *digits, size_t capacity, size_t *count)
{
    const digits_reader reader = {.recognizer = {.network = o->network}};
    const digits_image image = {pixels, w, h, channels};
    digits_reading reading = {.digits = digits, .capacity = capacity};
    const size_t bytes = digits_read_image_size(&reader, w, h);
    void *work = bytes ? allocate(bytes) : o->work;
    const digits_status status =
        digits_read_image(&reader, &image, NULL, work, bytes ? bytes : o->work_bytes, &reading);
    if (bytes) free(work);
    if (!status) *count = reading.count;
    return status;
}

static int test_read_image(test_context *c)
{
    enum { W = 320, H = 240 };
    static uint8_t picture[W * H];
    static digits_digit digits[4];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    int wrong = 0, total = 0;
    for (int i = 0; i < DRAWN; i++)
        for (int size = 20; size <= 200; size += 36)
            for (int light = 0; light < 2; light++) {
                const int paper = light ? 30 : 240, ink = light ? 230 : 60;
                size_t count = 9;
                memset(picture, paper, sizeof picture);
                draw_picture(&DRAWINGS[i], (float)(W - size) * 0.3f, (float)(H - size) * 0.7f, (float)size,
                             (float)size / 12 + 1, (float)ink, picture, W, H);
                CHECK(read_picture(&o, picture, W, H, 1, digits, 4, &count) == DIGITS_OK);
                CHECK(count == 1, "digit %d, size %d, %s: %zu digits", DRAWINGS[i].label, size,
                      light ? "light on dark" : "dark on light", count);
                total++;
                wrong += digits[0].label != DRAWINGS[i].label;
                const digits_digit *d = &digits[0];
                CHECK(d->x >= 0 && d->y >= 0 && d->x + d->width <= W && d->y + d->height <= H);
                CHECK(abs(d->height - size) <= size / 6 + 4, "digit %d, size %d: box %d high", DRAWINGS[i].label,
                      size, d->height);
            }
    CHECK(wrong == 0, "%d of %d pictures read wrong", wrong, total);
    close_network(&o);
    return 1;
}

static int test_read_image_rgba(test_context *c)
{
    enum { W = 90, H = 110 };
    static uint8_t grey[W * H], rgba[W * H * 4];
    static digits_digit a[4], b[4];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    memset(grey, 255, sizeof grey);
    draw_picture(&DRAWINGS[5], 15, 10, 80, 8, 0, grey, W, H);
    for (int i = 0; i < W * H; i++) { /* black ink on a transparent canvas */
        memset(rgba + 4 * i, 0, 3);
        rgba[4 * i + 3] = (uint8_t)(255 - grey[i]);
    }
    size_t n = 0, m = 0;
    CHECK(read_picture(&o, grey, W, H, 1, a, 4, &n) == DIGITS_OK && n == 1 && a[0].label == 7);
    CHECK(read_picture(&o, rgba, W, H, 4, b, 4, &m) == DIGITS_OK && m == 1);
    CHECK(memcmp(a[0].pixels, b[0].pixels, DIGITS_PIXELS) == 0);
    close_network(&o);
    return 1;
}

static int test_read_page(test_context *c)
{
    enum { W = 640, H = 480 };
    static uint8_t picture[W * H];
    static digits_digit digits[16];
    static const int wanted[2][4] = {{2, 0, 1, 7}, {4, 8, 3, 7}};
    opened o;
    uint32_t seed = 3;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    memset(picture, 225, sizeof picture);
    for (int line = 0; line < 2; line++)
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == wanted[line][i])
                    draw_picture(&DRAWINGS[k], 60.0f + 110.0f * (float)i + (i > 1 ? 80.0f : 0),
                                 60.0f + 200.0f * (float)line + 8.0f * (float)i, 80, 7, 50, picture, W, H);
    /* A shadow over the right, grain, and specks of dust. */
    for (int i = 0; i < W * H; i++) {
        const float light = 1 - 0.35f * (float)(i % W) / W;
        picture[i] = (uint8_t)((float)picture[i] * light + (float)(next_random(&seed) % 9));
    }
    for (int i = 0; i < 30; i++) picture[next_random(&seed) % (W * H)] = 40;
    size_t count = 0;
    char text[33];
    CHECK(read_picture(&o, picture, W, H, 1, digits, 16, &count) == DIGITS_OK);
    CHECK(text_of(digits, count, text, sizeof text) == DIGITS_OK);
    CHECK(strcmp(text, "20 17\n48 37") == 0, "read '%s'", text);
    close_network(&o);
    return 1;
}

/* Digits that a line at their feet, or their own ink, joins into one component. */
static int test_read_touching(test_context *c)
{
    enum { W = 420, H = 160 };
    static uint8_t picture[W * H];
    static digits_digit digits[8];
    static const int wanted[3][3] = {{2, 0, 5}, {8, 0, 3}, {3, 0, 2}};
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int n = 0; n < 3; n++) {
        char text[17], expected[4] = {0};
        memset(picture, 235, sizeof picture);
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == wanted[n][i]) {
                    draw_picture(&DRAWINGS[k], 60.0f + 68.0f * (float)i, 30, 100, 9, 40, picture, W, H);
                    expected[i] = (char)('0' + wanted[n][i]);
                }
        size_t count = 0;
        CHECK(read_picture(&o, picture, W, H, 1, digits, 8, &count) == DIGITS_OK);
        CHECK(text_of(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, expected) == 0, "%s read as '%s'", expected, text);
        for (size_t i = 1; i < count; i++) CHECK(digits[i].x > digits[i - 1].x && digits[i].width < 100);
    }
    close_network(&o);
    return 1;
}

/* Amounts as people write them: cropped so closely that joined digits leave the picture on both sides, zeros much smaller
 * than the digit before them, and a comma. */
static int test_read_amounts(test_context *c)
{
    enum { W = 420, H = 130, MOST = 5 };
    static uint8_t picture[W * H];
    static digits_digit digits[8];
    static const struct {
        const char *text; /* that is wanted */
        int width;        /* of the picture */
        struct {
            int label;
            float x, y, size;
        } drawn[MOST];
    } CASES[] = {{"832", 170, {{8, -28, 15, 100}, {3, 33, 15, 100}, {2, 89, 15, 100}, {1, 60, 121, 2}}},
                 {"8000", W, {{8, 20, 15, 100}, {0, 130, 81, 34}, {0, 190, 81, 34}, {0, 250, 81, 34}}},
                 {"482", W, {{4, 20, 15, 90}, {1, 102, 85, 26}, {8, 140, 15, 90}, {2, 250, 15, 90}}}};
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (size_t n = 0; n < sizeof CASES / sizeof *CASES; n++) {
        char text[17];
        size_t count = 0;
        memset(picture, 235, sizeof picture);
        for (int i = 0; i < MOST && CASES[n].drawn[i].size > 0; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == CASES[n].drawn[i].label)
                    draw_picture(&DRAWINGS[k], CASES[n].drawn[i].x, CASES[n].drawn[i].y, CASES[n].drawn[i].size, 7,
                                 40, picture, CASES[n].width, H);
        CHECK(read_picture(&o, picture, CASES[n].width, H, 1, digits, 8, &count) == DIGITS_OK);
        CHECK(text_of(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, CASES[n].text) == 0, "%s read as '%s'", CASES[n].text, text);
    }
    close_network(&o);
    return 1;
}

/* Ruled lines that the digits stand on and hang from, as on cheques, one of them sloping. */
static int test_read_ruled(test_context *c)
{
    enum { W = 420, H = 120 };
    static uint8_t picture[W * H];
    static digits_digit digits[8];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int ink = 40; ink <= 120; ink += 80) { /* as dark as the digits, and lighter */
        char text[17];
        size_t count = 0;
        memset(picture, 235, sizeof picture);
        for (int x = 0; x < W; x++)
            for (int v = 0; v < 3; v++)
                picture[(10 + v) * W + x] = picture[(102 + v + x / 100) * W + x] = (uint8_t)ink;
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == (i + 2) % 4 + 1) /* 341 */
                    draw_picture(&DRAWINGS[k], 60.0f + 110.0f * (float)i, 20, 80, 7, 40, picture, W, H);
        CHECK(read_picture(&o, picture, W, H, 1, digits, 8, &count) == DIGITS_OK);
        CHECK(text_of(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, "341") == 0, "ink %d: read as '%s'", ink, text);
    }
    close_network(&o);
    return 1;
}

/* What light, paper and sensor do to a pixel of a picture that is W wide and H high: factor of its light. */
static float disturb(int kind, int x, int y, int w, int h)
{
    const float u = 2 * (float)x / (float)w - 1, v = 2 * (float)y / (float)h - 1;
    if (kind == 1) return 1 - 0.7f * fminf(fmaxf(0.5f + (u + v) * 20, 0), 1); /* a shadow through the digits */
    if (kind == 2) return 1 - 0.7f * fminf(fmaxf(3 + (u + v) * 5, 0), 1);     /* a shadow over nearly all */
    if (kind == 3) return 1 - 0.45f * (u * u + v * v);                        /* dark corners */
    if (kind == 4) return x % 60 < 2 || y % 60 < 2 ? 0.5f : 1;                /* squared paper */
    if (kind == 5) return (x + y / 9) % 47 < 2 || (y + 470 - x / 9) % 47 < 2 ? 0.5f : 1; /* tilted */
    if (kind == 6) return x + y / 8 < 70 ? 0.15f : 1; /* a table beyond the paper */
    return 1;
}

/* Light that falls unevenly, lines on the paper, grain: digits are read, and none where there are none. */
static int test_read_disturbed(test_context *c)
{
    enum { W = 640, H = 480, KINDS = 10 };
    static uint8_t picture[W * H];
    static digits_digit digits[16];
    opened o;
    uint32_t seed = 3;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int kind = 0; kind < KINDS; kind++)
        for (int empty = 0; empty < 2; empty++) {
            const int faint = kind == 8, light = kind == 9;
            const float grain = kind == 7 ? 55 : 3, ink = light ? 220 : faint ? 170 : 45;
            size_t count = 0;
            char text[33];
            memset(picture, light ? 60 : 225, sizeof picture);
            for (int i = 0; i < 3 && !empty; i++)
                for (int k = 0; k < DRAWN; k++)
                    if (DRAWINGS[k].label == (i + 2) % 4 + 1) /* 341 */
                        draw_picture(&DRAWINGS[k], 170.0f + 110.0f * (float)i, 195, 90, faint ? 3 : 8, ink, picture,
                                     W, H);
            for (int i = 0; i < W * H; i++) {
                float noise = 0; /* nearly normal, of deviation grain */
                for (int k = 0; k < 4; k++) noise += (float)(next_random(&seed) % 1024) / 1024 - 0.5f;
                const float v = (float)picture[i] * disturb(kind, i % W, i / W, W, H) + noise * grain * 1.73f;
                picture[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
            CHECK(read_picture(&o, picture, W, H, 1, digits, 16, &count) == DIGITS_OK);
            CHECK(text_of(digits, count, text, sizeof text) == DIGITS_OK);
            CHECK(strcmp(text, empty ? "" : "341") == 0, "kind %d%s: read '%s'", kind, empty ? ", empty" : "", text);
        }
    close_network(&o);
    return 1;
}

/* Interleaved combs: thousands of large boxes over each other; specks, one giant part, a page of print. The answer may be anything, but must come soon. */
static int test_read_scrawl(test_context *c)
{
    enum { W = 1200, H = 900 };
    static uint8_t picture[W * H];
    static digits_digit digits[DIGITS_MAX_DIGITS];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int kind = 0; kind < 6; kind++) {
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                const int print = y % 14 < 8 && x % 9 < 6 && (x * 7 + y * 5 + x / 9 * 31) % 13 < 5;
                const int frame = x < y ? x : y, other = W - 1 - x < H - 1 - y ? W - 1 - x : H - 1 - y;
                const int ring = frame < other ? frame : other;
                const int dark = kind == 0   ? ring % 4 == 0
                                 : kind == 1 ? (x + y) % 8 < 2
                                 : kind == 2 ? x % 6 < 2 && y % 200 > 20
                                 : kind == 3 ? x % 31 < 3 && y % 29 < 3
                                 : kind == 4 ? x % 40 < 4 || y % 40 < 4
                                             : print;
                picture[y * W + x] = dark ? 30 : 230;
            }
        size_t count = 0;
        CHECK(read_picture(&o, picture, W, H, 1, digits, DIGITS_MAX_DIGITS, &count) == DIGITS_OK);
        CHECK(count <= DIGITS_MAX_DIGITS);
    }
    close_network(&o);
    return 1;
}

static int test_read_nothing(test_context *c)
{
    enum { W = 400, H = 300 };
    static uint8_t picture[W * H];
    static digits_digit digits[DIGITS_MAX_DIGITS];
    opened o;
    uint32_t seed = 17;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int kind = 0; kind < 6; kind++) {
        for (int i = 0; i < W * H; i++)
            picture[i] = (uint8_t)(kind == 0   ? 0
                                   : kind == 1 ? 255
                                   : kind == 2 ? 128 + i % W / 16
                                   : kind == 3 ? below(&seed, 256)
                                   : kind == 4 ? 200 + below(&seed, 12)
                                               : (i % W / 2 + i / W / 2) % 2 * 255);
        size_t count = 9;
        CHECK(read_picture(&o, picture, W, H, 1, digits, DIGITS_MAX_DIGITS, &count) == DIGITS_OK);
        CHECK(count == 0, "kind %d: %zu digits", kind, count);
    }
    close_network(&o);
    return 1;
}

static int test_read_hostile_pictures(test_context *c)
{
    static const int sizes[][2] = {{1, 1}, {2, 2}, {1, 400}, {400, 1}, {3, 5}, {28, 28}, {1401, 3}, {97, 1403}};
    static digits_digit digits[DIGITS_MAX_DIGITS];
    opened o;
    uint32_t seed = 5;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int kind = 0; kind < 5; kind++) {
            const int w = sizes[s][0], h = sizes[s][1];
            uint8_t *picture = malloc((size_t)w * (size_t)h * 4);
            for (int i = 0; i < w * h * 4; i++)
                picture[i] = (uint8_t)(kind == 0   ? 0
                                       : kind == 1 ? 255
                                       : kind == 2 ? below(&seed, 256)
                                       : kind == 3 ? (below(&seed, 50) ? 255 : 0)
                                                   : i / 4 % w * 255 / w);
            size_t count = 0;
            const digits_status status = read_picture(&o, picture, w, h, 4, digits, DIGITS_MAX_DIGITS, &count);
            free(picture);
            CHECK(status == DIGITS_OK, "%d × %d, kind %d: status %d", w, h, kind, status);
            CHECK(count <= DIGITS_MAX_DIGITS);
        }
    uint8_t one = 0;
    size_t count;
    CHECK(read_picture(&o, &one, 0, 5, 1, digits, 1, &count) == DIGITS_IMAGE_EMPTY);
    CHECK(read_picture(&o, &one, -1, 5, 1, digits, 1, &count) == DIGITS_BAD_ARGUMENT);
    CHECK(read_picture(&o, &one, 1, 1, 3, digits, 1, &count) == DIGITS_BAD_ARGUMENT);
    CHECK(read_picture(&o, &one, 20000, 1, 1, digits, 1, &count) == DIGITS_IMAGE_TOO_LARGE);
    CHECK(read_picture(&o, &one, 16000, 16000, 1, digits, 1, &count) == DIGITS_IMAGE_TOO_LARGE);
    const digits_reader reader = {.recognizer = {.network = o.network}};
    CHECK(digits_read_image_size(&reader, 0, 1) == 0 && digits_read_image_size(&reader, 16000, 16000) == 0);
    close_network(&o);
    return 1;
}

static const test tests[] = {
    {"rules: lines across, an upright one between them, only longer ones", test_rules_lengths},
    {"picture: one digit, any size, dark on light and light on dark", test_read_image},
    {"picture: RGBA on a transparent canvas equals grey", test_read_image_rgba},
    {"picture: two lines under shadow, grain and dust", test_read_page},
    {"picture: shadows, dark corners, squares, a table, grain, faint and light ink", test_read_disturbed},
    {"picture: touching digits are cut apart", test_read_touching},
    {"picture: amounts, cropped closely, with small zeros, with a comma", test_read_amounts},
    {"picture: digits between ruled lines", test_read_ruled},
    {"picture: boxes all over each other, specks, a grid and print are answered", test_read_scrawl},
    {"picture: blank, gradient, noise and checks hold no digit", test_read_nothing},
    {"picture: odd sizes and contents are answered", test_read_hostile_pictures},
};

const test_room page_tests = {tests, sizeof tests / sizeof *tests};
