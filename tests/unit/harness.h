/* harness.h — C tests that run natively (one JSON line a test on stdout) and as WebAssembly (by exports); either
 * way a file.test.js shows them in node's test runner. A test file defines `tests` and includes this last. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct test_context {
    const uint8_t *weights; /* models/digits.safetensors */
    size_t weights_size;
    char message[512];
} test_context;

typedef struct test {
    const char *name;
    int (*run)(test_context *c); /* 1 = passed; else message says what was wrong */
} test;

#define CHECK(condition, ...)                                                                                        \
    do {                                                                                                             \
        if (!(condition)) {                                                                                          \
            int n_ = snprintf(c->message, sizeof c->message, "line %d: %s", __LINE__, #condition);                   \
            if (n_ > 0 && n_ < (int)sizeof c->message)                                                               \
                snprintf(c->message + n_, sizeof c->message - (size_t)n_, "; " __VA_ARGS__);                         \
            return 0;                                                                                                \
        }                                                                                                            \
    } while (0)

/* A small generator of test data (xorshift32); seed is never 0. */
static inline uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static inline int below(uint32_t *seed, int n) { return (int)(next_random(seed) % (uint32_t)n); }

#endif

#ifdef HARNESS_TESTS
#ifdef __EMSCRIPTEN__
#define TEST_EXPORT(name) __attribute__((export_name(#name), used))
static test_context context;
TEST_EXPORT(test_count) int test_count(void) { return (int)(sizeof tests / sizeof *tests); }
TEST_EXPORT(test_name) const char *test_name(int i) { return tests[i].name; }
TEST_EXPORT(test_message) const char *test_message(void) { return context.message; }
TEST_EXPORT(test_run) int test_run(int i, const uint8_t *weights, size_t size)
{
    context = (test_context){.weights = weights, .weights_size = size};
    return tests[i].run(&context);
}
#else
int main(int argc, char **argv)
{
    static uint8_t weights[1 << 20];
    test_context c = {.weights = weights};
    FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (f) {
        c.weights_size = fread(weights, 1, sizeof weights, f);
        fclose(f);
    }
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        c.message[0] = 0;
        const int ok = tests[i].run(&c);
        printf("{\"name\":\"%s\",\"ok\":%s,\"message\":\"", tests[i].name, ok ? "true" : "false");
        for (const char *p = c.message; *p; p++) {
            if (*p == '"' || *p == '\\') putchar('\\');
            putchar(*p == '\n' ? ' ' : *p);
        }
        puts("\"}");
        fflush(stdout);
    }
    return 0;
}
#endif
#endif
