/* lines.c — what is ruled and printed on the paper, none of it handwriting. */
#include "canvas.h"

#include <stdio.h>
#include <string.h>

/* Things reach this far from the middle of the scene, page units: to its corners, however it is turned. */
static const float FAR = 130;

ink ink_of(canvas *c, float contrast)
{
    const int lightens = c->paper < 0.42f;
    ink i = {.lightens = lightens,
             .tone = lightens ? c->paper + (1 - c->paper) * contrast : c->paper * (1 - contrast),
             .opacity = 1,
             .noise = pick(c, 3),
             .noise_at = noise_begin(c)};
    if (chance(c, 0.3f)) i.grain = range(c, 0, 0.6f);
    return i;
}

static ink rule_ink(canvas *c)
{
    return ink_of(c, chance(c, 0.35f) ? octaves(c, 0.05f, 0.4f) : range(c, 0.3f, 0.97f));
}

static float rule_width(canvas *c, float scale)
{
    return chance(c, 0.8f) ? octaves(c, 0.5f, larger(1.2f, 0.09f * scale)) : octaves(c, 1, larger(2, 0.25f * scale));
}

void lines_ruled(canvas *c, float scale)
{
    const ink with = ink_of(c, chance(c, 0.7f) ? octaves(c, 0.05f, 0.35f) : range(c, 0.3f, 0.8f));
    const int squared = chance(c, 0.5f);
    const float step = larger(5, scale * (squared ? octaves(c, 0.35f, 3) : range(c, 1.1f, 2.8f))),
                width = octaves(c, 0.5f, larger(1, 0.05f * scale));
    const float x0 = range(c, 0, step), y0 = range(c, 0, step);
    for (int i = 0, n = steps(-FAR + y0, FAR, step); i < n; i++) {
        const float y = -FAR + y0 + step * (float)i;
        draw_line(c, (point){-FAR, y}, (point){FAR, y}, width, &with, 0);
    }
    if (squared)
        for (int i = 0, n = steps(-FAR + x0, FAR, step); i < n; i++) {
            const float x = -FAR + x0 + step * (float)i;
            draw_line(c, (point){x, -FAR}, (point){x, FAR}, width, &with, 0);
        }
    else if (chance(c, 0.3f)) /* a margin */
        draw_line(c, (point){x0 * 2 - 60, -FAR}, (point){x0 * 2 - 60, FAR}, width, &with, 0);
}

void lines_frame(canvas *c)
{
    const ink with = rule_ink(c);
    const float left = (float)c->picture.x0 - SIDE / 2.0f, top = (float)c->picture.y0 - SIDE / 2.0f,
                right = (float)c->picture.x1 - SIDE / 2.0f, bottom = (float)c->picture.y1 - SIDE / 2.0f,
                size = smaller(right - left, bottom - top);
    for (int side = 0; side < 4; side++) {
        if (!chance(c, 0.6f)) continue;
        const float d = size * range(c, -0.02f, 0.13f), width = larger(0.6f, size * octaves(c, 0.006f, 0.07f)),
                    tilt = size * 0.015f * normal(c);
        const float broken = chance(c, 0.2f) ? range(c, 0.1f, 0.7f) : 0;
        point a, b;
        if (side < 2) {
            const float x = side ? right - d : left + d;
            a = (point){x - tilt, -FAR}, b = (point){x + tilt, FAR};
        } else {
            const float y = side == 3 ? bottom - d : top + d;
            a = (point){-FAR, y - tilt}, b = (point){FAR, y + tilt};
        }
        draw_line(c, a, b, width, &with, broken);
    }
}

void lines_table(canvas *c, float cell_w, float cell_h, float x0, float y0)
{
    const ink with = rule_ink(c);
    const float scale = smaller(cell_w, cell_h), width = rule_width(c, 0.7f * scale);
    const int thick = chance(c, 0.4f) ? 2 + pick(c, 3) : 1000, thick_at = pick(c, 3);
    const float twice = chance(c, 0.15f) ? width * range(c, 2, 4) + 1 : 0,
                broken = chance(c, 0.12f) ? range(c, 0.1f, 0.6f) : 0;
    for (int upright = 0; upright < 2; upright++) {
        if (chance(c, upright ? 0.12f : 0.06f)) continue; /* columns or rows alone */
        const float step = upright ? cell_w : cell_h, begin = upright ? x0 : y0;
        const int first = (int)ceilf((-FAR - begin) / step), last = (int)floorf((FAR - begin) / step);
        for (int i = first; i <= last; i++) {
            const float at = begin + step * (float)i, tilt = 0.004f * scale * normal(c);
            const float w = width * ((i + 600) % thick == thick_at ? 2.2f : 1);
            for (int k = 0; k < (twice > 0 ? 2 : 1); k++) {
                const float v = at + (k ? twice : 0);
                draw_line(c, upright ? (point){v - tilt, -FAR} : (point){-FAR, v - tilt},
                          upright ? (point){v + tilt, FAR} : (point){FAR, v + tilt}, w, &with, broken);
            }
        }
    }
}

void lines_comb(canvas *c, point at, int boxes, float w, float h)
{
    const ink with = rule_ink(c);
    const float width = rule_width(c, h), tooth = chance(c, 0.6f) ? h : h * range(c, 0.15f, 0.5f),
                apart = chance(c, 0.25f) ? 0.12f * w : 0;
    const int closed = tooth == h && chance(c, 0.8f);
    for (int i = 0; i <= boxes; i++) {
        const float x = at.x + w * (float)i;
        if (apart > 0 && i < boxes) {
            const float l = x + apart / 2, r = x + w - apart / 2;
            draw_line(c, (point){l, at.y - h}, (point){l, at.y}, width, &with, 0);
            draw_line(c, (point){r, at.y - h}, (point){r, at.y}, width, &with, 0);
            draw_line(c, (point){l, at.y}, (point){r, at.y}, width, &with, 0);
            draw_line(c, (point){l, at.y - h}, (point){r, at.y - h}, width, &with, 0);
        } else if (apart <= 0) {
            draw_line(c, (point){x, at.y - tooth}, (point){x, at.y}, width, &with, 0);
        }
    }
    if (apart > 0) return;
    draw_line(c, at, (point){at.x + w * (float)boxes, at.y}, width, &with, 0);
    if (closed) draw_line(c, (point){at.x, at.y - h}, (point){at.x + w * (float)boxes, at.y - h}, width, &with, 0);
}

void print_words(canvas *c, float scale, int n)
{
    static const char *const words[] = {
        "Name",  "Date",   "Total", "Summe",      "Datum", "Nr.",    "No.",    "the",   "of",    "and",
        "Konto", "Betrag", "Score", "Seite",      "Page",  "Trykt",  "Kirche", "paid",  "pour",  "le",
        "la",    "de",     "Tel.",  "Fax",        "EUR",   "CHF",    "Art",    "Menge", "Preis", "Sudoku",
        "Level", "Home",   "Away",  "Signature",  "BANK",  "CHEQUE", "Pay to", "order", "code",  "Unterschrift",
        "bitte", "in",     "Feld",  "Geburtstag", "PLZ",   "Ort",    "m2",     "kWh",   "Class", "Marks",
        "Roll",  "Q1",     "Q2",    "Max.",       "Ref:",  "IBAN",   "amount", "year",  "month", "day",
    };
    const glyph_set *g = &c->source->glyphs;
    if (!g->prints) return;
    const ink with = ink_of(c, chance(c, 0.2f) ? range(c, 0.1f, 0.4f) : range(c, 0.4f, 0.97f));
    const int font = g->print[pick(c, g->prints)];
    const float height = larger(4, scale * octaves(c, 0.2f, chance(c, 0.2f) ? 1.8f : 0.8f));
    for (int i = 0; i < n; i++) {
        char text[96];
        int used = 0;
        for (int k = 0, m = 1 + pick(c, 4); k < m && used < 64; k++) {
            const int way = pick(c, 10);
            const size_t left = sizeof text - (size_t)used;
            if (way == 0) used += snprintf(text + used, left, "%d ", pick(c, chance(c, 0.5f) ? 100 : 100000));
            else if (way == 1) used += snprintf(text + used, left, "%d.%02d ", pick(c, 1000), pick(c, 100));
            else if (way == 2)
                used += snprintf(text + used, left, "%02d/%02d/%d ", 1 + pick(c, 28), 1 + pick(c, 12),
                                 1950 + pick(c, 90));
            else used += snprintf(text + used, left, "%s ", words[pick(c, (int)(sizeof words / sizeof *words))]);
        }
        draw_text(c, font, text, (point){range(c, -100, 60), range(c, -85, 88)}, height, 0, &with);
    }
}

void print_cell(canvas *c, float height, int font, const ink *with, point middle)
{
    char text[16];
    const int way = pick(c, 4);
    if (way < 2) snprintf(text, sizeof text, "%d", pick(c, 10));
    if (way == 2) snprintf(text, sizeof text, "%d", pick(c, 1000));
    if (way == 3) snprintf(text, sizeof text, "%c%d", 'A' + pick(c, 26), pick(c, 100));
    draw_text(c, font, text, (point){middle.x - text_width(c, font, text, height) / 2, middle.y + height / 2}, height,
              0, with);
}

void print_code(canvas *c)
{
    const float module = octaves(c, 2.5f, 22);
    const int chess = chance(c, 0.3f), half = (int)(octaves(c, 25, 110) / module) + 2;
    const uint64_t seed = random_bits(&c->random);
    const ink with = ink_of(c, range(c, 0.5f, 0.97f));
    const point at = {range(c, -30, 30), range(c, -30, 30)};
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const point p = view_back(c, x, y);
            const int u = (int)floorf((p.x - at.x) / module), v = (int)floorf((p.y - at.y) / module);
            if (u < -half || u >= half || v < -half || v >= half || c->hidden[y * SIDE + x]) continue;
            random_stream r = {seed + (uint64_t)((u + 512) * 1024 + v + 512) * 0x9e3779b97f4a7c15u};
            if (chess ? (u + v) & 1 : (int)(random_bits(&r) & 1)) c->tone[y * SIDE + x] = with.tone;
        }
    }
}
