/* scenes.c — a sheet of made scenes as a PNG file, to look at. */
#include "commands.h"

#include "scenes/scene.h"
#include "train/file_io.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

static const char HELP[] = "usage: digits scenes [options]\n"
                           "Makes pictures of pages as the page network is trained on, and writes a sheet of them.\n"
                           "  --data DIRS     folders with the sets, parted by ':' (data, then $DIGITS_DATA)\n"
                           "  --out FILE      PNG (build/scenes.png)\n"
                           "  --count N       scenes, eight in a row (48)\n"
                           "  --seed S        of the scenes (1)\n"
                           "  --first I       the first one's number (0)\n"
                           "  --boxes         draws what is where: digits green, signs blue, others red\n"
                           "  --owners        shows the ink that belongs to digits and signs instead of the picture\n"
                           "Says how many are made in a second, and how many show no digit.\n";

enum { COLUMNS = 8, CELL = SCENE_SIDE + 4, MOST = 4096 };

typedef struct sheet {
    size_t width, height;
    uint8_t *rows; /* [height][1 + 3 * width]: PNG's filter byte 0, then RGB */
} sheet;

static uint8_t *pixel(const sheet *s, size_t x, size_t y) { return s->rows + y * (1 + 3 * s->width) + 1 + 3 * x; }

static void put(const sheet *s, size_t x, size_t y, const uint8_t rgb[3]) { memcpy(pixel(s, x, y), rgb, 3); }

static void show(const sheet *s, const scene *made, size_t x0, size_t y0, int boxes, int owners)
{
    static const uint8_t colour[3][3] = {{0, 170, 0}, {40, 80, 255}, {230, 0, 0}};
    for (size_t y = 0; y < SCENE_SIDE; y++) {
        for (size_t x = 0; x < SCENE_SIDE; x++) {
            const uint8_t grey = made->grey[y * SCENE_SIDE + x], owner = made->owner[y * SCENE_SIDE + x];
            uint8_t rgb[3] = {grey, grey, grey};
            if (owners) {
                rgb[0] = (uint8_t)(owner * 67), rgb[1] = (uint8_t)(owner * 101), rgb[2] = (uint8_t)(owner ? 90 : 0);
                if (owner == SCENE_CUT) rgb[0] = rgb[1] = rgb[2] = 255;
            }
            put(s, x0 + x, y0 + y, rgb);
        }
    }
    for (int i = 0; boxes && i < made->count; i++) {
        const scene_object *o = &made->objects[i];
        const uint8_t *rgb = colour[o->kind == SCENE_DIGIT ? 0 : o->kind == SCENE_OTHER ? 2 : 1];
        for (int x = (int)o->x0; x < (int)o->x1; x++) {
            put(s, x0 + (size_t)x, y0 + (size_t)o->y0, rgb);
            put(s, x0 + (size_t)x, y0 + (size_t)o->y1 - 1, rgb);
        }
        for (int y = (int)o->y0; y < (int)o->y1; y++) {
            put(s, x0 + (size_t)o->x0, y0 + (size_t)y, rgb);
            put(s, x0 + (size_t)o->x1 - 1, y0 + (size_t)y, rgb);
        }
    }
}

static void big_endian(uint8_t *p, size_t v)
{
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A chunk of a PNG file, its content already at p + 8. Returns its end. */
static uint8_t *chunk(uint8_t *p, const char *name, size_t size)
{
    big_endian(p, size);
    memcpy(p + 4, name, 4);
    big_endian(p + 8 + size, crc32(0, p + 4, (uInt)(4 + size)));
    return p + 12 + size;
}

static int write_png(const sheet *s, const char *path)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const uLong raw = (uLong)(s->height * (1 + 3 * s->width));
    uLongf size = compressBound(raw);
    uint8_t *file = malloc(size + 64), *p = file;
    if (!file) return 0;
    memcpy(p, signature, 8);
    p += 8;
    big_endian(p + 8, s->width);
    big_endian(p + 12, s->height);
    memcpy(p + 16, (const uint8_t[]){8, 2, 0, 0, 0}, 5); /* 8 bits, RGB */
    p = chunk(p, "IHDR", 13);
    int good = compress2(p + 8, &size, s->rows, raw, 6) == Z_OK;
    if (good) {
        p = chunk(p, "IDAT", size);
        p = chunk(p, "IEND", 0);
        good = save_file(path, file, (size_t)(p - file));
    }
    free(file);
    return good;
}

static int number(const char *text, long most, long *to)
{
    char *end;
    errno = 0;
    *to = strtol(text, &end, 10);
    return !errno && end != text && !*end && *to >= 0 && *to <= most;
}

int command_scenes(int argc, char **argv)
{
    static const struct option options[] = {{"data", 1, 0, 'd'},   {"out", 1, 0, 'o'},   {"count", 1, 0, 'n'},
                                            {"seed", 1, 0, 's'},   {"first", 1, 0, 'f'}, {"boxes", 0, 0, 'b'},
                                            {"owners", 0, 0, 'w'}, {"help", 0, 0, 'h'},  {0, 0, 0, 0}};
    const char *out = "build/scenes.png", *surroundings = getenv("DIGITS_DATA");
    char data[4096], error[SCENE_ERROR_TEXT];
    long count = 48, seed = 1, first = 0;
    int boxes = 0, owners = 0, ok = 1;
    if (snprintf(data, sizeof data, "data%s%s", surroundings ? ":" : "", surroundings ? surroundings : "") >=
        (int)sizeof data)
        return 2;
    for (int which; (which = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (which) {
        case 'd': ok = ok && snprintf(data, sizeof data, "%s", optarg) < (int)sizeof data; break;
        case 'o': out = optarg; break;
        case 'n': ok = ok && number(optarg, MOST, &count) && count > 0; break;
        case 's': ok = ok && number(optarg, 1L << 40, &seed); break;
        case 'f': ok = ok && number(optarg, 1L << 40, &first); break;
        case 'b': boxes = 1; break;
        case 'w': owners = 1; break;
        case 'h': fputs(HELP, stdout); return 0;
        default: return 2;
        }
    }
    if (!ok || optind < argc) {
        fputs(HELP, stderr);
        return 2;
    }
    scene_source *source = scene_source_open(data, error);
    if (*error) fprintf(stderr, "digits scenes: %s\n", error);
    if (!source) return 1;
    const size_t rows = ((size_t)count + COLUMNS - 1) / COLUMNS;
    sheet s = {COLUMNS * CELL, rows * CELL, NULL};
    s.rows = calloc(s.height, 1 + 3 * s.width);
    scene *made = malloc(sizeof *made);
    long done = 0, bare = 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (; s.rows && made && done < count; done++) {
        if (!scene_make(source, (uint64_t)seed, (uint64_t)(first + done), made)) break;
        show(&s, made, (size_t)(done % COLUMNS) * CELL + 2, (size_t)(done / COLUMNS) * CELL + 2, boxes, owners);
        bare += made->count == 0;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    const double seconds = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    ok = done == count && write_png(&s, out);
    if (ok)
        printf("%s: %ld scenes, %ld of them without digits; %.0f a second of processor time\n", out, count, bare,
               (double)count / seconds);
    else fprintf(stderr, "digits scenes: %s: %s\n", out, done == count ? strerror(errno) : "no memory");
    free(made);
    free(s.rows);
    scene_source_close(source);
    return ok ? 0 : 1;
}
