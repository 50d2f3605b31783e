/* binarize.h — grey → ink: what stands out from its own paper, however the light falls on it. Used by page.c. */
#ifndef DIGITS_BINARIZE_H
#define DIGITS_BINARIZE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of working memory for a picture of that size, aligned to 2 bytes. */
size_t paper_size(int32_t width, int32_t height);

/* Turns grey (width×height bytes, either side above 0) into ink: 0 paper, 255 full ink, whichever of the two is
 * darker. dark: how much darker than its paper each pixel is, in 255ths of the paper's brightness. Returns 0 where
 * nothing stands out; grey and dark are of no use then. */
int paper_find_ink(uint8_t *grey, uint8_t *dark, int32_t width, int32_t height, void *work);

#endif
