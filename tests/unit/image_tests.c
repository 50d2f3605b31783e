/* image_tests.c — tests of src/image: files as they are, cut short, damaged. */
#include "digits.h"
#include "harness.h"

#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h> /* its code is in encode.c */

typedef struct sink {
    uint8_t bytes[1 << 16];
    size_t size;
} sink;

static void take(void *to, void *bytes, int n)
{
    sink *s = to;
    if (s->size + (size_t)n > sizeof s->bytes) return;
    memcpy(s->bytes + s->size, bytes, (size_t)n);
    s->size += (size_t)n;
}

static void insert(sink *s, size_t at, const uint8_t *bytes, size_t n)
{
    memmove(s->bytes + at + n, s->bytes + at, s->size - at);
    memcpy(s->bytes + at, bytes, n);
    s->size += n;
}

/* A TIFF block whose only entry is the orientation. */
static void tiff(uint8_t out[26], int orientation, int big)
{
    static const uint8_t little[26] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1};
    static const uint8_t large[26] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1};
    memcpy(out, big ? large : little, 26);
    out[big ? 19 : 18] = (uint8_t)orientation;
}

/* Six blocks of grey, 3 × 2, each 8 × 8 pixels so that JPEG keeps them apart; as each orientation should show. */
static int test_orientation(test_context *c)
{
    static const char *const upright[] = {"123456", "321654", "654321", "456123",
                                          "142536", "415263", "635241", "362514"};
    static sink s;
    static const uint8_t chunk[8] = {0, 0, 0, 26, 'e', 'X', 'I', 'f'};
    static const uint8_t segment[10] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f'};
    uint8_t picture[24 * 16];
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 24; x++) picture[y * 24 + x] = (uint8_t)(40 * (1 + y / 8 * 3 + x / 8));
    for (int kind = 0; kind < 4; kind++)
        for (int orientation = 1; orientation <= 8; orientation++) {
            uint8_t block[40] = {0}, *pixels;
            int32_t w, h;
            s.size = 0;
            if (kind < 2) {
                CHECK(stbi_write_png_to_func(take, &s, 24, 16, 1, picture, 24));
                memcpy(block, chunk, sizeof chunk);
                tiff(block + 8, orientation, kind);
                insert(&s, 33, block, 8 + 26 + 4);
            } else {
                CHECK(stbi_write_jpg_to_func(take, &s, 24, 16, 1, picture, 95));
                memcpy(block, segment, sizeof segment);
                tiff(block + 10, orientation, kind == 3);
                insert(&s, 2, block, 36);
            }
            const digits_status status = digits_image_decode(s.bytes, s.size, &pixels, &w, &h);
            CHECK(status == DIGITS_OK, "kind %d, orientation %d: status %d", kind, orientation, status);
            CHECK(w == (orientation < 5 ? 24 : 16) && h == (orientation < 5 ? 16 : 24));
            for (int i = 0; i < 6; i++) {
                const int across = w / 8, x = i % across * 8 + 4, y = i / across * 8 + 4;
                const int got = (pixels[(y * w + x) * 4] + 20) / 40;
                CHECK(got == upright[orientation - 1][i] - '0', "kind %d, orientation %d, block %d: %d", kind,
                      orientation, i, got);
            }
            digits_image_free(pixels);
        }
    return 1;
}

static int test_image_cut_anywhere(test_context *c)
{
    static sink s;
    uint8_t picture[20 * 20], *pixels;
    int32_t w, h;
    for (int i = 0; i < 400; i++) picture[i] = (uint8_t)(i * i);
    for (int jpeg = 0; jpeg < 2; jpeg++) {
        s.size = 0;
        CHECK(jpeg ? stbi_write_jpg_to_func(take, &s, 20, 20, 1, picture, 90)
                   : stbi_write_png_to_func(take, &s, 20, 20, 1, picture, 20));
        CHECK(digits_image_decode(s.bytes, s.size, &pixels, &w, &h) == DIGITS_OK && w == 20 && h == 20);
        digits_image_free(pixels);
        /* The last 12 bytes of a PNG are IEND, of no use to the picture. */
        for (size_t n = 0; n < s.size - (jpeg ? 0 : 16); n++) {
            uint8_t *exact = malloc(n ? n : 1);
            memcpy(exact, s.bytes, n);
            const digits_status status = digits_image_decode(exact, n, &pixels, &w, &h);
            free(exact);
            if (status == DIGITS_OK) digits_image_free(pixels);
            const digits_status wanted = n == 0               ? DIGITS_IMAGE_EMPTY
                                         : n < (jpeg ? 3 : 8) ? DIGITS_IMAGE_UNKNOWN
                                                              : DIGITS_IMAGE_DAMAGED;
            CHECK(status == wanted, "%s cut at %zu of %zu: status %d", jpeg ? "JPEG" : "PNG", n, s.size, status);
        }
    }
    return 1;
}

static int test_image_damaged_anywhere(test_context *c)
{
    static sink s, t;
    uint8_t picture[20 * 20], *pixels;
    int32_t w, h;
    uint32_t seed = 99;
    for (int i = 0; i < 400; i++) picture[i] = (uint8_t)(i * i);
    for (int jpeg = 0; jpeg < 2; jpeg++) {
        s.size = 0;
        CHECK(jpeg ? stbi_write_jpg_to_func(take, &s, 20, 20, 1, picture, 90)
                   : stbi_write_png_to_func(take, &s, 20, 20, 1, picture, 20));
        for (int round = 0; round < 1500; round++) {
            t = s;
            for (uint32_t k = 0; k <= next_random(&seed) % 5; k++)
                t.bytes[next_random(&seed) % t.size] = (uint8_t)next_random(&seed);
            if (digits_image_decode(t.bytes, t.size, &pixels, &w, &h) != DIGITS_OK) continue;
            CHECK(w > 0 && h > 0 && (int64_t)w * h <= DIGITS_MAX_IMAGE_PIXELS);
            digits_image_free(pixels);
        }
    }
    return 1;
}

static int test_image_limits(test_context *c)
{
    static const struct {
        uint32_t w, h;
        digits_status expected;
    } cases[] = {{0, 5, DIGITS_IMAGE_EMPTY},
                 {5, 0, DIGITS_IMAGE_EMPTY},
                 {16385, 1, DIGITS_IMAGE_TOO_LARGE},
                 {1, 16385, DIGITS_IMAGE_TOO_LARGE},
                 {16384, 16384, DIGITS_IMAGE_TOO_LARGE},
                 {0xffffffff, 0xffffffff, DIGITS_IMAGE_TOO_LARGE},
                 {9, 9, DIGITS_IMAGE_DAMAGED}};
    static sink s;
    uint8_t picture[16] = {0}, *pixels;
    int32_t w, h;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.size = 0;
        CHECK(stbi_write_png_to_func(take, &s, 4, 4, 1, picture, 4));
        for (int k = 0; k < 4; k++) {
            s.bytes[16 + k] = (uint8_t)(cases[i].w >> (24 - 8 * k));
            s.bytes[20 + k] = (uint8_t)(cases[i].h >> (24 - 8 * k));
        }
        const digits_status status = digits_image_decode(s.bytes, s.size, &pixels, &w, &h);
        CHECK(status == cases[i].expected, "%u × %u: status %d", cases[i].w, cases[i].h, status);
    }
    CHECK(digits_image_decode(NULL, 5, &pixels, &w, &h) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_image_decode((const uint8_t *)"GIF89a", 6, &pixels, &w, &h) == DIGITS_IMAGE_UNKNOWN);
    return 1;
}

static const test tests[] = {
    {"image: the eight EXIF orientations, PNG and JPEG, both byte orders", test_orientation},
    {"image: cut short at every byte", test_image_cut_anywhere},
    {"image: damaged anywhere, 3,000 times", test_image_damaged_anywhere},
    {"image: sizes out of range", test_image_limits},
};

const test_room image_tests = {tests, sizeof tests / sizeof *tests};
