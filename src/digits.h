/* digits.h — reads handwritten digits from pixels, image files and pen strokes.
 *
 * The whole public interface of the core. Data flows one way:
 *
 *     file bytes ──image.c──┐
 *     camera, canvas ───────┴─> page.c ─> normalize.c ─┐
 *     pen strokes ───────────── ink.c ─> normalize.c ──┴─> network.c ─> reading
 *                                          learn.c (corrections) ──┘
 *
 * Rules that hold for every function:
 *   - No I/O, no globals, no exit. A call returns a status; what it returns through pointers is valid
 *     only with DIGITS_OK.
 *   - The caller owns all memory. Functions that need working memory say how much in a *_size function.
 *     Such memory must be aligned to 16 bytes (malloc's is on 64-bit systems; WebAssembly's is not). Only
 *     digits_image_decode allocates: stb_image can do no other.
 *   - Everything is const where it is read; calls on the same network from several threads are fine as
 *     long as each has working memory of its own.
 *
 * Units: pixels are counted from the top left, x to the right, y down. Ink is 0 for paper and 255 for
 * full ink, as in MNIST; image bytes are what the file or the camera said. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DIGITS_SIDE = 28,        /* the network's picture is 28×28 … */
    DIGITS_PIXELS = 28 * 28, /* … row by row, one byte of ink a pixel */
    DIGITS_CLASSES = 10,
    DIGITS_MAX_DIGITS = 256,      /* most digits of one reading */
    DIGITS_MAX_DIMENSION = 16384, /* longest side of an image */
    DIGITS_MAX_IMAGE_PIXELS = 64 * 1000 * 1000,
    DIGITS_MAX_STROKES = 1024,       /* of one reading */
    DIGITS_MAX_POINTS = 1000 * 1000, /* of all its strokes together */
    DIGITS_MAX_CORRECTIONS = 10000   /* that one memory can hold */
};

typedef enum digits_status {
    DIGITS_OK = 0,
    DIGITS_BAD_ARGUMENT = 1,      /* a null pointer, or a number outside its range */
    DIGITS_NO_ROOM = 2,           /* the memory given is smaller than the *_size function said */
    DIGITS_OUT_OF_MEMORY = 3,     /* malloc failed (image decoding only) */
    DIGITS_IMAGE_EMPTY = 4,       /* no bytes, or a side of 0 pixels */
    DIGITS_IMAGE_TOO_LARGE = 5,   /* a side above DIGITS_MAX_DIMENSION, or above DIGITS_MAX_IMAGE_PIXELS */
    DIGITS_IMAGE_UNKNOWN = 6,     /* neither PNG nor JPEG */
    DIGITS_IMAGE_DAMAGED = 7,     /* begins as PNG or JPEG, and cannot be decoded */
    DIGITS_STROKES_TOO_MANY = 8,  /* above DIGITS_MAX_STROKES or DIGITS_MAX_POINTS */
    DIGITS_WEIGHTS_CUT_SHORT = 9, /* the file ends before what its header promises */
    DIGITS_WEIGHTS_DAMAGED = 10,  /* the header is no valid safetensors header */
    DIGITS_WEIGHTS_SHAPE = 11     /* valid, but not a network this library runs */
} digits_status;

/* One English sentence for people, never NULL; static, not to be freed. */
const char *digits_status_text(digits_status status);

/* ── network.c, weights.c: the network ─────────────────────────────────────────────────────────────
 *
 * Integer inference (Jacob et al. 2018, "Quantization and training of neural networks for efficient
 * integer-arithmetic-only inference", with the requantisation in float32 as XNNPACK's qs8-fp32): activations
 * 0..127, or 0..63 if __metadata__ of the file has "activations":"63"; weights -127..127, 32-bit sums, one float32
 * multiplication and one rounding to nearest even an output. A pixel comes in as its upper 7 bits, or 6. All of it is exact or singly rounded, so every kernel on every machine gives the same bits. */

typedef struct digits_network digits_network;

/* Which inner loops run. All give the same bits; DIGITS_KERNELS_BEST is the fastest of this build and processor. */
typedef enum digits_kernels {
    DIGITS_KERNELS_PLAIN = 0,
    DIGITS_KERNELS_BEST = 1,
    DIGITS_KERNELS_SIMD128 = 2, /* from here on not everywhere: DIGITS_BAD_ARGUMENT where there are none */
    DIGITS_KERNELS_RELAXED = 3,
    DIGITS_KERNELS_AVX2 = 4,
    DIGITS_KERNELS_VNNI = 5,
    DIGITS_KERNELS_END
} digits_kernels;

/* Bytes of memory that digits_network_open needs for this weights file (safetensors, size bytes). Checks the
 * whole file: OK means that opening it will succeed. */
digits_status digits_network_size(const uint8_t *file, size_t size, size_t *bytes);

/* Opens a network from a safetensors file. *network then points into memory (bytes long), which the caller
 * frees when done; file is not needed any more. */
digits_status digits_network_open(const uint8_t *file, size_t size, digits_kernels kernels, void *memory,
                                  size_t bytes, const digits_network **network);

/* Name of the kernels that run: "plain", "simd128", "relaxed-simd", "avx2" or "avx512-vnni". Static. */
const char *digits_network_kernels(const digits_network *network);

/* Bytes of working memory for one digits_predict at a time. */
size_t digits_predict_size(const digits_network *network);

/* The forward pass. pixels: ink[784]. logits: int32[10], larger = more likely; see digits_probabilities. */
digits_status digits_predict(const digits_network *network, const uint8_t *pixels, void *work, size_t work_bytes,
                             int32_t logits[DIGITS_CLASSES]);

/* Softmax of logits at the network's own temperature. An eleventh logit, always 0, stands for no digit: what the ten
 * floats lack to 1 is its probability. */
void digits_probabilities(const digits_network *network, const int32_t logits[DIGITS_CLASSES],
                          float probabilities[DIGITS_CLASSES]);

/* The layers of the network, for those who want to see how it thinks: a shape is height, width, channels. A dense layer
 * is 1 × 1 × outputs. DIGITS_BAD_ARGUMENT for a layer that is not there. */
int32_t digits_layers(const digits_network *network);
digits_status digits_layer_shape(const digits_network *network, int32_t layer, int32_t shape[3]);

/* What a layer says of a picture: its activations, uint8[height][width][channels]. layer: any but the last, whose
 * output are the logits. work: as for digits_predict. */
digits_status digits_activations(const digits_network *network, const uint8_t *pixels, int32_t layer, void *work,
                                 size_t work_bytes, uint8_t *activations);

/* ── learn.c: corrections ─────────────────────────────────────────────────────────────────────────────
 *
 * What was read wrong can be corrected, and is known from then on: a network learns by remembering the corrected
 * picture. With no correction, and for pictures unlike all corrected ones, logits are the network's own to the bit. */

typedef struct digits_learned digits_learned;

/* Bytes of memory for up to `capacity` corrections (1..DIGITS_MAX_CORRECTIONS), about 2.5 KB each; 0 if out of range. */
size_t digits_learned_size(const digits_network *network, size_t capacity);

/* Opens an empty memory of corrections. *learned then points into memory, which the caller frees when done; the network
 * must live as long. */
digits_status digits_learned_open(const digits_network *network, size_t capacity, void *memory, size_t bytes,
                                  digits_learned **learned);

/* The network that knows the corrections: to be used in place of the first one, for as long as learned lives. Not
 * while another thread calls digits_learn or digits_unlearn. */
const digits_network *digits_learned_network(const digits_learned *learned);

/* Remembers that this picture (ink[784]) shows the label: 0..9, or 10 for no digit. work: as for digits_predict.
 * DIGITS_NO_ROOM when there are `capacity` corrections already. */
digits_status digits_learn(digits_learned *learned, const uint8_t *pixels, int32_t label, void *work,
                           size_t work_bytes);

/* Takes back the correction learnt index-th (from 0); those learnt later move down by one. */
digits_status digits_unlearn(digits_learned *learned, size_t index);

size_t digits_learned_count(const digits_learned *learned);

/* ── page.c, ink.c: reading ───────────────────────────────────────────────────────────────────────── */

/* One digit of a reading, in reading order. 4-byte fields first: JavaScript reads this layout. */
typedef struct digits_digit {
    int32_t label;    /* 0..9 */
    float confidence; /* 0..1: its probability; beside others that are surely read, no digit is thought less likely */
    int32_t x, y, width, height; /* box of its ink in the picture, or on the pad (in the points' units) */
    int32_t line;                /* 0 = first line of writing */
    int32_t space_before;        /* 1: a wide gap parts it from the digit before it on its line */
    float probabilities[DIGITS_CLASSES];
    int32_t logits[DIGITS_CLASSES];
    uint8_t pixels[DIGITS_PIXELS]; /* what the network saw */
} digits_digit;

/* Pixels of a picture. channels: 1 = grey, 4 = RGBA (not premultiplied; transparent counts as white paper).
 * Rows follow each other without padding. */
typedef struct digits_image {
    const uint8_t *pixels;
    int32_t width, height, channels;
} digits_image;

/* Working memory for digits_read_image on a picture of that size. 0 if the size is out of range. */
size_t digits_read_image_size(const digits_network *network, int32_t width, int32_t height);

/* The level of rejection: what is read with less confidence is taken for no digit. Chosen on data: at 0.25, 90 of 100
 * handwritten letters are no digit, and 1 of 200 digits that people wrote is none (0.5: 92, and 1 of 50). */
#define DIGITS_LEAST_CONFIDENCE 0.25f

/* Finds and reads the digits of a picture: dark on light or light on dark, any size, anywhere. least_confidence, 0..1:
 * such as DIGITS_LEAST_CONFIDENCE; among digits that are surely read, less than half of that will do.
 * digits: room for capacity digits; *count of them are filled (0 = no digit found; more than capacity are
 * dropped from the end). A picture without digits is DIGITS_OK with *count 0. */
digits_status digits_read_image(const digits_network *network, const digits_image *image, float least_confidence,
                                void *work, size_t work_bytes, digits_digit *digits, size_t capacity, size_t *count);

/* Working memory for digits_read_strokes. */
size_t digits_read_strokes_size(const digits_network *network, size_t strokes, size_t points);

/* Reads pen strokes. xy: 2·points floats, x and y of each point, stroke after stroke, in any unit (finite,
 * within ±1e6); lengths: points in each stroke (at least 1: a tap is a dot). As digits_read_image otherwise. */
digits_status digits_read_strokes(const digits_network *network, const float *xy, const uint32_t *lengths,
                                  size_t strokes, float least_confidence, void *work, size_t work_bytes,
                                  digits_digit *digits, size_t capacity, size_t *count);

/* Writes a reading as text: digits, ' ' for a wide gap, '\n' between lines, a NUL at the end. Needs at most
 * 2·count + 1 bytes; DIGITS_NO_ROOM if size is less than the text. */
digits_status digits_text(const digits_digit *digits, size_t count, char *text, size_t size);

/* ── normalize.c: the one form in which the network meets ink ─────────────────────────────────────── */

/* Brings the ink of one digit (width×height bytes, row after row stride bytes apart) into MNIST's form: its box
 * scaled into 20×20 with the aspect kept, its centre of mass at the middle of 28×28 (LeCun et al. 1998; the
 * MNIST page says how). out: ink[784]. All zero in gives all zero out. */
digits_status digits_normalize(const uint8_t *ink, int32_t width, int32_t height, size_t stride,
                               uint8_t out[DIGITS_PIXELS]);

/* The same of one digit's pen strokes (xy and lengths as in digits_read_strokes), drawn with a pen of MNIST's usual
 * width, with no pixels in between. No strokes, or taps alone, give all zero. In ink.c. */
digits_status digits_normalize_strokes(const float *xy, const uint32_t *lengths, size_t strokes,
                                       uint8_t out[DIGITS_PIXELS]);

/* ── image.c: files ───────────────────────────────────────────────────────────────────────────────── */

/* Decodes a PNG or JPEG file to RGBA (4 bytes a pixel), upright as its EXIF orientation says. *pixels is
 * malloc'ed: free it with digits_image_free. */
digits_status digits_image_decode(const uint8_t *file, size_t size, uint8_t **pixels, int32_t *width,
                                  int32_t *height);
void digits_image_free(uint8_t *pixels);

#ifdef __cplusplus
}
#endif
#endif
