/* page_targets.h — what the page network should say of a scene, cell by cell; page/page_outputs.h has the outputs. */
#ifndef DIGITS_PAGE_TARGETS_H
#define DIGITS_PAGE_TARGETS_H

#include "page/page_outputs.h"
#include "scenes/scene.h"

enum { PAGE_CELLS = SCENE_SIDE / PAGE_CELL, PAGE_NO_OBJECT = 255, PAGE_UNKNOWN = 255 };

/* Heights that belong to a level of the pyramid; those that border on them are neither right nor wrong there; all others
 * are not to be seen. */
enum { PAGE_MAX_HEIGHT = 2 * PAGE_HEIGHT, PAGE_IGNORED_BELOW = 16, PAGE_IGNORED_ABOVE = 50 };

typedef enum page_duty { PAGE_FIND, PAGE_IGNORE, PAGE_REJECT } page_duty;

/* What is to become of an object that high, pixels. */
page_duty page_duty_of(float height);

typedef struct page_cell {
    uint8_t
        ink[4]; /* 1: a pixel of the subcell is ink of an object to find; PAGE_UNKNOWN: of one to ignore; else 0 */
    uint8_t object; /* that kind, offset and size tell of; PAGE_NO_OBJECT: none */
    uint8_t kind;
    uint8_t unknown; /* 1: no loss of the heat map here */
    float share;     /* of all cells that tell of that object: 1 / their number */
    float heat;      /* 1 in the cell of a centre, a gaussian around it */
    float offset[2], size[2];
} page_cell;

typedef struct page_targets {
    int objects; /* to find */
    uint8_t turn;
    page_cell cells[PAGE_CELLS * PAGE_CELLS]; /* rows from the top */
} page_targets;

void page_targets_make(const scene *s, page_targets *out);

#endif
