/* paper.c — what is written on, and the light that falls on it. */
#include "canvas.h"

#include <string.h>

void paper_lay(canvas *c, float tone)
{
    const int fine = pick(c, 3), coarse = 3 + pick(c, 3);
    const float grain = chance(c, 0.75f) ? octaves(c, 0.002f, 0.035f) : 0,
                cloud = chance(c, 0.6f) ? octaves(c, 0.003f, 0.04f) : 0;
    const uint32_t a = noise_begin(c), b = noise_begin(c);
    c->paper = tone;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const float v = tone * (1 + grain * noise_at(c, fine, a, x, y) + cloud * noise_at(c, coarse, b, x, y));
            c->tone[y * SIDE + x] = clamp(v, 0.01f, 1);
        }
    }
}

void paper_pattern(canvas *c)
{
    const float depth = octaves(c, 0.06f, 0.4f), width = range(c, 0.1f, 0.3f);
    for (int family = 0, n = 1 + pick(c, 2); family < n; family++) {
        const float turn = range(c, 0, 3.14f), period = octaves(c, 3.5f, 14), bend = range(c, 0, 9),
                    pace = octaves(c, 0.02f, 0.2f);
        const float cs = cosf(turn) / period, sn = sinf(turn) / period, second = pace * range(c, 0.2f, 0.7f);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                const point p = view_back(c, x, y);
                const float along = cs * p.x + sn * p.y, across = (cs * p.y - sn * p.x) * period;
                const float phase =
                    along + bend / period * (sinf(pace * across) + 0.5f * sinf(second * across + 2 * along));
                const float away = fabsf(phase - floorf(phase) - 0.5f); /* 0 on a line */
                const float line = clamp((width - away) * period * 0.8f + 0.5f, 0, 1);
                c->tone[y * SIDE + x] *= 1 - depth * line;
            }
        }
    }
}

void paper_cells(canvas *c, float side, float x0, float y0, uint32_t printed[CELL_GRID])
{
    const cell_set *cells = &c->source->cells;
    const float share = chance(c, 0.5f) ? 0 : range(c, 0.1f, 0.7f);
    uint32_t base = random_below(&c->random, (uint32_t)cells->count), which[CELL_GRID * CELL_GRID];
    const uint32_t begin = cells->begin[base], n = cells->end[base] - begin;
    memset(printed, 0, CELL_GRID * sizeof *printed);
    for (int i = 0; i < CELL_GRID * CELL_GRID; i++) {
        const int wanted = !chance(c, share);
        which[i] = begin + random_below(&c->random, n);
        for (int k = 0; k < 30 && cells->empty[which[i]] != wanted; k++)
            which[i] = begin + random_below(&c->random, n);
        if (!cells->empty[which[i]]) printed[i / CELL_GRID] |= 1u << i % CELL_GRID;
    }
    const float gain = range(c, 1, 1.35f) / 255;
    double sum = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const point p = view_back(c, x, y);
            const float u = (p.x - x0) / side, v = (p.y - y0) / side;
            const int column = (int)clamp(floorf(u) + CELL_GRID / 2, 0, CELL_GRID - 1),
                      row = (int)clamp(floorf(v) + CELL_GRID / 2, 0, CELL_GRID - 1);
            const float fu = clamp((u - floorf(u)) * CELL_SIDE - 0.5f, 0, CELL_SIDE - 1.01f),
                        fv = clamp((v - floorf(v)) * CELL_SIDE - 0.5f, 0, CELL_SIDE - 1.01f);
            const int i = (int)fu, j = (int)fv;
            const uint8_t *g =
                cells->grey + (size_t)which[row * CELL_GRID + column] * CELL_SIDE * CELL_SIDE + j * CELL_SIDE + i;
            const float s = fu - (float)i, t = fv - (float)j;
            const float tone = ((float)g[0] * (1 - s) + (float)g[1] * s) * (1 - t) +
                               ((float)g[CELL_SIDE] * (1 - s) + (float)g[CELL_SIDE + 1] * s) * t;
            c->tone[y * SIDE + x] = clamp(tone * gain, 0.01f, 1);
            sum += (double)c->tone[y * SIDE + x];
        }
    }
    c->paper = (float)(sum / AREA);
    c->least_blur = clamp(0.5f * side / CELL_SIDE, 0.3f, 3);
}

/* Distance of a pixel to a straight edge of the scene, positive beyond it. */
typedef struct edge {
    float x, y, far;
} edge;
static edge edge_choose(canvas *c, int straight, float nearest)
{
    const float turn = straight ? 1.5707963f * (float)pick(c, 4) + 0.03f * normal(c) : range(c, 0, 6.28f);
    return (edge){cosf(turn), sinf(turn), range(c, nearest, 78)};
}
static float beyond(const edge *e, int x, int y)
{
    return e->x * ((float)x - SIDE / 2.0f) + e->y * ((float)y - SIDE / 2.0f) - e->far;
}

void paper_surround(canvas *c)
{
    const int way = pick(c, 5); /* 0, 1: desk; 2, 3: scan margin; 4: two tones */
    const edge e = edge_choose(c, way == 2 || way == 3 || chance(c, 0.5f), way == 4 ? -30 : 10),
               f = edge_choose(c, 1, 25);
    const int second = chance(c, 0.35f);
    float tone = way < 2 ? range(c, 0.05f, 0.95f) : octaves(c, 0.01f, 0.25f);
    if (way < 2 && fabsf(tone - c->paper) < 0.12f) tone = c->paper > 0.5f ? tone * 0.6f : tone * 1.5f + 0.1f;
    if (way == 4) tone = c->paper > 0.45f ? octaves(c, 0.05f, 0.4f) : range(c, 1.8f, 4);
    const float rough = way == 2 || way == 3 ? octaves(c, 0.005f, 0.12f) : octaves(c, 0.01f, 0.25f),
                soft = range(c, 0.5f, 3);
    const float shade = way < 2 && chance(c, 0.5f) ? range(c, 0.2f, 0.7f) : 0, shade_width = range(c, 2, 14);
    const uint32_t begin = noise_begin(c);
    const int k = way == 2 || way == 3 ? pick(c, 2) : 1 + pick(c, 4), wood = chance(c, 0.5f);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            float d = beyond(&e, x, y);
            if (second) d = larger(d, beyond(&f, x, y));
            float *at = &c->tone[y * SIDE + x];
            if (d < -soft) continue;
            const float a = clamp(d / soft * 0.5f + 0.5f, 0, 1);
            if (way == 4) {
                *at = clamp(*at * (1 + a * (tone - 1)), 0.01f, 1);
                continue;
            }
            float v = tone + rough * (0.3f + tone) * noise_at(c, k, begin, wood ? x / 6 : x, y);
            if (shade > 0 && d < shade_width) v *= 1 - shade * (1 - larger(d, 0) / shade_width);
            *at = clamp(*at + a * (v - *at), 0.005f, 1);
            if (a > 0.5f) c->hidden[y * SIDE + x] = 1;
        }
    }
}

void paper_stain(canvas *c)
{
    const int way = pick(c, 4);
    if (way == 0) { /* a fold */
        const edge e = edge_choose(c, chance(c, 0.7f), 0);
        const float step = range(c, -0.15f, 0.15f), depth = range(c, 0.03f, 0.3f), width = range(c, 0.7f, 4);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                const float d = beyond(&e, x, y);
                float v = 1 + (d > 0 ? step * expf(-d / 25) : 0);
                v *= 1 - depth * clamp(1 - fabsf(d) / width, 0, 1);
                c->tone[y * SIDE + x] = clamp(c->tone[y * SIDE + x] * v, 0.005f, 1);
            }
    } else if (way == 1 && c->source->glyphs.prints) { /* print on the other side */
        const ink with = ink_of(c, octaves(c, 0.03f, 0.15f));
        const int font = c->source->glyphs.print[pick(c, c->source->glyphs.prints)];
        const float height = range(c, 7, 16);
        const float y0 = -80 + range(c, 0, 20);
        for (int i = 0, n = steps(y0, 90, height * 1.8f); i < n; i++) {
            const point at = {range(c, -110, -70), y0 + height * 1.8f * (float)i};
            draw_text(c, font, "txet eht fo edis rehto ehT", at, height, 0, &with);
        }
    } else { /* blots and specks */
        const ink with = ink_of(c, range(c, 0.2f, 0.95f));
        const int many = chance(c, 0.3f);
        for (int i = 0, n = many ? 5 + pick(c, 60) : 1 + pick(c, 4); i < n; i++) {
            const point p = {range(c, 0, SIDE), range(c, 0, SIDE)};
            const float r = many ? octaves(c, 0.4f, 1.5f) : octaves(c, 0.7f, 9), soft = range(c, 0.8f, 1 + r);
            const point q = {p.x + r * normal(c) * 0.7f, p.y + r * normal(c) * 0.7f};
            if (!patch_open(c, p.x - 4 * r - 3, p.y - 4 * r - 3, p.x + 4 * r + 3, p.y + 4 * r + 3)) continue;
            patch_segment(c, p, q, r, r * range(c, 0.5f, 1), soft);
            patch_lay(c, &with, 0);
        }
    }
}

void paper_light(canvas *c)
{
    const float most = c->mild ? 0.1f : 0.25f, gx = most * normal(c), gy = most * normal(c),
                bow = chance(c, c->mild ? 0.1f : 0.35f) ? range(c, -0.35f, 0.1f) : 0, cx = range(c, -0.6f, 0.6f),
                cy = range(c, -0.6f, 0.6f), strong = range(c, 0, 1);
    const int shadow = chance(c, c->mild ? 0.04f : 0.18f), two = chance(c, 0.5f),
              glare = !c->mild && chance(c, 0.06f);
    const edge e = edge_choose(c, 0, -40), f = edge_choose(c, 0, -10);
    const float soft = octaves(c, 1, 30), dark = range(c, 0.1f, 0.6f), spot = range(c, 10, 35),
                shine = range(c, 0.1f, 0.6f);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const float u = (float)(x - SIDE / 2) / (SIDE / 2), v = (float)(y - SIDE / 2) / (SIDE / 2);
            const float du = u - cx, dv = v - cy;
            float light = 1 + strong * (gx * u + gy * v + bow * (du * du + dv * dv) * 0.6f);
            if (shadow) {
                float d = beyond(&e, x, y);
                if (two) d = smaller(d, beyond(&f, x, y));
                light *= 1 - dark * clamp(d / soft * 0.5f + 0.5f, 0, 1);
            }
            float *at = &c->tone[y * SIDE + x];
            *at *= larger(light, 0.15f);
            if (glare) *at += shine * expf(-(du * du + dv * dv) * (float)(SIDE * SIDE / 8) / (spot * spot));
        }
    }
}
