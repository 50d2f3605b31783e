/* canvas.h — the drawing board of one scene.
 *
 * Things are placed in page units: pixels around the scene's centre, y down, before the view turns and tilts the page.
 * Tones are reflectances: 0 black, 1 white. Ink is drawn into a patch first (how much of each pixel it covers), then
 * laid. */
#ifndef DIGITS_SCENES_CANVAS_H
#define DIGITS_SCENES_CANVAS_H

#include "source.h"
#include "random.h"

enum { SIDE = SCENE_SIDE, AREA = SIDE * SIDE };
/* A patch reaches this far beyond the scene, to know how much of a digit the edge cuts off. */
enum { PATCH_MARGIN = 64, PATCH_SIDE = SIDE + 2 * PATCH_MARGIN };

typedef struct point {
    float x, y;
} point;

typedef struct ink {
    float tone;   /* of full ink */
    int lightens; /* chalk: never darkens what it covers; else ink never lightens */
    float opacity;
    float grain; /* 0..1: how much of the paper's grain it leaves bare */
    int noise;   /* which noise that grain is, and from where on */
    uint32_t noise_at;
} ink;

typedef struct canvas {
    const scene_source *source;
    scene *out;
    random_stream random;
    float view[9], back[9];   /* page to scene and scene to page, homogeneous, row-major */
    float tone[AREA];         /* what is drawn so far */
    uint8_t hidden[AREA];     /* 1: not part of the page (desk, margin, beyond the picture); ink is not seen there */
    float strength[AREA];     /* alpha of the strongest object */
    uint8_t printed[AREA];    /* 1: a letter of print or writing is here */
    int mild;                 /* 1: good light and a good camera */
    float paper;              /* tone of the bare paper */
    float faintest, thinnest; /* least contrast, and least width in pixels, of handwriting so far */
    float least_height;       /* of a digit, pixels */
    float least_blur;         /* of the photographed paper, pixels: ink must not be sharper */
    struct {
        int x0, y0, x1, y1;
    } picture;          /* the part of the scene that the picture fills; beyond it its rim is repeated */
    int x0, y0, x1, y1; /* the open patch, scene pixels from -PATCH_MARGIN on */
    float patch[PATCH_SIDE * PATCH_SIDE];
    float spare[2][AREA]; /* for the camera */
} canvas;

/* ── The view ─────────────────────────────────────────────────────────────────────────────────────────── */

point view_point(const canvas *c, point page);
/* Pixels of the scene for one page unit, at that point. */
float view_scale(const canvas *c, point page);
/* The view near a page point p0 is p1 + j (p - p0). */
void view_affine(const canvas *c, point p0, point *p1, float j[4]);

/* What lies at the middle of a pixel of the scene. */
point view_back(const canvas *c, int x, int y);

/* ── Random choices ───────────────────────────────────────────────────────────────────────────────────── */

static inline float range(canvas *c, float low, float high) { return random_range(&c->random, low, high); }
static inline int chance(canvas *c, float p) { return random_unit(&c->random) < p; }
static inline int pick(canvas *c, int n) { return (int)random_below(&c->random, (uint32_t)n); }
static inline float normal(canvas *c) { return random_normal(&c->random); }
/* Between low and high, each octave alike. */
static inline float octaves(canvas *c, float low, float high)
{
    return low * powf(high / low, random_unit(&c->random));
}
/* fmaxf and fminf, inline: nothing here is NaN. */
static inline float larger(float a, float b) { return a > b ? a : b; }
static inline float smaller(float a, float b) { return a < b ? a : b; }
/* How many steps there are from a to below b; at most a few hundred. */
static inline int steps(float a, float b, float step) { return b > a ? (int)ceilf((b - a) / larger(step, 1)) : 0; }
static inline float clamp(float v, float low, float high) { return v < low ? low : v > high ? high : v; }

/* Noise k at a pixel, begun anywhere. */
static inline float noise_at(const canvas *c, int k, uint32_t begin, int x, int y)
{
    const uint32_t mask = NOISE_SIDE - 1, u = (begin + (uint32_t)x) & mask, v = ((begin >> 8) + (uint32_t)y) & mask;
    return c->source->noise[k][v * NOISE_SIDE + u];
}
static inline uint32_t noise_begin(canvas *c) { return (uint32_t)random_bits(&c->random) & 0xffff; }

/* ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────── */

/* Opens an empty patch around a box of the scene. 0: nothing of it is near the scene. */
int patch_open(canvas *c, float x0, float y0, float x1, float y1);
/* The same for the box x0, y0, x1, y1 of a bitmap that lies as in patch_bitmap. */
int patch_open_bitmap(canvas *c, const uint8_t box[4], point origin, const float j[4]);
/* A round pen from a to b (scene pixels), its radius going from ra to rb; soft: width of its rim in pixels. */
void patch_segment(canvas *c, point a, point b, float ra, float rb, float soft);
/* A bitmap of ink, side pixels square. Its pixel (u, v) lies at origin + j (u, v). sharp: how much steeper than the
 * bitmap's the rim is; more: added before, so that strokes grow or shrink. */
void patch_bitmap(canvas *c, const uint8_t *bitmap, int side, point origin, const float j[4], float sharp,
                  float more);
/* Lays the patch; owner 0, or what the owner map shows from now on where this ink is strongest. */
void patch_lay(canvas *c, const ink *with, int owner);
/* Lays it as an object, if enough of it is seen. height: page units at that place. */
void patch_lay_object(canvas *c, const ink *with, int kind, int label, float height);

/* A straight line between page points, width in page units; broken 0..1: share of it that is not there. */
void draw_line(canvas *c, point a, point b, float width, const ink *with, float broken);
/* A smooth line of a pen through page points (Catmull & Rom 1974); width in page units. */
void draw_curve(canvas *c, const point *p, int n, float width, const ink *with);
/* Text of a font of the source, from a baseline point on, its digits `height` high (page units); returns its width. */
float draw_text(canvas *c, int font, const char *text, point at, float height, float turn, const ink *with);
float text_width(const canvas *c, int font, const char *text, float height);
/* Whether a box that stands on a point of a base line has hardly any print or handwriting in it. */
int is_free(const canvas *c, point at, float turn, float width, float height);

/* ── Parts of a scene, each in its own file ───────────────────────────────────────────────────────────── */

/* paper.c: before anything is drawn: the bare paper; after all is drawn: light and shadow. */
void paper_lay(canvas *c, float tone);
void paper_pattern(canvas *c); /* guilloche, as on cheques */
/* Photographed cells of that side, one begins at (x, y). Bit 16 + column of printed[16 + row] says which hold print. */
enum { CELL_GRID = 32 };
void paper_cells(canvas *c, float side, float x, float y, uint32_t printed[CELL_GRID]);
void paper_surround(canvas *c); /* a sheet's edge with desk behind, a dark scan margin, or two tones in one picture */
void paper_stain(canvas *c);    /* blots, folds, print that shines through */
void paper_light(canvas *c);

/* lines.c: what is ruled or printed. scale: height of the handwriting. */
ink ink_of(canvas *c, float contrast);
void lines_ruled(canvas *c, float scale);
void lines_frame(canvas *c);
void lines_table(canvas *c, float cell_w, float cell_h, float x, float y);
void lines_comb(canvas *c, point at, int boxes, float w, float h);
void print_words(canvas *c, float scale, int n);
void print_cell(canvas *c, float height, int font, const ink *with, point middle); /* a short number or word */
void print_code(canvas *c); /* a square code, or a chessboard */

/* ink.c: handwriting. */
typedef struct hand hand;
struct hand {
    int set;       /* where its digits come from */
    uint32_t near; /* … and from about where in it: one writer */
    int font;
    float height; /* of its digits, page units */
    float pen;    /* width of its pen, page units */
    float slant, aspect, sway, unsteady;
    float uneven; /* spread of its digits' heights */
    float zeros;  /* height of its noughts to that of other digits */
    float tails;  /* how far its 7 and 9 hang below the line, of their height */
    int joined;   /* the pen stays on the paper between digits that nearly touch */
    float sharp, more, soft;
    ink ink;
    float contrast;
};
enum { NUMBER_MOST = 14 };
typedef struct number {
    int count;
    struct {
        int kind, label;
        char sign;
        uint32_t index;
        float width, height, drop, gap; /* page units; drop: of its foot below the line; gap: to the one before */
    } part[NUMBER_MOST];
    float width;
} number;

hand hand_choose(canvas *c, float height, float least_contrast);
/* Digits and signs, as many as digits say, or what fits into `room`. signs: 1 = may hold them. */
number number_compose(canvas *c, const hand *h, int digits, int signs, float room);
/* The same: an amount as on a cheque, its digits close together. */
number number_amount(canvas *c, const hand *h);
/* Draws it from a point of its base line on, in direction `turn`; fixed > 0: one each in fields that wide. */
void number_draw(canvas *c, const hand *h, const number *n, point at, float turn, float fixed);
void ink_letters(canvas *c, float scale);                /* handwritten letters and words: no digits */
void ink_letter(canvas *c, const hand *h, point middle); /* one alone */
/* A word in a hand, from a point of its base line on; returns its width. */
float ink_word(canvas *c, const hand *h, point at, float turn);
void ink_doodle(canvas *c, float scale); /* scribbles, ticks, rings, arrows */

/* camera.c: the picture that is taken: blur, low resolution, noise, tones, JPEG. */
void camera_take(canvas *c, int clean);

#endif
