/* read_page.h — a picture → its digits and signs by the page network (reader->page), in place of digits_read_image.
 *
 * Not what ships yet: the network knows real paper better than thresholds and components do, and clean digits worse. `digits
 * predict --page FILE` reads by it. */
#ifndef DIGITS_READ_PAGE_H
#define DIGITS_READ_PAGE_H

#include "digits.h"

/* Bytes of working memory for read_page. 0 if the size is out of range, or reader->page is no page network. */
size_t read_page_size(const digits_reader *reader, int32_t width, int32_t height);

/* As digits_read_image. DIGITS_WEIGHTS_SHAPE if reader->page is NULL or no page network (page_outputs.h). */
digits_status read_page(const digits_reader *reader, const digits_image *image, const digits_read_options *options,
                        void *work, size_t work_bytes, digits_reading *reading);

#endif
