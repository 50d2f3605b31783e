/* canvas.c — the view, patches of ink, lines and text. */
#include "canvas.h"

#include <string.h>

point view_point(const canvas *c, point p)
{
    const float *m = c->view, w = 1 / (m[6] * p.x + m[7] * p.y + m[8]);
    return (point){(m[0] * p.x + m[1] * p.y + m[2]) * w, (m[3] * p.x + m[4] * p.y + m[5]) * w};
}

void view_affine(const canvas *c, point p0, point *p1, float j[4])
{
    const float *m = c->view, w = 1 / (m[6] * p0.x + m[7] * p0.y + m[8]);
    *p1 = view_point(c, p0);
    j[0] = (m[0] - m[6] * p1->x) * w, j[1] = (m[1] - m[7] * p1->x) * w;
    j[2] = (m[3] - m[6] * p1->y) * w, j[3] = (m[4] - m[7] * p1->y) * w;
}

float view_scale(const canvas *c, point page)
{
    point p;
    float j[4];
    view_affine(c, page, &p, j);
    return sqrtf(fabsf(j[0] * j[3] - j[1] * j[2]));
}

point view_back(const canvas *c, int x, int y)
{
    const float *m = c->back, u = (float)x + 0.5f, v = (float)y + 0.5f, w = 1 / (m[6] * u + m[7] * v + m[8]);
    return (point){(m[0] * u + m[1] * v + m[2]) * w, (m[3] * u + m[4] * v + m[5]) * w};
}

/* ── Patches ──────────────────────────────────────────────────────────────────────────────────────────── */

static int bound(float v) { return (int)floorf(clamp(v, -PATCH_MARGIN, SIDE + PATCH_MARGIN)); }

int patch_open(canvas *c, float x0, float y0, float x1, float y1)
{
    c->x0 = bound(x0), c->y0 = bound(y0), c->x1 = bound(x1 + 1), c->y1 = bound(y1 + 1);
    if (c->x0 >= SIDE || c->y0 >= SIDE || c->x1 <= 0 || c->y1 <= 0 || c->x1 <= c->x0 || c->y1 <= c->y0) return 0;
    for (int y = c->y0; y < c->y1; y++)
        memset(c->patch + (y - c->y0) * PATCH_SIDE, 0, (size_t)(c->x1 - c->x0) * sizeof(float));
    return 1;
}

void patch_segment(canvas *c, point a, point b, float ra, float rb, float soft)
{
    const float reach = larger(ra, rb) + soft;
    const int x0 = (int)larger(floorf(smaller(a.x, b.x) - reach), (float)c->x0),
              x1 = (int)smaller(ceilf(larger(a.x, b.x) + reach), (float)(c->x1 - 1)),
              y0 = (int)larger(floorf(smaller(a.y, b.y) - reach), (float)c->y0),
              y1 = (int)smaller(ceilf(larger(a.y, b.y) + reach), (float)(c->y1 - 1));
    const float dx = b.x - a.x, dy = b.y - a.y, over = 1 / (dx * dx + dy * dy + 1e-6f), steep = 1 / soft;
    /* A pen thinner than a pixel covers none of them fully. */
    const float full = smaller(1, ra + rb), least = 0.5f, wa = larger(ra, least), wb = larger(rb, least);
    for (int y = y0; y <= y1; y++) {
        float *row = c->patch + (y - c->y0) * PATCH_SIDE - c->x0;
        const float py = (float)y + 0.5f - a.y;
        for (int x = x0; x <= x1; x++) {
            const float px = (float)x + 0.5f - a.x, t = clamp((px * dx + py * dy) * over, 0, 1), ex = px - t * dx,
                        ey = py - t * dy, d = sqrtf(ex * ex + ey * ey);
            const float v = full * clamp((wa + t * (wb - wa) - d) * steep + 0.5f, 0, 1);
            row[x] = row[x] > v ? row[x] : v;
        }
    }
}

/* 0..255, between pixels, linear. */
static inline float linear(const uint8_t *b, int side, float u, float v)
{
    const int x = (int)floorf(u), y = (int)floorf(v);
    if (x < -1 || y < -1 || x >= side || y >= side) return 0;
    const float fx = u - (float)x, fy = v - (float)y;
    const float a = x >= 0 && y >= 0 ? b[y * side + x] : 0, d = x + 1 < side && y >= 0 ? b[y * side + x + 1] : 0,
                e = x >= 0 && y + 1 < side ? b[(y + 1) * side + x] : 0,
                f = x + 1 < side && y + 1 < side ? b[(y + 1) * side + x + 1] : 0;
    return (a + (d - a) * fx) * (1 - fy) + (e + (f - e) * fx) * fy;
}

static inline void spline_weights(float t, float w[4])
{
    const float s = 1 - t;
    w[0] = s * s * s / 6, w[3] = t * t * t / 6;
    w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6, w[2] = 1 - w[0] - w[1] - w[3];
}

/* The same by a cubic B-spline, which shows no pixels when enlarged. */
static inline float cubic(const uint8_t *b, int side, float u, float v)
{
    const int x = (int)floorf(u), y = (int)floorf(v);
    if (x < -2 || y < -2 || x > side || y > side) return 0;
    float wx[4], wy[4], sum = 0;
    spline_weights(u - (float)x, wx);
    spline_weights(v - (float)y, wy);
    for (int j = 0; j < 4; j++) {
        const int row = y - 1 + j;
        if (row < 0 || row >= side) continue;
        for (int i = 0; i < 4; i++) {
            const int column = x - 1 + i;
            if (column >= 0 && column < side) sum += wy[j] * wx[i] * b[row * side + column];
        }
    }
    return sum;
}

int patch_open_bitmap(canvas *c, const uint8_t box[4], point origin, const float j[4])
{
    float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
    for (int corner = 0; corner < 4; corner++) {
        const float u = corner & 1 ? (float)box[2] + 1 : (float)box[0] - 1,
                    v = corner & 2 ? (float)box[3] + 1 : (float)box[1] - 1;
        const float x = origin.x + j[0] * u + j[1] * v, y = origin.y + j[2] * u + j[3] * v;
        x0 = smaller(x0, x), y0 = smaller(y0, y), x1 = larger(x1, x), y1 = larger(y1, y);
    }
    return patch_open(c, x0 - 1, y0 - 1, x1 + 1, y1 + 1);
}

void patch_bitmap(canvas *c, const uint8_t *bitmap, int side, point origin, const float j[4], float sharp, float more)
{
    const float det = j[0] * j[3] - j[1] * j[2];
    if (fabsf(det) < 1e-6f) return;
    const float inverse[4] = {j[3] / det, -j[1] / det, -j[2] / det, j[0] / det}, scale = sqrtf(fabsf(det));
    const int n = scale >= 0.75f ? 1 : scale >= 0.4f ? 2 : 3, smooth = scale > 1.25f;
    for (int y = c->y0; y < c->y1; y++) {
        float *row = c->patch + (y - c->y0) * PATCH_SIDE - c->x0;
        for (int x = c->x0; x < c->x1; x++) {
            float sum = 0;
            for (int k = 0; k < n * n; k++) {
                const float px = (float)x + ((float)(k % n) + 0.5f) / (float)n - origin.x,
                            py = (float)y + ((float)(k / n) + 0.5f) / (float)n - origin.y;
                const float u = inverse[0] * px + inverse[1] * py - 0.5f,
                            v = inverse[2] * px + inverse[3] * py - 0.5f;
                sum += smooth ? cubic(bitmap, side, u, v) : linear(bitmap, side, u, v);
            }
            const float ink = sum / (float)(255 * n * n);
            if (ink < 0.02f) continue;
            const float v = clamp((ink - 0.5f + more) * sharp + 0.5f, 0, 1);
            row[x] = row[x] > v ? row[x] : v;
        }
    }
}

/* What counts as ink, for boxes and owners. */
static const float SOLID = 0.3f;

void patch_lay(canvas *c, const ink *with, int owner)
{
    const int x0 = c->x0 > 0 ? c->x0 : 0, x1 = c->x1 < SIDE ? c->x1 : SIDE;
    for (int y = c->y0 > 0 ? c->y0 : 0; y < c->y1 && y < SIDE; y++) {
        const float *row = c->patch + (y - c->y0) * PATCH_SIDE - c->x0;
        for (int x = x0; x < x1; x++) {
            const int at = y * SIDE + x;
            float a = row[x];
            if (a <= 0 || c->hidden[at]) continue;
            if (owner && a > SOLID && a > c->strength[at]) {
                c->strength[at] = a;
                c->out->owner[at] = (uint8_t)owner;
            }
            a *= with->opacity;
            if (with->grain > 0)
                a *= clamp(1 - with->grain * (0.7f + 0.7f * noise_at(c, with->noise, with->noise_at, x, y)), 0.1f, 1);
            const float tone = c->tone[at];
            if (with->lightens ? with->tone > tone : with->tone < tone) c->tone[at] = tone + a * (with->tone - tone);
        }
    }
}

void patch_lay_object(canvas *c, const ink *with, int kind, int label, float height)
{
    int all = 0, seen = 0, x0 = SIDE, y0 = SIDE, x1 = 0, y1 = 0;
    for (int y = c->y0; y < c->y1; y++) {
        const float *row = c->patch + (y - c->y0) * PATCH_SIDE - c->x0;
        for (int x = c->x0; x < c->x1; x++) {
            if (row[x] <= SOLID) continue;
            all++;
            if (x < 0 || y < 0 || x >= SIDE || y >= SIDE || c->hidden[y * SIDE + x]) continue;
            seen++;
            x0 = x < x0 ? x : x0, x1 = x + 1 > x1 ? x + 1 : x1;
            y0 = y < y0 ? y : y0, y1 = y + 1 > y1 ? y + 1 : y1;
        }
    }
    scene *s = c->out;
    int owner = SCENE_CUT;
    if (seen && 3 * seen >= all && s->count < SCENE_MAX_OBJECTS) {
        s->objects[s->count++] = (scene_object){(float)x0,
                                                (float)y0,
                                                (float)x1,
                                                (float)y1,
                                                height,
                                                (uint8_t)kind,
                                                (uint8_t)(kind == SCENE_DIGIT ? label : SCENE_NO_LABEL)};
        owner = s->count;
    }
    patch_lay(c, with, owner);
}

/* ── Lines and text ───────────────────────────────────────────────────────────────────────────────────── */

void draw_line(canvas *c, point from, point to, float width, const ink *with, float broken)
{
    const point a = view_point(c, from), b = view_point(c, to), middle = {(from.x + to.x) / 2, (from.y + to.y) / 2};
    const float w = width * view_scale(c, middle), half = larger(w, 1) / 2, gain = smaller(w, 1) * with->opacity;
    const float dx = b.x - a.x, dy = b.y - a.y, length = hypotf(dx, dy);
    if (!(length > 0.5f) || !(length < 1e5f)) return;
    const int steep = fabsf(dy) > fabsf(dx);
    const float run = steep ? dy : dx, rise = (steep ? dx : dy) / run, across = fabsf(run) / length;
    const float u0 = steep ? a.y : a.x, v0 = steep ? a.x : a.y, u1 = u0 + run;
    const int first = (int)larger(0, ceilf(smaller(u0, u1) - 0.5f)),
              last = (int)smaller(SIDE - 1, floorf(larger(u0, u1) - 0.5f));
    const float edge = 2 * broken - 1; /* of noise, in about its own units */
    const uint32_t begin = with->noise_at;
    for (int u = first; u <= last; u++) {
        const float v = v0 + ((float)u + 0.5f - u0) * rise, reach = (half + 0.5f) / across;
        float a1 = gain;
        if (broken > 0) a1 *= clamp((noise_at(c, 4, begin, u, (int)(v / 8)) - 1.3f * edge) * 3 + 0.5f, 0, 1);
        const int low = (int)larger(0, floorf(v - reach)), high = (int)smaller(SIDE - 1, ceilf(v + reach));
        for (int k = low; k <= high; k++) {
            const int x = steep ? k : u, y = steep ? u : k, at = y * SIDE + x;
            float alpha = a1 * clamp(half - fabsf((float)k + 0.5f - v) * across + 0.5f, 0, 1);
            if (alpha <= 0 || c->hidden[at]) continue;
            if (with->grain > 0)
                alpha *= clamp(1 - with->grain * (0.7f + 0.7f * noise_at(c, with->noise, begin, x, y)), 0.1f, 1);
            const float tone = c->tone[at];
            if (with->lightens ? with->tone > tone : with->tone < tone)
                c->tone[at] = tone + alpha * (with->tone - tone);
        }
    }
}

static float between(float p, float q, float r, float s, float t)
{
    return q + 0.5f * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
}

void draw_curve(canvas *c, const point *page, int n, float width, const ink *with)
{
    enum { MOST = 64, STEPS = 6 };
    point p[MOST];
    float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
    n = n < MOST ? n : MOST;
    if (n < 2) return;
    const float r = width * view_scale(c, page[n / 2]) / 2;
    for (int i = 0; i < n; i++) {
        p[i] = view_point(c, page[i]);
        x0 = smaller(x0, p[i].x), y0 = smaller(y0, p[i].y), x1 = larger(x1, p[i].x), y1 = larger(y1, p[i].y);
    }
    const float reach = r + 2 + 0.15f * larger(x1 - x0, y1 - y0);
    if (!patch_open(c, x0 - reach, y0 - reach, x1 + reach, y1 + reach)) return;
    for (int i = 0; i + 1 < n; i++) {
        const point a = p[i > 0 ? i - 1 : 0], b = p[i], d = p[i + 1], e = p[i + 2 < n ? i + 2 : n - 1];
        point last = b;
        for (int k = 1; k <= STEPS; k++) {
            const float t = (float)k / STEPS;
            const point next = {between(a.x, b.x, d.x, e.x, t), between(a.y, b.y, d.y, e.y, t)};
            patch_segment(c, last, next, r, r, 1);
            last = next;
        }
    }
    patch_lay(c, with, 0);
}

float text_width(const canvas *c, int font, const char *text, float height)
{
    const glyph_set *g = &c->source->glyphs;
    float x = 0;
    for (; *text; text++) {
        const int32_t at = g->at[font][*text & 127];
        x += *text == ' ' || at < 0 ? 11 : (float)g->labels[at][3];
    }
    return x * height / GLYPH_DIGIT;
}

static void mark_printed(canvas *c)
{
    for (int y = c->y0 > 0 ? c->y0 : 0; y < c->y1 && y < SIDE; y++)
        for (int x = c->x0 > 0 ? c->x0 : 0; x < c->x1 && x < SIDE; x++)
            if (c->patch[(y - c->y0) * PATCH_SIDE + x - c->x0] > SOLID) c->printed[y * SIDE + x] = 1;
}

float draw_text(canvas *c, int font, const char *text, point at, float height, float turn, const ink *with)
{
    const glyph_set *g = &c->source->glyphs;
    const float k = height / GLYPH_DIGIT, cs = cosf(turn), sn = sinf(turn);
    float x = 0;
    for (; *text; text++) {
        const int32_t glyph = g->at[font][*text & 127];
        if (*text == ' ' || glyph < 0) {
            x += 11 * k;
            continue;
        }
        const point page = {at.x + cs * x, at.y + sn * x};
        point o;
        float j[4];
        view_affine(c, page, &o, j);
        const float m[4] = {k * (j[0] * cs + j[1] * sn), k * (j[1] * cs - j[0] * sn), k * (j[2] * cs + j[3] * sn),
                            k * (j[3] * cs - j[2] * sn)};
        const point origin = {o.x - m[0] * GLYPH_ORIGIN - m[1] * GLYPH_BASELINE,
                              o.y - m[2] * GLYPH_ORIGIN - m[3] * GLYPH_BASELINE};
        const uint8_t *box = g->box[glyph];
        const float scale = sqrtf(fabsf(m[0] * m[3] - m[1] * m[2]));
        if (patch_open_bitmap(c, box, origin, m)) {
            patch_bitmap(c, g->ink + (size_t)glyph * GLYPH_SIDE * GLYPH_SIDE, GLYPH_SIDE, origin, m,
                         larger(1, 1.5f * scale), 0);
            patch_lay(c, with, 0);
            mark_printed(c);
        }
        x += (float)g->labels[glyph][3] * k;
    }
    return x;
}

int is_free(const canvas *c, point at, float turn, float width, float height)
{
    enum { COLUMNS = 12, ROWS = 5 };
    const float cs = cosf(turn), sn = sinf(turn);
    int full = 0;
    for (int i = 0; i < COLUMNS * ROWS; i++) {
        const float lx = width * ((float)(i % COLUMNS) + 0.5f) / COLUMNS,
                    ly = -height * ((float)(i / COLUMNS) + 0.5f) / ROWS;
        const point p = view_point(c, (point){at.x + cs * lx - sn * ly, at.y + sn * lx + cs * ly});
        if (!(p.x >= 0 && p.y >= 0 && p.x < SIDE && p.y < SIDE)) continue;
        const int k = (int)p.y * SIDE + (int)p.x;
        full += c->printed[k] || c->strength[k] > 0;
    }
    return full < 4;
}
