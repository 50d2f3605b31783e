/* read_tests.c — tests of src/read and src/status.c: corrections, the normal form, lines, strokes, text. */
#include "digits.h"
#include "harness.h"
#include "read/text_lines.h"
#include "support.h"

#include <math.h>

/* ── corrections ── */

enum { CORRECTED = 3 };

static int recognize(const opened *o, const digits_corrections *corrections, const uint8_t *pixels, int32_t *logits)
{
    const digits_recognizer recognizer = {o->network, corrections};
    return digits_recognize(&recognizer, pixels, o->work, o->work_bytes, logits) == DIGITS_OK;
}

static int best(const int32_t *logits)
{
    int label = 0;
    for (int i = 1; i < DIGITS_CLASSES; i++) label = logits[i] > logits[label] ? i : label;
    return logits[label] > 0 ? label : 10;
}

/* Corrections are read as corrected, by every kernel with the same logits; what is unlike them, and everything once they
 * are taken back, is read as before to the bit. */
static int test_corrections(test_context *c)
{
    uint8_t near[DIGITS_PIXELS], far[DIGITS_PIXELS], ring[DIGITS_PIXELS];
    int32_t first[3][DIGITS_CLASSES], logits[DIGITS_CLASSES], plain[CORRECTED][DIGITS_CLASSES];
    draw_line(near, 16);
    draw_line(far, 23);
    memset(ring, 0, sizeof ring);
    for (int i = 0; i < 628; i++) {
        const double a = i / 100.0;
        for (int x = 0; x < 2; x++) ring[(14 + (int)(9 * sin(a))) * DIGITS_SIDE + 14 + x + (int)(6 * cos(a))] = 255;
    }
    for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) {
        opened o;
        if (open_network(c->weights, c->weights_size, k, &o)) { /* not here */
            close_network(&o);
            continue;
        }
        digits_corrections *corrections;
        const size_t bytes = digits_corrections_size(o.network, CORRECTED);
        void *memory = allocate(bytes);
        CHECK(digits_corrections_open(o.network, CORRECTED, memory, bytes, &corrections) == DIGITS_OK);
        const uint8_t *const pictures[3] = {near, far, ring};
        for (int i = 0; i < 3; i++) {
            CHECK(recognize(&o, NULL, pictures[i], first[i]) && recognize(&o, corrections, pictures[i], logits));
            CHECK(memcmp(first[i], logits, sizeof logits) == 0, "picture %d without corrections", i);
        }
        CHECK(best(first[2]) == 0, "a ring is a 0, not %d", best(first[2]));

        static const int32_t labels[CORRECTED] = {6, 8, DIGITS_NO_DIGIT};
        for (int i = 0; i < CORRECTED; i++) {
            draw_line(near, 16);
            if (i > 0) memcpy(near, pictures[i], sizeof near);
            CHECK(digits_corrections_add(corrections, near, labels[i], o.work, o.work_bytes) == DIGITS_OK);
            CHECK(recognize(&o, corrections, near, logits) && best(logits) == labels[i], "%d is %d", labels[i],
                  best(logits));
            if (k == 0) memcpy(plain[i], logits, sizeof logits);
            CHECK(memcmp(plain[i], logits, sizeof logits) == 0, "kernels %d, correction %d", k, i);
            if (i == 0) {
                CHECK(recognize(&o, corrections, ring, logits) && memcmp(first[2], logits, sizeof logits) == 0);
            }
        }
        draw_line(near, 16);
        CHECK(digits_corrections_add(corrections, near, 1, o.work, o.work_bytes) == DIGITS_NO_ROOM);
        CHECK(digits_corrections_remove(corrections, 0) == DIGITS_OK &&
              digits_corrections_count(corrections) == CORRECTED - 1);
        CHECK(recognize(&o, corrections, far, logits) && best(logits) == 8);
        CHECK(recognize(&o, corrections, ring, logits) && best(logits) == 10);
        while (digits_corrections_count(corrections)) CHECK(digits_corrections_remove(corrections, 0) == DIGITS_OK);
        for (int i = 0; i < 3; i++) {
            CHECK(recognize(&o, corrections, pictures[i], logits));
            CHECK(memcmp(first[i], logits, sizeof logits) == 0, "picture %d after all was forgotten", i);
        }
        free(memory);
        close_network(&o);
    }
    return 1;
}

static int test_corrections_refuses(test_context *c)
{
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK);
    const uint8_t blank[DIGITS_PIXELS] = {0};
    int32_t logits[DIGITS_CLASSES];
    digits_corrections *corrections;
    const size_t bytes = digits_corrections_size(o.network, 2);
    void *memory = allocate(bytes);
    CHECK(digits_corrections_size(o.network, 0) == 0 && digits_corrections_size(NULL, 1) == 0);
    CHECK(digits_corrections_size(o.network, DIGITS_MAX_CORRECTIONS + 1) == 0);
    CHECK(digits_corrections_open(o.network, 2, memory, bytes - 1, &corrections) == DIGITS_NO_ROOM);
    CHECK(digits_corrections_open(o.network, 2, (uint8_t *)memory + 1, bytes, &corrections) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_corrections_open(o.network, 2, memory, bytes, &corrections) == DIGITS_OK);
    for (int32_t label = -1; label <= 11; label += 12)
        CHECK(digits_corrections_add(corrections, blank, label, o.work, o.work_bytes) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_corrections_add(corrections, NULL, 1, o.work, o.work_bytes) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_corrections_add(corrections, blank, 1, o.work, o.work_bytes - 1) == DIGITS_NO_ROOM);
    CHECK(digits_corrections_remove(corrections, 0) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_corrections_add(corrections, blank, 1, o.work, o.work_bytes) ==
          DIGITS_OK); /* no features: like nothing */
    CHECK(recognize(&o, corrections, blank, logits));
    free(memory);
    close_network(&o);
    return 1;
}

/* ── normalize ── */

static int test_normalize_form(test_context *c)
{
    enum { W = 300 };
    static uint8_t picture[W * W];
    for (int i = 0; i < DRAWN; i++)
        for (int size = 15; size <= 240; size *= 2)
            for (int pen = 1; pen <= size / 8 + 1; pen *= 3) {
                uint8_t out[DIGITS_PIXELS];
                memset(picture, 0, sizeof picture);
                draw_picture(&DRAWINGS[i], 40, 17, (float)size, (float)pen, 255, picture, W, W);
                CHECK(digits_normalize(picture, W, W, W, out) == DIGITS_OK);
                float mass = 0, mx = 0, my = 0;
                int x0 = 28, x1 = 0, y0 = 28, y1 = 0, most = 0;
                for (int k = 0; k < DIGITS_PIXELS; k++) {
                    mass += out[k];
                    mx += out[k] * ((float)(k % 28) + 0.5f);
                    my += out[k] * ((float)(k / 28) + 0.5f);
                    most = out[k] > most ? out[k] : most;
                    if (out[k] < 100) continue;
                    x0 = k % 28 < x0 ? k % 28 : x0;
                    x1 = k % 28 > x1 ? k % 28 : x1;
                    y0 = k / 28 < y0 ? k / 28 : y0;
                    y1 = k / 28 > y1 ? k / 28 : y1;
                }
                const int longer = x1 - x0 > y1 - y0 ? x1 - x0 + 1 : y1 - y0 + 1;
                CHECK(most == 255, "digit %d, size %d, pen %d: strongest %d", DRAWINGS[i].label, size, pen, most);
                CHECK(longer >= 17 && longer <= 23, "digit %d, size %d, pen %d: longer side %d", DRAWINGS[i].label,
                      size, pen, longer);
                CHECK(fabsf(mx / mass - 14.5f) < 0.6f && fabsf(my / mass - 14.5f) < 0.6f,
                      "digit %d, size %d, pen %d: centre %g, %g", DRAWINGS[i].label, size, pen, (double)(mx / mass),
                      (double)(my / mass));
                CHECK(mass / 255 > 25, "digit %d, size %d, pen %d: only %g pixels of ink", DRAWINGS[i].label, size,
                      pen, (double)mass / 255);
            }
    return 1;
}

static int test_normalize_edges(test_context *c)
{
    uint8_t in[64] = {0}, out[DIGITS_PIXELS];
    CHECK(digits_normalize(in, 8, 8, 8, out) == DIGITS_OK);
    for (int i = 0; i < DIGITS_PIXELS; i++) CHECK(out[i] == 0);
    in[0] = 255;
    CHECK(digits_normalize(in, 1, 1, 1, out) == DIGITS_OK && out[14 * 28 + 14] == 255);
    CHECK(digits_normalize(in, 8, 8, 7, out) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_normalize(in, 0, 8, 8, out) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_normalize(in, 8, -1, 8, out) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_normalize(NULL, 8, 8, 8, out) == DIGITS_BAD_ARGUMENT);
    memset(in, 255, sizeof in);
    CHECK(digits_normalize(in, 8, 8, 8, out) == DIGITS_OK && out[14 * 28 + 14] == 255);
    CHECK(digits_normalize(in, 64, 1, 64, out) == DIGITS_OK);
    CHECK(digits_normalize(in, 1, 64, 1, out) == DIGITS_OK);
    return 1;
}

/* ── lines of text ── */

static int test_text_lines_order(test_context *c)
{
    /* Two lines that rise by more than half a digit from left to right, given in a muddle. */
    line_box boxes[10];
    for (int i = 0; i < 10; i++) {
        const int k = i * 7 % 10, column = k % 5, line = k / 5;
        const float x = 30.0f * (float)column + (column > 2 ? 60 : 0), y = 60.0f * (float)line - 5.0f * (float)column;
        boxes[i] = (line_box){x, y, x + 18, y + 30, k, -1, -1};
    }
    float work[10];
    const float usual = text_lines_usual_height(boxes, 10, work);
    CHECK(usual == 30);
    text_lines_order(boxes, 10, usual);
    for (int i = 0; i < 10; i++) {
        CHECK(boxes[i].id == i && boxes[i].line == i / 5, "place %d: box %d on line %d", i, boxes[i].id,
              boxes[i].line);
        CHECK(boxes[i].space_before == (i % 5 == 3), "space before %d", i);
    }
    CHECK(text_lines_usual_height(boxes, 0, work) == 0);
    text_lines_order(boxes, 0, 0);
    return 1;
}

/* ── strokes ── */

/* Reads with the usual options; digits of a reading alone. */
static digits_status read_strokes(const opened *o, const float *xy, const uint32_t *lengths, size_t n,
                                  digits_digit *digits, size_t capacity, size_t *count)
{
    const digits_reader reader = {.recognizer = {.network = o->network}};
    const digits_strokes strokes = {xy, lengths, n};
    digits_reading reading = {.digits = digits, .capacity = capacity};
    const size_t bytes = digits_read_strokes_size(&reader, n);
    void *work = bytes ? allocate(bytes) : o->work;
    const digits_status status =
        digits_read_strokes(&reader, &strokes, NULL, work, bytes ? bytes : o->work_bytes, &reading);
    if (bytes) free(work);
    if (!status) *count = reading.count;
    return status;
}

static int test_read_strokes(test_context *c)
{
    opened o;
    static digits_digit digits[4];
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    uint8_t first[DIGITS_PIXELS];
    for (int i = 0; i < DRAWN; i++)
        for (int k = 0; k < 4; k++) { /* any size and place give the same picture but for rounding */
            const float scale = powf(10, (float)k - 1.5f), dx = 50.0f * (float)k, dy = -70.0f * (float)k;
            const drawing *d = &DRAWINGS[i];
            float xy[60];
            for (size_t p = 0; p < points_of(d); p++) {
                xy[2 * p] = d->xy[2 * p] * scale + dx;
                xy[2 * p + 1] = d->xy[2 * p + 1] * scale + dy;
            }
            size_t count = 9;
            const digits_status status = read_strokes(&o, xy, d->lengths, (size_t)d->strokes, digits, 4, &count);
            CHECK(status == DIGITS_OK && count == 1, "digit %d, scale %g: status %d, %zu digits", d->label,
                  (double)scale, status, count);
            CHECK(digits[0].label == d->label, "digit %d, scale %g read as %d", d->label, (double)scale,
                  digits[0].label);
            if (k == 0) memcpy(first, digits[0].pixels, sizeof first);
            for (int p = 0; p < DIGITS_PIXELS; p++)
                CHECK(abs(first[p] - digits[0].pixels[p]) <= 3, "digit %d, scale %g, pixel %d: %d, was %d", d->label,
                      (double)scale, p, digits[0].pixels[p], first[p]);
        }
    close_network(&o);
    return 1;
}

/* Strokes that do not lie over each other: one digit where they read as one, else two. */
static int test_strokes_apart(test_context *c)
{
    static const struct {
        const char *text;
        uint32_t lengths[2];
        float xy[10];
    } CASES[] = {{"4", {3, 2}, {30, 2, 16, 60, 52, 58, 62, 20, 60, 100}},
                 {"11", {2, 2}, {20, 0, 18, 100, 50, 0, 48, 100}},
                 {"17", {2, 3}, {20, 0, 18, 100, 46, 4, 100, 2, 70, 100}}};
    opened o;
    digits_digit digits[4];
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        size_t count = 0;
        char text[9];
        CHECK(read_strokes(&o, CASES[i].xy, CASES[i].lengths, 2, digits, 4, &count) == DIGITS_OK);
        CHECK(text_of(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, CASES[i].text) == 0, "%s read as '%s'", CASES[i].text, text);
    }
    close_network(&o);
    return 1;
}

static digits_status normalize(const float *xy, const uint32_t *lengths, size_t n, uint8_t *out)
{
    return digits_normalize_strokes(&(digits_strokes){xy, lengths, n}, out);
}

/* The picture alone, without a network: as the network saw it, and nothing where there is nothing. */
static int test_normalize_strokes(test_context *c)
{
    opened o;
    static digits_digit digit;
    uint8_t out[DIGITS_PIXELS], nothing = 0;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int i = 0; i < DRAWN; i++) {
        const drawing *d = &DRAWINGS[i];
        size_t count = 0;
        const digits_status status = read_strokes(&o, d->xy, d->lengths, (size_t)d->strokes, &digit, 1, &count);
        CHECK(status == DIGITS_OK && count == 1);
        CHECK(normalize(d->xy, d->lengths, (size_t)d->strokes, out) == DIGITS_OK);
        CHECK(memcmp(out, digit.pixels, sizeof out) == 0, "digit %d", d->label);
    }
    close_network(&o);
    const float tap[4] = {3, 4, 3, 4};
    CHECK(normalize(tap, (const uint32_t[]){1, 1}, 2, out) == DIGITS_OK);
    for (int i = 0; i < DIGITS_PIXELS; i++) nothing |= out[i];
    CHECK(normalize(NULL, NULL, 0, out) == DIGITS_OK && nothing == 0);
    CHECK(normalize((const float[]){NAN, 0}, (const uint32_t[]){1}, 1, out) == DIGITS_BAD_ARGUMENT);
    CHECK(normalize(tap, (const uint32_t[]){1, 1}, 2, NULL) == DIGITS_BAD_ARGUMENT);
    return 1;
}

static int test_read_number_of_strokes(test_context *c)
{
    opened o;
    static digits_digit digits[8];
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    /* Written from right to left, on two lines; a dot between two of them. */
    static const int wanted[] = {7, 4, 0, 1, 3};
    float xy[400];
    uint32_t lengths[20];
    size_t strokes = 0, points = 0;
    for (int i = 4; i >= 0; i--)
        for (int k = 0; k < DRAWN; k++) {
            const drawing *d = &DRAWINGS[k];
            if (d->label != wanted[i]) continue;
            for (int s = 0; s < d->strokes; s++) lengths[strokes++] = d->lengths[s];
            for (size_t p = 0; p < points_of(d); p++, points++) {
                xy[2 * points] = d->xy[2 * p] + 110.0f * (float)(i % 3);
                xy[2 * points + 1] = d->xy[2 * p + 1] + 150.0f * (float)(i / 3);
            }
        }
    lengths[strokes++] = 1;
    xy[2 * points] = 103;
    xy[2 * points + 1] = 90;
    points++;
    size_t count = 0;
    char text[17];
    CHECK(read_strokes(&o, xy, lengths, strokes, digits, 8, &count) == DIGITS_OK);
    CHECK(text_of(digits, count, text, sizeof text) == DIGITS_OK);
    CHECK(strcmp(text, "740\n13") == 0, "read '%s'", text);
    CHECK(read_strokes(&o, xy, lengths, strokes, digits, 2, &count) == DIGITS_OK);
    CHECK(count == 2 && digits[1].label == 4);
    close_network(&o);
    return 1;
}

static int test_read_strokes_refuses(test_context *c)
{
    opened o;
    digits_digit digit;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    size_t count = 7;
    float xy[8] = {1, 1, 1, 50, 2, 2, 3, 3};
    uint32_t lengths[4] = {2, 1, 1, 0};
#define READ(n) read_strokes(&o, xy, lengths, n, &digit, 1, &count)
    CHECK(READ(0) == DIGITS_OK && count == 0);
    CHECK(READ(4) == DIGITS_BAD_ARGUMENT, "a stroke of no points");
    CHECK(READ(DIGITS_MAX_STROKES + 1) == DIGITS_STROKES_TOO_MANY);
    lengths[2] = DIGITS_MAX_POINTS;
    CHECK(READ(3) == DIGITS_STROKES_TOO_MANY);
    lengths[0] = 1;
    CHECK(READ(1) == DIGITS_OK && count == 0, "a tap alone");
    const float bad[] = {NAN, INFINITY, -INFINITY, 1e7f};
    for (int i = 0; i < 4; i++) {
        xy[1] = bad[i];
        CHECK(READ(2) == DIGITS_BAD_ARGUMENT, "a coordinate of %g", (double)bad[i]);
    }
    xy[1] = 1;
    const digits_reader reader = {.recognizer = {.network = o.network}};
    const digits_strokes two = {xy, lengths, 2};
    digits_reading reading = {.digits = &digit, .capacity = 1};
    CHECK(digits_read_strokes(&reader, &two, NULL, o.work, 10, &reading) == DIGITS_NO_ROOM);
    CHECK(digits_read_strokes(&reader, NULL, NULL, o.work, 10, &reading) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_read_strokes(NULL, &two, NULL, o.work, 10, &reading) == DIGITS_BAD_ARGUMENT);
    const digits_read_options beyond = {1.5f, 1};
    CHECK(digits_read_strokes(&reader, &two, &beyond, o.work, 10, &reading) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_read_strokes_size(&reader, DIGITS_MAX_STROKES + 1) == 0);
    close_network(&o);
    return 1;
}

/* ── text ── */

static digits_status text_with(digits_digit *digits, size_t n, digits_sign *signs, size_t m, char *text, size_t size)
{
    const digits_reading reading = {
        .digits = digits, .capacity = n, .count = n, .signs = signs, .sign_capacity = m, .sign_count = m};
    return digits_text(&reading, text, size);
}

static int test_text(test_context *c)
{
    static digits_digit d[4];
    char text[9];
    for (int i = 0; i < 4; i++) d[i].label = i + 1;
    d[1].space_before = 1;
    d[2].line = d[3].line = 1;
    d[2].space_before = 1; /* a new line is space enough */
    CHECK(text_of(d, 4, text, sizeof text) == DIGITS_OK && strcmp(text, "1 2\n34") == 0, "'%s'", text);
    CHECK(text_of(d, 4, text, 7) == DIGITS_OK);
    for (size_t room = 0; room < 7; room++) CHECK(text_of(d, 4, text, room) == DIGITS_NO_ROOM, "room %zu", room);
    CHECK(text_of(NULL, 0, text, 1) == DIGITS_OK && text[0] == 0);
    CHECK(text_of(NULL, 0, text, 0) == DIGITS_NO_ROOM);
    CHECK(text_of(NULL, 1, text, 1) == DIGITS_BAD_ARGUMENT && digits_text(NULL, text, 1) == DIGITS_BAD_ARGUMENT);
    return 1;
}

/* Readings made from their text: '_' is a mark that is left out, and what it leaves is told by `expected`. */
static int test_text_with_signs(test_context *c)
{
    static const struct {
        const char *written, *expected, *digits;
    } cases[] = {{"21.95", "21.95", "2195"},     {"-264", "-264", "264"},
                 {"1,234.-", "1,234.-", "1234"}, {"12:30\n-5\n1/2", "12:30\n-5\n1/2", "1230\n5\n12"},
                 {"3 -4", "3 -4", NULL},         {"3_4", "3 4", "34"},
                 {"_5_\n_6", "5\n6", "5\n6"},    {"-\n7", "-\n7", "7"},
                 {"8\n--", "8\n--", "8"},        {"", "", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static digits_digit digits[16];
        static digits_sign signs[16];
        size_t n = 0, m = 0;
        int32_t line = 0, space = 0, after = -1;
        for (const char *p = cases[i].written; *p; p++) {
            if (*p == ' ') space = 1;
            if (*p == '\n') {
                line++;
                after = -1;
            }
            if (*p == ' ' || *p == '\n') continue;
            if (*p >= '0' && *p <= '9') {
                digits[n] = (digits_digit){.label = *p - '0', .line = line, .space_before = space};
                after = (int32_t)n++;
            } else {
                signs[m++] =
                    (digits_sign){.sign = *p == '_' ? 0 : *p, .line = line, .space_before = space, .after = after};
            }
            space = 0;
        }
        char text[33];
        CHECK(text_with(digits, n, signs, m, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, cases[i].expected) == 0, "'%s' became '%s'", cases[i].written, text);
        const size_t length = strlen(text);
        CHECK(length + 1 <= 2 * (n + m) + 1 && text_with(digits, n, signs, m, text, length) == DIGITS_NO_ROOM);
        if (!cases[i].digits) continue;
        CHECK(text_of(digits, n, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, cases[i].digits) == 0, "'%s' without signs became '%s'", cases[i].written, text);
    }
    return 1;
}

static int test_status_texts(test_context *c)
{
    for (int i = 0; i <= DIGITS_STATUS_LAST; i++) {
        CHECK(strcmp(digits_status_text((digits_status)i), "unknown status") != 0, "status %d", i);
        CHECK(strcmp(digits_status_name((digits_status)i), "UNKNOWN") != 0, "status %d", i);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(digits_status_text((digits_status)i), digits_status_text((digits_status)k)) != 0);
    }
    CHECK(strcmp(digits_status_text((digits_status)99), "unknown status") == 0);
    CHECK(strcmp(digits_status_name((digits_status)99), "UNKNOWN") == 0);
    CHECK(strcmp(digits_status_name(DIGITS_WEIGHTS_SHAPE), "WEIGHTS_SHAPE") == 0);
    return 1;
}

static const test tests[] = {
    {"corrections: corrections are read, all else and all that is taken back as before to the bit", test_corrections},
    {"corrections: bad input is refused", test_corrections_refuses},
    {"normalize: box, centre and stroke at any size and pen", test_normalize_form},
    {"normalize: blank, full, one pixel, bad arguments", test_normalize_edges},
    {"text lines: slanted lines, spaces, any order given", test_text_lines_order},
    {"strokes: a digit of any size at any place", test_read_strokes},
    {"strokes: one digit's picture without a network", test_normalize_strokes},
    {"strokes: two lines written backwards, and a dot", test_read_number_of_strokes},
    {"strokes: a 4 whose strokes stand apart, and two digits that do", test_strokes_apart},
    {"strokes: bad input is refused", test_read_strokes_refuses},
    {"text: digits, spaces, lines, and just enough room", test_text},
    {"text: signs where they are, spaces for what is left out", test_text_with_signs},
    {"status: every one has its own sentence", test_status_texts},
};

const test_room read_tests = {tests, sizeof tests / sizeof *tests};
