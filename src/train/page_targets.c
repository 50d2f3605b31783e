#include "page_targets.h"

#include <math.h>
#include <string.h>

/* How far a centre's heat reaches, as a share of the object's height. */
static const float SIGMA = 1 / 6.0f;

page_duty page_duty_of(float height)
{
    if (height >= PAGE_HEIGHT && height <= PAGE_MAX_HEIGHT) return PAGE_FIND;
    return height >= PAGE_IGNORED_BELOW && height <= PAGE_IGNORED_ABOVE ? PAGE_IGNORE : PAGE_REJECT;
}

static float centre_x(const scene_object *o) { return (o->x0 + o->x1) / 2; }
static float centre_y(const scene_object *o) { return (o->y0 + o->y1) / 2; }

/* The cell of a coordinate in pixels. */
static int cell_of(float pixel)
{
    const int cell = (int)floorf(pixel / PAGE_CELL);
    return cell < 0 ? 0 : cell >= PAGE_CELLS ? PAGE_CELLS - 1 : cell;
}

/* A cell's subcells, and the object to find that has the most pixels of it. */
static void put_ink(const scene *s, int y, int x, page_cell *cell)
{
    uint8_t seen[PAGE_CELL * PAGE_CELL], pixels[PAGE_CELL * PAGE_CELL];
    int n = 0, best = 0;
    cell->object = PAGE_NO_OBJECT;
    for (int i = 0; i < PAGE_CELL * PAGE_CELL; i++) {
        const int v = i / PAGE_CELL, u = i % PAGE_CELL;
        const uint8_t owner = s->owner[(y * PAGE_CELL + v) * SCENE_SIDE + x * PAGE_CELL + u];
        if (owner == 0) continue;
        const page_duty duty = owner == SCENE_CUT ? PAGE_IGNORE : page_duty_of(s->objects[owner - 1].height);
        uint8_t *ink = &cell->ink[v / PAGE_SUBCELL * 2 + u / PAGE_SUBCELL];
        if (duty == PAGE_IGNORE && *ink == 0) *ink = PAGE_UNKNOWN;
        if (duty == PAGE_IGNORE) cell->unknown = 1;
        if (duty != PAGE_FIND) continue;
        *ink = 1;
        int k = 0;
        while (k < n && seen[k] != owner) k++;
        if (k == n) {
            seen[n] = owner;
            pixels[n++] = 0;
        }
        pixels[k]++;
        if (k != best && pixels[k] > pixels[best]) best = k;
    }
    if (n) cell->object = (uint8_t)(seen[best] - 1);
}

static void put_heat(const scene_object *o, page_targets *out)
{
    const page_duty duty = page_duty_of(o->height);
    if (duty == PAGE_REJECT) return;
    const float sigma = o->height * SIGMA / PAGE_CELL;
    const int cx = cell_of(centre_x(o)), cy = cell_of(centre_y(o)), reach = (int)(3 * sigma);
    for (int y = cy - reach; y <= cy + reach; y++)
        for (int x = cx - reach; x <= cx + reach; x++) {
            if (y < 0 || x < 0 || y >= PAGE_CELLS || x >= PAGE_CELLS) continue;
            page_cell *cell = &out->cells[y * PAGE_CELLS + x];
            const float d2 = (float)((x - cx) * (x - cx) + (y - cy) * (y - cy)),
                        heat = expf(-d2 / (2 * sigma * sigma));
            if (duty == PAGE_IGNORE) cell->unknown = 1;
            else cell->heat = fmaxf(cell->heat, heat);
        }
}

/* The cells around a centre tell of its object too, even where it has no ink, as in the middle of a zero. */
static void put_centre(const scene *s, int object, page_targets *out)
{
    const scene_object *o = &s->objects[object];
    if (page_duty_of(o->height) != PAGE_FIND) return;
    const int cx = cell_of(centre_x(o)), cy = cell_of(centre_y(o));
    out->objects++;
    out->cells[cy * PAGE_CELLS + cx].unknown = 0;
    for (int y = cy - 1; y <= cy + 1; y++)
        for (int x = cx - 1; x <= cx + 1; x++)
            if (y >= 0 && x >= 0 && y < PAGE_CELLS && x < PAGE_CELLS &&
                out->cells[y * PAGE_CELLS + x].object == PAGE_NO_OBJECT)
                out->cells[y * PAGE_CELLS + x].object = (uint8_t)object;
}

void page_targets_make(const scene *s, page_targets *out)
{
    int cells[SCENE_MAX_OBJECTS] = {0};
    memset(out, 0, sizeof *out);
    out->turn = s->turn;
    for (int i = 0; i < PAGE_CELLS * PAGE_CELLS; i++) put_ink(s, i / PAGE_CELLS, i % PAGE_CELLS, &out->cells[i]);
    for (int i = 0; i < s->count; i++) put_heat(&s->objects[i], out);
    for (int i = 0; i < s->count; i++) put_centre(s, i, out);
    for (int i = 0; i < PAGE_CELLS * PAGE_CELLS; i++)
        if (out->cells[i].object != PAGE_NO_OBJECT) cells[out->cells[i].object]++;
    for (int i = 0; i < PAGE_CELLS * PAGE_CELLS; i++) {
        page_cell *cell = &out->cells[i];
        if (cell->object == PAGE_NO_OBJECT) continue;
        const scene_object *o = &s->objects[cell->object];
        cell->kind = o->kind;
        cell->share = 1 / (float)cells[cell->object];
        cell->offset[0] = centre_x(o) / PAGE_CELL - (float)(i % PAGE_CELLS) - 0.5f;
        cell->offset[1] = centre_y(o) / PAGE_CELL - (float)(i / PAGE_CELLS) - 0.5f;
        cell->size[0] = log2f(fmaxf(o->x1 - o->x0, 1) / PAGE_SIZE_UNIT);
        cell->size[1] = log2f(fmaxf(o->y1 - o->y0, 1) / PAGE_SIZE_UNIT);
    }
}
