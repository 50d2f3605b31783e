/* native.c — the native build's time a picture, with each kind of kernels that this processor has: JSON lines.
 *
 *   native WEIGHTS SECONDS   a random picture at a time, in turns; the best turn of each counts beside the median */
#include "digits.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PICTURES = 256, TURNS = 15, ALIGN = 64 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void *room(size_t bytes) { return aligned_alloc(ALIGN, (bytes + ALIGN - 1) / ALIGN * ALIGN); }

int main(int argc, char **argv)
{
    static uint8_t file[1 << 23], pixels[PICTURES * DIGITS_PIXELS];
    FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
    const double seconds = argc == 3 ? atof(argv[2]) / TURNS : 0;
    size_t size = 0, bytes = 0;
    if (f) {
        size = fread(file, 1, sizeof file, f);
        fclose(f);
    }
    if (digits_network_size(file, size, &bytes)) return fprintf(stderr, "native: no weights to be read\n"), 1;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i % 28 > 8 && i % 28 < 19 ? rand() : 0);

    const digits_network *networks[DIGITS_KERNELS_END] = {NULL};
    double times[DIGITS_KERNELS_END][TURNS];
    void *work = NULL;
    for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++)
        if (k != DIGITS_KERNELS_BEST) (void)digits_network_open(file, size, k, room(bytes), bytes, &networks[k]);
    work = room(digits_predict_size(networks[0]));
    for (int turn = 0; turn < TURNS; turn++)
        for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) {
            if (!networks[k]) continue;
            int32_t logits[DIGITS_CLASSES];
            long n = 0;
            const double start = now();
            for (; now() < start + seconds; n++)
                (void)digits_predict(networks[k], pixels + n % PICTURES * DIGITS_PIXELS, work,
                                     digits_predict_size(networks[k]), logits);
            times[k][turn] = 1e6 * (now() - start) / (double)n;
        }
    for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) {
        if (!networks[k]) continue;
        qsort(times[k], TURNS, sizeof times[k][0], by_value);
        printf(
            "{\"where\":\"native\",\"batch\":1,\"name\":\"digits, %s\",\"us_per_picture\":%.1f,\"best_us\":%.1f}\n",
            digits_network_kernels(networks[k]), times[k][TURNS / 2], times[k][0]);
    }
    return 0;
}
