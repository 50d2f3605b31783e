/* source.c — reads what scenes are made of: IDX files, pen strokes in JSON lines, tables of sources; all gzipped. */
#include "source.h"
#include "random.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LIMIT = 256 << 20, MNIST_TRAINED = 55000 };

/* A whole file, gzipped or not, with a 0 after its end; NULL if there is none or it is damaged. */
static uint8_t *read_file(const char *path, size_t *size)
{
    gzFile file = gzopen(path, "rb");
    if (!file) return NULL;
    size_t room = 1 << 20, n = 0;
    uint8_t *bytes = malloc(room + 1);
    int got = 0;
    while (bytes && (got = gzread(file, bytes + n, (unsigned)(room - n))) > 0) {
        n += (size_t)got;
        if (n < room) continue;
        uint8_t *more = room < LIMIT ? realloc(bytes, 2 * room + 1) : NULL;
        if (!more) free(bytes);
        bytes = more;
        room *= 2;
    }
    if (gzclose_r(file) != Z_OK || got < 0) {
        free(bytes);
        return NULL;
    }
    if (bytes) bytes[n] = 0;
    *size = n;
    return bytes;
}

/* The same, of the first of the folders that has it. */
static uint8_t *find_file(const char *folders, const char *name, size_t *size)
{
    for (const char *f = folders; *f;) {
        const int n = (int)strcspn(f, ":");
        char path[1024];
        if (snprintf(path, sizeof path, "%.*s/%s", n, f, name) < (int)sizeof path) {
            uint8_t *bytes = read_file(path, size);
            if (bytes) return bytes;
        }
        f += n + (f[n] == ':');
    }
    return NULL;
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* An IDX file of bytes, its header of `rank` sides taken off. NULL if missing, or if it is none. */
static uint8_t *read_idx(const char *folders, const char *name, int rank, uint32_t *sides)
{
    size_t size = 0, want = 1;
    const size_t start = 4 + 4 * (size_t)rank;
    uint8_t *file = find_file(folders, name, &size);
    if (!file) return NULL;
    int good = size >= start && file[0] == 0 && file[1] == 0 && file[2] == 8 && file[3] == rank;
    for (int i = 0; good && i < rank; i++) {
        sides[i] = big_endian(file + 4 + 4 * i);
        good = sides[i] >= 1 && sides[i] <= LIMIT / want;
        want *= sides[i];
    }
    if (!good || size - start != want) {
        free(file);
        return NULL;
    }
    memmove(file, file + start, want);
    return file;
}

/* FNV-1a (Fowler, Noll & Vo), of the text up to `end`. */
static int kept_aside(const char *text, size_t n)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < n; i++) hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    return hash % KEPT_ASIDE == 0;
}

/* Of a UNIPEN file's name, the writer's: without the number of the file. */
static size_t writer_length(const char *src)
{
    size_t n = strcspn(src, ":");
    if (n > 4 && memcmp(src + n - 4, ".dat", 4) == 0) n -= 4;
    while (n > 0 && src[n - 1] >= '0' && src[n - 1] <= '9') n--;
    return n;
}

/* The second column of the next line of a table, up to one of `ends`; *line: where the line before ended.
 * 0: none is left. */
static int next_name(const char **line, const char *ends, const char **name, size_t *length)
{
    if (!*line || !**line) return 0;
    const char *start = *line + 1, *end = start + strcspn(start, "\n"),
               *tab = memchr(start, '\t', (size_t)(end - start));
    if (!tab) return 0;
    *name = tab + 1;
    *length = strcspn(*name, ends);
    *line = end;
    return 1;
}

/* ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────── */

/* Dark on white becomes ink: the lightest of the picture is none, its darkest full. */
static void invert(uint8_t *ink, size_t n)
{
    int low = 255, high = 0;
    for (size_t i = 0; i < n; i++) {
        low = ink[i] < low ? ink[i] : low;
        high = ink[i] > high ? ink[i] : high;
    }
    for (size_t i = 0; i < n; i++) ink[i] = (uint8_t)((high - ink[i]) * 255 / (high > low ? high - low : 1));
}

static void find_box(const uint8_t *ink, int side, uint8_t box[4])
{
    int x0 = side, y0 = side, x1 = 0, y1 = 0;
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            if (ink[y * side + x] < 80) continue;
            x0 = x < x0 ? x : x0;
            x1 = x + 1 > x1 ? x + 1 : x1;
            y0 = y < y0 ? y : y0;
            y1 = y + 1;
        }
    }
    if (x1 <= x0) x0 = y0 = 0, x1 = y1 = side;
    box[0] = (uint8_t)x0, box[1] = (uint8_t)y0, box[2] = (uint8_t)x1, box[3] = (uint8_t)y1;
}

/* sources: a table whose `file` column says what is kept aside, or NULL. */
static int read_bitmaps(bitmap_set *set, const char *folders, const char *images, const char *labels,
                        const char *sources, size_t most)
{
    uint32_t sides[3], n = 0;
    bitmap_set s = {0};
    s.ink = read_idx(folders, images, 3, sides);
    s.labels = read_idx(folders, labels, 1, &n);
    if (s.ink && s.labels && n == sides[0] && sides[1] == sides[2] && sides[1] <= 64) {
        s.count = n < most ? n : most;
        s.side = (int)sides[1];
        s.box = malloc(s.count * sizeof *s.box);
    }
    size_t size = 0;
    char *table = sources ? (char *)find_file(folders, sources, &size) : NULL;
    int good = s.box && (!sources || table);
    for (size_t i = 0; good && i < s.count; i++) good = s.labels[i] <= 9;
    if (!good) {
        free(table);
        free(s.ink);
        free(s.labels);
        free(s.box);
        return 0;
    }
    const size_t area = (size_t)s.side * (size_t)s.side;
    const char *line = table ? strchr(table, '\n') : NULL, *name;
    size_t kept = 0, length;
    for (size_t i = 0; i < s.count; i++) {
        if (table && (!next_name(&line, "\t\n", &name, &length) || kept_aside(name, length))) continue;
        uint8_t *ink = s.ink + kept * area;
        memmove(ink, s.ink + i * area, area);
        s.labels[kept] = s.labels[i];
        if (table) invert(ink, area); /* the scans are dark on white */
        find_box(ink, s.side, s.box[kept++]);
    }
    free(table);
    s.count = kept;
    *set = s;
    return 1;
}

/* ── Strokes ──────────────────────────────────────────────────────────────────────────────────────────── */

typedef struct stroke_rooms {
    size_t drawn, points;
} stroke_rooms;

static int grow(stroke_set *s, stroke_rooms *room)
{
    if (s->count + 1 >= room->drawn) {
        room->drawn = 2 * room->drawn + 1024;
        void *first = realloc(s->first, room->drawn * sizeof *s->first);
        if (first) s->first = first;
        void *what = realloc(s->what, room->drawn);
        if (what) s->what = what;
        if (!first || !what) return 0;
    }
    if (s->points + 2048 >= room->points) {
        room->points = 2 * room->points + 65536;
        void *point = realloc(s->point, room->points * sizeof *s->point);
        if (point) s->point = point;
        void *up = realloc(s->up, room->points);
        if (up) s->up = up;
        if (!point || !up) return 0;
    }
    return 1;
}

/* Adds what one line draws: points nearer than a hundredth of its height are left out. */
static void add_strokes(stroke_set *s, const json_t *strokes, uint8_t what)
{
    float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
    const size_t start = s->points;
    size_t i, j, n = start;
    const json_t *stroke, *point;
    if (!s->point || !s->up) return;
    json_array_foreach(strokes, i, stroke)
    {
        json_array_foreach(stroke, j, point)
        {
            const float x = (float)json_number_value(json_array_get(point, 0)),
                        y = (float)json_number_value(json_array_get(point, 1));
            if (n - start >= 2000 || !(fabsf(x) < 1e6f) || !(fabsf(y) < 1e6f)) return;
            s->point[n][0] = x, s->point[n][1] = y;
            s->up[n++] = j + 1 == json_array_size(stroke);
            x0 = fminf(x0, x), y0 = fminf(y0, y), x1 = fmaxf(x1, x), y1 = fmaxf(y1, y);
        }
    }
    const float size = fmaxf(fmaxf(y1 - y0, (x1 - x0) / 2), 1e-3f);
    if (n == start) return;
    size_t to = start;
    for (size_t k = start; k < n; k++) {
        const float x = (s->point[k][0] - x0) / size, y = (s->point[k][1] - y0) / size;
        if (to > start && !s->up[to - 1] && !s->up[k] &&
            hypotf(x - s->point[to - 1][0], y - s->point[to - 1][1]) < 0.03f)
            continue;
        s->point[to][0] = x, s->point[to][1] = y;
        s->up[to++] = s->up[k];
    }
    s->points = to;
    s->what[s->count] = what;
    s->first[s->count++] = (uint32_t)start;
    s->first[s->count] = (uint32_t)to;
}

static void free_strokes(stroke_set *s)
{
    free(s->first);
    free(s->what);
    free(s->point);
    free(s->up);
    *s = (stroke_set){0};
}

/* Lines {"label" or "char", "strokes", "src"}; of those without src, the first share of 1 - 1 / KEPT_ASIDE. */
static int read_strokes(stroke_set *set, const char *folders, const char *name)
{
    size_t size = 0, lines = 0, line = 0;
    char *text = (char *)find_file(folders, name, &size);
    if (!text) return 0;
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    stroke_set s = {0};
    stroke_rooms room = {0};
    int good = 1;
    for (char *at = text, *end; good && (end = memchr(at, '\n', (size_t)(text + size - at))); at = end + 1, line++) {
        good = grow(&s, &room);
        json_t *drawn = good ? json_loadb(at, (size_t)(end - at), 0, NULL) : NULL;
        const char *label = json_string_value(json_object_get(drawn, "label"));
        const char *letter = json_string_value(json_object_get(drawn, "char"));
        const char *src = json_string_value(json_object_get(drawn, "src"));
        const int aside = src ? kept_aside(src, writer_length(src)) : line >= lines - lines / KEPT_ASIDE;
        if (!aside && label && *label >= '0' && *label <= '9')
            add_strokes(&s, json_object_get(drawn, "strokes"), (uint8_t)(*label - '0'));
        else if (!aside && letter && *letter > 32 && *letter < 127)
            add_strokes(&s, json_object_get(drawn, "strokes"), (uint8_t)*letter);
        json_decref(drawn);
    }
    free(text);
    if (!good || !s.count) {
        free_strokes(&s);
        return 0;
    }
    *set = s;
    return 1;
}

/* ── Fonts and cells ──────────────────────────────────────────────────────────────────────────────────── */

static int read_glyphs(glyph_set *g, const char *folders)
{
    uint32_t sides[3], of[3];
    g->ink = read_idx(folders, "glyphs/images.idx3-ubyte.gz", 3, sides);
    g->labels = (uint8_t(*)[4])read_idx(folders, "glyphs/labels.idx2-ubyte.gz", 2, of);
    memset(g->at, 0xff, sizeof g->at);
    if (!g->ink || !g->labels || sides[1] != GLYPH_SIDE || sides[2] != GLYPH_SIDE || of[0] != sides[0] || of[1] != 4)
        return 0;
    g->count = sides[0];
    g->box = malloc(g->count * sizeof *g->box);
    if (!g->box) return 0;
    for (size_t i = 0; i < g->count; i++) {
        const uint8_t code = g->labels[i][0], font = g->labels[i][1];
        find_box(g->ink + i * GLYPH_SIDE * GLYPH_SIDE, GLYPH_SIDE, g->box[i]);
        if (code > 127 || font >= GLYPH_FONTS) continue;
        g->at[font][code] = (int32_t)i;
    }
    /* A font counts when it has the digits and most letters. */
    for (int font = 0; font < GLYPH_FONTS; font++) {
        int has = 0;
        for (int code = 33; code < 127; code++) has += g->at[font][code] >= 0;
        for (int digit = '0'; digit <= '9'; digit++) has -= g->at[font][digit] < 0 ? 100 : 0;
        if (has < 50) continue;
        if (g->labels[g->at[font]['0']][2]) g->writing[g->writings++] = (uint8_t)font;
        else g->print[g->prints++] = (uint8_t)font;
    }
    return g->prints > 0 && g->writings > 0;
}

static int read_cells(cell_set *c, const char *folders)
{
    uint32_t sides[3], n = 0;
    size_t size = 0, kept = 0;
    c->grey = read_idx(folders, "sudoku-cells/images.idx3-ubyte.gz", 3, sides);
    c->empty = read_idx(folders, "sudoku-cells/labels.idx1-ubyte.gz", 1, &n);
    char *sources = (char *)find_file(folders, "sudoku-cells/sources.tsv.gz", &size);
    if (!c->grey || !c->empty || !sources || n != sides[0] || sides[1] != CELL_SIDE || sides[2] != CELL_SIDE) {
        free(sources);
        return 0;
    }
    c->begin = calloc(n, sizeof *c->begin);
    c->end = calloc(n, sizeof *c->end);
    const size_t area = CELL_SIDE * CELL_SIDE;
    const char *line = strchr(sources, '\n'), *photo = NULL;
    size_t photo_length = 0;
    const char *name;
    size_t length;
    for (uint32_t i = 0; c->begin && c->end && i < n && next_name(&line, " \n", &name, &length); i++) {
        if (kept_aside(name, length)) continue;
        const int same = photo && length == photo_length && memcmp(photo, name, length) == 0;
        memmove(c->grey + kept * area, c->grey + i * area, area);
        c->empty[kept] = c->empty[i] == 255;
        c->begin[kept] = same ? c->begin[kept - 1] : (uint32_t)kept;
        for (size_t k = c->begin[kept]; k <= kept; k++) c->end[k] = (uint32_t)kept + 1;
        kept++;
        photo = name, photo_length = length;
    }
    free(sources);
    c->count = kept;
    return kept > 0;
}

/* ── Noise ────────────────────────────────────────────────────────────────────────────────────────────── */

static int make_noise(scene_source *s)
{
    const int side = NOISE_SIDE, mask = NOISE_SIDE - 1;
    s->noise = malloc(NOISES * sizeof *s->noise);
    float *rows = malloc(sizeof *s->noise);
    random_stream r = random_open(20261125, 0, 0);
    for (int k = 0; s->noise && rows && k < NOISES; k++) {
        float *out = s->noise[k], kernel[40];
        for (int i = 0; i < side * side; i++) out[i] = random_normal(&r);
        if (k == 0) continue;
        const float sigma = 0.7f * powf(1.8f, (float)(k - 1)); /* 0.7 1.3 2.3 4.1 7.3 pixels */
        const int reach = (int)(3 * sigma) + 1;
        for (int d = 0; d <= reach; d++) kernel[d] = expf(-(float)(d * d) / (2 * sigma * sigma));
        for (int pass = 0; pass < 2; pass++) {
            const float *in = pass ? rows : out;
            float *to = pass ? out : rows;
            for (int y = 0; y < side; y++) {
                for (int x = 0; x < side; x++) {
                    float sum = kernel[0] * in[y * side + x];
                    for (int d = 1; d <= reach; d++)
                        sum += kernel[d] * (pass ? in[((y + d) & mask) * side + x] + in[((y - d) & mask) * side + x]
                                                 : in[y * side + ((x + d) & mask)] + in[y * side + ((x - d) & mask)]);
                    to[y * side + x] = sum;
                }
            }
        }
        double sum = 0, squares = 0;
        for (int i = 0; i < side * side; i++) sum += out[i], squares += (double)out[i] * out[i];
        const float mean = (float)(sum / (side * side)),
                    scale = (float)(1 / sqrt(squares / (side * side) - mean * mean));
        for (int i = 0; i < side * side; i++) out[i] = (out[i] - mean) * scale;
    }
    free(rows);
    return s->noise && rows;
}

/* ── All ──────────────────────────────────────────────────────────────────────────────────────────────── */

static void note(char *error, const char *name)
{
    const size_t n = strlen(error);
    snprintf(error + n, SCENE_ERROR_TEXT - n, "%s%s", n ? ", " : "scenes lack ", name);
}

scene_source *scene_source_open(const char *folders, char error[SCENE_ERROR_TEXT])
{
    scene_source *s = calloc(1, sizeof *s);
    error[0] = 0;
    if (!s || !make_noise(s)) {
        snprintf(error, SCENE_ERROR_TEXT, "scenes: no memory");
        scene_source_close(s);
        return NULL;
    }
    static const char *const mnist[][2] = {
        {"mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"},
        {"mnist/train-images-idx3-ubyte", "mnist/train-labels-idx1-ubyte"},
        {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"},
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
    };
    for (int i = 0; i < 4 && !s->bitmaps[BITMAPS_MNIST].count; i++)
        read_bitmaps(&s->bitmaps[BITMAPS_MNIST], folders, mnist[i][0], mnist[i][1], NULL, MNIST_TRAINED);
    if (!s->bitmaps[BITMAPS_MNIST].count) {
        snprintf(error, SCENE_ERROR_TEXT, "scenes: no MNIST training images in %.300s; `make data` gets them",
                 folders);
        scene_source_close(s);
        return NULL;
    }
    static const char *const scans[BITMAP_SETS] = {NULL, "kensanata-rest", "optdigits", "hwd-1000"};
    for (int i = BITMAPS_KENSANATA; i < BITMAP_SETS; i++) {
        char images[64], labels[64], sources[64];
        snprintf(images, sizeof images, "%s/images.idx3-ubyte.gz", scans[i]);
        snprintf(labels, sizeof labels, "%s/labels.idx1-ubyte.gz", scans[i]);
        snprintf(sources, sizeof sources, "%s/sources.tsv.gz", scans[i]);
        if (!read_bitmaps(&s->bitmaps[i], folders, images, labels, sources, SIZE_MAX)) note(error, scans[i]);
    }
    static const char *const drawn[STROKE_SETS] = {"strokes", "unipen-digits", "unipen-other"};
    for (int i = 0; i < STROKE_SETS; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/strokes.jsonl.gz", drawn[i]);
        if (!read_strokes(&s->strokes[i], folders, name)) note(error, drawn[i]);
    }
    if (!read_glyphs(&s->glyphs, folders)) {
        s->glyphs.prints = s->glyphs.writings = 0;
        note(error, "glyphs (src/dataset/glyphs.js draws them)");
    }
    if (!read_cells(&s->cells, folders)) {
        s->cells.count = 0;
        note(error, "sudoku-cells");
    }
    return s;
}

void scene_source_close(scene_source *s)
{
    if (!s) return;
    for (int i = 0; i < BITMAP_SETS; i++) {
        free(s->bitmaps[i].ink);
        free(s->bitmaps[i].labels);
        free(s->bitmaps[i].box);
    }
    for (int i = 0; i < STROKE_SETS; i++) free_strokes(&s->strokes[i]);
    free(s->glyphs.ink);
    free(s->glyphs.labels);
    free(s->glyphs.box);
    free(s->cells.grey);
    free(s->cells.empty);
    free(s->cells.begin);
    free(s->cells.end);
    free(s->noise);
    free(s);
}
