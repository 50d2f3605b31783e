/* support.c — see support.h. */
#include "support.h"

#include "nn/architecture.h"
#include "harness.h"

#include <math.h>

void put_header(file *f, const char *text)
{
    const size_t n = strlen(text);
    memset(f->bytes, 0, 8);
    for (int i = 0; i < 8; i++) f->bytes[i] = (uint8_t)((uint64_t)n >> 8 * i);
    memcpy(f->bytes + 8, text, n);
    f->size = 8 + n;
}

void put(file *f, const void *bytes, size_t n)
{
    memcpy(f->bytes + f->size, bytes, n);
    f->size += n;
}

/* A file of that architecture with random weights of -limit..limit, and activations up to most. Where limit is negative,
 * all weights of a channel are limit, or all are -limit: the largest sums that there can be. */
void random_network_of(file *f, const char *text, uint32_t seed, int most, int limit)
{
    static char header[4096];
    architecture a;
    (void)architecture_parse(text, &a);
    size_t at = 4;
    int n =
        snprintf(header, sizeof header,
                 "{\"__metadata__\":{\"architecture\":\"%s\"%s},\"logits.scale\":{\"dtype\":\"F32\",\"shape\":[1],"
                 "\"data_offsets\":[0,4]}",
                 text, most == 63 ? ",\"activations\":\"63\"" : "");
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) {
            snprintf(header + n, sizeof header - (size_t)n, "}");
            put_header(f, header);
            put(f, &(float){0.01f}, 4);
        }
        for (int i = 0; i < a.count; i++) {
            const layer_shape *l = &a.layers[i];
            if (l->kind == LAYER_POOL) continue;
            const size_t o = (size_t)l->out_c, w = layer_weights(l);
            const int last = i == a.count - 1;
            if (pass == 0) {
#define ENTRY(what, type, bytes, ...)                                                                                \
    n += snprintf(header + n, sizeof header - (size_t)n,                                                             \
                  ",\"layers.%d." what "\":{\"dtype\":\"" type "\",\"shape\":[", i);                                 \
    n += snprintf(header + n, sizeof header - (size_t)n, __VA_ARGS__);                                               \
    n += snprintf(header + n, sizeof header - (size_t)n, "],\"data_offsets\":[%zu,%zu]}", at, at + (bytes));         \
    at += (bytes)
                if (!last) { ENTRY("scale", "F32", 4 * o, "%zu", o); }
                ENTRY("bias", "I32", 4 * o, "%zu", o);
                if (l->kind == LAYER_CONV) {
                    ENTRY("weight", "I8", w, "%zu,%d,%d,%d", o, l->size, l->size, l->in_c);
                } else {
                    ENTRY("weight", "I8", w, "%zu,%d", o, l->in_c);
                }
                continue;
            }
            for (size_t k = 0; k < o && !last; k++)
                put(f, &(float){0.02f / (float)(w / o + 1) * (float)(1 + next_random(&seed) % 64)}, 4);
            for (size_t k = 0; k < o; k++) put(f, &(int32_t){(int32_t)(next_random(&seed) % 4001) - 2000}, 4);
            for (size_t k = 0; k < w; k++) {
                const int one = k / (w / o) % 2 ? limit : -limit;
                put(f, &(int8_t){(int8_t)(limit < 0 ? one : below(&seed, 2 * limit + 1) - limit)}, 1);
            }
        }
    }
}

void random_network(file *f, const char *text, uint32_t seed) { random_network_of(f, text, seed, 127, 127); }

/* The core wants 16-byte alignment; WebAssembly's malloc promises 8. */
void *allocate(size_t bytes) { return aligned_alloc(16, (bytes + 15) / 16 * 16); }

digits_status open_network(const uint8_t *bytes, size_t size, digits_kernels kernels, opened *o)
{
    size_t needed = 0;
    *o = (opened){0};
    digits_status status = digits_network_size(bytes, size, &needed);
    if (status) return status;
    o->memory = allocate(needed);
    status = digits_network_open(bytes, size, kernels, o->memory, needed, &o->network);
    if (status) return status;
    o->work_bytes = digits_predict_size(o->network);
    o->work = allocate(o->work_bytes);
    return DIGITS_OK;
}

void close_network(opened *o)
{
    free(o->memory);
    free(o->work);
}

const drawing DRAWINGS[DRAWN] = {
    {0, 1, {13}, {50, 2,  30, 8,  20, 28, 18, 50, 22, 74, 34, 92, 50,
                  98, 66, 92, 78, 74, 82, 50, 78, 26, 68, 8,  50, 2}},
    {1, 1, {2}, {50, 0, 48, 100}},
    {2, 1, {10}, {20, 24, 32, 6, 54, 2, 72, 12, 74, 32, 60, 54, 38, 76, 18, 96, 50, 95, 84, 96}},
    {3, 1, {12}, {20, 12, 40, 2, 62, 6, 72, 20, 64, 38, 44, 46, 66, 52, 78, 70, 70, 90, 48, 98, 30, 96, 18, 86}},
    {4, 2, {3, 2}, {30, 2, 16, 60, 86, 58, 66, 20, 62, 100}},
    {7, 1, {3}, {16, 6, 82, 4, 42, 100}},
    {8, 1, {17}, {66, 12, 46, 2,  28, 14, 32, 34, 50, 46, 70, 60, 74, 80, 62, 94, 46,
                  98, 30, 90, 26, 74, 36, 58, 52, 46, 66, 34, 74, 22, 72, 14, 64, 8}},
};
size_t points_of(const drawing *d)
{
    size_t n = 0;
    for (int i = 0; i < d->strokes; i++) n += d->lengths[i];
    return n;
}

/* A grey picture: a round pen, 1 pixel soft, over what is there. */
void draw_picture(const drawing *d, float x, float y, float size, float pen, float ink, uint8_t *to, int w, int h)
{
    const float *p = d->xy;
    for (int s = 0; s < d->strokes; s++, p += 2)
        for (uint32_t i = 1; i < d->lengths[s]; i++, p += 2) {
            const float ax = x + p[0] * size / 100, ay = y + p[1] * size / 100;
            const float bx = x + p[2] * size / 100, by = y + p[3] * size / 100;
            for (int v = 0; v < h; v++)
                for (int u = 0; u < w; u++) {
                    const float dx = bx - ax, dy = by - ay, px = (float)u + 0.5f - ax, py = (float)v + 0.5f - ay;
                    float t = (px * dx + py * dy) / (dx * dx + dy * dy + 1e-9f);
                    t = t < 0 ? 0 : t > 1 ? 1 : t;
                    float cover = pen / 2 + 0.5f - hypotf(px - t * dx, py - t * dy);
                    cover = cover < 0 ? 0 : cover > 1 ? 1 : cover;
                    uint8_t *at = &to[v * w + u];
                    const float mixed = (float)*at + cover * (ink - (float)*at);
                    if (fabsf(mixed - ink) < fabsf((float)*at - ink)) *at = (uint8_t)mixed;
                }
        }
}

/* A thick line from the top left to a place on the lower edge. */
void draw_line(uint8_t pixels[DIGITS_PIXELS], int to)
{
    memset(pixels, 0, DIGITS_PIXELS);
    for (int y = 4; y < 24; y++)
        for (int x = 0; x < 3; x++) pixels[y * DIGITS_SIDE + 4 + (to - 4) * (y - 4) / 20 + x] = 255;
}

digits_status text_of(digits_digit *digits, size_t count, char *text, size_t size)
{
    const digits_reading reading = {.digits = digits, .capacity = count, .count = count};
    return digits_text(&reading, text, size);
}
