/* learn.c — what the reader was taught on this device: a memory of corrected pictures.
 *
 * A picture is compared with every corrected one by the cosine between their features, which the last layer reads. Near
 * a correction the corrected digit's logit is drawn above all others; away from it nothing changes, so nothing is
 * forgotten, and a correction that is taken back leaves no trace. This is the nearest neighbour (Fix & Hodges 1951) as
 * long as it is near, in place of training the last layer, which five pictures would bend everywhere. tests/learning
 * measures it; its three numbers were chosen so.
 *
 * Integer products, and floats that are singly rounded: the same bits everywhere. */
#include "nn/network.h"

#include <math.h>
#include <string.h>

/* Pictures less alike than FAR have nothing to do with each other; alike as NEAR they are the same form. MARGIN: how far
 * a learnt digit then leads, in natural logarithms: e^3 is 20 to 1. */
static const float FAR_APART = 0.70f, NEAR_BY = 0.85f, MARGIN = 3;

struct digits_learned {
    const digits_network *base, *network;
    size_t features, capacity, count;
    int32_t margin; /* MARGIN in the network's logits */
    int32_t *labels;
    float *lengths;
    uint8_t *memory; /* count times `features` bytes */
};

enum { ALIGN = 16 };
static size_t aligned(size_t n) { return (n + ALIGN - 1) / ALIGN * ALIGN; }

size_t digits_learned_size(const digits_network *network, size_t capacity)
{
    if (!network || capacity < 1 || capacity > DIGITS_MAX_CORRECTIONS) return 0;
    return aligned(sizeof(digits_learned)) + aligned(network_bytes()) + aligned(capacity * sizeof(int32_t)) +
           aligned(capacity * sizeof(float)) + capacity * network_features(network);
}

digits_status digits_learned_open(const digits_network *network, size_t capacity, void *memory, size_t bytes,
                                  digits_learned **learned)
{
    const size_t needed = digits_learned_size(network, capacity);
    if (!needed || !memory || !learned || (uintptr_t)memory % ALIGN != 0) return DIGITS_BAD_ARGUMENT;
    if (bytes < needed) return DIGITS_NO_ROOM;
    uint8_t *at = memory;
    digits_learned *l = memory;
    const float margin = MARGIN / network_logit_scale(network);
    *l = (digits_learned){.base = network, .features = network_features(network), .capacity = capacity};
    l->margin = margin < 1e8f ? (int32_t)margin : 100000000;
    at += aligned(sizeof *l);
    l->network = network_copy(network, l, at);
    at += aligned(network_bytes());
    l->labels = (int32_t *)(void *)at;
    at += aligned(capacity * sizeof *l->labels);
    l->lengths = (float *)(void *)at;
    l->memory = at + aligned(capacity * sizeof *l->lengths);
    *learned = l;
    return DIGITS_OK;
}

const digits_network *digits_learned_network(const digits_learned *learned) { return learned->network; }

size_t digits_learned_count(const digits_learned *learned) { return learned->count; }

static uint32_t product(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (uint32_t)a[i] * b[i];
    return sum;
}

static float length(const uint8_t *a, size_t n) { return sqrtf((float)product(a, a, n)); }

digits_status digits_learn(digits_learned *l, const uint8_t *pixels, int32_t label, void *work, size_t work_bytes)
{
    if (!l || !pixels || !work || (uintptr_t)work % ALIGN != 0 || label < 0 || label > DIGITS_CLASSES)
        return DIGITS_BAD_ARGUMENT;
    if (l->count == l->capacity || work_bytes < digits_predict_size(l->base)) return DIGITS_NO_ROOM;
    uint8_t *features = l->memory + l->count * l->features;
    memcpy(features, network_feel(l->base, pixels, work), l->features);
    l->lengths[l->count] = length(features, l->features);
    l->labels[l->count++] = label;
    return DIGITS_OK;
}

digits_status digits_unlearn(digits_learned *l, size_t index)
{
    if (!l || index >= l->count) return DIGITS_BAD_ARGUMENT;
    const size_t after = --l->count - index;
    memmove(l->labels + index, l->labels + index + 1, after * sizeof *l->labels);
    memmove(l->lengths + index, l->lengths + index + 1, after * sizeof *l->lengths);
    memmove(l->memory + index * l->features, l->memory + (index + 1) * l->features, after * l->features);
    return DIGITS_OK;
}

/* How much of the way from a to b, a share of it at a time. */
static int32_t towards(int32_t a, int64_t b, float share) { return a + (int32_t)((double)share * (double)(b - a)); }

void learned_apply(const digits_learned *l, const uint8_t *features, int32_t logits[DIGITS_CLASSES])
{
    const float own = length(features, l->features);
    float nearest = FAR_APART;
    int32_t label = -1;
    for (size_t i = 0; i < l->count; i++) {
        const uint32_t common = product(features, l->memory + i * l->features, l->features);
        const float cosine =
            common ? (float)common / (own * l->lengths[i]) : 0; /* 0/0: without features, like none */
        if (cosine < nearest) continue;                         /* of two that are as near the later one counts */
        nearest = cosine;
        label = l->labels[i];
    }
    if (label < 0) return;
    const float share = fminf((nearest - FAR_APART) / (NEAR_BY - FAR_APART), 1);
    int32_t lead = 0; /* of no digit */
    for (int c = 0; c < DIGITS_CLASSES; c++) lead = logits[c] > lead ? logits[c] : lead;
    if (label < DIGITS_CLASSES) logits[label] = towards(logits[label], (int64_t)lead + l->margin, share);
    for (int c = 0; c < DIGITS_CLASSES && label == DIGITS_CLASSES; c++)
        if (logits[c] > -l->margin) logits[c] = towards(logits[c], -(int64_t)l->margin, share);
}
