/* scene.h — made pictures of pages to train and measure the page network on: handwritten digits and signs among print,
 * rules, paper, light and camera, with what is where. Nothing in them was photographed but the paper of some.
 *
 *     scene_source *source = scene_source_open("data:../shared/data", error);
 *     for (uint64_t i = 0; i < n; i++) scene_make(source, seed, i, &made);
 *     scene_source_close(source);
 *
 * A scene depends on the source's data, seed and index alone, whichever thread makes it (and on the machine's libm). */
#ifndef DIGITS_SCENE_H
#define DIGITS_SCENE_H

#include <stdint.h>

enum { SCENE_SIDE = 160, SCENE_MAX_OBJECTS = 96, SCENE_ERROR_TEXT = 512, SCENE_CUT = 255, SCENE_NO_LABEL = 255 };

/* What a page network tells apart, in the order of its kind outputs. */
enum scene_kind {
    SCENE_DIGIT,
    SCENE_DOT,
    SCENE_COMMA,
    SCENE_DASH,
    SCENE_SLASH,
    SCENE_COLON,
    SCENE_OTHER, /* + = ( ) %, or a digit that is struck out */
    SCENE_KINDS
};

typedef struct scene_object {
    float x0, y0, x1, y1; /* box of its ink, pixels, as seen; 0 <= x0 < x1 <= SCENE_SIDE, y alike */
    float height;         /* of the digits of its number, pixels, before turning; a sign has its number's */
    uint8_t kind;         /* scene_kind */
    uint8_t label;        /* 0..9 for SCENE_DIGIT, else SCENE_NO_LABEL */
} scene_object;

typedef struct scene {
    uint8_t grey[SCENE_SIDE * SCENE_SIDE]; /* as a camera or scanner gives it, rows from the top */
    uint8_t owner[SCENE_SIDE *
                  SCENE_SIDE]; /* 0: no handwritten digit or sign; 1 + the object whose ink is strongest here;
                                             * SCENE_CUT: ink of a digit of which the edge leaves less than a third */
    int32_t count;
    uint8_t turn;                            /* quarter turns clockwise of the writing, as seen: 0..3 */
    scene_object objects[SCENE_MAX_OBJECTS]; /* [count]; each owns at least one pixel, unless others cover it */
} scene;

/* What scenes are made of. Written by scene_source_open alone: threads share it. */
typedef struct scene_source scene_source;

/* folders: where the sets of src/dataset/SOURCES.md are looked for, parted by ':', the first that has one counts;
 * `mnist` may also lie in a folder itself, as `make data` leaves it. Digits are MNIST's training images but the last 5,000,
 * pen strokes and small scans; a fifth of the writers and photos is left out (source.h). Without MNIST there is nothing: NULL,
 * and error says why. Other sets that are missing are named in error, which is else empty. */
scene_source *scene_source_open(const char *folders, char error[SCENE_ERROR_TEXT]);
void scene_source_close(scene_source *source);

/* Makes scene `index` of the endless row that seed begins. 0: no memory. */
int scene_make(const scene_source *source, uint64_t seed, uint64_t index, scene *out);

#endif
