/* camera.c — how the page becomes a picture: focus and motion, resolution, sensor, tones, JPEG. What would drown the
 * handwriting is held back: an object in a scene can be seen. */
#include "page/rim.h"
#include "canvas.h"

#include <string.h>

/* Gaussian, in place; the rim is repeated. */
static void blur(canvas *c, float *v, float sigma)
{
    float kernel[24], padded[SIDE + 48];
    const int reach = (int)smaller(23, ceilf(2.5f * sigma));
    float sum = kernel[0] = 1;
    for (int d = 1; d <= reach; d++) {
        kernel[d] = expf(-(float)(d * d) / (2 * sigma * sigma));
        sum += 2 * kernel[d];
    }
    for (int d = 0; d <= reach; d++) kernel[d] /= sum;
    for (int y = 0; y < SIDE; y++) {
        float *row = v + y * SIDE;
        for (int d = 0; d < reach; d++) padded[d] = row[0], padded[reach + SIDE + d] = row[SIDE - 1];
        memcpy(padded + reach, row, SIDE * sizeof(float));
        for (int x = 0; x < SIDE; x++) row[x] = kernel[0] * padded[reach + x];
        for (int d = 1; d <= reach; d++)
            for (int x = 0; x < SIDE; x++) row[x] += kernel[d] * (padded[reach + x - d] + padded[reach + x + d]);
    }
    float *out = c->spare[1];
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) out[y * SIDE + x] = kernel[0] * v[y * SIDE + x];
        for (int d = 1; d <= reach; d++) {
            const float *up = v + (y - d < 0 ? 0 : y - d) * SIDE,
                        *down = v + (y + d >= SIDE ? SIDE - 1 : y + d) * SIDE;
            for (int x = 0; x < SIDE; x++) out[y * SIDE + x] += kernel[d] * (up[x] + down[x]);
        }
    }
    memcpy(v, out, sizeof c->spare[1]);
}

/* The camera moved by (dx, dy) pixels. */
static void motion(canvas *c, float *v, float dx, float dy)
{
    const int n = 2 + (int)(larger(fabsf(dx), fabsf(dy)) * 1.5f);
    float *out = c->spare[1];
    memset(out, 0, sizeof c->spare[1]);
    for (int k = 0; k < n; k++) {
        const float t = (float)k / (float)(n - 1) - 0.5f;
        const int sx = (int)lrintf(dx * t), sy = (int)lrintf(dy * t);
        for (int y = 0; y < SIDE; y++) {
            const int row = y + sy < 0 ? 0 : y + sy >= SIDE ? SIDE - 1 : y + sy;
            for (int x = 0; x < SIDE; x++) {
                const int column = x + sx < 0 ? 0 : x + sx >= SIDE ? SIDE - 1 : x + sx;
                out[y * SIDE + x] += v[row * SIDE + column];
            }
        }
    }
    for (int i = 0; i < AREA; i++) v[i] = out[i] / (float)n;
}

/* Areas of `factor` pixels become one; then that is enlarged again, linearly or in steps. */
static void low_resolution(canvas *c, float *v, float factor, int steps)
{
    const int n = (int)((float)SIDE / factor);
    float *small = c->spare[1], *half = c->spare[0];
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < n; x++) {
            const float from = (float)x * factor, to = from + factor;
            float sum = 0;
            for (int k = (int)from; k < to && k < SIDE; k++)
                sum += v[y * SIDE + k] * (smaller(to, (float)k + 1) - larger(from, (float)k));
            half[y * SIDE + x] = sum / factor;
        }
    }
    for (int y = 0; y < n; y++) {
        const float from = (float)y * factor, to = from + factor;
        for (int x = 0; x < n; x++) {
            float sum = 0;
            for (int k = (int)from; k < to && k < SIDE; k++)
                sum += half[k * SIDE + x] * (smaller(to, (float)k + 1) - larger(from, (float)k));
            small[y * SIDE + x] = sum / factor;
        }
    }
    for (int y = 0; y < SIDE; y++) {
        const float fy = clamp(((float)y + 0.5f) / factor - 0.5f, 0, (float)(n - 1));
        for (int x = 0; x < SIDE; x++) {
            const float fx = clamp(((float)x + 0.5f) / factor - 0.5f, 0, (float)(n - 1));
            if (steps) {
                v[y * SIDE + x] = small[(int)(fy + 0.5f) * SIDE + (int)(fx + 0.5f)];
                continue;
            }
            const int i = (int)fx, j = (int)fy, i1 = i + 1 < n ? i + 1 : i, j1 = j + 1 < n ? j + 1 : j;
            const float s = fx - (float)i, t = fy - (float)j;
            v[y * SIDE + x] = (small[j * SIDE + i] * (1 - s) + small[j * SIDE + i1] * s) * (1 - t) +
                              (small[j1 * SIDE + i] * (1 - s) + small[j1 * SIDE + i1] * s) * t;
        }
    }
}

/* The DCT of JPEG (ITU T.81, A.3.3), out[u][x]. */
static void dct_matrix(float m[8][8])
{
    for (int u = 0; u < 8; u++)
        for (int x = 0; x < 8; x++) m[u][x] = (u ? 0.5f : 0.35355339f) * cosf((float)((2 * x + 1) * u) * 0.19634954f);
}

/* What JPEG's quantisation (T.81, table K.1, libjpeg's scale of quality) leaves; blocks begin at (ox, oy). */
static void jpeg(float *v, int quality, int ox, int oy)
{
    static const uint8_t luminance[64] = {
        16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
        69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
        81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99,
    };
    float m[8][8], t[8][8], step[64];
    dct_matrix(m);
    for (int u = 0; u < 8; u++)
        for (int x = 0; x < 8; x++) t[x][u] = m[u][x];
    const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    for (int i = 0; i < 64; i++) step[i] = clamp((float)((luminance[i] * scale + 50) / 100), 1, 255) / 255;
    for (int y0 = -oy; y0 < SIDE; y0 += 8) {
        for (int x0 = -ox; x0 < SIDE; x0 += 8) {
            float b[8][8], a[8][8];
            for (int y = 0; y < 8; y++) {
                const int row = y0 + y < 0 ? 0 : y0 + y >= SIDE ? SIDE - 1 : y0 + y;
                for (int x = 0; x < 8; x++) {
                    const int column = x0 + x < 0 ? 0 : x0 + x >= SIDE ? SIDE - 1 : x0 + x;
                    b[y][x] = v[row * SIDE + column];
                }
            }
            memset(a, 0, sizeof a);
            for (int y = 0; y < 8; y++)
                for (int x = 0; x < 8; x++)
                    for (int u = 0; u < 8; u++) a[y][u] += b[y][x] * t[x][u];
            memset(b, 0, sizeof b);
            for (int w = 0; w < 8; w++)
                for (int y = 0; y < 8; y++)
                    for (int u = 0; u < 8; u++) b[w][u] += m[w][y] * a[y][u];
            for (int w = 0; w < 8; w++)
                for (int u = 0; u < 8; u++) b[w][u] = rintf(b[w][u] / step[w * 8 + u]) * step[w * 8 + u];
            memset(a, 0, sizeof a);
            for (int w = 0; w < 8; w++)
                for (int u = 0; u < 8; u++)
                    for (int x = 0; x < 8; x++) a[w][x] += b[w][u] * m[u][x];
            memset(b, 0, sizeof b);
            for (int y = 0; y < 8; y++)
                for (int w = 0; w < 8; w++)
                    for (int x = 0; x < 8; x++) b[y][x] += t[y][w] * a[w][x];
            for (int y = y0 < 0 ? -y0 : 0; y < 8 && y0 + y < SIDE; y++)
                for (int x = x0 < 0 ? -x0 : 0; x < 8 && x0 + x < SIDE; x++) v[(y0 + y) * SIDE + x0 + x] = b[y][x];
        }
    }
}

/* Objects that nobody could see in the picture are none: their ink is marked SCENE_CUT. */
static void forget_unseen(canvas *c)
{
    scene *s = c->out;
    uint8_t now[256] = {0};
    int kept = 0;
    now[SCENE_CUT] = SCENE_CUT;
    for (int k = 0; k < s->count; k++) {
        const scene_object *o = &s->objects[k];
        const int x0 = (int)larger(o->x0 - 3, (float)c->picture.x0),
                  y0 = (int)larger(o->y0 - 3, (float)c->picture.y0),
                  x1 = (int)smaller(o->x1 + 3, (float)c->picture.x1),
                  y1 = (int)smaller(o->y1 + 3, (float)c->picture.y1);
        float ink = 0, paper = 0, squares = 0;
        int inks = 0, papers = 0;
        for (int y = y0; y < y1; y++) {
            for (int x = x0; x < x1; x++) {
                const float v = (float)s->grey[y * SIDE + x];
                const uint8_t owner = s->owner[y * SIDE + x];
                if (owner == k + 1) ink += v, inks++;
                if (owner == 0) paper += v, squares += v * v, papers++;
            }
        }
        ink /= larger((float)inks, 1), paper /= larger((float)papers, 1);
        const float spread = sqrtf(larger(squares / larger((float)papers, 1) - paper * paper, 0)),
                    apart = fabsf(ink - paper);
        /* Eight grey levels, and three quarters of what the paper itself varies by. */
        now[k + 1] = SCENE_CUT;
        if (!inks || (papers && (apart < 8 || apart < 0.75f * spread))) continue;
        s->objects[kept++] = *o;
        now[k + 1] = (uint8_t)kept;
    }
    if (kept == s->count) return;
    s->count = kept;
    for (int i = 0; i < AREA; i++) s->owner[i] = now[s->owner[i]];
}

void camera_take(canvas *c, int clean)
{
    float *v = c->tone;
    /* How much may happen before the faintest and thinnest of the handwriting is gone. */
    const float thin = smaller(c->thinnest, 8), height = smaller(c->least_height, 150);
    const float most_blur = smaller(0.25f + 0.4f * thin, 0.06f * height + 0.3f);
    float faint = smaller(c->faintest, 0.7f);

    if (clean) {
        if (chance(c, 0.4f)) blur(c, v, range(c, 0.3f, smaller(0.8f, most_blur)));
        if (chance(c, 0.15f) && height > 22)
            low_resolution(c, v, range(c, 1.5f, smaller(6, height / 11)), chance(c, 0.5f));
    } else {
        float sigma =
            chance(c, c->mild ? 0.95f : 0.7f) ? range(c, 0.2f, smaller(1.1f, most_blur)) : range(c, 0.3f, most_blur);
        sigma = smaller(larger(sigma, c->least_blur), larger(most_blur, 0.3f));
        if (sigma > 0.3f) blur(c, v, sigma);
        if (!c->mild && chance(c, 0.12f)) {
            const float far = range(c, 1, 1 + 1.5f * most_blur), turn = range(c, 0, 3.14f);
            motion(c, v, far * cosf(turn), far * sinf(turn));
        }
        if (chance(c, 0.05f)) { /* a screen or a halftone */
            const float fx = range(c, 0.6f, 3), fy = range(c, 0.6f, 3),
                        depth = smaller(0.2f, 0.3f * faint) * random_unit(&c->random);
            for (int i = 0; i < AREA; i++)
                v[i] *= 1 + depth * sinf(fx * (float)(i % SIDE)) * sinf(fy * (float)(i / SIDE));
        }
        const float most_factor = smaller(height / 10, 0.9f + 0.5f * thin);
        if (most_factor > 1.2f && chance(c, c->mild ? 0.1f : 0.25f))
            low_resolution(c, v, range(c, 1.15f, smaller(4.5f, most_factor)), chance(c, 0.1f));
        if (chance(c, 0.12f)) { /* sharpened by the camera */
            float *soft = c->spare[0];
            memcpy(soft, v, sizeof c->spare[0]);
            blur(c, soft, range(c, 0.8f, 2));
            const float k = range(c, 0.3f, 1.5f);
            for (int i = 0; i < AREA; i++) v[i] += k * (v[i] - soft[i]);
        }
    }
    if (!clean || chance(c, 0.2f)) {
        const float black = range(c, 0, !c->mild && chance(c, 0.4f) ? 0.25f : 0.06f),
                    white = black + range(c, !c->mild && chance(c, 0.35f) ? 0.35f : 0.7f, 1.05f - black),
                    gamma = expf(0.18f * normal(c));
        enum { STEPS = 512 };
        float curve[STEPS + 2];
        for (int i = 0; i < STEPS + 2; i++) curve[i] = black + (white - black) * powf(1.2f * (float)i / STEPS, gamma);
        for (int i = 0; i < AREA; i++) {
            const float at = clamp(v[i], 0, 1.2f) * (STEPS / 1.2f);
            const int k = (int)at;
            v[i] = curve[k] + (at - (float)k) * (curve[k + 1] - curve[k]);
        }
        faint *= white - black;
    }
    if (chance(c, 0.09f))
        for (int i = 0; i < AREA; i++) v[i] = 1 - v[i];
    if (!clean) {
        const float sd = smaller(octaves(c, 0.002f, c->mild ? 0.015f : 0.06f), 0.22f * faint);
        const int k = pick(c, 2);
        const uint32_t a = noise_begin(c), b = noise_begin(c);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                v[y * SIDE + x] += sd * 0.7071f * (noise_at(c, k, a, x, y) + noise_at(c, k, b, y, x));
        if (chance(c, 0.03f) && faint > 0.3f) { /* a fax: black or white around the surroundings' mean */
            float *mean = c->spare[0];
            memcpy(mean, v, sizeof c->spare[0]);
            blur(c, mean, 9);
            for (int i = 0; i < AREA; i++) v[i] = v[i] < mean[i] - 0.35f * faint ? 0 : 1;
        }
    }
    if (chance(c, clean ? 0.2f : 0.5f)) {
        const int quality = (int)octaves(c, faint < 0.15f ? 50 : 15, 95);
        jpeg(v, quality, pick(c, 8), pick(c, 8));
    }
    for (int i = 0; i < AREA; i++) c->out->grey[i] = (uint8_t)(clamp(v[i], 0, 1) * 255 + 0.5f);
    forget_unseen(c);
    rim_fill(c->out->grey, SIDE, SIDE, c->picture.x0, c->picture.y0, c->picture.x1,
             c->picture.y1); /* as pyramid.c does */
}
