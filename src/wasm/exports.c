/* exports.c — the exports of the WebAssembly module. Image files are another module's: image_exports.c.
 *
 * The module imports nothing. web/engine.js copies bytes into memory from malloc, calls one of the session_*
 * exports, and reads the result out of the session, as layout.c tells it. Every int32_t returned is a digits_status. */
#include "digits.h"

#include "layout.h"

#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(name), used))

typedef struct session {
    digits_reader reader;
    digits_corrections *corrections; /* NULL: none yet */
    void *network_memory;
    void *work; /* grows to what the largest call needed */
    size_t work_bytes;
    digits_reading reading; /* its room is in the two arrays */
    digits_digit digits[DIGITS_MAX_DIGITS];
    digits_sign signs[DIGITS_MAX_SIGNS];
    char text[2 * (DIGITS_MAX_DIGITS + DIGITS_MAX_SIGNS) + 1];
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
    free(s->corrections);
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
    s->reading = (digits_reading){
        .digits = s->digits, .capacity = DIGITS_MAX_DIGITS, .signs = s->signs, .sign_capacity = DIGITS_MAX_SIGNS};
    s->network_memory = allocate(bytes);
    status = s->network_memory ? digits_network_open(file, size, (digits_kernels)kernels, s->network_memory, bytes,
                                                     &s->reader.recognizer.network)
                               : DIGITS_OUT_OF_MEMORY;
    if (status) session_close(s);
    else *out = s;
    return (int32_t)status;
}

EXPORT("session_kernels") const char *session_kernels(const session *s)
{
    return digits_network_kernels(s->reader.recognizer.network);
}

static digits_status need_predict_work(session *s)
{
    return need_work(s, digits_predict_size(s->reader.recognizer.network));
}

/* n pictures of 784 bytes; logits: 10·n int32, probabilities: 10·n floats. */
EXPORT("session_predict")
int32_t session_predict(session *s, const uint8_t *pixels, size_t n, int32_t *logits, float *probabilities)
{
    const digits_recognizer *recognizer = &s->reader.recognizer;
    digits_status status = need_predict_work(s);
    for (size_t i = 0; i < n && !status; i++) {
        int32_t *own = logits + i * DIGITS_CLASSES;
        status = digits_recognize(recognizer, pixels + i * DIGITS_PIXELS, s->work, s->work_bytes, own);
        digits_probabilities(recognizer->network, own, probabilities + i * DIGITS_CLASSES);
    }
    return (int32_t)status;
}

static int32_t finish(session *s, digits_status status)
{
    if (status) s->reading.count = s->reading.sign_count = 0;
    else status = digits_text(&s->reading, s->text, sizeof s->text);
    return (int32_t)status;
}

/* min_confidence, signs: see digits_read_options. */
EXPORT("session_read_image")
int32_t session_read_image(session *s, const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                           float min_confidence, int32_t signs)
{
    const digits_image image = {pixels, width, height, channels};
    const digits_read_options options = {min_confidence, signs};
    digits_status status = need_work(s, digits_read_image_size(&s->reader, width, height));
    if (!status) status = digits_read_image(&s->reader, &image, &options, s->work, s->work_bytes, &s->reading);
    return finish(s, status);
}

/* xy, lengths, count: see digits_strokes. */
EXPORT("session_read_strokes")
int32_t session_read_strokes(session *s, const float *xy, const uint32_t *lengths, size_t count, float min_confidence,
                             int32_t signs)
{
    const digits_strokes strokes = {xy, lengths, count};
    const digits_read_options options = {min_confidence, signs};
    digits_status status = need_work(s, digits_read_strokes_size(&s->reader, count));
    if (!status) status = digits_read_strokes(&s->reader, &strokes, &options, s->work, s->work_bytes, &s->reading);
    return finish(s, status);
}

/* ── corrections ── */

enum { MAX_CORRECTIONS = 400 };

EXPORT("session_corrections") size_t session_corrections(const session *s)
{
    return s->corrections ? digits_corrections_count(s->corrections) : 0;
}

static digits_status need_corrections(session *s)
{
    const digits_network *network = s->reader.recognizer.network;
    if (s->corrections) return DIGITS_OK;
    const size_t bytes = digits_corrections_size(network, MAX_CORRECTIONS);
    void *memory = allocate(bytes);
    if (!memory) return DIGITS_OUT_OF_MEMORY;
    const digits_status status = digits_corrections_open(network, MAX_CORRECTIONS, memory, bytes, &s->corrections);
    if (status) free(memory);
    else s->reader.recognizer.corrections = s->corrections;
    return status;
}

/* Remembers that pixels (ink[784]) show the label; DIGITS_NO_ROOM after MAX_CORRECTIONS. */
EXPORT("session_add_correction")
int32_t session_add_correction(session *s, const uint8_t *pixels, int32_t label)
{
    digits_status status = need_predict_work(s);
    if (!status) status = need_corrections(s);
    if (!status) status = digits_corrections_add(s->corrections, pixels, label, s->work, s->work_bytes);
    return (int32_t)status;
}

EXPORT("session_remove_correction") int32_t session_remove_correction(session *s, size_t index)
{
    return (int32_t)(s->corrections ? digits_corrections_remove(s->corrections, index) : DIGITS_BAD_ARGUMENT);
}

/* ── what each layer says ── */

EXPORT("session_layers") int32_t session_layers(const session *s)
{
    return digits_layers(s->reader.recognizer.network);
}

EXPORT("session_layer_shape") int32_t session_layer_shape(const session *s, int32_t layer, int32_t *shape)
{
    return (int32_t)digits_layer_shape(s->reader.recognizer.network, layer, shape);
}

EXPORT("session_activations")
int32_t session_activations(session *s, const uint8_t *pixels, int32_t layer, uint8_t *activations)
{
    digits_status status = need_predict_work(s);
    if (!status)
        status = digits_activations(s->reader.recognizer.network, pixels, layer, s->work, s->work_bytes, activations);
    return (int32_t)status;
}

/* ── the network's form ── */

/* One digit's strokes as ink[784], as digits_normalize_strokes. */
EXPORT("normalize_strokes")
int32_t normalize_strokes(const float *xy, const uint32_t *lengths, size_t count, uint8_t *pixels)
{
    const digits_strokes strokes = {xy, lengths, count};
    return (int32_t)digits_normalize_strokes(&strokes, pixels);
}

/* One digit's ink, a byte a pixel, as ink[784]: digits_normalize. */
EXPORT("normalize_ink")
int32_t normalize_ink(const uint8_t *ink, int32_t width, int32_t height, uint8_t *pixels)
{
    return (int32_t)digits_normalize(ink, width, height, (size_t)width, pixels);
}

/* ── the last reading ── */

EXPORT("session_digits") const digits_digit *session_digits(const session *s) { return s->digits; }
EXPORT("session_count") size_t session_count(const session *s) { return s->reading.count; }
EXPORT("session_signs") const digits_sign *session_signs(const session *s) { return s->signs; }
EXPORT("session_sign_count") size_t session_sign_count(const session *s) { return s->reading.sign_count; }
EXPORT("session_rotation") int32_t session_rotation(const session *s) { return s->reading.rotation; }
EXPORT("session_text") const char *session_text(const session *s) { return s->text; }
EXPORT("status_text") const char *status_text(int32_t status) { return digits_status_text((digits_status)status); }
