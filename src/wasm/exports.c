/* wasm.c — the exports of the WebAssembly module. Image files are another module's: wasm_image.c.
 *
 * The module imports nothing. web/engine.js copies bytes into memory from malloc, calls one of the session_*
 * exports, and reads the result out of the session. Every int32_t returned is a digits_status. */
#include "digits.h"

#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(name), used))

typedef struct session {
    const digits_network *network; /* the one that knows what was learnt, once there is a correction */
    digits_learned *learned;       /* NULL: nothing yet */
    void *network_memory;
    void *work; /* grows to what the largest call needed */
    size_t work_bytes;
    size_t count;
    digits_digit digits[DIGITS_MAX_DIGITS];
    char text[2 * DIGITS_MAX_DIGITS + 1];
} session;

/* Emscripten would import this notice; nobody here waits for it, and without it the module imports nothing. */
void emscripten_notify_memory_growth(size_t index);
void emscripten_notify_memory_growth(size_t index) { (void)index; }

/* The core wants 16-byte alignment; WebAssembly's malloc promises 8. */
static void *allocate(size_t bytes) { return aligned_alloc(16, (bytes + 15) & ~(size_t)15); }

static digits_status need_work(session *s, size_t bytes)
{
    if (bytes <= s->work_bytes) return DIGITS_OK;
    free(s->work);
    s->work = allocate(bytes);
    s->work_bytes = s->work ? bytes : 0;
    return s->work ? DIGITS_OK : DIGITS_OUT_OF_MEMORY;
}

EXPORT("session_close") void session_close(session *s)
{
    if (!s) return;
    free(s->network_memory);
    free(s->learned);
    free(s->work);
    free(s);
}

/* kernels: a digits_kernels. *out: a session to be closed with session_close. file may be freed afterwards. */
EXPORT("session_open")
int32_t session_open(const uint8_t *file, size_t size, int32_t kernels, session **out)
{
    size_t bytes = 0;
    digits_status status = digits_network_size(file, size, &bytes);
    if (status) return (int32_t)status;
    session *s = calloc(1, sizeof *s);
    if (!s) return DIGITS_OUT_OF_MEMORY;
    s->network_memory = allocate(bytes);
    status = s->network_memory
                 ? digits_network_open(file, size, (digits_kernels)kernels, s->network_memory, bytes, &s->network)
                 : DIGITS_OUT_OF_MEMORY;
    if (status) session_close(s);
    else *out = s;
    return (int32_t)status;
}

/* The usual value of `least` below: the least confidence that makes a digit. */
EXPORT("least_confidence") float least_confidence(void) { return DIGITS_LEAST_CONFIDENCE; }

EXPORT("session_kernels") const char *session_kernels(const session *s) { return digits_network_kernels(s->network); }

/* n pictures of 784 bytes; logits: 10·n int32, probabilities: 10·n floats. */
EXPORT("session_predict")
int32_t session_predict(session *s, const uint8_t *pixels, size_t n, int32_t *logits, float *probabilities)
{
    digits_status status = need_work(s, digits_predict_size(s->network));
    for (size_t i = 0; i < n && !status; i++) {
        status = digits_predict(s->network, pixels + i * DIGITS_PIXELS, s->work, s->work_bytes,
                                logits + i * DIGITS_CLASSES);
        digits_probabilities(s->network, logits + i * DIGITS_CLASSES, probabilities + i * DIGITS_CLASSES);
    }
    return (int32_t)status;
}

static int32_t finish(session *s, digits_status status)
{
    if (status) s->count = 0;
    if (!status) status = digits_text(s->digits, s->count, s->text, sizeof s->text);
    return (int32_t)status;
}

EXPORT("session_read_image")
int32_t session_read_image(session *s, const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                           float least)
{
    const digits_image image = {pixels, width, height, channels};
    digits_status status = need_work(s, digits_read_image_size(s->network, width, height));
    if (!status)
        status = digits_read_image(s->network, &image, least, s->work, s->work_bytes, s->digits, DIGITS_MAX_DIGITS,
                                   &s->count);
    return finish(s, status);
}

/* xy and lengths as in digits_read_strokes. */
EXPORT("session_read_strokes")
int32_t session_read_strokes(session *s, const float *xy, const uint32_t *lengths, size_t strokes, float least)
{
    size_t points = 0;
    for (size_t i = 0; i < strokes; i++) points += lengths[i];
    digits_status status = need_work(s, digits_read_strokes_size(s->network, strokes, points));
    if (!status)
        status = digits_read_strokes(s->network, xy, lengths, strokes, least, s->work, s->work_bytes, s->digits,
                                     DIGITS_MAX_DIGITS, &s->count);
    return finish(s, status);
}

/* ── learning ── */

enum { MOST_CORRECTIONS = 400 };

EXPORT("session_learned") size_t session_learned(const session *s)
{
    return s->learned ? digits_learned_count(s->learned) : 0;
}

/* Remembers that pixels (ink[784]) show the label; DIGITS_NO_ROOM after MOST_CORRECTIONS. */
EXPORT("session_learn") int32_t session_learn(session *s, const uint8_t *pixels, int32_t label)
{
    digits_status status = need_work(s, digits_predict_size(s->network));
    if (!status && !s->learned) {
        const size_t bytes = digits_learned_size(s->network, MOST_CORRECTIONS);
        void *memory = allocate(bytes);
        if (!memory) return DIGITS_OUT_OF_MEMORY;
        status = digits_learned_open(s->network, MOST_CORRECTIONS, memory, bytes, &s->learned);
        if (status) free(memory);
        else s->network = digits_learned_network(s->learned);
    }
    if (!status) status = digits_learn(s->learned, pixels, label, s->work, s->work_bytes);
    return (int32_t)status;
}

EXPORT("session_unlearn") int32_t session_unlearn(session *s, size_t index)
{
    return (int32_t)(s->learned ? digits_unlearn(s->learned, index) : DIGITS_BAD_ARGUMENT);
}

/* ── how it thinks: what each layer says ── */

EXPORT("session_layers") int32_t session_layers(const session *s) { return digits_layers(s->network); }

EXPORT("session_layer_shape") int32_t session_layer_shape(const session *s, int32_t layer, int32_t *shape)
{
    return (int32_t)digits_layer_shape(s->network, layer, shape);
}

EXPORT("session_activations")
int32_t session_activations(session *s, const uint8_t *pixels, int32_t layer, uint8_t *activations)
{
    const digits_status status = need_work(s, digits_predict_size(s->network));
    if (status) return (int32_t)status;
    return (int32_t)digits_activations(s->network, pixels, layer, s->work, s->work_bytes, activations);
}

/* One digit's strokes as ink[784], as digits_normalize_strokes. */
EXPORT("normalize_strokes")
int32_t normalize_strokes(const float *xy, const uint32_t *lengths, size_t strokes, uint8_t *pixels)
{
    return (int32_t)digits_normalize_strokes(xy, lengths, strokes, pixels);
}

/* One digit's ink, a byte a pixel, as ink[784]: digits_normalize. */
EXPORT("normalize_ink")
int32_t normalize_ink(const uint8_t *ink, int32_t width, int32_t height, uint8_t *pixels)
{
    return (int32_t)digits_normalize(ink, width, height, (size_t)width, pixels);
}

/* The last reading: session_count digits of digit_size bytes each from session_digits on, and its text. */
EXPORT("session_digits") const digits_digit *session_digits(const session *s) { return s->digits; }
EXPORT("session_count") size_t session_count(const session *s) { return s->count; }
EXPORT("session_text") const char *session_text(const session *s) { return s->text; }
EXPORT("digit_size") size_t digit_size(void) { return sizeof(digits_digit); }
EXPORT("status_text") const char *status_text(int32_t status) { return digits_status_text((digits_status)status); }
