/* scene.c — which things come together in a scene, and where. */
#include "canvas.h"

#include <stdlib.h>
#include <string.h>

/* ── Where from the page is seen ──────────────────────────────────────────────────────────────────────── */

static void invert(const float m[9], float out[9])
{
    const float a = m[4] * m[8] - m[5] * m[7], b = m[5] * m[6] - m[3] * m[8], d = m[3] * m[7] - m[4] * m[6];
    const float over = 1 / (m[0] * a + m[1] * b + m[2] * d);
    const float n[9] = {a, m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                        b, m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                        d, m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
    for (int i = 0; i < 9; i++) out[i] = n[i] * over;
}

static void look(canvas *c, int straight)
{
    const int quarter = chance(c, 0.12f) ? 1 + pick(c, 3) : 0;
    float slope = 0, squeeze = 1, p = 0, q = 0, toward = 0;
    if (!straight) {
        const float way = random_unit(&c->random);
        slope = way < 0.6f ? 0.04f * normal(c) : way < 0.85f ? range(c, -0.35f, 0.35f) : 0; /* 0.35 rad: 20 degrees */
        if (chance(c, 0.35f)) {
            /* The page leans away by up to 35 degrees: shorter in one direction, and smaller at its far side. */
            const float lean = range(c, 0, 0.61f);
            toward = range(c, 0, 3.1416f);
            squeeze = cosf(lean);
            const float far = sinf(lean) * range(c, 0.0005f, 0.0022f);
            p = far * -sinf(toward), q = far * cosf(toward);
        }
    }
    const float turn = 1.5707963f * (float)quarter + slope, cs = cosf(turn), sn = sinf(turn), ct = cosf(toward),
                st = sinf(toward);
    /* Lean: along `toward` nothing changes, across it is squeezed. */
    const float l[4] = {ct * ct + squeeze * st * st, (1 - squeeze) * ct * st, (1 - squeeze) * ct * st,
                        st * st + squeeze * ct * ct};
    const float a[4] = {cs * l[0] - sn * l[2], cs * l[1] - sn * l[3], sn * l[0] + cs * l[2], sn * l[1] + cs * l[3]};
    const float half = SIDE / 2.0f;
    const float m[9] = {a[0] + half * p, a[1] + half * q, half, a[2] + half * p, a[3] + half * q, half, p, q, 1};
    memcpy(c->view, m, sizeof m);
    invert(m, c->back);
    c->out->turn = (uint8_t)quarter;
}

/* The picture may end within the scene: a small file, or the rim of a large one. */
static void end_picture(canvas *c, float w, float h)
{
    const int turned = c->out->turn & 1, pw = (int)clamp(turned ? h : w, 12, SIDE),
              ph = (int)clamp(turned ? w : h, 12, SIDE);
    const int dx = (int)(0.03f * (float)pw * normal(c)), dy = (int)(0.03f * (float)ph * normal(c));
    c->picture.x0 = (int)clamp((float)((SIDE - pw) / 2 + dx), 0, SIDE - 12),
    c->picture.x1 = (int)clamp((float)(c->picture.x0 + pw), 0, SIDE);
    c->picture.y0 = (int)clamp((float)((SIDE - ph) / 2 + dy), 0, SIDE - 12),
    c->picture.y1 = (int)clamp((float)(c->picture.y0 + ph), 0, SIDE);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            c->hidden[y * SIDE + x] =
                x < c->picture.x0 || x >= c->picture.x1 || y < c->picture.y0 || y >= c->picture.y1;
}

/* A rim or a corner of a larger picture. */
static void end_somewhere(canvas *c)
{
    int *edge[4] = {&c->picture.x0, &c->picture.y0, &c->picture.x1, &c->picture.y1};
    for (int side = 0; side < 4; side++) {
        if (!chance(c, 0.45f)) continue;
        const int away = chance(c, 0.5f) ? 16 : 4 + pick(c, 56);
        *edge[side] = side < 2 ? away : SIDE - away;
    }
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            c->hidden[y * SIDE + x] =
                x < c->picture.x0 || x >= c->picture.x1 || y < c->picture.y0 || y >= c->picture.y1;
}

/* Room for more handwriting: some is left for a number's signs. */
static int has_room(const canvas *c) { return c->out->count < SCENE_MAX_OBJECTS - NUMBER_MOST; }

/* ── Layouts ──────────────────────────────────────────────────────────────────────────────────────────── */

/* Things within this of the middle can be seen. */
static const float REACH = 112, FAR = 130;

static int in_sight(const canvas *c, point page, float reach)
{
    const point p = view_point(c, page);
    return p.x > -reach && p.y > -reach && p.x < SIDE + reach && p.y < SIDE + reach;
}

static float paper_tone(canvas *c) { return chance(c, 0.85f) ? range(c, 0.55f, 0.98f) : range(c, 0.3f, 0.6f); }

/* A number in the middle of a cell. */
static void fill_cell(canvas *c, const hand *h, point middle, float w, float height, int most)
{
    if (!in_sight(c, middle, h->height) || !has_room(c)) return;
    const number n = number_compose(c, h, chance(c, 0.7f) ? 1 + pick(c, most) : 1, most > 2, w * 0.95f);
    const float spare = larger(w - n.width, 0), x = middle.x - n.width / 2 + 0.25f * spare * normal(c) * 0.7f;
    const float y = middle.y + h->height / 2 + 0.25f * larger(height - h->height, 0.1f * height) * normal(c) * 0.7f;
    if (is_free(c, (point){x, y}, 0, n.width, h->height) || chance(c, 0.1f))
        number_draw(c, h, &n, (point){x, y}, 0.03f * normal(c), 0);
}

/* Print in a share of a table's cells. */
static void print_cells(canvas *c, float height, float w, float tall, float x0, float y0, float share)
{
    const glyph_set *g = &c->source->glyphs;
    if (!g->prints) return;
    const ink with = ink_of(c, range(c, 0.25f, 0.97f));
    const int font = g->print[pick(c, g->prints)];
    const float high = height * range(c, 0.5f, 1.15f);
    const int columns = (int)(REACH / w) + 1, rows = (int)(REACH / tall) + 1;
    for (int i = -rows; i <= rows; i++) {
        for (int j = -columns; j <= columns; j++) {
            const point middle = {x0 + w * ((float)j + 0.5f), y0 + tall * ((float)i + 0.5f)};
            if (chance(c, share) && in_sight(c, middle, high)) print_cell(c, high, font, &with, middle);
        }
    }
}

/* Cells with a digit each, photographed or drawn; often just one of them in the picture, or a blank one. */
static void lay_cells(canvas *c, float height, int blank)
{
    const int photographed = c->source->cells.count && chance(c, 0.55f), alone = height > 10 && chance(c, 0.5f);
    const float side = height * octaves(c, 1.1f, 2.3f), x0 = -side / 2 + 0.15f * side * normal(c),
                y0 = -side / 2 + 0.15f * side * normal(c);
    uint32_t printed[CELL_GRID] = {0};
    if (alone) end_picture(c, side * range(c, 0.9f, 1.25f), side * range(c, 0.9f, 1.25f));
    if (photographed) {
        paper_cells(c, side, x0, y0, printed);
    } else {
        paper_lay(c, paper_tone(c));
        if (chance(c, 0.1f)) paper_surround(c);
        if (alone && chance(c, 0.5f)) lines_frame(c);
        else lines_table(c, side, side, x0, y0);
        if (chance(c, 0.15f)) print_words(c, height, 1 + pick(c, 2));
        if (chance(c, 0.35f)) print_cells(c, height, side, side, x0, y0, alone ? 0.15f : range(c, 0.1f, 0.6f));
    }
    if (blank) return;
    const hand h = hand_choose(c, height, photographed ? 0.25f : 0.08f);
    const float share = chance(c, 0.3f) ? 1 : range(c, 0, 0.8f);
    const int most = chance(c, 0.25f) ? 3 : 1;
    for (int row = -8; row <= 8; row++) {
        for (int column = -8; column <= 8; column++) {
            if (printed[CELL_GRID / 2 + row] >> (CELL_GRID / 2 + column) & 1) continue;
            const point middle = {x0 + side * ((float)column + 0.5f), y0 + side * ((float)row + 0.5f)};
            if ((row || column) && !chance(c, share)) continue;
            fill_cell(c, &h, middle, side, side, most);
        }
    }
}

static void lay_table(canvas *c, float height, int blank)
{
    const float w = height * octaves(c, 1.4f, 6), tall = height * range(c, 1.2f, 2.6f), x0 = range(c, -w, 0),
                y0 = range(c, -tall, 0);
    paper_lay(c, paper_tone(c));
    if (chance(c, 0.3f)) paper_surround(c);
    lines_table(c, w, tall, x0, y0);
    if (chance(c, 0.5f)) print_words(c, height, 1 + pick(c, 4));
    if (chance(c, 0.1f)) ink_letters(c, height);
    if (chance(c, 0.4f)) print_cells(c, height, w, tall, x0, y0, range(c, 0.05f, 0.7f));
    if (blank) return;
    const hand a = hand_choose(c, height, 0.1f), b = hand_choose(c, height * range(c, 0.8f, 1.2f), 0.1f);
    const float share = range(c, 0.15f, 1);
    const int columns = (int)(REACH / w) + 1, rows = (int)(REACH / tall) + 1;
    for (int i = -rows; i <= rows; i++) {
        for (int j = -columns; j <= columns; j++) {
            const point middle = {x0 + w * ((float)j + 0.5f), y0 + tall * ((float)i + 0.5f)};
            if (chance(c, share)) fill_cell(c, chance(c, 0.9f) ? &a : &b, middle, w, tall, 7);
        }
    }
}

static void lay_lines(canvas *c, float height)
{
    const hand h = hand_choose(c, height, 0.08f);
    const float step = height * range(c, 1.15f, 2.6f), wide = octaves(c, 0.4f, 3), slope = 0.02f * normal(c);
    const int digits = chance(c, 0.4f) ? 1 : 1 + pick(c, 8);
    const float y0 = -85 + range(c, 0, step);
    for (int line = 0, lines = steps(y0, 95, step); line < lines; line++) {
        if (chance(c, 0.15f)) continue;
        const float y = y0 + step * (float)line;
        float x = -100 + range(c, 0, 50);
        while (x < 95 && has_room(c)) {
            if (chance(c, 0.05f)) x += ink_word(c, &h, (point){x, y + slope * x}, slope) + 0.4f * height;
            const number n =
                number_compose(c, &h, chance(c, 0.6f) ? digits : 1 + pick(c, 8), 1, larger(110 - x, height));
            if (in_sight(c, (point){x + n.width / 2, y}, n.width / 2 + height) &&
                (is_free(c, (point){x, y + slope * x}, slope, n.width, height) || chance(c, 0.1f)))
                number_draw(c, &h, &n, (point){x, y + slope * x}, slope, 0);
            x += n.width + height * wide * range(c, 0.6f, 1.5f);
        }
    }
}

static void lay_paper(canvas *c, float height)
{
    paper_lay(c, paper_tone(c));
    if (chance(c, 0.2f)) paper_pattern(c);
    if (chance(c, 0.25f)) paper_surround(c);
    if (chance(c, 0.45f)) lines_ruled(c, height);
    if (chance(c, 0.15f)) lines_frame(c);
}

/* A printed form: labels, fields of combs, boxes or lines, filled or not. */
static void lay_form(canvas *c, float height, int blank)
{
    paper_lay(c, paper_tone(c));
    if (chance(c, 0.15f)) paper_pattern(c);
    if (chance(c, 0.25f)) paper_surround(c);
    print_words(c, height, 1 + pick(c, 6));
    const hand h = hand_choose(c, height, 0.1f);
    const float step = height * range(c, 1.5f, 3), fill = blank ? 0 : range(c, 0.4f, 1);
    const int way = pick(c, 3);
    const float y0 = -70 + range(c, 0, step);
    for (int line = 0, lines = steps(y0, 100, step); line < lines; line++) {
        const float y = y0 + step * (float)line;
        const point at = {range(c, -100, 10), y};
        const int boxes = 1 + pick(c, 10);
        const float w = height * range(c, 0.75f, 1.6f), tall = height * range(c, 1.1f, 1.6f);
        if (way == 0) {
            lines_comb(c, at, boxes, w, tall);
        } else if (way == 1) {
            const ink with = ink_of(c, range(c, 0.2f, 0.9f));
            draw_line(c, at, (point){at.x + height * range(c, 2, 8), y}, octaves(c, 0.6f, 2), &with,
                      chance(c, 0.3f) ? 0.5f : 0);
        } else {
            lines_comb(c, at, 1, height * range(c, 1.5f, 7), tall);
        }
        if (!chance(c, fill) || !has_room(c)) continue;
        const number n =
            number_compose(c, &h, way == 0 ? 1 + pick(c, boxes) : 1 + pick(c, 8), way != 0, way == 0 ? 1000 : 120);
        const float rise = way == 1 ? 0.05f * height * normal(c) : (tall - height) / 2;
        const point foot = {at.x + (way == 0 ? 0 : 0.2f * height), y - rise};
        if (is_free(c, foot, 0, n.width, height) || chance(c, 0.1f))
            number_draw(c, &h, &n, foot, 0, way == 0 ? w : 0);
    }
}

/* An amount on patterned paper, its digits close together. */
static void lay_amount(canvas *c, float height)
{
    if (chance(c, 0.75f))
        end_picture(c, chance(c, 0.5f) ? 160 : height * range(c, 2, 5), height * range(c, 1.05f, 2.2f));
    paper_lay(c, paper_tone(c));
    if (chance(c, 0.85f)) paper_pattern(c);
    if (chance(c, 0.3f)) lines_frame(c);
    if (chance(c, 0.3f)) print_words(c, height, 1 + pick(c, 2));
    const hand h = hand_choose(c, height, 0.15f);
    const number n = number_amount(c, &h);
    const float x = n.width < 150 ? range(c, -75, 75 - n.width) : range(c, 70 - n.width, -70);
    number_draw(c, &h, &n, (point){x, height / 2 + 0.05f * height * normal(c)}, 0.03f * normal(c), 0);
    if (chance(c, 0.15f)) lay_lines(c, height);
    if (chance(c, 0.3f)) { /* the line that it stands on */
        const ink with = ink_of(c, range(c, 0.2f, 0.9f));
        draw_line(c, (point){-FAR, 0.6f * height}, (point){FAR, 0.6f * height}, octaves(c, 0.7f, 3), &with,
                  chance(c, 0.3f) ? 0.5f : 0);
    }
}

/* A digit or a few, alone on one even tone: drawn on a screen, or cut out of a set. */
static void lay_clean(canvas *c, float height)
{
    const int dark = chance(c, 0.4f);
    c->paper = dark ? range(c, 0, 0.15f) : range(c, 0.85f, 1);
    if (chance(c, 0.5f)) c->paper = dark ? 0 : 1;
    if (chance(c, 0.4f)) end_picture(c, height * range(c, 1.2f, 2.5f), height * range(c, 1.2f, 2.5f));
    for (int i = 0; i < AREA; i++) c->tone[i] = c->paper;
    hand h = hand_choose(c, height, 0.5f);
    h.ink.grain = 0;
    const point middle = {0.1f * height * normal(c), 0.1f * height * normal(c)};
    if (chance(c, 0.3f)) { /* a letter, or something else, where a digit might be */
        chance(c, 0.8f) ? ink_letter(c, &h, middle) : ink_doodle(c, height);
        return;
    }
    const number n = number_compose(c, &h, chance(c, 0.7f) ? 1 : 1 + pick(c, 6), 1, 150);
    number_draw(c, &h, &n, (point){middle.x - n.width / 2, middle.y + height / 2}, 0.1f * normal(c), 0);
}

static void lay_board(canvas *c, float height)
{
    paper_lay(c, chance(c, 0.6f) ? range(c, 0.06f, 0.3f) : range(c, 0.7f, 0.98f));
    if (chance(c, 0.6f)) paper_surround(c);
    if (chance(c, 0.2f)) lines_ruled(c, height);
    if (chance(c, 0.3f)) ink_letters(c, height);
    lay_lines(c, height * range(c, 0.9f, 1.1f));
}

/* No digit at all. */
static void lay_none(canvas *c, float height)
{
    const int way = pick(c, 8);
    if (way < 3) {
        lay_cells(c, height, 1);
        return;
    }
    if (way == 3) {
        chance(c, 0.5f) ? lay_table(c, height, 1) : lay_form(c, height, 1);
        return;
    }
    lay_paper(c, height);
    if (way == 4) print_words(c, height, 3 + pick(c, 8));
    if (way == 5)
        for (int i = 0, n = 1 + pick(c, 6); i < n; i++) ink_letters(c, height);
    if (way == 6) print_code(c);
    if (way == 7)
        for (int i = 0, n = pick(c, 4); i < n; i++) ink_doodle(c, height);
}

int scene_make(const scene_source *source, uint64_t seed, uint64_t index, scene *out)
{
    canvas *c = malloc(sizeof *c);
    if (!c) return 0;
    memset(out, 0, sizeof *out);
    c->source = source;
    c->out = out;
    c->random = random_open(seed, 0x7363656e65, index);
    memset(c->hidden, 0, sizeof c->hidden);
    memset(c->strength, 0, sizeof c->strength);
    memset(c->printed, 0, sizeof c->printed);
    c->mild = chance(c, 0.4f);
    c->paper = 1;
    c->faintest = 1, c->thinnest = 20, c->least_height = 160, c->least_blur = 0;
    c->picture.x0 = c->picture.y0 = 0;
    c->picture.x1 = c->picture.y1 = SIDE;

    const float height = chance(c, 0.7f) ? octaves(c, 17, 46) : octaves(c, 7, 140), way = random_unit(&c->random);
    const int clean = way >= 0.79f && way < 0.91f;
    look(c, clean && chance(c, 0.6f));
    if (chance(c, 0.3f)) end_somewhere(c);
    if (way < 0.26f) lay_cells(c, height, 0);
    else if (way < 0.36f) lay_table(c, height, 0);
    else if (way < 0.55f) lay_paper(c, height), lay_lines(c, height);
    else if (way < 0.64f) lay_form(c, height, 0);
    else if (way < 0.79f) lay_amount(c, height);
    else if (way < 0.91f) lay_clean(c, height);
    else if (way < 0.94f) lay_board(c, height);
    else lay_none(c, height);
    if (!clean) {
        if (chance(c, 0.1f)) ink_letters(c, height);
        if (chance(c, 0.08f)) ink_doodle(c, height);
        if (chance(c, 0.12f)) paper_stain(c);
        if (chance(c, 0.07f)) print_words(c, height, 1 + pick(c, 3));
        paper_light(c);
    }
    camera_take(c, clean);
    free(c);
    return 1;
}
