/* normalize.c — ink of any size → the 28×28 form of MNIST.
 *
 * One resampling does it all: the box scaled into 20×20, the centre of mass moved to the middle with fractions of
 * a pixel, and thin pens made as wide as the network's training digits, since a hairline scaled down all but
 * vanishes. Only +, −, ×, ÷ in a fixed order, so that every build gives the same bytes. */
#include "frame.h"

#include <string.h>

static const float THIN = 1.9f; /* strokes thinner than this, in the frame's pixels, are widened */
enum { INK = 64 };              /* from here on a byte counts as ink: box and stroke width */

/* Sums over the ink, from which its box, centre of mass and mean stroke width follow. */
typedef struct moments {
    int32_t x0, y0, x1, y1; /* box of the ink, ends excluded */
    double mass, mass_x, mass_y;
    double area, edges; /* ink pixels, and changes between ink and paper along rows and columns */
} moments;

static moments find_moments(const uint8_t *ink, int32_t width, int32_t height, size_t stride)
{
    moments s = {.x0 = width, .y0 = height};
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *row = ink + (size_t)y * stride;
        const uint8_t *above = y ? row - stride : NULL;
        double mass = 0;
        int before = 0;
        for (int32_t x = 0; x < width; x++) {
            const int is = row[x] >= INK;
            mass += row[x];
            s.mass_x += row[x] * (x + 0.5);
            s.edges += (is != before) + (is != (above && above[x] >= INK));
            before = is;
            if (!is) continue;
            s.area++;
            if (x < s.x0) s.x0 = x;
            if (x >= s.x1) s.x1 = x + 1;
            if (y < s.y0) s.y0 = y;
            s.y1 = y + 1;
        }
        s.edges += before;
        s.mass += mass;
        s.mass_y += mass * (y + 0.5);
    }
    for (int32_t x = 0; height && x < width; x++) s.edges += ink[(size_t)(height - 1) * stride + (size_t)x] >= INK;
    return s;
}

/* Where one axis of the picture takes its samples: output pixel i averages the source over centre ± half. */
typedef struct axis {
    float origin, scale, half; /* output coordinate = origin + scale · source coordinate */
} axis;

/* How much of source pixel p output pixel i sees, 0..1. */
static float overlap(const axis *a, int32_t i, int32_t p)
{
    const float centre = ((float)i + 0.5f - a->origin) / a->scale;
    const float low = centre - a->half > (float)p ? centre - a->half : (float)p;
    const float high = centre + a->half < (float)(p + 1) ? centre + a->half : (float)(p + 1);
    return high > low ? high - low : 0;
}

/* First and last output pixel that may see source pixel p, cut to the picture. */
static void reach(const axis *a, int32_t p, int32_t *first, int32_t *last)
{
    const float low = a->origin + ((float)p - a->half) * a->scale - 0.5f;
    const float high = a->origin + ((float)(p + 1) + a->half) * a->scale - 0.5f;
    *first = low > 0 ? (int32_t)low : 0;
    *last = high < DIGITS_SIDE - 1 ? (int32_t)high : DIGITS_SIDE - 1;
}

static axis make_axis(float centre, float low, float high, float scale, float window)
{
    const float origin = frame_origin(centre * scale, low * scale, high * scale);
    const float half = 0.5f * window / scale;
    return (axis){origin, scale, half > 0.5f ? half : 0.5f};
}

digits_status digits_normalize(const uint8_t *ink, int32_t width, int32_t height, size_t stride,
                               uint8_t out[DIGITS_PIXELS])
{
    if (!ink || !out || width < 1 || height < 1 || width > DIGITS_MAX_DIMENSION || height > DIGITS_MAX_DIMENSION ||
        stride < (size_t)width)
        return DIGITS_BAD_ARGUMENT;
    memset(out, 0, DIGITS_PIXELS);
    const moments s = find_moments(ink, width, height, stride);
    if (s.area == 0) return DIGITS_OK;

    const int32_t longer = s.x1 - s.x0 > s.y1 - s.y0 ? s.x1 - s.x0 : s.y1 - s.y0;
    const float scale = FRAME_BOX / (float)longer;
    /* Area = length·width and boundary = 2·length; rows and columns see 4/π of a boundary. */
    const float stroke = (float)(2 * s.area / (s.edges * 0.785398)) * scale;
    const float window = stroke < THIN ? FRAME_PEN - stroke * 0.5f : 1;
    const axis ax = make_axis((float)(s.mass_x / s.mass), (float)s.x0, (float)s.x1, scale, window);
    const axis ay = make_axis((float)(s.mass_y / s.mass), (float)s.y0, (float)s.y1, scale, window);

    float sum[DIGITS_PIXELS] = {0};
    for (int32_t y = s.y0; y < s.y1; y++) {
        float row[DIGITS_SIDE] = {0};
        int32_t first, last;
        for (int32_t x = s.x0; x < s.x1; x++) {
            const float v = ink[(size_t)y * stride + (size_t)x];
            if (v == 0) continue;
            reach(&ax, x, &first, &last);
            for (int32_t i = first; i <= last; i++) row[i] += v * overlap(&ax, i, x);
        }
        reach(&ay, y, &first, &last);
        for (int32_t j = first; j <= last; j++) {
            const float part = overlap(&ay, j, y);
            for (int32_t i = 0; i < DIGITS_SIDE; i++) sum[j * DIGITS_SIDE + i] += part * row[i];
        }
    }

    float max = 0;
    for (int i = 0; i < DIGITS_PIXELS; i++) max = sum[i] > max ? sum[i] : max;
    /* Full ink in the middle of the strokes, as in MNIST, however thin or faint they were. */
    const float full = 4 * ax.half * ay.half * 255;
    const float gain = 255 / (max < full ? max * 0.85f : full);
    for (int i = 0; i < DIGITS_PIXELS; i++) {
        const float v = sum[i] * gain + 0.5f;
        out[i] = v < 255 ? (uint8_t)v : 255;
    }
    return DIGITS_OK;
}
