/* page_outputs.h — what the page network says of each cell of 4×4 pixels: the channels of its last layer, logits all.
 *
 * Detection follows CenterNet (Zhou et al. 2019, "Objects as points") and grouping Panoptic-DeepLab (Cheng et al. 2020):
 * a heat map of centres, and from each cell of ink a vector to the centre of the object that the ink belongs to. Objects
 * are digits and signs; the network knows them at one size alone (PAGE_MIN_HEIGHT.. pixels high), and meets the others
 * in other levels of an image pyramid. The trainer makes targets of the same channels. */
#ifndef DIGITS_PAGE_OUTPUTS_H
#define DIGITS_PAGE_OUTPUTS_H

enum {
    PAGE_CELL = 4,      /* pixels a side */
    PAGE_SUBCELL = 2,   /* ink is told by quarters of a cell */
    PAGE_HEIGHT = 20,   /* digits from this height on, and below twice it, belong to a level */
    PAGE_SIZE_UNIT = 32 /* pixels: widths and heights are told as log2 of so many */
};

enum {
    PAGE_INK = 0,    /* 4: a subcell is handwritten ink; top left, top right, bottom left, bottom right */
    PAGE_CENTRE = 4, /* 1: an object's centre is in this cell */
    PAGE_OFFSET =
        5,          /* 2: from the cell's middle to the centre of the object that its ink belongs to; x, y in cells */
    PAGE_SIZE = 7,  /* 2: log2 of the width and height of that object's ink, in PAGE_SIZE_UNITs */
    PAGE_KIND = 9,  /* 7: what the object is, a page_kind (softmax) */
    PAGE_TURN = 16, /* 4: how the writing is turned, in quarter turns clockwise (softmax) */
    PAGE_OUTPUTS = 20
};

typedef enum page_kind {
    PAGE_DIGIT,
    PAGE_DOT,
    PAGE_COMMA,
    PAGE_DASH,
    PAGE_SLASH,
    PAGE_COLON,
    PAGE_OTHER, /* + = ( ) % and digits that are struck out */
    PAGE_KINDS
} page_kind;

#endif
