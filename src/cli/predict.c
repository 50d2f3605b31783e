#include "commands.h"

#include "train/file_io.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char HELP[] =
    "usage: digits predict [--json] [--least P] [--model FILE] IMAGE...\n"
    "Reads the handwritten digits in PNG and JPEG images. Exit status 0 when all could be read as images.\n"
    "  --json         one JSON object a line, in the order given\n"
    "  --least P      what is read with less confidence is no digit, 0 to 1 (0.25)\n"
    "  --model FILE   weights (models/digits.safetensors)\n";

enum { MAX_FILE = 256 << 20 };

/* One image's way through the core; error is NULL, or says why it could not be read. */
typedef struct outcome {
    const char *error;
    size_t count;
    digits_digit digits[DIGITS_MAX_DIGITS];
    char text[2 * DIGITS_MAX_DIGITS + 1];
    double ms; /* from file bytes to text */
} outcome;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static digits_status read_bytes(const digits_network *network, float least, const uint8_t *file, size_t size,
                                outcome *out)
{
    uint8_t *pixels;
    digits_image image = {.channels = 4};
    digits_status status = digits_image_decode(file, size, &pixels, &image.width, &image.height);
    if (status) return status;
    image.pixels = pixels;
    const size_t bytes = digits_read_image_size(network, image.width, image.height);
    void *work = malloc(bytes);
    status = work
                 ? digits_read_image(network, &image, least, work, bytes, out->digits, DIGITS_MAX_DIGITS, &out->count)
                 : DIGITS_OUT_OF_MEMORY;
    if (!status) status = digits_text(out->digits, out->count, out->text, sizeof out->text);
    free(work);
    digits_image_free(pixels);
    return status;
}

static void read_image(const digits_network *network, float least, const char *path, outcome *out)
{
    void *file;
    size_t size;
    out->error = NULL;
    out->count = 0;
    out->text[0] = 0;
    out->ms = 0;
    if (!load_file(path, MAX_FILE, &file, &size)) {
        out->error = strerror(errno);
        return;
    }
    const double start = now_ms();
    const digits_status status = read_bytes(network, least, file, size, out);
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
        for (size_t i = 0; i < o->count; i++) {
            const digits_digit *d = &o->digits[i];
            printf("%s{\"label\":%d,\"confidence\":%.4f,\"box\":[%d,%d,%d,%d],\"line\":%d}", i ? "," : "", d->label,
                   (double)d->confidence, d->x, d->y, d->width, d->height, d->line);
        }
        printf("],\"ms\":%.2f", o->ms);
    }
    puts("}");
}

static void print_plain(const char *path, const outcome *o)
{
    if (o->error) {
        fprintf(stderr, "digits: %s: %s\n", path, o->error);
        return;
    }
    float least = 1;
    for (size_t i = 0; i < o->count; i++) least = o->digits[i].confidence < least ? o->digits[i].confidence : least;
    if (o->count == 0) printf("%s: no digit (%.1f ms)\n", path, o->ms);
    else if (strchr(o->text, '\n'))
        printf("%s: (at least %.1f %% sure, %.1f ms)\n%s\n", path, 100 * (double)least, o->ms, o->text);
    else printf("%s: %s (at least %.1f %% sure, %.1f ms)\n", path, o->text, 100 * (double)least, o->ms);
}

int command_predict(int argc, char **argv)
{
    const char *model = NULL;
    int json = 0, failed = 0;
    float least = DIGITS_LEAST_CONFIDENCE;
    enum { MODEL = 1, JSON, LEAST, HELP_OPTION };
    static const struct option options[] = {{"model", 1, 0, MODEL},
                                            {"least", 1, 0, LEAST},
                                            {"json", 0, 0, JSON},
                                            {"help", 0, 0, HELP_OPTION},
                                            {0, 0, 0, 0}};
    for (int which; (which = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (which) {
        case MODEL: model = optarg; break;
        case JSON: json = 1; break;
        case LEAST: {
            char *end;
            least = strtof(optarg, &end);
            if (*optarg && !*end && least >= 0 && least <= 1) break;
            fprintf(stderr, "digits: --least %s: a confidence is 0 to 1\n", optarg);
            return 2;
        }
        case HELP_OPTION: fputs(HELP, stdout); return 0;
        default: return 2;
        }
    }
    if (optind == argc) {
        fputs(HELP, stderr);
        return 2;
    }
    void *memory;
    const digits_network *network = open_model(model, &memory);
    outcome *out = malloc(sizeof *out);
    if (!network || !out) {
        free(memory);
        free(out);
        return 1;
    }
    for (int i = optind; i < argc; i++) {
        read_image(network, least, argv[i], out);
        if (json) print_json(argv[i], out);
        else print_plain(argv[i], out);
        failed |= out->error != NULL;
    }
    free(out);
    free(memory);
    if (fflush(stdout) == 0) return failed;
    fprintf(stderr, "digits: cannot write the answers: %s\n", strerror(errno));
    return 1;
}
