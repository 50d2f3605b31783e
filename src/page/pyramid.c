/* pyramid.c — grey, upright, at several scales.
 *
 *   pyramid_layout   sizes
 *   pyramid_make     grey (ITU-R BT.601) → area averaging, or bilinear enlarging, to the finest level → halves, each
 *                    with a rim by rim.c */
#include "page/pyramid.h"
#include "page/rim.h"

#include <math.h>
#include <string.h>

static size_t aligned(size_t n) { return (n + 15) / 16 * 16; }

static int32_t round_up(int32_t n, int32_t step) { return (n + step - 1) / step * step; }

size_t pyramid_layout(int32_t width, int32_t height, int32_t turn, int32_t stride, int32_t smallest, pyramid *out)
{
    const int32_t w = turn % 2 ? height : width, h = turn % 2 ? width : height;
    const float pixels = (float)w * (float)h;
    float scale = pixels > PYRAMID_MAX_PIXELS ? sqrtf(pixels / PYRAMID_MAX_PIXELS) : 1;
    if (4 * pixels <= PYRAMID_MAX_ENLARGED) scale = 0.5f;
    int32_t inner_w = (int32_t)ceilf((float)w / scale), inner_h = (int32_t)ceilf((float)h / scale);
    size_t bytes = 0;
    *out = (pyramid){0};
    while (out->count < PYRAMID_MAX_LEVELS) {
        pyramid_level *l = &out->levels[out->count++];
        l->inner_w = inner_w;
        l->inner_h = inner_h;
        l->width = round_up(inner_w + 2 * PYRAMID_RIM, stride);
        l->height = round_up(inner_h + 2 * PYRAMID_RIM, stride);
        l->scale = scale;
        bytes += aligned((size_t)l->width * (size_t)l->height);
        if (inner_h <= smallest) break;
        inner_w = (inner_w + 1) / 2;
        inner_h = (inner_h + 1) / 2;
        scale *= 2;
    }
    /* A source row, and two rows of sums. */
    return bytes + aligned((size_t)w + 1) + 2 * aligned(4 * (size_t)out->levels[0].width);
}

static uint8_t luma(const uint8_t *rgba) /* ITU-R BT.601 */
{
    return (uint8_t)((77u * rgba[0] + 150u * rgba[1] + 29u * rgba[2] + 128) >> 8);
}

/* The paper behind what is transparent: 0 or 255. */
static uint32_t paper_behind(const digits_image *image)
{
    uint64_t sum = 0, weight = 0;
    const size_t n = (size_t)image->width * (size_t)image->height;
    if (image->channels != 4) return 255;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *c = image->pixels + 4 * i;
        sum += (uint64_t)luma(c) * c[3];
        weight += c[3];
    }
    return weight == n * 255 || 2 * sum < 255 * weight ? 255 : 0;
}

/* The grey of row y of the upright picture, w pixels. */
static void upright_row(const digits_image *image, int32_t turn, uint32_t paper, int32_t y, int32_t w, uint8_t *grey)
{
    const int64_t stride = image->width;
    int64_t at, step; /* where the row begins in the picture as it is seen, and where it goes on */
    switch (turn) {
    case 1: at = stride - 1 - y, step = stride; break;
    case 2: at = (image->height - 1 - y) * stride + stride - 1, step = -1; break;
    case 3: at = (image->height - 1) * stride + y, step = -stride; break;
    default: at = y * stride, step = 1; break;
    }
    if (image->channels == 1) {
        for (int32_t x = 0; x < w; x++, at += step) grey[x] = image->pixels[at];
        return;
    }
    for (int32_t x = 0; x < w; x++, at += step) {
        const uint8_t *c = image->pixels + 4 * at;
        const uint32_t over = luma(c) * (uint32_t)c[3] + paper * (255u - c[3]) + 128;
        grey[x] = (uint8_t)((over + (over >> 8)) >> 8); /* by 255, rounded */
    }
}

/* row[0..n) = means over scale pixels each of w source pixels; scale ≥ 1. What is past the end counts as its last. */
static void reduce_row(const uint8_t *from, int32_t w, float scale, int32_t n, float *row)
{
    for (int32_t i = 0; i < n; i++) {
        const float low = (float)i * scale, high = low + scale;
        float sum = 0;
        for (int32_t p = (int32_t)low; (float)p < high; p++) {
            const float left = low > (float)p ? low : (float)p, right = high < (float)(p + 1) ? high : (float)(p + 1);
            sum += (right - left) * (float)from[p < w ? p : w - 1];
        }
        row[i] = sum / scale;
    }
}

static uint8_t *inner_row(const pyramid_level *l, int32_t y)
{
    return l->grey + (size_t)(y + PYRAMID_RIM) * (size_t)l->width + PYRAMID_RIM;
}

static void reduce(const digits_image *image, int32_t turn, uint32_t paper, const pyramid_level *l, uint8_t *source,
                   float *row, float *sum)
{
    const int32_t w = turn % 2 ? image->height : image->width, h = turn % 2 ? image->width : image->height;
    for (int32_t j = 0, have = -1; j < l->inner_h; j++) {
        const float low = (float)j * l->scale, high = low + l->scale;
        memset(sum, 0, (size_t)l->inner_w * sizeof *sum);
        for (int32_t p = (int32_t)low; (float)p < high; p++) {
            const float top = low > (float)p ? low : (float)p, bottom = high < (float)(p + 1) ? high : (float)(p + 1);
            const int32_t y = p < h ? p : h - 1;
            if (y != have) {
                upright_row(image, turn, paper, y, w, source);
                reduce_row(source, w, l->scale, l->inner_w, row);
                have = y;
            }
            for (int32_t i = 0; i < l->inner_w; i++) sum[i] += (bottom - top) * row[i];
        }
        for (int32_t i = 0; i < l->inner_w; i++) inner_row(l, j)[i] = (uint8_t)(sum[i] / l->scale + 0.5f);
    }
}

/* Twice as large: the samples lie a quarter of a pixel beside those of the picture. */
static void enlarge(const digits_image *image, int32_t turn, uint32_t paper, const pyramid_level *l, uint8_t *source)
{
    const int32_t w = turn % 2 ? image->height : image->width, h = turn % 2 ? image->width : image->height;
    for (int32_t y = 0; y < h; y++) { /* across, into every second row */
        uint8_t *to = inner_row(l, 2 * y);
        upright_row(image, turn, paper, y, w, source);
        for (int32_t x = 0; x < w; x++) {
            const int before = source[x > 0 ? x - 1 : 0], here = source[x], after = source[x + 1 < w ? x + 1 : x];
            to[2 * x] = (uint8_t)((3 * here + before + 2) / 4);
            to[2 * x + 1] = (uint8_t)((3 * here + after + 2) / 4);
        }
    }
    for (int32_t y = 0; y < h; y++) { /* odd rows from the untouched even ones */
        const uint8_t *here = inner_row(l, 2 * y), *after = inner_row(l, y + 1 < h ? 2 * y + 2 : 2 * y);
        uint8_t *to = inner_row(l, 2 * y + 1);
        for (int32_t x = 0; x < 2 * w; x++) to[x] = (uint8_t)((here[x] + after[x] + 1) / 2);
    }
}

static void halve(const pyramid_level *from, const pyramid_level *to)
{
    for (int32_t y = 0; y < to->inner_h; y++) {
        const uint8_t *a = inner_row(from, 2 * y),
                      *b = inner_row(from, 2 * y + 1 < from->inner_h ? 2 * y + 1 : 2 * y);
        for (int32_t x = 0; x < to->inner_w; x++) {
            const int32_t left = 2 * x, right = 2 * x + 1 < from->inner_w ? 2 * x + 1 : 2 * x;
            inner_row(to, y)[x] = (uint8_t)((a[left] + a[right] + b[left] + b[right] + 2) / 4);
        }
    }
}

void pyramid_make(const digits_image *image, int32_t turn, void *memory, pyramid *p)
{
    uint8_t *at = memory;
    for (int32_t i = 0; i < p->count; i++) {
        p->levels[i].grey = at;
        at += aligned((size_t)p->levels[i].width * (size_t)p->levels[i].height);
    }
    const pyramid_level *finest = &p->levels[0];
    const uint32_t paper = paper_behind(image);
    float *row = (float *)(void *)at, *sum = (float *)(void *)(at + aligned(4 * (size_t)finest->width));
    uint8_t *source = at + 2 * aligned(4 * (size_t)finest->width);
    if (finest->scale < 1) enlarge(image, turn, paper, finest, source);
    else reduce(image, turn, paper, finest, source, row, sum);
    for (int32_t i = 0; i < p->count; i++) {
        if (i > 0) halve(&p->levels[i - 1], &p->levels[i]);
        const pyramid_level *l = &p->levels[i];
        rim_fill(l->grey, l->width, l->height, PYRAMID_RIM, PYRAMID_RIM, PYRAMID_RIM + l->inner_w,
                 PYRAMID_RIM + l->inner_h);
    }
}
