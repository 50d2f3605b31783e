/* random.h — random numbers that depend on nothing but their seed (SplitMix64, Steele et al. 2014).
 * A stream is made from what it is for (seed, epoch, image), so the order of work does not matter. */
#ifndef DIGITS_RANDOM_H
#define DIGITS_RANDOM_H

#include <math.h>
#include <stdint.h>

typedef struct random_stream {
    uint64_t state;
} random_stream;

static inline uint64_t random_bits(random_stream *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline random_stream random_open(uint64_t seed, uint64_t a, uint64_t b)
{
    random_stream r = {seed};
    r.state = random_bits(&r) ^ (a * 0xd1342543de82ef95u);
    r.state = random_bits(&r) ^ (b * 0x2545f4914f6cdd1du);
    return r;
}

/* [0, 1) */
static inline float random_unit(random_stream *r) { return (float)(random_bits(r) >> 40) * 0x1p-24f; }

/* [low, high) */
static inline float random_range(random_stream *r, float low, float high)
{
    return low + (high - low) * random_unit(r);
}

/* 0 .. n-1; n at least 1. The bias of the modulo is below 2^-32 for the n used here. */
static inline uint32_t random_below(random_stream *r, uint32_t n) { return (uint32_t)(random_bits(r) % n); }

/* Mean 0, variance 1 (Box and Muller 1958). */
static inline float random_normal(random_stream *r)
{
    const float u = random_unit(r), v = random_unit(r);
    return sqrtf(-2 * logf(1 - u)) * cosf(6.2831853f * v);
}

#endif
