#include "commands.h"

#include "page/read_page.h"
#include "train/file_io.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char HELP[] =
    "usage: digits predict [--json] [--no-signs] [--min-confidence P] [--model FILE] [--page FILE] IMAGE...\n"
    "Reads the handwritten digits in PNG and JPEG images. Exit status 0 when all could be read as images.\n"
    "  --json               one JSON object a line, in the order given\n"
    "  --no-signs           digits alone: no points, commas, dashes, slashes and colons among them\n"
    "  --min-confidence P   what is read with less confidence is no digit, 0 to 1 (0.25)\n"
    "  --model FILE         weights that read a digit (models/digits.safetensors)\n"
    "  --page FILE          weights that find the writing in an image (models/page.safetensors, if it is there)\n";

enum { MAX_FILE = 256 << 20 };

/* One image's way through the core; error is NULL, or says why it could not be read. */
typedef struct outcome {
    const char *error;
    digits_reading reading; /* its room is in the two arrays */
    digits_digit digits[DIGITS_MAX_DIGITS];
    digits_sign signs[DIGITS_MAX_SIGNS];
    char text[2 * (DIGITS_MAX_DIGITS + DIGITS_MAX_SIGNS) + 1];
    double ms; /* from file bytes to text */
} outcome;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static digits_status read_bytes(const digits_reader *reader, const digits_read_options *options, const uint8_t *file,
                                size_t size, outcome *out)
{
    uint8_t *pixels;
    digits_image image = {.channels = 4};
    digits_status status = digits_image_decode(file, size, &pixels, &image.width, &image.height);
    if (status) return status;
    image.pixels = pixels;
    const size_t bytes = reader->page ? read_page_size(reader, image.width, image.height)
                                      : digits_read_image_size(reader, image.width, image.height);
    void *work = malloc(bytes);
    if (!work) status = DIGITS_OUT_OF_MEMORY;
    else if (reader->page) status = read_page(reader, &image, options, work, bytes, &out->reading);
    else status = digits_read_image(reader, &image, options, work, bytes, &out->reading);
    if (!status) status = digits_text(&out->reading, out->text, sizeof out->text);
    free(work);
    digits_image_free(pixels);
    return status;
}

static void read_image(const digits_reader *reader, const digits_read_options *options, const char *path,
                       outcome *out)
{
    void *file;
    size_t size;
    out->error = NULL;
    out->reading = (digits_reading){
        .digits = out->digits, .capacity = DIGITS_MAX_DIGITS, .signs = out->signs, .sign_capacity = DIGITS_MAX_SIGNS};
    out->text[0] = 0;
    out->ms = 0;
    if (!load_file(path, MAX_FILE, &file, &size)) {
        out->error = strerror(errno);
        return;
    }
    const double start = now_ms();
    const digits_status status = read_bytes(reader, options, file, size, out);
    out->ms = now_ms() - start;
    if (status) out->error = digits_status_text(status);
    free(file);
}

/* A JSON string. File names are bytes: what is no UTF-8 would be no JSON, so such bytes go out as U+FFFD. */
static void put_string(const char *s)
{
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)s; *p;) {
        int more = *p >= 0xf0 && *p < 0xf5 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc2 ? 1 : 0;
        if (*p >= 0xf5) more = 0;
        int valid = *p < 0x80 || more > 0;
        for (int i = 1; i <= more && valid; i++) valid = (p[i] & 0xc0) == 0x80;
        if (valid && *p == 0xe0) valid = p[1] >= 0xa0;
        if (valid && *p == 0xed) valid = p[1] < 0xa0;
        if (valid && *p == 0xf0) valid = p[1] >= 0x90;
        if (valid && *p == 0xf4) valid = p[1] < 0x90;
        if (!valid) {
            fputs("\\ufffd", stdout);
            p++;
        } else if (*p == '"' || *p == '\\') {
            printf("\\%c", *p++);
        } else if (*p < 0x20) {
            printf("\\u%04x", *p++);
        } else {
            fwrite(p, 1, (size_t)more + 1, stdout);
            p += more + 1;
        }
    }
    putchar('"');
}

/* What digits and signs have in common. */
static void put_place(float confidence, const int32_t box[4], int32_t line)
{
    printf("\"confidence\":%.4f,\"box\":[%d,%d,%d,%d],\"line\":%d", (double)confidence, box[0], box[1], box[2],
           box[3], line);
}

static void put_digits(const digits_reading *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const digits_digit *d = &r->digits[i];
        printf("%s{\"label\":%d,", i ? "," : "", d->label);
        put_place(d->confidence, (const int32_t[4]){d->x, d->y, d->width, d->height}, d->line);
        putchar('}');
    }
}

static void put_signs(const digits_reading *r)
{
    for (size_t i = 0; i < r->sign_count; i++) {
        const digits_sign *s = &r->signs[i];
        printf("%s{\"sign\":", i ? "," : "");
        put_string((const char[2]){(char)s->sign, 0});
        putchar(',');
        put_place(s->confidence, (const int32_t[4]){s->x, s->y, s->width, s->height}, s->line);
        printf(",\"after\":%d}", s->after);
    }
}

static void print_json(const char *path, const outcome *o)
{
    fputs("{\"file\":", stdout);
    put_string(path);
    if (o->error) {
        fputs(",\"error\":", stdout);
        put_string(o->error);
    } else {
        fputs(",\"text\":", stdout);
        put_string(o->text);
        /* put_string writes a new line as \u000a: the same JSON. */
        fputs(",\"digits\":[", stdout);
        put_digits(&o->reading);
        fputs("],\"signs\":[", stdout);
        put_signs(&o->reading);
        printf("],\"rotation\":%d,\"ms\":%.2f", o->reading.rotation, o->ms);
    }
    puts("}");
}

static void print_plain(const char *path, const outcome *o)
{
    if (o->error) {
        fprintf(stderr, "digits: %s: %s\n", path, o->error);
        return;
    }
    const digits_reading *r = &o->reading;
    float min = 1;
    for (size_t i = 0; i < r->count; i++) min = r->digits[i].confidence < min ? r->digits[i].confidence : min;
    if (r->count == 0) printf("%s: no digit (%.1f ms)\n", path, o->ms);
    else if (strchr(o->text, '\n'))
        printf("%s: (at least %.1f %% sure, %.1f ms)\n%s\n", path, 100 * (double)min, o->ms, o->text);
    else printf("%s: %s (at least %.1f %% sure, %.1f ms)\n", path, o->text, 100 * (double)min, o->ms);
}

typedef struct arguments {
    const char *model, *page;
    int json;
    digits_read_options options;
    int result; /* −1: go on; else the program's exit status */
} arguments;

static arguments parse(int argc, char **argv)
{
    arguments a = {.options = DIGITS_READ_DEFAULTS, .result = -1};
    enum { MODEL = 1, PAGE, JSON, NO_SIGNS, MIN_CONFIDENCE, HELP_OPTION };
    static const struct option options[] = {{"model", 1, 0, MODEL},
                                            {"page", 1, 0, PAGE},
                                            {"min-confidence", 1, 0, MIN_CONFIDENCE},
                                            {"no-signs", 0, 0, NO_SIGNS},
                                            {"json", 0, 0, JSON},
                                            {"help", 0, 0, HELP_OPTION},
                                            {0, 0, 0, 0}};
    for (int which; a.result < 0 && (which = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        char *end;
        switch (which) {
        case MODEL: a.model = optarg; break;
        case PAGE: a.page = optarg; break;
        case JSON: a.json = 1; break;
        case NO_SIGNS: a.options.signs = 0; break;
        case MIN_CONFIDENCE:
            a.options.min_confidence = strtof(optarg, &end);
            if (*optarg && !*end && a.options.min_confidence >= 0 && a.options.min_confidence <= 1) break;
            fprintf(stderr, "digits: --min-confidence %s: a confidence is 0 to 1\n", optarg);
            a.result = 2;
            break;
        case HELP_OPTION:
            fputs(HELP, stdout);
            a.result = 0;
            break;
        default: a.result = 2;
        }
    }
    if (a.result < 0 && optind == argc) {
        fputs(HELP, stderr);
        a.result = 2;
    }
    return a;
}

int command_predict(int argc, char **argv)
{
    const arguments a = parse(argc, argv);
    if (a.result >= 0) return a.result;
    void *memory, *page_memory = NULL;
    digits_reader reader = {.recognizer = {.network = open_model(a.model, &memory)}};
    outcome *out = malloc(sizeof *out);
    int failed = 0;
    if (!reader.recognizer.network || !open_page_model(a.page, &page_memory, &reader.page) || !out) {
        free(page_memory);
        free(memory);
        free(out);
        return 1;
    }
    for (int i = optind; i < argc; i++) {
        read_image(&reader, &a.options, argv[i], out);
        if (a.json) print_json(argv[i], out);
        else print_plain(argv[i], out);
        failed |= out->error != NULL;
    }
    free(out);
    free(page_memory);
    free(memory);
    if (fflush(stdout) == 0) return failed;
    fprintf(stderr, "digits: cannot write the answers: %s\n", strerror(errno));
    return 1;
}
