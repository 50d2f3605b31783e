/* page_score.h — how well the page network sees scenes. */
#ifndef DIGITS_PAGE_SCORE_H
#define DIGITS_PAGE_SCORE_H

#include "page_targets.h"

enum { PAGE_THRESHOLDS = 20 }; /* of a centre's probability: 0/20, 1/20 … */

/* Whole numbers, in doubles alone: page_score_sum adds them up, in any order. */
typedef struct page_score {
    double objects;                                        /* to find */
    double right[PAGE_THRESHOLDS], wrong[PAGE_THRESHOLDS]; /* centres, by their probability */
    double ink_both, ink_either;                           /* subcells */
    double kinds_right;                                    /* objects whose cells together say what they are */
    double turns[4], turns_right[4];                       /* scenes with an object, by their turn */
} page_score;

/* outputs: float[PAGE_CELLS][PAGE_CELLS][channels]. A centre is a cell whose logit is the largest of its 3×3 neighbours';
 * from the most probable on, it is right if, by its offset, it lies within a quarter of the height of an object's centre
 * that is of its kind and not found yet. Centres of objects to ignore do not count. */
void page_score_add(page_score *to, const scene *s, const page_targets *targets, int channels, const float *outputs);

void page_score_sum(page_score *to, const page_score *other);

typedef struct page_summary {
    double threshold; /* the one with the best f1 */
    double precision, recall, f1;
    double ink_iou;
    double kind_accuracy;
    double turn_accuracy; /* mean over the turns that occur, of each one's recall */
} page_summary;

page_summary page_score_summary(const page_score *s);

/* slope·logit + shift is the log-odds that a centre is one (Platt scaling, fitted to the counts by Newton's method). */
typedef struct page_calibration {
    double slope, shift;
} page_calibration;

/* 1 and 0, which change nothing, where there is too little to fit. */
page_calibration page_score_calibrate(const page_score *s);

#endif
