/* image_exports.c — the exports of the module that decodes image files, which a page loads when the first file is opened. */
#include "digits.h"

#define EXPORT(name) __attribute__((export_name(name), used))

/* As in exports.c. */
void emscripten_notify_memory_growth(size_t index);
void emscripten_notify_memory_growth(size_t index) { (void)index; }

typedef struct decoded {
    uint8_t *pixels; /* RGBA */
    int32_t width, height;
} decoded;

/* A PNG or JPEG file. Returns a digits_status. Nothing is ever freed: each file gets an instance of its own. */
EXPORT("image_decode") int32_t image_decode(const uint8_t *file, size_t size, decoded *out)
{
    return (int32_t)digits_image_decode(file, size, &out->pixels, &out->width, &out->height);
}
