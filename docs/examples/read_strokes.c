/* read_strokes.c — reads a 7, drawn with three points. Needs nothing but src/:
 *
 *     cc -std=gnu17 -O2 -ffp-contract=off -Isrc docs/examples/read_strokes.c src/status.c \
 *         $(find src/nn src/page src/read -name '*.c') -lm -o read_strokes
 *     ./read_strokes models/digits.safetensors
 */
#include "digits.h"

#include <stdio.h>
#include <stdlib.h>

/* Ends the program where something is wrong: it is a short one. */
static void check(digits_status status)
{
    if (status == DIGITS_OK) return;
    fprintf(stderr, "%s\n", digits_status_text(status));
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (!memory) check(DIGITS_OUT_OF_MEMORY);
    return memory;
}

int main(int argc, char **argv)
{
    static uint8_t weights[1 << 20];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: read_strokes WEIGHTS\n");
        return 1;
    }
    const size_t weights_bytes = fread(weights, 1, sizeof weights, file);
    fclose(file);

    size_t network_bytes = 0;
    check(digits_network_size(weights, weights_bytes, &network_bytes));
    void *memory = allocate(network_bytes);
    const digits_network *network = NULL;
    check(digits_network_open(weights, weights_bytes, DIGITS_KERNELS_BEST, memory, network_bytes, &network));

    const float xy[] = {10, 10, 60, 10, 30, 90};
    const uint32_t lengths[] = {3};
    const digits_strokes strokes = {.xy = xy, .lengths = lengths, .count = 1};
    digits_digit digits[8];
    digits_reading reading = {.digits = digits, .capacity = 8};
    const digits_reader reader = {.recognizer = {.network = network}};
    const size_t work_bytes = digits_read_strokes_size(&reader, strokes.count);
    void *work = allocate(work_bytes);
    check(digits_read_strokes(&reader, &strokes, NULL, work, work_bytes, &reading));

    char text[32];
    check(digits_text(&reading, text, sizeof text));
    printf("%s\n", text);
    free(work);
    free(memory);
    return 0;
}
