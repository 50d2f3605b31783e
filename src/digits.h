/* digits.h — reads handwritten digits from pixels, image files and pen strokes: the whole public interface of the core.
 *
 * Synopsis, without the checks of status and of malloc:
 *
 *     digits_network_size(weights, weights_bytes, &bytes);
 *     digits_network_open(weights, weights_bytes, DIGITS_KERNELS_BEST, malloc(bytes), bytes, &network);
 *     const digits_reader reader = {.recognizer = {.network = network}};
 *     digits_reading reading = {.digits = digits, .capacity = DIGITS_MAX_DIGITS};
 *     const size_t work_bytes = digits_read_image_size(&reader, image.width, image.height);
 *     digits_read_image(&reader, &image, NULL, malloc(work_bytes), work_bytes, &reading);
 *     digits_text(&reading, text, sizeof text);
 *
 * The way of the data through the rooms of src/:
 *
 *     file bytes ── image/decode.c ─┐
 *     camera, canvas: RGBA, grey ───┴─ page/page.c: binarized, ruled lines out, components ── read/normalize.c ──┐
 *     pen strokes ── read/strokes.c: grouped to digits ──────────────────────────── read/normalize_strokes.c ──┴─ 28×28
 *                                                                        (both in the one form of read/frame.h)
 *     28×28 ── read/recognizer.c: nn/network.c (logits), then read/corrections.c (nearest corrected picture)
 *           ── read/confidence.c: what is shown ── digits_reading ── read/text.c ── text
 *
 * Both readers put digits into lines by read/text_lines.c; page/ parts digits that touch by read/segment_touching.c,
 * which asks the recognizer about every cut. Status texts are in status.c.
 *
 * Rules that hold for every function:
 *   - No I/O, no globals, no exit. A call returns a status; what it returns through pointers is valid
 *     only with DIGITS_OK.
 *   - The caller owns all memory. Functions that need working memory say how much in a *_size function.
 *     Such memory must be aligned to 16 bytes (malloc's is on 64-bit systems; WebAssembly's is not). Only
 *     digits_image_decode allocates: stb_image can do no other.
 *   - Everything is const where it is read; calls on the same reader from several threads are fine as
 *     long as each has working memory of its own, and none adds or removes corrections.
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
    DIGITS_NO_DIGIT = 10,         /* the label of a correction: this is no digit */
    DIGITS_MAX_DIGITS = 256,      /* of one reading: what the command line and the page make room for */
    DIGITS_MAX_SIGNS = 256,       /* of one reading: likewise */
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
    DIGITS_WEIGHTS_SHAPE = 11,    /* valid, but not a network this library runs */
    DIGITS_STATUS_LAST = DIGITS_WEIGHTS_SHAPE
} digits_status;

/* One English sentence for people, never NULL; static, not to be freed. */
const char *digits_status_text(digits_status status);

/* The status's name without its prefix, for programs: "IMAGE_EMPTY"; "UNKNOWN" for any other number. Static. */
const char *digits_status_name(digits_status status);

/* ── nn/: the network ──────────────────────────────────────────────────────────────────────────────
 *
 * Integer inference (Jacob et al. 2018, "Quantization and training of neural networks for efficient
 * integer-arithmetic-only inference", with the requantisation in float32 as XNNPACK's qs8-fp32): activations
 * 0..127, or 0..63 if __metadata__ of the file has "activations":"63"; weights -127..127, 32-bit sums, one float32
 * multiplication and one rounding to nearest even an output. A pixel comes in as its upper 7 bits, or 6. All of it is
 * exact or singly rounded, so every kernel on every machine gives the same bits. */

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

/* Bytes of working memory for one digits_predict, digits_recognize or digits_activations at a time. */
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

/* ── read/: corrections and the recognizer ──────────────────────────────────────────────────────────
 *
 * What was read wrong can be corrected, and is known from then on: a k-nearest-neighbour memory (k = 1) of corrected
 * pictures stands beside the network. With no correction, and for pictures unlike all corrected ones, logits are the
 * network's own to the bit. */

typedef struct digits_corrections digits_corrections;

/* Bytes of memory for up to `capacity` corrections (1..DIGITS_MAX_CORRECTIONS), about 2.5 KB each; 0 if out of range. */
size_t digits_corrections_size(const digits_network *network, size_t capacity);

/* Opens an empty memory of corrections. *corrections then points into memory, which the caller frees when done; the
 * network must live as long. */
digits_status digits_corrections_open(const digits_network *network, size_t capacity, void *memory, size_t bytes,
                                      digits_corrections **corrections);

/* Remembers that this picture (ink[784]) shows the label: 0..9, or DIGITS_NO_DIGIT. work: as for digits_predict.
 * DIGITS_NO_ROOM when there are `capacity` corrections already. */
digits_status digits_corrections_add(digits_corrections *corrections, const uint8_t *pixels, int32_t label,
                                     void *work, size_t work_bytes);

/* Takes back the correction added index-th (from 0); those added later move down by one. */
digits_status digits_corrections_remove(digits_corrections *corrections, size_t index);

size_t digits_corrections_count(const digits_corrections *corrections);

/* What reads one digit: a network and what its user corrected. */
typedef struct digits_recognizer {
    const digits_network *network;
    const digits_corrections *corrections; /* made for that network; NULL: none */
} digits_recognizer;

/* As digits_predict, with the corrections. DIGITS_BAD_ARGUMENT if they are another network's. */
digits_status digits_recognize(const digits_recognizer *recognizer, const uint8_t *pixels, void *work,
                               size_t work_bytes, int32_t logits[DIGITS_CLASSES]);

/* ── page/, read/: reading ────────────────────────────────────────────────────────────────────────── */

/* What reads pictures and strokes. */
typedef struct digits_reader {
    digits_recognizer recognizer;
    const digits_network *page; /* finds the writing in a picture, for page/read_page.h alone; NULL: none */
} digits_reader;

/* One digit of a reading. 4-byte fields first: JavaScript reads this layout. */
typedef struct digits_digit {
    int32_t label;    /* 0..9 */
    float confidence; /* 0..1: its probability; beside others that are surely read, no digit is thought less likely */
    int32_t x, y, width, height; /* box of its ink in the picture, or on the pad (in the points' units) */
    int32_t line;                /* 0 = first line of writing */
    int32_t space_before;        /* 1: a wide gap parts it from the digit or sign before it on its line */
    float probabilities[DIGITS_CLASSES];
    int32_t logits[DIGITS_CLASSES];
    uint8_t pixels[DIGITS_PIXELS]; /* what the network saw */
} digits_digit;

/* One sign of a reading, found among its digits. JavaScript reads this layout. */
typedef struct digits_sign {
    int32_t sign;     /* '.' ',' '-' '/' ':', or 0: another mark, for which digits_text leaves a space at most */
    float confidence; /* 0..1 */
    int32_t x, y, width, height; /* as of a digit */
    int32_t line;
    int32_t space_before; /* as of a digit */
    int32_t after;        /* index of the digit before it on its line; −1: none */
} digits_sign;

/* The caller's room for a reading, and what was read, in reading order: line by line, each from left to right. What is
 * more than there is room for is dropped from the end. */
typedef struct digits_reading {
    digits_digit *digits; /* room for capacity digits, of which count are filled */
    size_t capacity, count;
    digits_sign *signs; /* likewise; NULL with a sign_capacity of 0: no signs wanted */
    size_t sign_capacity, sign_count;
    int32_t rotation; /* how far the writing is turned in the picture: 0, 90, 180 or 270 degrees clockwise */
} digits_reading;

/* The level of rejection: what is read with less confidence is taken for no digit. Chosen on data: at 0.25, 90 of 100
 * handwritten letters are no digit, and 1 of 200 digits that people wrote is none (0.5: 92, and 1 of 50). */
#define DIGITS_MIN_CONFIDENCE 0.25f

typedef struct digits_read_options {
    float min_confidence; /* 0..1; beside digits that are surely read, less than half of it will do */
    int32_t signs;        /* 1: signs are read, too; 0: they are left out */
} digits_read_options;

/* What NULL options stand for: const digits_read_options options = DIGITS_READ_DEFAULTS; */
#define DIGITS_READ_DEFAULTS                                                                                         \
    {                                                                                                                \
        DIGITS_MIN_CONFIDENCE, 1                                                                                     \
    }

/* Pixels of a picture. channels: 1 = grey, 4 = RGBA (not premultiplied; transparent counts as white paper).
 * Rows follow each other without padding. */
typedef struct digits_image {
    const uint8_t *pixels;
    int32_t width, height, channels;
} digits_image;

/* Working memory for digits_read_image on a picture of that size. 0 if the size is out of range. */
size_t digits_read_image_size(const digits_reader *reader, int32_t width, int32_t height);

/* Finds and reads the digits of a picture: dark on light or light on dark, any size, anywhere. options: NULL for the
 * usual ones. A picture without digits is DIGITS_OK with a count of 0. */
digits_status digits_read_image(const digits_reader *reader, const digits_image *image,
                                const digits_read_options *options, void *work, size_t work_bytes,
                                digits_reading *reading);

/* Pen strokes in any unit: x and y of each point (finite, within ±1e6), stroke after stroke; how many points each
 * stroke has (at least 1: a tap is a dot); how many strokes there are. */
typedef struct digits_strokes {
    const float *xy;
    const uint32_t *lengths;
    size_t count;
} digits_strokes;

/* Working memory for digits_read_strokes on so many strokes. 0 if they are too many. */
size_t digits_read_strokes_size(const digits_reader *reader, size_t strokes);

/* Reads pen strokes, which are upright and, as yet, digits only: no signs. As digits_read_image otherwise. */
digits_status digits_read_strokes(const digits_reader *reader, const digits_strokes *strokes,
                                  const digits_read_options *options, void *work, size_t work_bytes,
                                  digits_reading *reading);

/* Writes a reading as text: digits, and signs where they are ("21.95"), ' ' for a wide gap, '\n' between lines, a NUL
 * at the end. Needs at most 2·(count + sign_count) + 1 bytes; DIGITS_NO_ROOM if size is less than the text. */
digits_status digits_text(const digits_reading *reading, char *text, size_t size);

/* ── read/normalize.c: the one form in which the network meets ink ────────────────────────────────── */

/* Brings the ink of one digit (width×height bytes, row after row stride bytes apart) into MNIST's form: its box
 * scaled into 20×20 with the aspect kept, its centre of mass at the middle of 28×28 (LeCun et al. 1998; the
 * MNIST page says how). out: ink[784]. All zero in gives all zero out. */
digits_status digits_normalize(const uint8_t *ink, int32_t width, int32_t height, size_t stride,
                               uint8_t out[DIGITS_PIXELS]);

/* The same of one digit's pen strokes, drawn with a pen of MNIST's usual width, with no pixels in between. No strokes,
 * or taps alone, give all zero. */
digits_status digits_normalize_strokes(const digits_strokes *strokes, uint8_t out[DIGITS_PIXELS]);

/* ── image/decode.c: files ────────────────────────────────────────────────────────────────────────── */

/* Decodes a PNG or JPEG file to RGBA (4 bytes a pixel), upright as its EXIF orientation says. *pixels is
 * malloc'ed: free it with digits_image_free. */
digits_status digits_image_decode(const uint8_t *file, size_t size, uint8_t **pixels, int32_t *width,
                                  int32_t *height);
void digits_image_free(uint8_t *pixels);

#ifdef __cplusplus
}
#endif
#endif
