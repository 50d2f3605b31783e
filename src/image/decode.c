/* decode.c — PNG and JPEG files → upright RGBA. stb_image decodes; what it does not do is here: limits first, EXIF
 * orientation (CIPA DC-008, tag 0x0112), and noticing a JPEG that was cut short (stb fills the rest with grey). */
#include "digits.h"

#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_FAILURE_STRINGS
#define STBI_MAX_DIMENSIONS 16384
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

static const uint8_t PNG_SIGNATURE[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static uint32_t number(const uint8_t *p, int bytes, int big_endian)
{
    uint32_t n = 0;
    for (int i = 0; i < bytes; i++) n |= (uint32_t)p[i] << 8 * (big_endian ? bytes - 1 - i : i);
    return n;
}

/* The orientation, 1..8, in a TIFF block; 1 if it says nothing valid. */
static int tiff_orientation(const uint8_t *p, size_t size)
{
    if (size < 8 || (memcmp(p, "II*\0", 4) != 0 && memcmp(p, "MM\0*", 4) != 0)) return 1;
    const int big = p[0] == 'M';
    const size_t directory = number(p + 4, 4, big);
    if (directory > size - 2) return 1;
    const size_t entries = number(p + directory, 2, big), room = (size - directory - 2) / 12;
    for (size_t i = 0; i < entries && i < room; i++) {
        const uint8_t *entry = p + directory + 2 + 12 * i;
        if (number(entry, 2, big) != 0x0112 || number(entry + 2, 2, big) != 3) continue;
        const uint32_t value = number(entry + 8, 2, big);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

static int png_orientation(const uint8_t *file, size_t size)
{
    for (size_t at = sizeof PNG_SIGNATURE; size - at >= 12;) {
        const size_t length = number(file + at, 4, 1);
        if (length > size - at - 12) return 1;
        if (memcmp(file + at + 4, "eXIf", 4) == 0) return tiff_orientation(file + at + 8, length);
        at += 12 + length;
    }
    return 1;
}

/* Whether a DHT segment's tables keep to what they can hold: 256 codes, all within the segment. stb_image 2.27
 * (Debian 12) trusts the counts and writes behind its arrays. */
static int huffman_tables_fit(const uint8_t *p, size_t size)
{
    while (size >= 17) {
        size_t codes = 0;
        for (int i = 1; i <= 16; i++) codes += p[i];
        if (codes > 256 || codes > size - 17) return 0;
        p += 17 + codes;
        size -= 17 + codes;
    }
    return size == 0;
}

/* Walks the markers of a JPEG (ITU T.81, annex B). 0 if it ends before the end-of-image marker, or holds
 * tables that cannot be. */
static int walk_jpeg(const uint8_t *file, size_t size, int *orientation)
{
    size_t at = 2;
    *orientation = 1;
    while (at + 1 < size) {
        if (file[at] != 0xff || file[at + 1] == 0 || file[at + 1] == 0xff || (file[at + 1] & 0xf8) == 0xd0) {
            at++; /* entropy-coded data, fill bytes, restart markers */
            continue;
        }
        const uint8_t marker = file[at + 1];
        if (marker == 0xd9) return 1;
        if (marker == 0xd8 || marker == 0x01) {
            at += 2;
            continue;
        }
        if (size - at < 4) return 0;
        const size_t length = number(file + at + 2, 2, 1);
        if (length < 2 || length > size - at - 2) return 0;
        if (marker == 0xe1 && length >= 8 && memcmp(file + at + 4, "Exif\0\0", 6) == 0)
            *orientation = tiff_orientation(file + at + 10, length - 8);
        if (marker == 0xc4 && !huffman_tables_fit(file + at + 4, length - 2)) return 0;
        at += 2 + length;
    }
    return 0;
}

/* Orientations 2..8 as what becomes of (x, y) in the upright picture: transposed first, then mirrored. */
static digits_status turn_upright(int orientation, uint8_t **pixels, int32_t *width, int32_t *height)
{
    if (orientation == 1) return DIGITS_OK;
    const int transpose = orientation >= 5;
    const int mirror_x = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    const int mirror_y = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    const int32_t w = *width, h = *height, to_w = transpose ? h : w, to_h = transpose ? w : h;
    uint8_t *to = malloc((size_t)w * (size_t)h * 4);
    if (!to) return DIGITS_OUT_OF_MEMORY;
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            int32_t tx = transpose ? y : x, ty = transpose ? x : y;
            if (mirror_x) tx = to_w - 1 - tx;
            if (mirror_y) ty = to_h - 1 - ty;
            memcpy(to + ((size_t)ty * (size_t)to_w + (size_t)tx) * 4,
                   *pixels + ((size_t)y * (size_t)w + (size_t)x) * 4, 4);
        }
    free(*pixels);
    *pixels = to;
    *width = to_w;
    *height = to_h;
    return DIGITS_OK;
}

digits_status digits_image_decode(const uint8_t *file, size_t size, uint8_t **pixels, int32_t *width, int32_t *height)
{
    if (!file || !pixels || !width || !height) return DIGITS_BAD_ARGUMENT;
    if (size == 0) return DIGITS_IMAGE_EMPTY;
    const int png = size >= sizeof PNG_SIGNATURE && memcmp(file, PNG_SIGNATURE, sizeof PNG_SIGNATURE) == 0;
    const int jpeg = size >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff;
    if (!png && !jpeg) return DIGITS_IMAGE_UNKNOWN;
    if (size > INT32_MAX) return DIGITS_IMAGE_TOO_LARGE;
    /* A PNG says its size in its first chunk; stb says only "damaged" to a size of 0 or over its limit. */
    if (png && size >= 24) {
        const uint32_t w = number(file + 16, 4, 1), h = number(file + 20, 4, 1);
        if (w == 0 || h == 0) return DIGITS_IMAGE_EMPTY;
        if (w > DIGITS_MAX_DIMENSION || h > DIGITS_MAX_DIMENSION) return DIGITS_IMAGE_TOO_LARGE;
    }
    int w = 0, h = 0, channels = 0, orientation = 1;
    if (jpeg && !walk_jpeg(file, size, &orientation)) return DIGITS_IMAGE_DAMAGED;
    if (png) orientation = png_orientation(file, size);
    if (!stbi_info_from_memory(file, (int)size, &w, &h, &channels)) return DIGITS_IMAGE_DAMAGED;
    if (w < 1 || h < 1) return DIGITS_IMAGE_EMPTY;
    if (w > DIGITS_MAX_DIMENSION || h > DIGITS_MAX_DIMENSION || (int64_t)w * h > DIGITS_MAX_IMAGE_PIXELS)
        return DIGITS_IMAGE_TOO_LARGE;
    uint8_t *decoded = stbi_load_from_memory(file, (int)size, &w, &h, &channels, 4);
    if (!decoded) return DIGITS_IMAGE_DAMAGED;
    *pixels = decoded;
    *width = w;
    *height = h;
    const digits_status status = turn_upright(orientation, pixels, width, height);
    if (status) digits_image_free(decoded);
    return status;
}

void digits_image_free(uint8_t *pixels) { free(pixels); }
