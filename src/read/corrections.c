/* corrections.c — a k-nearest-neighbour memory (k = 1; Fix & Hodges 1951) of pictures that the user corrected.
 *
 * A picture is compared with every corrected one by the cosine similarity of their features, which the last layer reads.
 * Near a correction the corrected digit's logit is raised above all others; away from it nothing changes, so nothing is
 * forgotten, and a correction that is taken back leaves no trace. Training the last layer instead would bend it
 * everywhere for five pictures. The three constants were chosen by tests/learning, which measures this.
 *
 * Integer products, and floats that are singly rounded: the same bits everywhere. */
#include "corrections.h"

#include "nn/network.h"

#include <math.h>
#include <string.h>

/* Cosine similarities: below UNLIKE two pictures have nothing to do with each other, from ALIKE on they are the same
 * form. MARGIN: how far a corrected digit then leads, in natural logarithms of odds: e^3 is 20 to 1. */
static const float UNLIKE = 0.70f, ALIKE = 0.85f, MARGIN = 3;

struct digits_corrections {
    const digits_network *network;
    size_t features, capacity, count; /* features: bytes of one picture's */
    int32_t margin;                   /* MARGIN in the network's logits */
    int32_t *labels;
    float *norms;    /* of the features of each */
    uint8_t *memory; /* count times `features` bytes */
};

enum { ALIGN = 16 };
static size_t aligned(size_t n) { return (n + ALIGN - 1) / ALIGN * ALIGN; }

size_t digits_corrections_size(const digits_network *network, size_t capacity)
{
    if (!network || capacity < 1 || capacity > DIGITS_MAX_CORRECTIONS) return 0;
    return aligned(sizeof(digits_corrections)) + aligned(capacity * sizeof(int32_t)) +
           aligned(capacity * sizeof(float)) + capacity * network_feature_count(network);
}

digits_status digits_corrections_open(const digits_network *network, size_t capacity, void *memory, size_t bytes,
                                      digits_corrections **corrections)
{
    const size_t needed = digits_corrections_size(network, capacity);
    if (!needed || !memory || !corrections || (uintptr_t)memory % ALIGN != 0) return DIGITS_BAD_ARGUMENT;
    if (bytes < needed) return DIGITS_NO_ROOM;
    const float margin = MARGIN / network_logit_scale(network);
    uint8_t *labels = (uint8_t *)memory + aligned(sizeof(digits_corrections));
    uint8_t *norms = labels + aligned(capacity * sizeof(int32_t));
    *corrections = memory;
    **corrections = (digits_corrections){
        .network = network,
        .features = network_feature_count(network),
        .capacity = capacity,
        .margin = margin < 1e8f ? (int32_t)margin : 100000000,
        .labels = (int32_t *)(void *)labels,
        .norms = (float *)(void *)norms,
        .memory = norms + aligned(capacity * sizeof(float)),
    };
    return DIGITS_OK;
}

size_t digits_corrections_count(const digits_corrections *corrections) { return corrections->count; }

const digits_network *corrections_network(const digits_corrections *corrections) { return corrections->network; }

static uint32_t dot_product(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (uint32_t)a[i] * b[i];
    return sum;
}

static float norm(const uint8_t *a, size_t n) { return sqrtf((float)dot_product(a, a, n)); }

digits_status digits_corrections_add(digits_corrections *c, const uint8_t *pixels, int32_t label, void *work,
                                     size_t work_bytes)
{
    const uint8_t *features;
    if (!c || label < 0 || label > DIGITS_NO_DIGIT) return DIGITS_BAD_ARGUMENT;
    if (c->count == c->capacity) return DIGITS_NO_ROOM;
    const digits_status status = network_features(c->network, pixels, work, work_bytes, &features);
    if (status) return status;
    memcpy(c->memory + c->count * c->features, features, c->features);
    c->norms[c->count] = norm(features, c->features);
    c->labels[c->count++] = label;
    return DIGITS_OK;
}

digits_status digits_corrections_remove(digits_corrections *c, size_t index)
{
    if (!c || index >= c->count) return DIGITS_BAD_ARGUMENT;
    const size_t after = --c->count - index;
    memmove(c->labels + index, c->labels + index + 1, after * sizeof *c->labels);
    memmove(c->norms + index, c->norms + index + 1, after * sizeof *c->norms);
    memmove(c->memory + index * c->features, c->memory + (index + 1) * c->features, after * c->features);
    return DIGITS_OK;
}

/* From a towards b by a share of the way, 0..1. */
static int32_t interpolate(int32_t a, int64_t b, float share)
{
    return a + (int32_t)((double)share * (double)(b - a));
}

void corrections_apply(const digits_corrections *c, const uint8_t *features, int32_t logits[DIGITS_CLASSES])
{
    const float own = norm(features, c->features);
    float nearest = UNLIKE;
    int32_t label = -1;
    for (size_t i = 0; i < c->count; i++) {
        const uint32_t product = dot_product(features, c->memory + i * c->features, c->features);
        const float cosine = product ? (float)product / (own * c->norms[i]) : 0; /* features of all 0: like nothing */
        if (cosine < nearest) continue; /* of two that are as near the later one counts */
        nearest = cosine;
        label = c->labels[i];
    }
    if (label < 0) return;
    const float share = fminf((nearest - UNLIKE) / (ALIKE - UNLIKE), 1);
    int32_t max = 0; /* the logit of no digit */
    for (int i = 0; i < DIGITS_CLASSES; i++) max = logits[i] > max ? logits[i] : max;
    if (label < DIGITS_CLASSES) logits[label] = interpolate(logits[label], (int64_t)max + c->margin, share);
    for (int i = 0; i < DIGITS_CLASSES && label == DIGITS_NO_DIGIT; i++)
        if (logits[i] > -c->margin) logits[i] = interpolate(logits[i], -(int64_t)c->margin, share);
}
