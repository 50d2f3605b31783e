/* ink.c — handwriting: numbers of digits and signs in one hand, and what is written or drawn besides. */
#include "canvas.h"

#include <stdio.h>

#include <string.h>

/* ── Strokes ──────────────────────────────────────────────────────────────────────────────────────────── */

enum { POINTS = 2048 };

/* Opens a patch and draws strokes into it: page point = m (x, y, 1), row-major. 0: nothing is near the scene. */
static int patch_strokes(canvas *c, const float (*p)[2], const uint8_t *up, int n, const float m[6], float pen,
                         float soft, float unsteady)
{
    point q[POINTS];
    float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
    n = n < POINTS ? n : POINTS;
    for (int i = 0; i < n; i++) {
        q[i] = view_point(c, (point){m[0] * p[i][0] + m[1] * p[i][1] + m[2], m[3] * p[i][0] + m[4] * p[i][1] + m[5]});
        x0 = smaller(x0, q[i].x), y0 = smaller(y0, q[i].y), x1 = larger(x1, q[i].x), y1 = larger(y1, q[i].y);
    }
    const float radius = pen / 2 * view_scale(c, (point){m[2], m[5]}), reach = radius * (1 + unsteady) + soft + 1;
    if (!patch_open(c, x0 - reach, y0 - reach, x1 + reach, y1 + reach)) return 0;
    const float phase = range(c, 0, 6.28f), pace = range(c, 0.05f, 0.4f);
    const int smooth = y1 - y0 > 40;
    for (int i = 0; i < n; i++) {
        const float ra = radius * (1 + unsteady * sinf(phase + pace * (float)i)),
                    rb = radius * (1 + unsteady * sinf(phase + pace * (float)(i + 1)));
        const int last = i + 1 >= n || up[i];
        if (last) {
            if (i == 0 || up[i - 1]) patch_segment(c, q[i], q[i], ra, ra, soft);
            continue;
        }
        const point b = q[i], d = q[i + 1];
        if (!smooth || hypotf(d.x - b.x, d.y - b.y) < 2.5f) {
            patch_segment(c, b, d, ra, rb, soft);
            continue;
        }
        const point a = i > 0 && !up[i - 1] ? q[i - 1] : b, e = i + 2 < n && !up[i + 1] ? q[i + 2] : d;
        point from = b;
        for (int k = 1; k <= 3; k++) { /* Catmull & Rom 1974 */
            const float t = (float)k / 3, t2 = t * t, t3 = t2 * t;
            const float wa = (-t3 + 2 * t2 - t) / 2, wb = (3 * t3 - 5 * t2 + 2) / 2, wd = (-3 * t3 + 4 * t2 + t) / 2,
                        we = (t3 - t2) / 2;
            const point to = {wa * a.x + wb * b.x + wd * d.x + we * e.x, wa * a.y + wb * b.y + wd * d.y + we * e.y};
            patch_segment(c, from, to, ra, rb, soft);
            from = to;
        }
    }
    return 1;
}

/* ── A hand ───────────────────────────────────────────────────────────────────────────────────────────── */

enum { SET_FONT = BITMAP_SETS + 2, HAND_SETS };

static int is_bitmap(int set) { return set < BITMAP_SETS; }
static const stroke_set *strokes_of(const canvas *c, int set) { return &c->source->strokes[set - BITMAP_SETS]; }

static size_t size_of(const canvas *c, int set)
{
    if (is_bitmap(set)) return c->source->bitmaps[set].count;
    return set == SET_FONT ? (size_t)c->source->glyphs.writings : strokes_of(c, set)->count;
}

hand hand_choose(canvas *c, float height, float least_contrast)
{
    /* Shares: the more writers, the larger. Small scans serve for small digits. */
    const float share[HAND_SETS] = {0.28f, height < 50 ? 0.12f : 0, height < 70 ? 0.06f : 0.02f, 0.04f, 0.12f, 0.28f,
                                    0.08f};
    float sum = 0, at;
    for (int i = 0; i < HAND_SETS; i++) sum += size_of(c, i) ? share[i] : 0;
    hand h = {.height = height};
    at = sum * random_unit(&c->random);
    for (int i = 0; i < HAND_SETS; i++) {
        if (!size_of(c, i) || share[i] <= 0) continue;
        h.set = i;
        if ((at -= share[i]) < 0) break;
    }
    h.near = random_below(&c->random, (uint32_t)size_of(c, h.set));
    h.font = h.set == SET_FONT ? c->source->glyphs.writing[h.near] : 0;
    /* From a hairline to a thick marker. */
    h.pen = height * (chance(c, 0.75f) ? octaves(c, 0.04f, 0.13f) : octaves(c, 0.025f, 0.24f));
    h.pen = larger(h.pen, 0.9f);
    h.slant = 0.12f * normal(c);
    h.aspect = expf(0.12f * normal(c));
    h.sway = 0.06f * random_unit(&c->random);
    h.unsteady = chance(c, 0.5f) ? range(c, 0, 0.3f) : 0;
    h.soft = range(c, 0.9f, 1.8f);
    h.sharp = octaves(c, 0.6f, 1.8f);
    h.more = range(c, -0.2f, 0.2f);
    h.contrast = chance(c, 0.15f) ? octaves(c, 0.08f, 0.3f) : range(c, 0.3f, 0.97f);
    h.contrast = larger(h.contrast, least_contrast);
    h.ink = (ink){.opacity = range(c, 0.85f, 1), .noise = pick(c, 3), .noise_at = noise_begin(c)};
    h.uneven = range(c, 0.02f, 0.14f);
    h.zeros = chance(c, 0.2f) ? range(c, 0.4f, 0.9f) : 1;
    h.tails = chance(c, 0.3f) ? range(c, 0, 0.4f) : 0;
    h.joined = chance(c, 0.3f);
    if (chance(c, 0.4f)) h.ink.grain = range(c, 0, chance(c, 0.5f) ? 0.35f : 0.8f);
    return h;
}

/* ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────── */

/* What a number looks like: d is a digit. */
static void pattern(canvas *c, int digits, int signs, char text[NUMBER_MOST + 1])
{
    static const char *const forms[] = {
        "dd.dd",      "d.dd",       "ddd.dd",   "d.ddd",   "dd.ddd",   "ddd.ddd",  "d.ddd,dd", "dd,dd",
        "d,dd",       "ddd,dd",     "d,ddd",    "dd,ddd",  "d,ddd.dd", "ddd,ddd",  "d.d",      "d,d",
        "-d",         "-dd",        "-ddd",     "-d.d",    "-dd.dd",   "dd-",      "ddd.-",    "dd,-",
        "ddd,-",      "dd-dd",      "ddd-dddd", "ddd-ddd", "d/d",      "dd/dd",    "d/dd",     "dd/dd/dd",
        "dd/dd/dddd", "d/d/dd",     "ddd/dd",   "dd:dd",   "d:dd",     "dd:dd:dd", "d:d",      "dddd-dd-dd",
        "dd-dd-dd",   "dd.dd.dddd", "dd.dd.",   "d.d.dd",  "dd.dd.dd", "d.dd.dd",  "+d",       "+dd",
        "d+d",        "d+d=d",      "d-d=d",    "dd=d",    "(d)",      "(dd)",     "dd%",      "d%",
        "d)",         "d.",         "(ddd)",    "d-",      "/dd",      "dd.d%",    "-d,dd",    "dd:d",
    };
    if (signs && chance(c, 0.3f)) {
        snprintf(text, NUMBER_MOST + 1, "%s", forms[pick(c, (int)(sizeof forms / sizeof *forms))]);
        return;
    }
    digits = digits < NUMBER_MOST ? digits : NUMBER_MOST;
    memset(text, 'd', (size_t)digits);
    text[digits] = 0;
}

static int kind_of(char sign)
{
    static const char signs[] = ".,-/:";
    const char *at = strchr(signs, sign);
    return at ? SCENE_DOT + (int)(at - signs) : SCENE_OTHER;
}

/* A sign in units of a digit's height: the pen's way from the base line up (y < 0). Returns how many points. */
static int sign_strokes(canvas *c, char sign, float p[64][2], uint8_t up[64], float *width)
{
    int n = 0;
    float w = 0.1f;
    memset(up, 0, 64);
#define TO(x, y) (p[n][0] = (x), p[n][1] = (y), n++)
#define LIFT() (up[n - 1] = 1)
#define SHAKE(most) (range(c, -(most), most))
    if (sign == '.' || sign == ':') {
        for (int k = 0; k < (sign == ':' ? 2 : 1); k++) {
            const float y = sign == ':' ? (k ? -0.14f : -0.62f) + SHAKE(0.1f) : -range(c, 0, 0.06f),
                        l = range(c, 0, 0.07f);
            TO(0.05f + SHAKE(0.02f), y);
            TO(p[n - 1][0] + l * SHAKE(1), p[n - 1][1] + l);
            LIFT();
        }
    } else if (sign == ',') {
        const float l = range(c, 0.12f, 0.3f);
        TO(0.1f, -range(c, 0, 0.1f));
        TO(0.11f + SHAKE(0.03f), p[0][1] + 0.55f * l);
        TO(0.1f - l * range(c, 0.1f, 0.7f), p[0][1] + l);
    } else if (sign == '-' || sign == '=') {
        w = range(c, 0.22f, 0.6f);
        const float y = -0.45f + SHAKE(0.13f), apart = sign == '=' ? range(c, 0.1f, 0.22f) : 0, bow = SHAKE(0.05f);
        for (int k = 0; k < (sign == '=' ? 2 : 1); k++) {
            const float at = y + (k ? apart : -apart) / (sign == '=' ? 1.0f : 2.0f);
            TO(SHAKE(0.03f), at + SHAKE(0.04f));
            TO(w / 2, at + bow);
            TO(w + SHAKE(0.03f), at + SHAKE(0.05f));
            LIFT();
        }
    } else if (sign == '/') {
        w = range(c, 0.15f, 0.55f);
        const float foot = range(c, -0.05f, 0.25f), bow = SHAKE(0.04f);
        TO(w, -range(c, 0.9f, 1.2f));
        TO(w / 2 + bow, (p[0][1] + foot) / 2);
        TO(0, foot);
    } else if (sign == '+') {
        w = range(c, 0.35f, 0.65f);
        const float y = -0.45f + SHAKE(0.1f);
        TO(0, y + SHAKE(0.04f));
        TO(w, y + SHAKE(0.05f));
        LIFT();
        TO(w / 2 + SHAKE(0.05f), y - w / 2 + SHAKE(0.05f));
        TO(w / 2 + SHAKE(0.05f), y + w / 2 + SHAKE(0.05f));
    } else if (sign == '(' || sign == ')') {
        const float side = sign == '(' ? 1 : -1, bow = range(c, 0.12f, 0.3f), x = sign == '(' ? bow : 0;
        w = bow;
        TO(x, -range(c, 1, 1.2f));
        TO(x - side * 0.8f * bow, -0.8f);
        TO(x - side * bow, -0.45f);
        TO(x - side * 0.8f * bow, -0.1f);
        TO(x, range(c, 0, 0.2f));
    } else { /* % */
        w = range(c, 0.6f, 0.9f);
        TO(0.8f * w, -range(c, 0.9f, 1.05f));
        TO(0.2f * w, range(c, -0.1f, 0.1f));
        LIFT();
        for (int k = 0; k < 2; k++) {
            const float x = k ? 0.8f * w : 0.2f * w, y = k ? -0.22f : -0.75f, r = range(c, 0.1f, 0.18f);
            for (int i = 0; i <= 8; i++) TO(x + r * sinf((float)i * 0.8f), y - r * cosf((float)i * 0.8f));
            LIFT();
        }
    }
#undef TO
#undef LIFT
#undef SHAKE
    up[n - 1] = 1;
    *width = w;
    return n;
}

/* A sample of the hand's set; wanted: its digit, or any if < 0. Bitmaps in MNIST's order are of different writers,
 * strokes nearby of one. */
static uint32_t sample(canvas *c, const hand *h, int wanted)
{
    const uint32_t size = (uint32_t)size_of(c, h->set);
    uint32_t index = 0;
    for (int tries = 0; tries < 60; tries++) {
        const uint32_t away = random_below(&c->random, is_bitmap(h->set) || tries > 30 ? size : 60);
        index = (uint32_t)(((uint64_t)h->near + away) % size);
        const int label =
            is_bitmap(h->set) ? c->source->bitmaps[h->set].labels[index] : strokes_of(c, h->set)->what[index];
        if (wanted < 0 || label == wanted) break;
    }
    return index;
}

/* d in text: any digit; 0: a nought. space: between digits, of their height. */
static number compose(canvas *c, const hand *h, const char *text, float space, float room)
{
    const scene_source *s = c->source;
    number n = {0};
    for (const char *t = text; *t && n.count < NUMBER_MOST; t++) {
        const int i = n.count, wanted = *t == '0' ? 0 : -1;
        n.part[i].gap = i == 0 ? 0 : h->height * (space + 0.04f * normal(c));
        if (*t != 'd' && *t != '0') {
            n.part[i].kind = kind_of(*t);
            n.part[i].sign = *t;
            n.part[i].height = h->height;
            n.part[i].drop = 0.05f * h->height * normal(c);
            n.part[i].width = h->height * (strchr("-+=%", *t) ? 0.5f : strchr("/()", *t) ? 0.35f : 0.12f);
            n.part[i].gap = larger(n.part[i].gap, h->height * range(c, 0.02f, 0.15f));
        } else {
            const uint32_t index = h->set == SET_FONT ? 0 : sample(c, h, wanted);
            const int label = h->set == SET_FONT  ? (wanted < 0 ? pick(c, 10) : wanted)
                              : is_bitmap(h->set) ? s->bitmaps[h->set].labels[index]
                                                  : strokes_of(c, h->set)->what[index];
            float height = h->height * clamp(expf(h->uneven * normal(c)), 0.5f, 1.4f);
            if (label == 0) height *= h->zeros;
            n.part[i].kind = SCENE_DIGIT;
            n.part[i].label = label;
            n.part[i].index = index;
            n.part[i].drop = 0.05f * height * normal(c);
            if (label == 0 && h->zeros < 1 && chance(c, 0.3f))
                n.part[i].drop -= h->height * (1 - h->zeros) * random_unit(&c->random);
            if (label == 7 || label == 9) n.part[i].drop += height * h->tails * random_unit(&c->random);
            if (is_bitmap(h->set)) {
                const uint8_t *b = s->bitmaps[h->set].box[index];
                n.part[i].width = height * h->aspect * (float)(b[2] - b[0]) / (float)(b[3] - b[1]);
                if (n.part[i].width > 1.6f * height)
                    height *= 1.6f * height / n.part[i].width, n.part[i].width = 1.6f * height;
            } else if (h->set == SET_FONT) {
                n.part[i].width =
                    height * h->aspect * (float)s->glyphs.labels[s->glyphs.at[h->font]['0' + label]][3] / GLYPH_DIGIT;
                n.part[i].gap -= 0.12f * height; /* a glyph brings some room with it */
            } else {
                const stroke_set *set = strokes_of(c, h->set);
                float w = 0;
                for (uint32_t k = set->first[index]; k < set->first[index + 1]; k++) w = larger(w, set->point[k][0]);
                n.part[i].width = (height - h->pen) * h->aspect * w + h->pen;
            }
            n.part[i].height = height;
        }
        const float width = n.width + n.part[i].gap + n.part[i].width;
        if (i > 0 && width > room) break;
        n.width = width;
        n.count++;
    }
    return n;
}

number number_compose(canvas *c, const hand *h, int digits, int signs, float room)
{
    char text[NUMBER_MOST + 1];
    pattern(c, digits, signs, text);
    const float space = chance(c, 0.3f)   ? range(c, -0.12f, 0.02f)
                        : chance(c, 0.8f) ? range(c, 0.05f, 0.35f)
                                          : range(c, 0.3f, 1.1f);
    return compose(c, h, text, space, room);
}

number number_amount(canvas *c, const hand *h)
{
    static const char *const forms[] = {
        "d.000",     "dd.000", "d.d00",    "ddd.000", "d.ddd",    "dd.ddd",  "ddd.ddd", "dd.ddd.-", "ddd.ddd.-",
        "d.000.-",   "d.000-", "dd.000=",  "dd.d00.", "d000",     "ddddd",   "dddddd",  "dddd",     "ddd",
        "ddd.dd",    "ddd,dd", "d.ddd,dd", "dd000.-", "ddd.000=", "dd.ddd=", "dd00,-",  "d0.000.-", "d00.000",
        "d.ddd.ddd", "d000-",  "dd.ddd-",  "dd.ddd",  "dddddd",   "ddddd",
    };
    return compose(c, h, forms[pick(c, (int)(sizeof forms / sizeof *forms))], range(c, -0.14f, 0.12f), 1e6f);
}

/* The ink of this hand on what is there, at a page point. */
static ink ink_here(canvas *c, const hand *h, point page)
{
    static const float around[5][2] = {{0, 0}, {-0.5f, 0.3f}, {0.5f, -0.4f}, {0.3f, 0.6f}, {-0.2f, -0.6f}};
    float sum = 0;
    int n = 0;
    for (int i = 0; i < 5; i++) {
        const point p = view_point(c, (point){page.x + around[i][0] * h->height, page.y + around[i][1] * h->height});
        const int x = (int)p.x, y = (int)p.y;
        if (!(p.x >= 0 && p.y >= 0) || x >= SIDE || y >= SIDE || c->hidden[y * SIDE + x]) continue;
        sum += c->tone[y * SIDE + x];
        n++;
    }
    const float tone = n ? sum / (float)n : c->paper;
    ink with = h->ink;
    with.lightens = tone < 0.42f;
    with.tone = with.lightens ? tone + (1 - tone) * h->contrast : tone * (1 - h->contrast);
    return with;
}

static float det_of(const float m[6]) { return m[0] * m[4] - m[1] * m[3]; }

/* before: where the pen of a joined hand left the digit before, if *from_before. */
static void part_draw(canvas *c, const hand *h, const number *n, int i, point at, float turn, int struck,
                      point *before, int *from_before)
{
    const scene_source *s = c->source;
    const float height = n->part[i].height, sway = turn + h->sway * normal(c), cs = cosf(sway), sn = sinf(sway);
    const point middle = {at.x + sn * height / 2, at.y - cs * height / 2};
    const ink with = ink_here(c, h, middle);
    const float scale = view_scale(c, middle);
    const uint32_t index = n->part[i].index;
    int drawn = 0;
    if (n->part[i].sign || !is_bitmap(h->set)) {
        float p[64][2];
        uint8_t up[64];
        if (n->part[i].sign) {
            float w;
            const int count = sign_strokes(c, n->part[i].sign, p, up, &w);
            const float pen = h->pen * (strchr(".:", n->part[i].sign) ? range(c, 1, 1.8f) : 1), k = height;
            const float m[6] = {k * cs, k * (-sn - h->slant * cs), at.x, k * sn, k * (cs - h->slant * sn), at.y};
            drawn = patch_strokes(c, (const float(*)[2])p, up, count, m,
                                  larger(pen, is_bitmap(h->set) ? 0.08f * height : 0), h->soft, h->unsteady);
        } else if (h->set == SET_FONT) {
            const int32_t glyph = s->glyphs.at[h->font]['0' + n->part[i].label];
            const float k = height / GLYPH_DIGIT, a = k * h->aspect;
            point o;
            float j[4];
            view_affine(c, at, &o, j);
            const float u[4] = {a * cs, k * (-sn - h->slant * cs), a * sn, k * (cs - h->slant * sn)};
            const float m[4] = {j[0] * u[0] + j[1] * u[2], j[0] * u[1] + j[1] * u[3], j[2] * u[0] + j[3] * u[2],
                                j[2] * u[1] + j[3] * u[3]};
            const point origin = {o.x - m[0] * GLYPH_ORIGIN - m[1] * GLYPH_BASELINE,
                                  o.y - m[2] * GLYPH_ORIGIN - m[3] * GLYPH_BASELINE};
            drawn = patch_open_bitmap(c, s->glyphs.box[glyph], origin, m);
            if (drawn)
                patch_bitmap(c, s->glyphs.ink + (size_t)glyph * GLYPH_SIDE * GLYPH_SIDE, GLYPH_SIDE, origin, m,
                             larger(1, 1.4f * h->sharp * k * scale), h->more);
        } else {
            const stroke_set *set = strokes_of(c, h->set);
            const float k = larger(height - h->pen, 0.5f * height), a = k * h->aspect;
            const uint32_t first = set->first[index];
            const float left = h->pen / 2, foot = -k - h->pen / 2;
            const float ux = a, uy = -h->slant * k, vx = 0, vy = k; /* local: x = ux X + uy Y, y = vx X + vy Y */
            const float m[6] = {cs * ux - sn * vx, cs * uy - sn * vy, at.x + cs * (left + h->slant * k) - sn * foot,
                                sn * ux + cs * vx, sn * uy + cs * vy, at.y + sn * (left + h->slant * k) + cs * foot};
            const int points = (int)(set->first[index + 1] - first);
            float joined[POINTS][2];
            uint8_t up[POINTS];
            int lead = 0;
            if (*from_before && points < POINTS - 2 && fabsf(det_of(m)) > 1e-6f) {
                /* The pen came from the digit before: that point in this digit's units. */
                const float dx = before->x - m[2], dy = before->y - m[5], det = det_of(m);
                joined[0][0] = (m[4] * dx - m[1] * dy) / det, joined[0][1] = (m[0] * dy - m[3] * dx) / det;
                lead = hypotf(joined[0][0] - set->point[first][0], joined[0][1] - set->point[first][1]) < 0.9f;
                up[0] = 0;
            }
            memcpy(joined + lead, set->point + first, (size_t)points * sizeof *joined);
            memcpy(up + lead, set->up + first, (size_t)points);
            const float *last = set->point[first + (uint32_t)points - 1];
            *before = (point){m[0] * last[0] + m[1] * last[1] + m[2], m[3] * last[0] + m[4] * last[1] + m[5]};
            *from_before = h->joined;
            drawn = patch_strokes(c, (const float(*)[2])joined, up, points + lead, m, h->pen, h->soft, h->unsteady);
        }
    } else {
        const bitmap_set *set = &s->bitmaps[h->set];
        const uint8_t *b = set->box[index];
        const float k = height / (float)(b[3] - b[1]), a = n->part[i].width / (float)(b[2] - b[0]);
        point o;
        float j[4];
        view_affine(c, at, &o, j);
        const float u[4] = {a * cs, k * (-sn - h->slant * cs), a * sn, k * (cs - h->slant * sn)};
        const float m[4] = {j[0] * u[0] + j[1] * u[2], j[0] * u[1] + j[1] * u[3], j[2] * u[0] + j[3] * u[2],
                            j[2] * u[1] + j[3] * u[3]};
        const point origin = {o.x - m[0] * (float)b[0] - m[1] * (float)b[3],
                              o.y - m[2] * (float)b[0] - m[3] * (float)b[3]};
        drawn = patch_open_bitmap(c, b, origin, m);
        const float size = (float)set->side / 28; /* of one of its pixels beside MNIST's */
        if (drawn)
            patch_bitmap(c, set->ink + (size_t)index * (size_t)(set->side * set->side), set->side, origin, m,
                         larger(1, h->sharp * k * size * scale), h->more);
    }
    if (!drawn) return;
    patch_lay_object(c, &with, struck ? SCENE_OTHER : n->part[i].kind, n->part[i].label, h->height * scale);
    c->faintest = smaller(c->faintest, h->contrast * (with.lightens ? 1 - c->paper : c->paper));
    c->thinnest = smaller(c->thinnest, (is_bitmap(h->set) || h->set == SET_FONT ? 0.1f * h->height : h->pen) * scale);
    c->least_height = smaller(c->least_height, h->height * scale);
}

/* A line or a scribble through a number: its ink within the digits belongs to them. */
static void strike(canvas *c, const hand *h, point at, float turn, float width, int first)
{
    const float cs = cosf(turn), sn = sinf(turn), hgt = h->height;
    point p[24];
    int n = 0;
    const int way = pick(c, 3);
    const float y = -hgt * range(c, 0.35f, 0.6f), left = -hgt * range(c, 0.05f, 0.4f),
                right = width + hgt * range(c, 0.05f, 0.4f);
    const int turns = way == 2 ? 4 + pick(c, 8) : way == 1 ? 4 : 3;
    for (int i = 0; i < turns && n < 24; i++) {
        const float t = (float)i / (float)(turns - 1);
        float lx = left + (right - left) * t, ly = y + 0.05f * hgt * normal(c);
        if (way == 1) lx = i & 1 ? right : left, ly = y + hgt * 0.12f * (float)(i - 1);
        if (way == 2) ly = -hgt * (i & 1 ? range(c, 0.7f, 1.1f) : range(c, -0.1f, 0.3f));
        p[n++] = (point){at.x + cs * lx - sn * ly, at.y + sn * lx + cs * ly};
    }
    const ink with = ink_here(c, h, (point){at.x + cs * width / 2, at.y + sn * width / 2 - hgt / 2});
    draw_curve(c, p, n, h->pen * range(c, 0.9f, 1.3f), &with);
    for (int v = c->y0 > 0 ? c->y0 : 0; v < c->y1 && v < SIDE; v++) {
        for (int u = c->x0 > 0 ? c->x0 : 0; u < c->x1 && u < SIDE; u++) {
            uint8_t *owner = &c->out->owner[v * SIDE + u];
            if (*owner || c->hidden[v * SIDE + u] || c->patch[(v - c->y0) * PATCH_SIDE + u - c->x0] < 0.3f) continue;
            for (int k = first; k < c->out->count; k++) {
                const scene_object *o = &c->out->objects[k];
                if ((float)u >= o->x0 && (float)u < o->x1 && (float)v >= o->y0 && (float)v < o->y1)
                    *owner = (uint8_t)(k + 1);
            }
        }
    }
}

void number_draw(canvas *c, const hand *h, const number *n, point at, float turn, float fixed)
{
    const float cs = cosf(turn), sn = sinf(turn), rise = 0.03f * normal(c);
    const int struck = n->count > 1 && !fixed ? chance(c, 0.05f) : chance(c, 0.01f), first = c->out->count;
    float x = 0;
    point before = at;
    int joined = 0;
    for (int i = 0; i < n->count; i++) {
        x += n->part[i].gap;
        joined = joined && fixed <= 0 && n->part[i].gap < 0.15f * h->height && !n->part[i].sign;
        const float lx = fixed > 0 ? ((float)i + 0.5f) * fixed - n->part[i].width / 2 : x,
                    ly = n->part[i].drop + rise * lx;
        part_draw(c, h, n, i, (point){at.x + cs * lx - sn * ly, at.y + sn * lx + cs * ly}, turn, struck, &before,
                  &joined);
        x += n->part[i].width;
    }
    const float width = fixed > 0 ? fixed * (float)n->count : n->width;
    if (struck) strike(c, h, at, turn, width, first);
    if (fixed > 0 || chance(c, 0.9f)) return;
    /* Underlined, ringed or ticked. */
    const ink with = ink_here(c, h, at);
    const int way = pick(c, 3);
    const float hgt = h->height;
    point p[16];
    int k = 0;
    if (way == 0) {
        for (int line = 0; line < 1 + pick(c, 2); line++) {
            const float y = hgt * (range(c, 0.15f, 0.4f) + 0.15f * (float)line);
            k = 0;
            for (int i = 0; i < 3; i++) {
                const float lx = -0.1f * hgt + (width + 0.3f * hgt) * (float)i / 2, ly = y + 0.03f * hgt * normal(c);
                p[k++] = (point){at.x + cs * lx - sn * ly, at.y + sn * lx + cs * ly};
            }
            draw_curve(c, p, k, h->pen, &with);
        }
    } else if (way == 1) {
        const float a = width / 2 + hgt * range(c, 0.35f, 0.7f), b = hgt * range(c, 0.8f, 1.2f),
                    begin = range(c, 0, 6.28f);
        for (int i = 0; i < 14; i++) {
            const float t = begin + (float)i * 0.52f, grow = 1 + 0.01f * (float)i;
            const float lx = width / 2 + a * grow * cosf(t), ly = -hgt / 2 + b * grow * sinf(t);
            p[k++] = (point){at.x + cs * lx - sn * ly, at.y + sn * lx + cs * ly};
        }
        draw_curve(c, p, k, h->pen, &with);
    } else {
        const float lx = width + hgt * range(c, 0.5f, 0.9f);
        const float tick[3][2] = {{0, -0.4f}, {0.2f, 0}, {0.8f, -1.1f}};
        for (int i = 0; i < 3; i++) {
            const float tx = lx + tick[i][0] * hgt, ty = tick[i][1] * hgt;
            p[k++] = (point){at.x + cs * tx - sn * ty, at.y + sn * tx + cs * ty};
        }
        draw_curve(c, p, k, h->pen, &with);
    }
}

/* ── No digits ────────────────────────────────────────────────────────────────────────────────────────── */

/* Letters that nobody takes for a digit or a sign, as they stand alone. */
static int plain_letter(int code)
{
    return code < 128 && strchr("ACEFGHJKLMNPQRTUVWXYacdefhjkmnprtuvwxy@#&*?$", code) != NULL && code;
}

static const char *const WORDS[] = {
    "name",  "Datum", "Summe", "total", "the",    "und",     "paid", "Euro",   "bar",   "Kasse", "week",  "Tom",
    "Anna",  "milk",  "Brot",  "rent",  "note",   "please",  "call", "Montag", "Mai",   "June",  "avril", "cher",
    "merci", "lundi", "vente", "kg",    "cm",     "Stk",     "mal",  "Haus",   "water", "yes",   "no",    "ok",
    "Herr",  "from",  "page",  "dear",  "amount", "hundert", "deux", "cent",   "uno",   "mille", "Marie", "Karl",
};

/* A letter of UNIPEN whose lower left corner is there; returns its width. */
static float draw_letter(canvas *c, const hand *h, uint32_t index, point at, float turn, const ink *with)
{
    const stroke_set *other = &c->source->strokes[STROKES_OTHER];
    const uint32_t first = other->first[index], end = other->first[index + 1];
    const float k = h->height * (strchr("acemnruvwx", other->what[index]) ? 0.65f : 1);
    const float cs = cosf(turn), sn = sinf(turn);
    const float m[6] = {k * cs, -k * sn, at.x + sn * k, k * sn, k * cs, at.y - cs * k};
    float w = 0;
    for (uint32_t q = first; q < end; q++) w = larger(w, other->point[q][0]);
    if (patch_strokes(c, (const float(*)[2])(other->point + first), other->up + first, (int)(end - first), m, h->pen,
                      h->soft, h->unsteady))
        patch_lay(c, with, 0);
    return k * w;
}

/* A letter of UNIPEN to draw; 0 if there is none. */
static int choose_letter(canvas *c, uint32_t *index)
{
    const stroke_set *other = &c->source->strokes[STROKES_OTHER];
    for (int tries = 0; other->count && tries < 40; tries++) {
        *index = random_below(&c->random, (uint32_t)other->count);
        if (plain_letter(other->what[*index])) return 1;
    }
    return 0;
}

float ink_word(canvas *c, const hand *h, point at, float turn)
{
    const glyph_set *g = &c->source->glyphs;
    const ink with = ink_here(c, h, at);
    if (g->writings && (!c->source->strokes[STROKES_OTHER].count || chance(c, 0.55f))) {
        const int font = g->writing[pick(c, g->writings)];
        return draw_text(c, font, WORDS[pick(c, (int)(sizeof WORDS / sizeof *WORDS))], at, h->height, turn, &with);
    }
    const float cs = cosf(turn), sn = sinf(turn);
    uint32_t index;
    float x = 0;
    for (int i = 0, n = 1 + pick(c, 6); i < n && choose_letter(c, &index); i++) {
        x += draw_letter(c, h, index, (point){at.x + cs * x, at.y + sn * x}, turn, &with);
        x += h->height * range(c, 0.02f, 0.4f);
    }
    return x;
}

void ink_letter(canvas *c, const hand *h, point middle)
{
    uint32_t index;
    if (!choose_letter(c, &index)) return;
    const point at = {middle.x - 0.4f * h->height, middle.y + 0.5f * h->height};
    const ink with = ink_here(c, h, middle);
    (void)draw_letter(c, h, index, at, 0.05f * normal(c), &with);
}

void ink_letters(canvas *c, float scale)
{
    const hand h = hand_choose(c, scale * octaves(c, 0.6f, 1.6f), 0.15f);
    point at = {range(c, -95, 70), range(c, -80, 85)};
    const float turn = 0.05f * normal(c);
    for (int i = 0, n = 1 + pick(c, 3); i < n; i++) at.x += ink_word(c, &h, at, turn) + 0.5f * h.height;
}

void ink_doodle(canvas *c, float scale)
{
    hand h = hand_choose(c, scale, 0.15f);
    point p[32];
    const point at = {range(c, -80, 80), range(c, -80, 80)};
    const ink with = ink_here(c, &h, at);
    const int way = pick(c, 5);
    const float size = scale * octaves(c, 0.6f, 3);
    int n = 0;
    if (way == 0) { /* a scribble */
        for (; n < 8 + pick(c, 20); n++)
            p[n] = (point){at.x + size * normal(c) * 0.6f, at.y + size * normal(c) * 0.4f};
    } else if (way == 1) { /* hatching, zigzag */
        const int m = 6 + pick(c, 18);
        for (; n < m; n++)
            p[n] = (point){at.x + size * 0.15f * (float)n, at.y + (n & 1 ? size : -size) * range(c, 0.3f, 0.6f)};
    } else if (way == 2) { /* a cross */
        p[0] = (point){at.x - size / 2, at.y - size / 2}, p[1] = (point){at.x + size / 2, at.y + size / 2};
        draw_curve(c, p, 2, h.pen, &with);
        p[0] = (point){at.x - size / 2, at.y + size / 2}, p[1] = (point){at.x + size / 2, at.y - size / 2}, n = 2;
    } else if (way == 3) { /* a long wavy line */
        for (; n < 8; n++) p[n] = (point){at.x + 3 * size * ((float)n / 7 - 0.5f), at.y + 0.15f * size * normal(c)};
    } else { /* a tick */
        p[0] = (point){at.x, at.y}, p[1] = (point){at.x + 0.3f * size, at.y + 0.4f * size},
        p[2] = (point){at.x + size, at.y - 0.7f * size}, n = 3;
    }
    draw_curve(c, p, n, h.pen, &with);
}
