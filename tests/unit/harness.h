/* harness.h — C tests that run natively (one JSON line a test on stdout) and as WebAssembly (by exports); either
 * way a file.test.js shows them in node's test runner. A test file defines `tests` and includes this last, having defined
 * HARNESS_TESTS; or `rooms`, lists of tests from several files, and HARNESS_ROOMS. */
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

/* The tests of one file, where several make one program. */
typedef struct test_room {
    const test *tests;
    size_t count;
} test_room;

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
static const test_room only = {tests, sizeof tests / sizeof *tests};
static const test_room *const rooms[] = {&only};
#define HARNESS_ROOMS
#endif

#ifdef HARNESS_ROOMS
enum { ROOMS = sizeof rooms / sizeof *rooms }; /* NOLINT(bugprone-sizeof-expression): pointers they are */

/* The i-th of all tests; NULL behind the last. */
static const test *test_at(size_t i)
{
    for (size_t r = 0; r < ROOMS; i -= rooms[r++]->count)
        if (i < rooms[r]->count) return &rooms[r]->tests[i];
    return NULL;
}

#ifdef __EMSCRIPTEN__
#define TEST_EXPORT(name) __attribute__((export_name(#name), used))
static test_context context;
TEST_EXPORT(test_count) size_t test_count(void)
{
    size_t n = 0;
    while (test_at(n)) n++;
    return n;
}
TEST_EXPORT(test_name) const char *test_name(size_t i) { return test_at(i)->name; }
TEST_EXPORT(test_message) const char *test_message(void) { return context.message; }
TEST_EXPORT(test_run) int test_run(size_t i, const uint8_t *weights, size_t size)
{
    context = (test_context){.weights = weights, .weights_size = size};
    return test_at(i)->run(&context);
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
    const test *t;
    for (size_t i = 0; (t = test_at(i)); i++) {
        c.message[0] = 0;
        const int ok = t->run(&c);
        printf("{\"name\":\"%s\",\"ok\":%s,\"message\":\"", t->name, ok ? "true" : "false");
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
