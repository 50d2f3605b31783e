/* Tests of the C core (nn, page, read, image), by its public header and the headers between its files. */
#include "digits.h"
#include "nn/kernels/kernels.h"
#include "read/text_lines.h"
#include "page/ruled_lines.h"
#include "nn/safetensors.h"
#include "harness.h"

#include <math.h>

#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h> /* its code is in encode.c */

/* ── weights files made here ── */

typedef struct file {
    uint8_t bytes[1 << 16];
    size_t size;
} file;

static void put_header(file *f, const char *text)
{
    const size_t n = strlen(text);
    memset(f->bytes, 0, 8);
    for (int i = 0; i < 8; i++) f->bytes[i] = (uint8_t)((uint64_t)n >> 8 * i);
    memcpy(f->bytes + 8, text, n);
    f->size = 8 + n;
}

static void put(file *f, const void *bytes, size_t n)
{
    memcpy(f->bytes + f->size, bytes, n);
    f->size += n;
}

/* A file of that architecture with random weights of -limit..limit, and activations up to most. Where limit is negative,
 * all weights of a channel are limit, or all are -limit: the largest sums that there can be. */
static void random_network_of(file *f, const char *text, uint32_t seed, int most, int limit)
{
    static char header[4096];
    architecture a;
    (void)architecture_parse(text, &a);
    size_t at = 4;
    int n =
        snprintf(header, sizeof header,
                 "{\"__metadata__\":{\"architecture\":\"%s\"%s},\"logits.scale\":{\"dtype\":\"F32\",\"shape\":[1],"
                 "\"data_offsets\":[0,4]}",
                 text, most == 63 ? ",\"activations\":\"63\"" : "");
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) {
            snprintf(header + n, sizeof header - (size_t)n, "}");
            put_header(f, header);
            put(f, &(float){0.01f}, 4);
        }
        for (int i = 0; i < a.count; i++) {
            const layer_shape *l = &a.layers[i];
            if (l->kind == LAYER_POOL) continue;
            const size_t o = (size_t)l->out_c, w = layer_weights(l);
            const int last = i == a.count - 1;
            if (pass == 0) {
#define ENTRY(what, type, bytes, ...)                                                                                \
    n += snprintf(header + n, sizeof header - (size_t)n,                                                             \
                  ",\"layers.%d." what "\":{\"dtype\":\"" type "\",\"shape\":[", i);                                 \
    n += snprintf(header + n, sizeof header - (size_t)n, __VA_ARGS__);                                               \
    n += snprintf(header + n, sizeof header - (size_t)n, "],\"data_offsets\":[%zu,%zu]}", at, at + (bytes));         \
    at += (bytes)
                if (!last) { ENTRY("scale", "F32", 4 * o, "%zu", o); }
                ENTRY("bias", "I32", 4 * o, "%zu", o);
                if (l->kind == LAYER_CONV) {
                    ENTRY("weight", "I8", w, "%zu,%d,%d,%d", o, l->size, l->size, l->in_c);
                } else {
                    ENTRY("weight", "I8", w, "%zu,%d", o, l->in_c);
                }
                continue;
            }
            for (size_t k = 0; k < o && !last; k++)
                put(f, &(float){0.02f / (float)(w / o + 1) * (float)(1 + next_random(&seed) % 64)}, 4);
            for (size_t k = 0; k < o; k++) put(f, &(int32_t){(int32_t)(next_random(&seed) % 4001) - 2000}, 4);
            for (size_t k = 0; k < w; k++) {
                const int one = k / (w / o) % 2 ? limit : -limit;
                put(f, &(int8_t){(int8_t)(limit < 0 ? one : below(&seed, 2 * limit + 1) - limit)}, 1);
            }
        }
    }
}

static void random_network(file *f, const char *text, uint32_t seed) { random_network_of(f, text, seed, 127, 127); }

typedef struct opened {
    const digits_network *network;
    void *memory, *work;
    size_t work_bytes;
} opened;

/* The core wants 16-byte alignment; WebAssembly's malloc promises 8. */
static void *allocate(size_t bytes) { return aligned_alloc(16, (bytes + 15) / 16 * 16); }

static digits_status open_network(const uint8_t *bytes, size_t size, digits_kernels kernels, opened *o)
{
    size_t needed = 0;
    *o = (opened){0};
    digits_status status = digits_network_size(bytes, size, &needed);
    if (status) return status;
    o->memory = allocate(needed);
    status = digits_network_open(bytes, size, kernels, o->memory, needed, &o->network);
    if (status) return status;
    o->work_bytes = digits_predict_size(o->network);
    o->work = allocate(o->work_bytes);
    return DIGITS_OK;
}

static void close_network(opened *o)
{
    free(o->memory);
    free(o->work);
}

/* ── architecture, weights ── */

#define FOUR "dense:10 dense:10 dense:10 dense:10 "
#define TWENTY_FIVE FOUR FOUR FOUR FOUR FOUR FOUR "dense:10"
#define PAGE                                                                                                         \
    "input:?x?x1 conv3/2:8 conv3/2:16 conv3/2:32 conv3:32 conv3/2:48 conv3:48 conv3:48 conv1:32 up2 conv1:32<3+8 "   \
    "conv3:32 conv1:16 up2 conv1:16<1+12 conv3:24 conv1:20"

static int test_architecture(test_context *c)
{
    static const char *const good[] = {"dense:10",
                                       "conv3:16 pool2 conv3:32 pool2 conv3:48 dense:10",
                                       "dense:768 dense:10",
                                       "conv7:1 pool4 conv5:1024 pool3 dense:10",
                                       "dense:8 conv3:8 dense:10",
                                       PAGE,
                                       "input:?x?x1 conv1:1",
                                       "input:28x28x1 dense:10",
                                       "input:256x1x1 conv1:1024",
                                       "input:20x36x1 conv7/2:8 conv5/2:8 up2 conv3:8<0+2 pool2 dense:10",
                                       "conv3:8 conv3:8 conv3:8+0 conv3:8<1+2 conv1:1024<0",
                                       "input:?x?x1 pool3 pool4 conv3:8 conv1:4",
                                       "input:?x?x1 conv3:4 pool2<0 pool3<0 conv1:4<1"};
    static const char *const bad[] = {"",
                                      "dense:11",
                                      "conv3:16",
                                      "conv2:8 dense:10",
                                      "pool1 dense:10",
                                      "pool2  dense:10",
                                      " dense:10",
                                      "dense:10 ",
                                      "conv9:8 dense:10",
                                      "conv3:0 dense:10",
                                      "dense:2000 dense:10",
                                      "conv3 dense:10",
                                      "pool4 pool4 pool4 dense:10",
                                      "dense:99999999999999999999 dense:10",
                                      "pool2 pool2 pool2 pool2 pool2 dense:10",
                                      TWENTY_FIVE,
                                      "input:?x?x1",
                                      "input:?x?x1 ",
                                      "input:?x?x1  conv1:1",
                                      "input:?x?x3 conv1:1",
                                      "input:?x28x1 conv1:1",
                                      "input:0x28x1 conv1:1",
                                      "input:28x257x1 conv1:1",
                                      "input:-1x28x1 conv1:1",
                                      "conv1:1 input:28x28x1",
                                      "input:?x?x1 dense:10", /* any size */
                                      "input:?x?x1 conv3:8 dense:10",
                                      "input:?x?x1 conv3:8 dense:8 conv1:1",
                                      "conv3/2:8 conv3/2:8 conv3/2:8 conv1:1", /* half of 7 */
                                      "conv3/3:8 conv1:1",
                                      "conv3/:8 conv1:1",
                                      "conv3/1:8 conv1:1",
                                      "input:?x?x1 conv1/2:8", /* the last layer */
                                      "input:?x?x1 conv1:8 conv1:8+0",
                                      "input:?x?x1 conv1:8 pool2",
                                      "input:?x?x1 conv3/2:8 up2",
                                      "input:?x?x1 up2 conv1:8", /* beyond the picture's size */
                                      "input:?x?x1 pool3 up2 conv1:8",
                                      "input:?x?x1 conv3/2:8 up3 conv1:8",
                                      "conv3:8<0 conv1:1", /* no earlier layer */
                                      "conv3:8+0 conv1:1",
                                      "conv3:8 conv3:8<1 conv1:1",
                                      "conv3:8 conv3:8+1 conv1:1",
                                      "conv3:8 conv3:8<-1 conv1:1",
                                      "conv3:8 conv3:8< conv1:1",
                                      "conv3:8 conv3:8+0<0 conv1:1",
                                      "conv3:8 conv3:8+99999999999999999999 conv1:1",
                                      "conv3:8 conv3:9+0 conv1:1", /* other channels, other sizes */
                                      "conv3:8 conv3/2:8+0 conv1:1",
                                      "conv3:8 pool2+0 conv1:1",
                                      "conv3:8 dense:8<0 dense:10",
                                      "input:?x?x1 pool4 pool4 pool4 pool2 conv1:1", /* total stride 128 */
                                      "input:256x256x1 conv3:17 dense:10"};          /* more than 2^20 inputs */
    architecture a;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(architecture_parse(good[i], &a) == DIGITS_OK, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(architecture_parse(bad[i], &a) == DIGITS_WEIGHTS_SHAPE, "'%s' was taken", bad[i]);
    CHECK(architecture_parse(good[1], &a) == DIGITS_OK && a.count == 6 && a.layers[5].in_c == 7 * 7 * 48);
    CHECK(architecture_macs(&a) == 784 * 9 * 16 + 196 * 9 * 16 * 32 + 49 * 9 * 32 * 48 + 7 * 7 * 48 * 10);
    CHECK(architecture_resize(&a, 28, 28) == DIGITS_OK && architecture_resize(&a, 56, 56) == DIGITS_BAD_ARGUMENT);
    return 1;
}

static int test_architecture_of_any_size(test_context *c)
{
    architecture a;
    CHECK(architecture_parse(PAGE, &a) == DIGITS_OK && a.any_size && a.total_stride == 16 && a.count == 16);
    CHECK(a.height == 16 && a.width == 16 && a.layers[15].out_h == 4 && a.layers[15].total_stride == 4);
    const layer_shape *l = &a.layers[9];
    CHECK(l->kind == LAYER_CONV && l->size == 1 && l->from == 3 && l->add == 8 && l->total_stride == 8);
    CHECK(a.layers[8].kind == LAYER_UPSAMPLE && a.layers[8].from == 7 && a.layers[8].add == -1);
    CHECK(architecture_resize(&a, 480, 640) == DIGITS_OK);
    CHECK(a.layers[0].in_h == 480 && a.layers[0].out_w == 320 && a.layers[0].stride == 2 && a.layers[0].from == -1);
    CHECK(a.layers[15].out_h == 120 && a.layers[15].out_w == 160 && a.layers[15].out_c == 20);
    CHECK(architecture_macs(&a) == 294297600);
    static const int32_t bad[][2] = {{0, 16}, {16, -16}, {24, 16}, {16, 17}, {4096, 4112}, {INT32_MAX - 15, 1 << 20}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(architecture_resize(&a, bad[i][0], bad[i][1]) == DIGITS_BAD_ARGUMENT && a.height == 480, "%zu", i);
    CHECK(architecture_resize(&a, 4096, 4096) == DIGITS_OK && architecture_resize(&a, 16, 1 << 20) == DIGITS_OK);
    CHECK(architecture_parse("input:?x?x1 conv3:4 pool2<0 pool3<0 conv1:4<1", &a) == DIGITS_OK);
    CHECK(a.total_stride == 6 && a.layers[3].total_stride == 2 && a.layers[3].out_h == 3);
    return 1;
}

/* Texts of random tokens: each is refused, or has shapes within all limits at every size. */
static int test_architecture_random(test_context *c)
{
    static const char *const parts[] = {"input:", "?x?x1", "28x28x1", "conv", "conv3", "conv1:4",  "/2",
                                        ":8",     ":",     "pool2",   "pool", "up2",   "dense:10", "<",
                                        "+",      "<0",    "+1",      "3",    " ",     " "};
    uint32_t seed = 31;
    int taken = 0;
    for (int round = 0; round < 100000; round++) {
        char text[ARCHITECTURE_MAX_TEXT] = "";
        const uint32_t n = next_random(&seed) % 16;
        if (round % 2) strcpy(text, "input:?x?x1 conv3/2:8 ");
        for (uint32_t k = 0; k < n; k++) strcat(text, parts[next_random(&seed) % (sizeof parts / sizeof *parts)]);
        strcat(text, " conv1:4");
        architecture a;
        if (architecture_parse(text, &a)) continue;
        taken++;
        CHECK(a.count > 0 && a.count <= ARCHITECTURE_MAX_LAYERS && a.total_stride > 0 && a.total_stride <= 64, "%s",
              text);
        const int32_t side = a.any_size ? 3 * a.total_stride : 28;
        CHECK(architecture_resize(&a, side, side) == DIGITS_OK, "%s", text);
        for (int32_t i = 0; i < a.count; i++) {
            const layer_shape *l = &a.layers[i];
            CHECK(l->from < i && l->add < i && l->out_h > 0 && l->out_w > 0 && l->out_c > 0, "%s", text);
            CHECK(!a.any_size || l->out_h * l->total_stride == side, "%s", text);
        }
    }
    CHECK(taken > 500, "%d taken", taken);
    return 1;
}

#define META "\"__metadata__\":{\"architecture\":\"dense:10\"}"
#define SCALE "\"logits.scale\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"

static int test_weights_headers(test_context *c)
{
    static const struct {
        const char *header;
        digits_status expected;
    } cases[] = {
        {"{" META "," SCALE "}", DIGITS_OK},
        {"{" SCALE "," META "}  \n", DIGITS_OK},
        {" { " SCALE " } ", DIGITS_OK},
        {"{\"__metadata__\":{\"activations\":\"63\"}," SCALE "}", DIGITS_OK},
        {"{\"__metadata__\":{\"activations\":\"127\"}," SCALE "}", DIGITS_OK},
        {"{\"__metadata__\":{\"activations\":\"255\"}," SCALE "}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"__metadata__\":{\"activations\":\"63\",\"activations\":\"63\"}," SCALE "}", DIGITS_WEIGHTS_DAMAGED},
        {"", DIGITS_WEIGHTS_DAMAGED},
        {"{}", DIGITS_WEIGHTS_DAMAGED},
        {"[]", DIGITS_WEIGHTS_DAMAGED},
        {"{" SCALE ",}", DIGITS_WEIGHTS_DAMAGED},
        {"{" SCALE "}x", DIGITS_WEIGHTS_DAMAGED},
        {"{" SCALE "," SCALE "}", DIGITS_WEIGHTS_DAMAGED},
        {"{" META "," META "," SCALE "}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[-4],\"data_offsets\":[0,4]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[4,0]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[1,4]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[00,4]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[1,1,1,1,4],\"data_offsets\":[0,4]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[1048576,1048576,1048576,1048576],\"data_offsets\":[0,4]}}",
         DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,3]},"
         "\"b\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
         DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"b\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[3,4]}}",
         DIGITS_WEIGHTS_DAMAGED},
        {"{\"a_name_of_more_than_31_characters_\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
         DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\\u0041\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", DIGITS_WEIGHTS_DAMAGED},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", DIGITS_WEIGHTS_CUT_SHORT},
    };
    static file f;
    static weights_file w;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_header(&f, cases[i].header);
        put(&f, &(float){1}, 4);
        const digits_status got = weights_parse(f.bytes, f.size, &w);
        CHECK(got == cases[i].expected, "%s: status %d, wanted %d", cases[i].header, got, cases[i].expected);
    }
    memset(f.bytes, 0xff, 8);
    CHECK(weights_parse(f.bytes, f.size, &w) == DIGITS_WEIGHTS_DAMAGED);
    return 1;
}

static int test_weights_cut_anywhere(test_context *c)
{
    static file f;
    opened o;
    random_network(&f, "conv3:3 pool4 dense:8 dense:10", 5);
    CHECK(open_network(f.bytes, f.size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK);
    close_network(&o);
    for (size_t n = 0; n < f.size; n++) { /* in memory of exactly n bytes, so that a read behind them is seen */
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, f.bytes, n);
        const digits_status status = open_network(exact, n, DIGITS_KERNELS_BEST, &o);
        close_network(&o);
        free(exact);
        CHECK(status == DIGITS_WEIGHTS_CUT_SHORT, "status %d at %zu of %zu bytes", status, n, f.size);
    }
    put(&f, "", 1);
    const digits_status longer = open_network(f.bytes, f.size, DIGITS_KERNELS_BEST, &o);
    close_network(&o);
    CHECK(longer == DIGITS_WEIGHTS_DAMAGED, "a byte too many: status %d", longer);
    return 1;
}

static int test_weights_damaged_anywhere(test_context *c)
{
    static file f, g;
    uint32_t seed = 77;
    uint8_t pixels[DIGITS_PIXELS];
    for (int i = 0; i < DIGITS_PIXELS; i++) pixels[i] = (uint8_t)next_random(&seed);
    random_network(&f, "conv3:3 pool4 dense:8 dense:10", 6);
    int taken = 0;
    for (int round = 0; round < 3000; round++) {
        memcpy(g.bytes, f.bytes, g.size = f.size);
        for (uint32_t k = 0; k <= next_random(&seed) % 4; k++)
            g.bytes[next_random(&seed) % (round % 2 ? 900 : g.size)] = (uint8_t)next_random(&seed);
        opened o;
        int32_t logits[DIGITS_CLASSES];
        if (open_network(g.bytes, g.size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK) {
            taken++;
            CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes, logits) == DIGITS_OK);
        }
        close_network(&o);
    }
    CHECK(taken > 0 && taken < 3000, "%d taken", taken);
    return 1;
}

static int test_weights_of_another_shape(test_context *c)
{
    static file f;
    opened o;
    static const struct {
        const char *from, *to;
    } changes[] = {{"conv3:4", "conv3:5"},           {"conv3:4", "conv5:4"}, {"\"layers.0.bias", "\"layers.9.bias"},
                   {"logits.scale", "logits.scal_"}, {"pool2", "pool3"},     {"architecture", "architectura"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        random_network(&f, "conv3:4 pool2 dense:10", 9);
        char *at = NULL;
        for (size_t k = 8; k + 20 < f.size && !at; k++)
            if (memcmp(f.bytes + k, changes[i].from, strlen(changes[i].from)) == 0) at = (char *)f.bytes + k;
        CHECK(at != NULL);
        memcpy(at, changes[i].to, strlen(changes[i].to));
        const digits_status status = open_network(f.bytes, f.size, DIGITS_KERNELS_BEST, &o);
        close_network(&o);
        CHECK(status == DIGITS_WEIGHTS_SHAPE, "%s: status %d", changes[i].to, status);
    }
    random_network(&f, "dense:10", 9);
    const float bad[] = {0, -1, NAN, INFINITY};
    for (int i = 0; i < 4; i++) { /* logits.scale is the first tensor */
        memcpy(f.bytes + f.size - 10 * 784 - 40 - 4, &bad[i], 4);
        const digits_status status = open_network(f.bytes, f.size, DIGITS_KERNELS_BEST, &o);
        close_network(&o);
        CHECK(status == DIGITS_WEIGHTS_SHAPE, "scale %g: status %d", (double)bad[i], status);
    }
    return 1;
}

/* ── the forward pass ── */

static int test_dense_by_hand(test_context *c)
{
    static file f;
    opened o;
    int32_t logits[DIGITS_CLASSES];
    uint8_t pixels[DIGITS_PIXELS];
    for (int most = 63; most <= 127; most += 64) {
        random_network_of(&f, "dense:10", 11, most, 127);
        const int8_t *w = (const int8_t *)f.bytes + f.size - 7840;
        int32_t bias[10];
        memcpy(bias, f.bytes + f.size - 7840 - 40, 40);
        for (int i = 0; i < DIGITS_PIXELS; i++) pixels[i] = (uint8_t)(i * 7);
        CHECK(open_network(f.bytes, f.size, DIGITS_KERNELS_PLAIN, &o) == DIGITS_OK);
        CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes, logits) == DIGITS_OK);
        for (int k = 0; k < 10; k++) {
            int32_t sum = bias[k];
            for (int i = 0; i < DIGITS_PIXELS; i++) sum += pixels[i] / (256 / (most + 1)) * w[k * 784 + i];
            CHECK(logits[k] == sum, "logit %d is %d, wanted %d", k, logits[k], sum);
        }
        close_network(&o);
    }
    return 1;
}

/* A 3×3 kernel that is 1 in one place only shifts the picture; the border must come in as zero. */
static int test_convolution_shifts(test_context *c)
{
    static file f;
    opened o;
    int32_t logits[DIGITS_CLASSES];
    uint8_t pixels[DIGITS_PIXELS];
    for (int i = 0; i < DIGITS_PIXELS; i++) pixels[i] = (uint8_t)(2 * (1 + i % 100));
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            random_network(&f, "conv3:1 dense:10", 3);
            /* order in the file: logits.scale, scale, bias, weight of conv; bias, weight of dense */
            uint8_t *dense = f.bytes + f.size - 7840, *conv = dense - 40 - 9;
            memset(conv, 0, 9);
            conv[(dy + 1) * 3 + dx + 1] = 1;
            memset(conv - 4, 0, 4);
            memcpy(conv - 8, &(float){1}, 4);
            memset(dense - 40, 0, 40);
            CHECK(open_network(f.bytes, f.size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK);
            CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes, logits) == DIGITS_OK);
            for (int k = 0; k < 10; k++) {
                int32_t sum = 0;
                for (int y = 0; y < 28; y++)
                    for (int x = 0; x < 28; x++) {
                        const int u = x + dx, v = y + dy;
                        const int a = u >= 0 && u < 28 && v >= 0 && v < 28 ? pixels[v * 28 + u] / 2 : 0;
                        sum += a * (int8_t)dense[k * 784 + y * 28 + x];
                    }
                CHECK(logits[k] == sum, "shift %d,%d: logit %d is %d, wanted %d", dx, dy, k, logits[k], sum);
            }
            close_network(&o);
        }
    return 1;
}

static int test_kernels_agree(test_context *c)
{
    static const char *const nets[] = {"dense:10",
                                       "dense:30 dense:10",
                                       "conv3:1 dense:10",
                                       "conv1:5 pool3 dense:10",
                                       "conv5:7 pool2 conv3:13 pool4 dense:10",
                                       "conv7:4 pool4 conv7:9 dense:10",
                                       "pool2 conv3:8 conv3:16 pool2 conv3:3 pool2 dense:17 dense:10",
                                       "conv3:16 pool2 conv3:17 pool3 dense:10",
                                       "conv3:16 pool2 conv3:16 conv3:8 pool4 conv3:24 dense:10"};
    static const struct {
        int most, limit;
    } kinds[] = {{127, 127}, {63, 31}, {63, 127}, {127, 31}, {63, 63}, {127, 7}, {63, -31}, {127, -127}};
    static file f;
    uint32_t seed = 4242;
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++)
        for (uint32_t round = 0; round < sizeof kinds / sizeof *kinds; round++) {
            opened all[DIGITS_KERNELS_END];
            random_network_of(&f, nets[n], 100 * (round + 1) + (uint32_t)n, kinds[round].most, kinds[round].limit);
            for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) {
                const digits_status status = open_network(f.bytes, f.size, k, &all[k]);
                CHECK(status == DIGITS_OK || (k > DIGITS_KERNELS_BEST && status == DIGITS_BAD_ARGUMENT),
                      "%s, kernels %d", nets[n], k);
            }
            for (int image = 0; image < 6; image++) {
                uint8_t pixels[DIGITS_PIXELS];
                int32_t plain[DIGITS_CLASSES], logits[DIGITS_CLASSES];
                for (int i = 0; i < DIGITS_PIXELS; i++)
                    pixels[i] = image == 0 ? 255 : image == 1 ? 0 : (uint8_t)next_random(&seed);
                CHECK(digits_predict(all[0].network, pixels, all[0].work, all[0].work_bytes, plain) == DIGITS_OK);
                for (digits_kernels k = 1; k < DIGITS_KERNELS_END; k++) {
                    if (!all[k].network) continue;
                    CHECK(digits_predict(all[k].network, pixels, all[k].work, all[k].work_bytes, logits) ==
                          DIGITS_OK);
                    CHECK(memcmp(plain, logits, sizeof plain) == 0, "%s: %s, round %u, image %d",
                          digits_network_kernels(all[k].network), nets[n], round, image);
                }
            }
            for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) close_network(&all[k]);
        }
    return 1;
}

/* Halves round to even, and both ends are clamped; every kernel by the same table, from biases and weights of 0. */
static int test_requantize(test_context *c)
{
    static const struct {
        int32_t sum;
        float scale;
        uint8_t expected;
    } cases[] = {{0, 1, 0},
                 {1, 0.5f, 0},
                 {3, 0.5f, 2},
                 {5, 0.5f, 2},
                 {7, 0.5f, 4},
                 {-9, 1, 0},
                 {126, 1, 126},
                 {127, 1, 127},
                 {128, 1, 127},
                 {253, 0.5f, 126},
                 {2147483647, 1, 127},
                 {-2147483647 - 1, 1, 0},
                 {16777217, 1e-6f, 17},
                 {1000000, 1e5f, 127}};
    const kernels *const all[] = {
        &kernels_plain,
#ifdef DIGITS_HAS_SIMD128
        &kernels_simd128,
#endif
#ifdef DIGITS_HAS_RELAXED
        &kernels_relaxed,
#endif
#ifdef DIGITS_HAS_X86
        __builtin_cpu_supports("avx2") ? &kernels_avx2 : &kernels_plain,
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") ? &kernels_vnni : &kernels_plain,
#endif
    };
    enum { N = sizeof cases / sizeof *cases, ROOM = (N + KERNEL_BLOCK - 1) / KERNEL_BLOCK * KERNEL_BLOCK };
    static const int8_t weights[N * 4] = {0};
    int32_t bias[ROOM] = {0};
    float scale[ROOM] = {0};
    for (int i = 0; i < N; i++) {
        bias[i] = cases[i].sum;
        scale[i] = cases[i].scale;
    }
    const uint8_t in[4 + KERNEL_OVERREAD] = {1, 2, 3, 4};
    kernel_layer layer = {
        .width = 1, .height = 1, .pool = 1, .step = 4, .rows = 1, .run = 4, .out_c = N, .bias = bias, .scale = scale};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        for (layer.most = 63; layer.most <= 127; layer.most += 64) {
            uint8_t out[N + 1];
            out[N] = 99;
            void *packed = allocate(all[k]->packed_bytes(&layer));
            all[k]->pack(&layer, weights, packed);
            layer.packed = packed;
            all[k]->run(&layer, in, out);
            free(packed);
            for (int i = 0; i < N; i++) {
                const int expected = cases[i].expected < layer.most ? cases[i].expected : layer.most;
                CHECK(out[i] == expected, "%s: %d·%g gave %d", all[k]->name, cases[i].sum, (double)cases[i].scale,
                      out[i]);
            }
            CHECK(out[N] == 99, "%s wrote behind its channels", all[k]->name);
        }
    return 1;
}

static int test_predict_refuses(test_context *c)
{
    opened o;
    size_t needed = 0;
    int32_t logits[DIGITS_CLASSES];
    uint8_t pixels[DIGITS_PIXELS] = {0};
    const digits_network *network;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes - 1, logits) == DIGITS_NO_ROOM);
    CHECK(digits_predict(o.network, NULL, o.work, o.work_bytes, logits) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_predict(o.network, pixels, (uint8_t *)o.work + 1, o.work_bytes, logits) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_network_size(c->weights, c->weights_size, &needed) == DIGITS_OK);
    /* The larger of the two packings was promised; the smaller may fit in less. */
    CHECK(digits_network_open(c->weights, c->weights_size, DIGITS_KERNELS_BEST, o.memory, 100, &network) ==
          DIGITS_NO_ROOM);
    CHECK(digits_network_open(c->weights, c->weights_size, DIGITS_KERNELS_BEST, NULL, needed, &network) ==
          DIGITS_BAD_ARGUMENT);
    close_network(&o);
    return 1;
}

static int test_probabilities(test_context *c)
{
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    const int32_t least = -2147483647 - 1;
    const int32_t cases[][10] = {{0},
                                 {2147483647, least},
                                 {5, 4, 3, 2, 1, 0, -1, -2, -3, -4},
                                 {least, least, least, least, least, least, least, least, least, least}};
    /* What is missing to 1 belongs to no digit, whose logit is 0. */
    const float all[] = {10.0f / 11, 1, -1, 0};
    for (size_t i = 0; i < 4; i++) {
        float p[10], sum = 0;
        digits_probabilities(o.network, cases[i], p);
        for (int k = 0; k < 10; k++) {
            CHECK(p[k] >= 0 && p[k] <= 1);
            CHECK(k == 0 || p[k] <= p[k - 1] || i == 1);
            sum += p[k];
        }
        if (all[i] >= 0) CHECK(fabsf(sum - all[i]) < 1e-5f, "sum %g", (double)sum);
        else CHECK(sum > 0.5f && sum < 1, "sum %g", (double)sum);
    }
    close_network(&o);
    return 1;
}

/* ── handwriting drawn here ── */

typedef struct drawing {
    int label, strokes;
    uint32_t lengths[3];
    float xy[60]; /* in a box of 100 wide, 100 high */
} drawing;

static const drawing DRAWINGS[] = {
    {0, 1, {13}, {50, 2,  30, 8,  20, 28, 18, 50, 22, 74, 34, 92, 50,
                  98, 66, 92, 78, 74, 82, 50, 78, 26, 68, 8,  50, 2}},
    {1, 1, {2}, {50, 0, 48, 100}},
    {2, 1, {10}, {20, 24, 32, 6, 54, 2, 72, 12, 74, 32, 60, 54, 38, 76, 18, 96, 50, 95, 84, 96}},
    {3, 1, {12}, {20, 12, 40, 2, 62, 6, 72, 20, 64, 38, 44, 46, 66, 52, 78, 70, 70, 90, 48, 98, 30, 96, 18, 86}},
    {4, 2, {3, 2}, {30, 2, 16, 60, 86, 58, 66, 20, 62, 100}},
    {7, 1, {3}, {16, 6, 82, 4, 42, 100}},
    {8, 1, {17}, {66, 12, 46, 2,  28, 14, 32, 34, 50, 46, 70, 60, 74, 80, 62, 94, 46,
                  98, 30, 90, 26, 74, 36, 58, 52, 46, 66, 34, 74, 22, 72, 14, 64, 8}},
};
enum { DRAWN = sizeof DRAWINGS / sizeof *DRAWINGS };

static size_t points_of(const drawing *d)
{
    size_t n = 0;
    for (int i = 0; i < d->strokes; i++) n += d->lengths[i];
    return n;
}

/* A grey picture: a round pen, 1 pixel soft, over what is there. */
static void draw_picture(const drawing *d, float x, float y, float size, float pen, float ink, uint8_t *to, int w,
                         int h)
{
    const float *p = d->xy;
    for (int s = 0; s < d->strokes; s++, p += 2)
        for (uint32_t i = 1; i < d->lengths[s]; i++, p += 2) {
            const float ax = x + p[0] * size / 100, ay = y + p[1] * size / 100;
            const float bx = x + p[2] * size / 100, by = y + p[3] * size / 100;
            for (int v = 0; v < h; v++)
                for (int u = 0; u < w; u++) {
                    const float dx = bx - ax, dy = by - ay, px = (float)u + 0.5f - ax, py = (float)v + 0.5f - ay;
                    float t = (px * dx + py * dy) / (dx * dx + dy * dy + 1e-9f);
                    t = t < 0 ? 0 : t > 1 ? 1 : t;
                    float cover = pen / 2 + 0.5f - hypotf(px - t * dx, py - t * dy);
                    cover = cover < 0 ? 0 : cover > 1 ? 1 : cover;
                    uint8_t *at = &to[v * w + u];
                    const float mixed = (float)*at + cover * (ink - (float)*at);
                    if (fabsf(mixed - ink) < fabsf((float)*at - ink)) *at = (uint8_t)mixed;
                }
        }
}

static digits_status read_picture(const opened *o, const uint8_t *pixels, int w, int h, int channels,
                                  digits_digit *digits, size_t capacity, size_t *count)
{
    const digits_image image = {pixels, w, h, channels};
    const size_t bytes = digits_read_image_size(o->network, w, h);
    if (bytes == 0)
        return digits_read_image(o->network, &image, DIGITS_LEAST_CONFIDENCE, o->work, o->work_bytes, digits,
                                 capacity, count);
    void *work = allocate(bytes);
    const digits_status status =
        digits_read_image(o->network, &image, DIGITS_LEAST_CONFIDENCE, work, bytes, digits, capacity, count);
    free(work);
    return status;
}

/* ── learning ── */

enum { TAUGHT = 3 };

/* A thick line from the top left to a place on the lower edge. */
static void draw_line(uint8_t pixels[DIGITS_PIXELS], int to)
{
    memset(pixels, 0, DIGITS_PIXELS);
    for (int y = 4; y < 24; y++)
        for (int x = 0; x < 3; x++) pixels[y * DIGITS_SIDE + 4 + (to - 4) * (y - 4) / 20 + x] = 255;
}

static int predict(const opened *o, const digits_network *network, const uint8_t *pixels, int32_t *logits)
{
    return digits_predict(network, pixels, o->work, o->work_bytes, logits) == DIGITS_OK;
}

static int best(const int32_t *logits)
{
    int label = 0;
    for (int i = 1; i < DIGITS_CLASSES; i++) label = logits[i] > logits[label] ? i : label;
    return logits[label] > 0 ? label : 10;
}

/* Corrections are read as taught, by every kernel with the same logits; what is unlike them, and everything once they
 * are taken back, is read as before to the bit. */
static int test_learning(test_context *c)
{
    uint8_t near[DIGITS_PIXELS], far[DIGITS_PIXELS], ring[DIGITS_PIXELS];
    int32_t first[3][DIGITS_CLASSES], logits[DIGITS_CLASSES], plain[TAUGHT][DIGITS_CLASSES];
    draw_line(near, 16);
    draw_line(far, 23);
    memset(ring, 0, sizeof ring);
    for (int i = 0; i < 628; i++) {
        const double a = i / 100.0;
        for (int x = 0; x < 2; x++) ring[(14 + (int)(9 * sin(a))) * DIGITS_SIDE + 14 + x + (int)(6 * cos(a))] = 255;
    }
    for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) {
        opened o;
        if (open_network(c->weights, c->weights_size, k, &o)) { /* not here */
            close_network(&o);
            continue;
        }
        digits_learned *learned;
        const size_t bytes = digits_learned_size(o.network, TAUGHT);
        void *memory = allocate(bytes);
        CHECK(digits_learned_open(o.network, TAUGHT, memory, bytes, &learned) == DIGITS_OK);
        const digits_network *taught = digits_learned_network(learned);
        const uint8_t *const pictures[3] = {near, far, ring};
        for (int i = 0; i < 3; i++) {
            CHECK(predict(&o, o.network, pictures[i], first[i]) && predict(&o, taught, pictures[i], logits));
            CHECK(memcmp(first[i], logits, sizeof logits) == 0, "picture %d without corrections", i);
        }
        CHECK(best(first[2]) == 0, "a ring is a 0, not %d", best(first[2]));

        static const int32_t labels[TAUGHT] = {6, 8, 10};
        for (int i = 0; i < TAUGHT; i++) {
            draw_line(near, 16);
            if (i > 0) memcpy(near, pictures[i], sizeof near);
            CHECK(digits_learn(learned, near, labels[i], o.work, o.work_bytes) == DIGITS_OK);
            CHECK(predict(&o, taught, near, logits) && best(logits) == labels[i], "%d is %d", labels[i],
                  best(logits));
            if (k == 0) memcpy(plain[i], logits, sizeof logits);
            CHECK(memcmp(plain[i], logits, sizeof logits) == 0, "kernels %d, correction %d", k, i);
            if (i == 0) { CHECK(predict(&o, taught, ring, logits) && memcmp(first[2], logits, sizeof logits) == 0); }
        }
        draw_line(near, 16);
        CHECK(digits_learn(learned, near, 1, o.work, o.work_bytes) == DIGITS_NO_ROOM);
        CHECK(digits_unlearn(learned, 0) == DIGITS_OK && digits_learned_count(learned) == TAUGHT - 1);
        CHECK(predict(&o, taught, far, logits) && best(logits) == 8);
        CHECK(predict(&o, taught, ring, logits) && best(logits) == 10);
        while (digits_learned_count(learned)) CHECK(digits_unlearn(learned, 0) == DIGITS_OK);
        for (int i = 0; i < 3; i++) {
            CHECK(predict(&o, taught, pictures[i], logits));
            CHECK(memcmp(first[i], logits, sizeof logits) == 0, "picture %d after all was forgotten", i);
        }
        free(memory);
        close_network(&o);
    }
    return 1;
}

static int test_learning_refuses(test_context *c)
{
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK);
    const uint8_t blank[DIGITS_PIXELS] = {0};
    int32_t logits[DIGITS_CLASSES];
    digits_learned *learned;
    const size_t bytes = digits_learned_size(o.network, 2);
    void *memory = allocate(bytes);
    CHECK(digits_learned_size(o.network, 0) == 0 && digits_learned_size(NULL, 1) == 0);
    CHECK(digits_learned_size(o.network, DIGITS_MAX_CORRECTIONS + 1) == 0);
    CHECK(digits_learned_open(o.network, 2, memory, bytes - 1, &learned) == DIGITS_NO_ROOM);
    CHECK(digits_learned_open(o.network, 2, (uint8_t *)memory + 1, bytes, &learned) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_learned_open(o.network, 2, memory, bytes, &learned) == DIGITS_OK);
    for (int32_t label = -1; label <= 11; label += 12)
        CHECK(digits_learn(learned, blank, label, o.work, o.work_bytes) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_learn(learned, NULL, 1, o.work, o.work_bytes) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_learn(learned, blank, 1, o.work, o.work_bytes - 1) == DIGITS_NO_ROOM);
    CHECK(digits_unlearn(learned, 0) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_learn(learned, blank, 1, o.work, o.work_bytes) == DIGITS_OK); /* no features: like nothing */
    CHECK(predict(&o, digits_learned_network(learned), blank, logits));
    free(memory);
    close_network(&o);
    return 1;
}

/* Each layer's activations by its shape; the network's output does not depend on having looked. */
static int test_activations(test_context *c)
{
    opened o;
    uint8_t pixels[DIGITS_PIXELS];
    int32_t shape[3], before[DIGITS_CLASSES], after[DIGITS_CLASSES];
    draw_line(pixels, 16);
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK);
    CHECK(predict(&o, o.network, pixels, before));
    const int32_t last = digits_layers(o.network) - 1;
    for (int32_t layer = 0; layer < last; layer++) {
        CHECK(digits_layer_shape(o.network, layer, shape) == DIGITS_OK);
        const size_t size = (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2];
        uint8_t *activations = malloc(size); /* exactly: the sanitizer sees a byte too many */
        memset(activations, 255, size);
        CHECK(digits_activations(o.network, pixels, layer, o.work, o.work_bytes, activations) == DIGITS_OK);
        int most = 0;
        for (size_t i = 0; i < size; i++) most = activations[i] > most ? activations[i] : most;
        CHECK(most > 0 && most <= 127, "layer %d: %d", layer, most);
        free(activations);
    }
    CHECK(predict(&o, o.network, pixels, after) && memcmp(before, after, sizeof before) == 0);
    CHECK(digits_layer_shape(o.network, last, shape) == DIGITS_OK && shape[2] == DIGITS_CLASSES);
    CHECK(digits_layer_shape(o.network, last + 1, shape) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_activations(o.network, pixels, last, o.work, o.work_bytes, pixels) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_activations(o.network, pixels, 0, o.work, o.work_bytes - 1, pixels) == DIGITS_NO_ROOM);
    close_network(&o);
    return 1;
}

/* ── normalize ── */

static int test_normalize_form(test_context *c)
{
    enum { W = 300 };
    static uint8_t picture[W * W];
    for (int i = 0; i < DRAWN; i++)
        for (int size = 15; size <= 240; size *= 2)
            for (int pen = 1; pen <= size / 8 + 1; pen *= 3) {
                uint8_t out[DIGITS_PIXELS];
                memset(picture, 0, sizeof picture);
                draw_picture(&DRAWINGS[i], 40, 17, (float)size, (float)pen, 255, picture, W, W);
                CHECK(digits_normalize(picture, W, W, W, out) == DIGITS_OK);
                float mass = 0, mx = 0, my = 0;
                int x0 = 28, x1 = 0, y0 = 28, y1 = 0, most = 0;
                for (int k = 0; k < DIGITS_PIXELS; k++) {
                    mass += out[k];
                    mx += out[k] * ((float)(k % 28) + 0.5f);
                    my += out[k] * ((float)(k / 28) + 0.5f);
                    most = out[k] > most ? out[k] : most;
                    if (out[k] < 100) continue;
                    x0 = k % 28 < x0 ? k % 28 : x0;
                    x1 = k % 28 > x1 ? k % 28 : x1;
                    y0 = k / 28 < y0 ? k / 28 : y0;
                    y1 = k / 28 > y1 ? k / 28 : y1;
                }
                const int longer = x1 - x0 > y1 - y0 ? x1 - x0 + 1 : y1 - y0 + 1;
                CHECK(most == 255, "digit %d, size %d, pen %d: strongest %d", DRAWINGS[i].label, size, pen, most);
                CHECK(longer >= 17 && longer <= 23, "digit %d, size %d, pen %d: longer side %d", DRAWINGS[i].label,
                      size, pen, longer);
                CHECK(fabsf(mx / mass - 14.5f) < 0.6f && fabsf(my / mass - 14.5f) < 0.6f,
                      "digit %d, size %d, pen %d: centre %g, %g", DRAWINGS[i].label, size, pen, (double)(mx / mass),
                      (double)(my / mass));
                CHECK(mass / 255 > 25, "digit %d, size %d, pen %d: only %g pixels of ink", DRAWINGS[i].label, size,
                      pen, (double)mass / 255);
            }
    return 1;
}

static int test_normalize_edges(test_context *c)
{
    uint8_t in[64] = {0}, out[DIGITS_PIXELS];
    CHECK(digits_normalize(in, 8, 8, 8, out) == DIGITS_OK);
    for (int i = 0; i < DIGITS_PIXELS; i++) CHECK(out[i] == 0);
    in[0] = 255;
    CHECK(digits_normalize(in, 1, 1, 1, out) == DIGITS_OK && out[14 * 28 + 14] == 255);
    CHECK(digits_normalize(in, 8, 8, 7, out) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_normalize(in, 0, 8, 8, out) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_normalize(in, 8, -1, 8, out) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_normalize(NULL, 8, 8, 8, out) == DIGITS_BAD_ARGUMENT);
    memset(in, 255, sizeof in);
    CHECK(digits_normalize(in, 8, 8, 8, out) == DIGITS_OK && out[14 * 28 + 14] == 255);
    CHECK(digits_normalize(in, 64, 1, 64, out) == DIGITS_OK);
    CHECK(digits_normalize(in, 1, 64, 1, out) == DIGITS_OK);
    return 1;
}

/* ── files ── */

typedef struct sink {
    uint8_t bytes[1 << 16];
    size_t size;
} sink;

static void take(void *to, void *bytes, int n)
{
    sink *s = to;
    if (s->size + (size_t)n > sizeof s->bytes) return;
    memcpy(s->bytes + s->size, bytes, (size_t)n);
    s->size += (size_t)n;
}

static void insert(sink *s, size_t at, const uint8_t *bytes, size_t n)
{
    memmove(s->bytes + at + n, s->bytes + at, s->size - at);
    memcpy(s->bytes + at, bytes, n);
    s->size += n;
}

/* A TIFF block whose only entry is the orientation. */
static void tiff(uint8_t out[26], int orientation, int big)
{
    static const uint8_t little[26] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1};
    static const uint8_t large[26] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1};
    memcpy(out, big ? large : little, 26);
    out[big ? 19 : 18] = (uint8_t)orientation;
}

/* Six blocks of grey, 3 × 2, each 8 × 8 pixels so that JPEG keeps them apart; as each orientation should show. */
static int test_orientation(test_context *c)
{
    static const char *const upright[] = {"123456", "321654", "654321", "456123",
                                          "142536", "415263", "635241", "362514"};
    static sink s;
    static const uint8_t chunk[8] = {0, 0, 0, 26, 'e', 'X', 'I', 'f'};
    static const uint8_t segment[10] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f'};
    uint8_t picture[24 * 16];
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 24; x++) picture[y * 24 + x] = (uint8_t)(40 * (1 + y / 8 * 3 + x / 8));
    for (int kind = 0; kind < 4; kind++)
        for (int orientation = 1; orientation <= 8; orientation++) {
            uint8_t block[40] = {0}, *pixels;
            int32_t w, h;
            s.size = 0;
            if (kind < 2) {
                CHECK(stbi_write_png_to_func(take, &s, 24, 16, 1, picture, 24));
                memcpy(block, chunk, sizeof chunk);
                tiff(block + 8, orientation, kind);
                insert(&s, 33, block, 8 + 26 + 4);
            } else {
                CHECK(stbi_write_jpg_to_func(take, &s, 24, 16, 1, picture, 95));
                memcpy(block, segment, sizeof segment);
                tiff(block + 10, orientation, kind == 3);
                insert(&s, 2, block, 36);
            }
            const digits_status status = digits_image_decode(s.bytes, s.size, &pixels, &w, &h);
            CHECK(status == DIGITS_OK, "kind %d, orientation %d: status %d", kind, orientation, status);
            CHECK(w == (orientation < 5 ? 24 : 16) && h == (orientation < 5 ? 16 : 24));
            for (int i = 0; i < 6; i++) {
                const int across = w / 8, x = i % across * 8 + 4, y = i / across * 8 + 4;
                const int got = (pixels[(y * w + x) * 4] + 20) / 40;
                CHECK(got == upright[orientation - 1][i] - '0', "kind %d, orientation %d, block %d: %d", kind,
                      orientation, i, got);
            }
            digits_image_free(pixels);
        }
    return 1;
}

static int test_image_cut_anywhere(test_context *c)
{
    static sink s;
    uint8_t picture[20 * 20], *pixels;
    int32_t w, h;
    for (int i = 0; i < 400; i++) picture[i] = (uint8_t)(i * i);
    for (int jpeg = 0; jpeg < 2; jpeg++) {
        s.size = 0;
        CHECK(jpeg ? stbi_write_jpg_to_func(take, &s, 20, 20, 1, picture, 90)
                   : stbi_write_png_to_func(take, &s, 20, 20, 1, picture, 20));
        CHECK(digits_image_decode(s.bytes, s.size, &pixels, &w, &h) == DIGITS_OK && w == 20 && h == 20);
        digits_image_free(pixels);
        /* The last 12 bytes of a PNG are IEND, of no use to the picture. */
        for (size_t n = 0; n < s.size - (jpeg ? 0 : 16); n++) {
            uint8_t *exact = malloc(n ? n : 1);
            memcpy(exact, s.bytes, n);
            const digits_status status = digits_image_decode(exact, n, &pixels, &w, &h);
            free(exact);
            if (status == DIGITS_OK) digits_image_free(pixels);
            const digits_status wanted = n == 0               ? DIGITS_IMAGE_EMPTY
                                         : n < (jpeg ? 3 : 8) ? DIGITS_IMAGE_UNKNOWN
                                                              : DIGITS_IMAGE_DAMAGED;
            CHECK(status == wanted, "%s cut at %zu of %zu: status %d", jpeg ? "JPEG" : "PNG", n, s.size, status);
        }
    }
    return 1;
}

static int test_image_damaged_anywhere(test_context *c)
{
    static sink s, t;
    uint8_t picture[20 * 20], *pixels;
    int32_t w, h;
    uint32_t seed = 99;
    for (int i = 0; i < 400; i++) picture[i] = (uint8_t)(i * i);
    for (int jpeg = 0; jpeg < 2; jpeg++) {
        s.size = 0;
        CHECK(jpeg ? stbi_write_jpg_to_func(take, &s, 20, 20, 1, picture, 90)
                   : stbi_write_png_to_func(take, &s, 20, 20, 1, picture, 20));
        for (int round = 0; round < 1500; round++) {
            t = s;
            for (uint32_t k = 0; k <= next_random(&seed) % 5; k++)
                t.bytes[next_random(&seed) % t.size] = (uint8_t)next_random(&seed);
            if (digits_image_decode(t.bytes, t.size, &pixels, &w, &h) != DIGITS_OK) continue;
            CHECK(w > 0 && h > 0 && (int64_t)w * h <= DIGITS_MAX_IMAGE_PIXELS);
            digits_image_free(pixels);
        }
    }
    return 1;
}

static int test_image_limits(test_context *c)
{
    static const struct {
        uint32_t w, h;
        digits_status expected;
    } cases[] = {{0, 5, DIGITS_IMAGE_EMPTY},
                 {5, 0, DIGITS_IMAGE_EMPTY},
                 {16385, 1, DIGITS_IMAGE_TOO_LARGE},
                 {1, 16385, DIGITS_IMAGE_TOO_LARGE},
                 {16384, 16384, DIGITS_IMAGE_TOO_LARGE},
                 {0xffffffff, 0xffffffff, DIGITS_IMAGE_TOO_LARGE},
                 {9, 9, DIGITS_IMAGE_DAMAGED}};
    static sink s;
    uint8_t picture[16] = {0}, *pixels;
    int32_t w, h;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.size = 0;
        CHECK(stbi_write_png_to_func(take, &s, 4, 4, 1, picture, 4));
        for (int k = 0; k < 4; k++) {
            s.bytes[16 + k] = (uint8_t)(cases[i].w >> (24 - 8 * k));
            s.bytes[20 + k] = (uint8_t)(cases[i].h >> (24 - 8 * k));
        }
        const digits_status status = digits_image_decode(s.bytes, s.size, &pixels, &w, &h);
        CHECK(status == cases[i].expected, "%u × %u: status %d", cases[i].w, cases[i].h, status);
    }
    CHECK(digits_image_decode(NULL, 5, &pixels, &w, &h) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_image_decode((const uint8_t *)"GIF89a", 6, &pixels, &w, &h) == DIGITS_IMAGE_UNKNOWN);
    return 1;
}

/* ── layout ── */

/* Two lines across, and an upright stroke from one to the other: what is asked to be longer than it leaves it alone. */
static int test_rules_lengths(test_context *c)
{
    enum { W = 160, H = 70, TOP = 16, BOTTOM = 64, X = 80 };
    static uint8_t ink[W * H], dark[W * H], turned[2 * W * H];
    static uint32_t runs[W * H];
    for (int least_length = 0; least_length < 120; least_length += 60) {
        memset(ink, 0, sizeof ink);
        for (int x = 0; x < W; x++) ink[TOP * W + x] = ink[BOTTOM * W + x] = 255;
        for (int y = TOP; y <= BOTTOM; y++) ink[y * W + X] = ink[y * W + X + 1] = 255;
        memcpy(dark, ink, sizeof dark);
        const int32_t shortest = rules_erase(ink, dark, W, H, (float)least_length, runs, turned);
        const int upright = ink[(TOP + BOTTOM) / 2 * W + X] > 0;
        CHECK(upright == (least_length > 0), "%d", least_length);
        CHECK(least_length ? shortest > 150 : shortest > 40 && shortest < 60, "%d: %d", least_length, shortest);
        CHECK(ink[TOP * W + 10] == 0 && ink[BOTTOM * W + 150] == 0, "%d", least_length);
    }
    return 1;
}

static int test_layout_order(test_context *c)
{
    /* Two lines that rise by more than half a digit from left to right, given in a muddle. */
    layout_box boxes[10];
    for (int i = 0; i < 10; i++) {
        const int k = i * 7 % 10, column = k % 5, line = k / 5;
        const float x = 30.0f * (float)column + (column > 2 ? 60 : 0), y = 60.0f * (float)line - 5.0f * (float)column;
        boxes[i] = (layout_box){x, y, x + 18, y + 30, k, -1, -1};
    }
    float work[10];
    const float usual = layout_usual_height(boxes, 10, work);
    CHECK(usual == 30);
    layout_order(boxes, 10, usual);
    for (int i = 0; i < 10; i++) {
        CHECK(boxes[i].id == i && boxes[i].line == i / 5, "place %d: box %d on line %d", i, boxes[i].id,
              boxes[i].line);
        CHECK(boxes[i].space_before == (i % 5 == 3), "space before %d", i);
    }
    CHECK(layout_usual_height(boxes, 0, work) == 0);
    layout_order(boxes, 0, 0);
    return 1;
}

/* ── reading ── */

static int test_read_strokes(test_context *c)
{
    opened o;
    static digits_digit digits[4];
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    uint8_t first[DIGITS_PIXELS];
    for (int i = 0; i < DRAWN; i++)
        for (int k = 0; k < 4; k++) { /* any size and place give the same picture but for rounding */
            const float scale = powf(10, (float)k - 1.5f), dx = 50.0f * (float)k, dy = -70.0f * (float)k;
            const drawing *d = &DRAWINGS[i];
            float xy[60];
            for (size_t p = 0; p < points_of(d); p++) {
                xy[2 * p] = d->xy[2 * p] * scale + dx;
                xy[2 * p + 1] = d->xy[2 * p + 1] * scale + dy;
            }
            const size_t bytes = digits_read_strokes_size(o.network, (size_t)d->strokes, points_of(d));
            void *work = allocate(bytes);
            size_t count = 9;
            const digits_status status = digits_read_strokes(o.network, xy, d->lengths, (size_t)d->strokes,
                                                             DIGITS_LEAST_CONFIDENCE, work, bytes, digits, 4, &count);
            free(work);
            CHECK(status == DIGITS_OK && count == 1, "digit %d, scale %g: status %d, %zu digits", d->label,
                  (double)scale, status, count);
            CHECK(digits[0].label == d->label, "digit %d, scale %g read as %d", d->label, (double)scale,
                  digits[0].label);
            if (k == 0) memcpy(first, digits[0].pixels, sizeof first);
            for (int p = 0; p < DIGITS_PIXELS; p++)
                CHECK(abs(first[p] - digits[0].pixels[p]) <= 3, "digit %d, scale %g, pixel %d: %d, was %d", d->label,
                      (double)scale, p, digits[0].pixels[p], first[p]);
        }
    close_network(&o);
    return 1;
}

/* The picture alone, without a network: as the network saw it, and nothing where there is nothing. */
/* Strokes that do not lie over each other: one digit where they read as one, else two. */
static int test_strokes_apart(test_context *c)
{
    static const struct {
        const char *text;
        uint32_t lengths[2];
        float xy[10];
    } CASES[] = {{"4", {3, 2}, {30, 2, 16, 60, 52, 58, 62, 20, 60, 100}},
                 {"11", {2, 2}, {20, 0, 18, 100, 50, 0, 48, 100}},
                 {"17", {2, 3}, {20, 0, 18, 100, 46, 4, 100, 2, 70, 100}}};
    opened o;
    digits_digit digits[4];
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    const size_t bytes = digits_read_strokes_size(o.network, 2, 5);
    void *work = allocate(bytes);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        size_t count = 0;
        char text[9];
        CHECK(digits_read_strokes(o.network, CASES[i].xy, CASES[i].lengths, 2, DIGITS_LEAST_CONFIDENCE, work, bytes,
                                  digits, 4, &count) == DIGITS_OK);
        CHECK(digits_text(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, CASES[i].text) == 0, "%s read as '%s'", CASES[i].text, text);
    }
    free(work);
    close_network(&o);
    return 1;
}

static int test_normalize_strokes(test_context *c)
{
    opened o;
    static digits_digit digit;
    uint8_t out[DIGITS_PIXELS], nothing = 0;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int i = 0; i < DRAWN; i++) {
        const drawing *d = &DRAWINGS[i];
        const size_t bytes = digits_read_strokes_size(o.network, (size_t)d->strokes, points_of(d));
        void *work = allocate(bytes);
        size_t count = 0;
        const digits_status status = digits_read_strokes(o.network, d->xy, d->lengths, (size_t)d->strokes,
                                                         DIGITS_LEAST_CONFIDENCE, work, bytes, &digit, 1, &count);
        free(work);
        CHECK(status == DIGITS_OK && count == 1);
        CHECK(digits_normalize_strokes(d->xy, d->lengths, (size_t)d->strokes, out) == DIGITS_OK);
        CHECK(memcmp(out, digit.pixels, sizeof out) == 0, "digit %d", d->label);
    }
    close_network(&o);
    const float tap[4] = {3, 4, 3, 4};
    CHECK(digits_normalize_strokes(tap, (const uint32_t[]){1, 1}, 2, out) == DIGITS_OK);
    for (int i = 0; i < DIGITS_PIXELS; i++) nothing |= out[i];
    CHECK(digits_normalize_strokes(NULL, NULL, 0, out) == DIGITS_OK && nothing == 0);
    CHECK(digits_normalize_strokes((const float[]){NAN, 0}, (const uint32_t[]){1}, 1, out) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_normalize_strokes(tap, (const uint32_t[]){1, 1}, 2, NULL) == DIGITS_BAD_ARGUMENT);
    return 1;
}

static int test_read_number_of_strokes(test_context *c)
{
    opened o;
    static digits_digit digits[8];
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    /* Written from right to left, on two lines; a dot between two of them. */
    static const int wanted[] = {7, 4, 0, 1, 3};
    float xy[400];
    uint32_t lengths[20];
    size_t strokes = 0, points = 0;
    for (int i = 4; i >= 0; i--)
        for (int k = 0; k < DRAWN; k++) {
            const drawing *d = &DRAWINGS[k];
            if (d->label != wanted[i]) continue;
            for (int s = 0; s < d->strokes; s++) lengths[strokes++] = d->lengths[s];
            for (size_t p = 0; p < points_of(d); p++, points++) {
                xy[2 * points] = d->xy[2 * p] + 110.0f * (float)(i % 3);
                xy[2 * points + 1] = d->xy[2 * p + 1] + 150.0f * (float)(i / 3);
            }
        }
    lengths[strokes++] = 1;
    xy[2 * points] = 103;
    xy[2 * points + 1] = 90;
    points++;
    const size_t bytes = digits_read_strokes_size(o.network, strokes, points);
    void *work = allocate(bytes);
    size_t count = 0;
    char text[17];
    CHECK(digits_read_strokes(o.network, xy, lengths, strokes, DIGITS_LEAST_CONFIDENCE, work, bytes, digits, 8,
                              &count) == DIGITS_OK);
    CHECK(digits_text(digits, count, text, sizeof text) == DIGITS_OK);
    CHECK(strcmp(text, "740\n13") == 0, "read '%s'", text);
    CHECK(digits_read_strokes(o.network, xy, lengths, strokes, DIGITS_LEAST_CONFIDENCE, work, bytes, digits, 2,
                              &count) == DIGITS_OK);
    CHECK(count == 2 && digits[1].label == 4);
    free(work);
    close_network(&o);
    return 1;
}

static int test_read_strokes_refuses(test_context *c)
{
    opened o;
    digits_digit digit;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    const size_t bytes = digits_read_strokes_size(o.network, 4, 8);
    void *work = allocate(bytes);
    size_t count = 7;
    float xy[8] = {1, 1, 1, 50, 2, 2, 3, 3};
    uint32_t lengths[4] = {2, 1, 1, 0};
#define READ(n)                                                                                                      \
    digits_read_strokes(o.network, xy, lengths, n, DIGITS_LEAST_CONFIDENCE, work, bytes, &digit, 1, &count)
    CHECK(READ(0) == DIGITS_OK && count == 0);
    CHECK(READ(4) == DIGITS_BAD_ARGUMENT, "a stroke of no points");
    CHECK(READ(DIGITS_MAX_STROKES + 1) == DIGITS_STROKES_TOO_MANY);
    lengths[2] = DIGITS_MAX_POINTS;
    CHECK(READ(3) == DIGITS_STROKES_TOO_MANY);
    lengths[0] = 1;
    CHECK(READ(1) == DIGITS_OK && count == 0, "a tap alone");
    const float bad[] = {NAN, INFINITY, -INFINITY, 1e7f};
    for (int i = 0; i < 4; i++) {
        xy[1] = bad[i];
        CHECK(READ(2) == DIGITS_BAD_ARGUMENT, "a coordinate of %g", (double)bad[i]);
    }
    xy[1] = 1;
    CHECK(digits_read_strokes(o.network, xy, lengths, 2, DIGITS_LEAST_CONFIDENCE, work, 10, &digit, 1, &count) ==
          DIGITS_NO_ROOM);
    CHECK(digits_read_strokes_size(o.network, DIGITS_MAX_STROKES + 1, 1) == 0);
    free(work);
    close_network(&o);
    return 1;
}

static int test_read_image(test_context *c)
{
    enum { W = 320, H = 240 };
    static uint8_t picture[W * H];
    static digits_digit digits[4];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    int wrong = 0, total = 0;
    for (int i = 0; i < DRAWN; i++)
        for (int size = 20; size <= 200; size += 36)
            for (int light = 0; light < 2; light++) {
                const int paper = light ? 30 : 240, ink = light ? 230 : 60;
                size_t count = 9;
                memset(picture, paper, sizeof picture);
                draw_picture(&DRAWINGS[i], (float)(W - size) * 0.3f, (float)(H - size) * 0.7f, (float)size,
                             (float)size / 12 + 1, (float)ink, picture, W, H);
                CHECK(read_picture(&o, picture, W, H, 1, digits, 4, &count) == DIGITS_OK);
                CHECK(count == 1, "digit %d, size %d, %s: %zu digits", DRAWINGS[i].label, size,
                      light ? "light on dark" : "dark on light", count);
                total++;
                wrong += digits[0].label != DRAWINGS[i].label;
                const digits_digit *d = &digits[0];
                CHECK(d->x >= 0 && d->y >= 0 && d->x + d->width <= W && d->y + d->height <= H);
                CHECK(abs(d->height - size) <= size / 6 + 4, "digit %d, size %d: box %d high", DRAWINGS[i].label,
                      size, d->height);
            }
    CHECK(wrong == 0, "%d of %d pictures read wrong", wrong, total);
    close_network(&o);
    return 1;
}

static int test_read_image_rgba(test_context *c)
{
    enum { W = 90, H = 110 };
    static uint8_t grey[W * H], rgba[W * H * 4];
    static digits_digit a[4], b[4];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    memset(grey, 255, sizeof grey);
    draw_picture(&DRAWINGS[5], 15, 10, 80, 8, 0, grey, W, H);
    for (int i = 0; i < W * H; i++) { /* black ink on a transparent canvas */
        memset(rgba + 4 * i, 0, 3);
        rgba[4 * i + 3] = (uint8_t)(255 - grey[i]);
    }
    size_t n = 0, m = 0;
    CHECK(read_picture(&o, grey, W, H, 1, a, 4, &n) == DIGITS_OK && n == 1 && a[0].label == 7);
    CHECK(read_picture(&o, rgba, W, H, 4, b, 4, &m) == DIGITS_OK && m == 1);
    CHECK(memcmp(a[0].pixels, b[0].pixels, DIGITS_PIXELS) == 0);
    close_network(&o);
    return 1;
}

static int test_read_page(test_context *c)
{
    enum { W = 640, H = 480 };
    static uint8_t picture[W * H];
    static digits_digit digits[16];
    static const int wanted[2][4] = {{2, 0, 1, 7}, {4, 8, 3, 7}};
    opened o;
    uint32_t seed = 3;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    memset(picture, 225, sizeof picture);
    for (int line = 0; line < 2; line++)
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == wanted[line][i])
                    draw_picture(&DRAWINGS[k], 60.0f + 110.0f * (float)i + (i > 1 ? 80.0f : 0),
                                 60.0f + 200.0f * (float)line + 8.0f * (float)i, 80, 7, 50, picture, W, H);
    /* A shadow over the right, grain, and specks of dust. */
    for (int i = 0; i < W * H; i++) {
        const float light = 1 - 0.35f * (float)(i % W) / W;
        picture[i] = (uint8_t)((float)picture[i] * light + (float)(next_random(&seed) % 9));
    }
    for (int i = 0; i < 30; i++) picture[next_random(&seed) % (W * H)] = 40;
    size_t count = 0;
    char text[33];
    CHECK(read_picture(&o, picture, W, H, 1, digits, 16, &count) == DIGITS_OK);
    CHECK(digits_text(digits, count, text, sizeof text) == DIGITS_OK);
    CHECK(strcmp(text, "20 17\n48 37") == 0, "read '%s'", text);
    close_network(&o);
    return 1;
}

/* Digits that a line at their feet, or their own ink, joins into one component. */
static int test_read_touching(test_context *c)
{
    enum { W = 420, H = 160 };
    static uint8_t picture[W * H];
    static digits_digit digits[8];
    static const int wanted[3][3] = {{2, 0, 5}, {8, 0, 3}, {3, 0, 2}};
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int n = 0; n < 3; n++) {
        char text[17], expected[4] = {0};
        memset(picture, 235, sizeof picture);
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == wanted[n][i]) {
                    draw_picture(&DRAWINGS[k], 60.0f + 68.0f * (float)i, 30, 100, 9, 40, picture, W, H);
                    expected[i] = (char)('0' + wanted[n][i]);
                }
        size_t count = 0;
        CHECK(read_picture(&o, picture, W, H, 1, digits, 8, &count) == DIGITS_OK);
        CHECK(digits_text(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, expected) == 0, "%s read as '%s'", expected, text);
        for (size_t i = 1; i < count; i++) CHECK(digits[i].x > digits[i - 1].x && digits[i].width < 100);
    }
    close_network(&o);
    return 1;
}

/* Amounts as people write them: cropped so closely that joined digits leave the picture on both sides, zeros much smaller
 * than the digit before them, and a comma. */
static int test_read_amounts(test_context *c)
{
    enum { W = 420, H = 130, MOST = 5 };
    static uint8_t picture[W * H];
    static digits_digit digits[8];
    static const struct {
        const char *text; /* that is wanted */
        int width;        /* of the picture */
        struct {
            int label;
            float x, y, size;
        } drawn[MOST];
    } CASES[] = {{"832", 170, {{8, -28, 15, 100}, {3, 33, 15, 100}, {2, 89, 15, 100}, {1, 60, 121, 2}}},
                 {"8000", W, {{8, 20, 15, 100}, {0, 130, 81, 34}, {0, 190, 81, 34}, {0, 250, 81, 34}}},
                 {"482", W, {{4, 20, 15, 90}, {1, 102, 85, 26}, {8, 140, 15, 90}, {2, 250, 15, 90}}}};
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (size_t n = 0; n < sizeof CASES / sizeof *CASES; n++) {
        char text[17];
        size_t count = 0;
        memset(picture, 235, sizeof picture);
        for (int i = 0; i < MOST && CASES[n].drawn[i].size > 0; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == CASES[n].drawn[i].label)
                    draw_picture(&DRAWINGS[k], CASES[n].drawn[i].x, CASES[n].drawn[i].y, CASES[n].drawn[i].size, 7,
                                 40, picture, CASES[n].width, H);
        CHECK(read_picture(&o, picture, CASES[n].width, H, 1, digits, 8, &count) == DIGITS_OK);
        CHECK(digits_text(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, CASES[n].text) == 0, "%s read as '%s'", CASES[n].text, text);
    }
    close_network(&o);
    return 1;
}

/* Ruled lines that the digits stand on and hang from, as on cheques, one of them sloping. */
static int test_read_ruled(test_context *c)
{
    enum { W = 420, H = 120 };
    static uint8_t picture[W * H];
    static digits_digit digits[8];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int ink = 40; ink <= 120; ink += 80) { /* as dark as the digits, and lighter */
        char text[17];
        size_t count = 0;
        memset(picture, 235, sizeof picture);
        for (int x = 0; x < W; x++)
            for (int v = 0; v < 3; v++)
                picture[(10 + v) * W + x] = picture[(102 + v + x / 100) * W + x] = (uint8_t)ink;
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < DRAWN; k++)
                if (DRAWINGS[k].label == (i + 2) % 4 + 1) /* 341 */
                    draw_picture(&DRAWINGS[k], 60.0f + 110.0f * (float)i, 20, 80, 7, 40, picture, W, H);
        CHECK(read_picture(&o, picture, W, H, 1, digits, 8, &count) == DIGITS_OK);
        CHECK(digits_text(digits, count, text, sizeof text) == DIGITS_OK);
        CHECK(strcmp(text, "341") == 0, "ink %d: read as '%s'", ink, text);
    }
    close_network(&o);
    return 1;
}

/* What light, paper and sensor do to a pixel of a picture that is W wide and H high: factor of its light. */
static float disturb(int kind, int x, int y, int w, int h)
{
    const float u = 2 * (float)x / (float)w - 1, v = 2 * (float)y / (float)h - 1;
    if (kind == 1) return 1 - 0.7f * fminf(fmaxf(0.5f + (u + v) * 20, 0), 1); /* a shadow through the digits */
    if (kind == 2) return 1 - 0.7f * fminf(fmaxf(3 + (u + v) * 5, 0), 1);     /* a shadow over nearly all */
    if (kind == 3) return 1 - 0.45f * (u * u + v * v);                        /* dark corners */
    if (kind == 4) return x % 60 < 2 || y % 60 < 2 ? 0.5f : 1;                /* squared paper */
    if (kind == 5) return (x + y / 9) % 47 < 2 || (y + 470 - x / 9) % 47 < 2 ? 0.5f : 1; /* tilted */
    if (kind == 6) return x + y / 8 < 70 ? 0.15f : 1; /* a table beyond the paper */
    return 1;
}

/* Light that falls unevenly, lines on the paper, grain: digits are read, and none where there are none. */
static int test_read_disturbed(test_context *c)
{
    enum { W = 640, H = 480, KINDS = 10 };
    static uint8_t picture[W * H];
    static digits_digit digits[16];
    opened o;
    uint32_t seed = 3;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int kind = 0; kind < KINDS; kind++)
        for (int empty = 0; empty < 2; empty++) {
            const int faint = kind == 8, light = kind == 9;
            const float grain = kind == 7 ? 55 : 3, ink = light ? 220 : faint ? 170 : 45;
            size_t count = 0;
            char text[33];
            memset(picture, light ? 60 : 225, sizeof picture);
            for (int i = 0; i < 3 && !empty; i++)
                for (int k = 0; k < DRAWN; k++)
                    if (DRAWINGS[k].label == (i + 2) % 4 + 1) /* 341 */
                        draw_picture(&DRAWINGS[k], 170.0f + 110.0f * (float)i, 195, 90, faint ? 3 : 8, ink, picture,
                                     W, H);
            for (int i = 0; i < W * H; i++) {
                float noise = 0; /* nearly normal, of deviation grain */
                for (int k = 0; k < 4; k++) noise += (float)(next_random(&seed) % 1024) / 1024 - 0.5f;
                const float v = (float)picture[i] * disturb(kind, i % W, i / W, W, H) + noise * grain * 1.73f;
                picture[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
            CHECK(read_picture(&o, picture, W, H, 1, digits, 16, &count) == DIGITS_OK);
            CHECK(digits_text(digits, count, text, sizeof text) == DIGITS_OK);
            CHECK(strcmp(text, empty ? "" : "341") == 0, "kind %d%s: read '%s'", kind, empty ? ", empty" : "", text);
        }
    close_network(&o);
    return 1;
}

/* Interleaved combs: thousands of large boxes over each other; specks, one giant part, a page of print. The answer may be anything, but must come soon. */
static int test_read_scrawl(test_context *c)
{
    enum { W = 1200, H = 900 };
    static uint8_t picture[W * H];
    static digits_digit digits[DIGITS_MAX_DIGITS];
    opened o;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int kind = 0; kind < 6; kind++) {
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                const int print = y % 14 < 8 && x % 9 < 6 && (x * 7 + y * 5 + x / 9 * 31) % 13 < 5;
                const int frame = x < y ? x : y, other = W - 1 - x < H - 1 - y ? W - 1 - x : H - 1 - y;
                const int ring = frame < other ? frame : other;
                const int dark = kind == 0   ? ring % 4 == 0
                                 : kind == 1 ? (x + y) % 8 < 2
                                 : kind == 2 ? x % 6 < 2 && y % 200 > 20
                                 : kind == 3 ? x % 31 < 3 && y % 29 < 3
                                 : kind == 4 ? x % 40 < 4 || y % 40 < 4
                                             : print;
                picture[y * W + x] = dark ? 30 : 230;
            }
        size_t count = 0;
        CHECK(read_picture(&o, picture, W, H, 1, digits, DIGITS_MAX_DIGITS, &count) == DIGITS_OK);
        CHECK(count <= DIGITS_MAX_DIGITS);
    }
    close_network(&o);
    return 1;
}

static int test_read_nothing(test_context *c)
{
    enum { W = 400, H = 300 };
    static uint8_t picture[W * H];
    static digits_digit digits[DIGITS_MAX_DIGITS];
    opened o;
    uint32_t seed = 17;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (int kind = 0; kind < 6; kind++) {
        for (int i = 0; i < W * H; i++)
            picture[i] = (uint8_t)(kind == 0   ? 0
                                   : kind == 1 ? 255
                                   : kind == 2 ? 128 + i % W / 16
                                   : kind == 3 ? below(&seed, 256)
                                   : kind == 4 ? 200 + below(&seed, 12)
                                               : (i % W / 2 + i / W / 2) % 2 * 255);
        size_t count = 9;
        CHECK(read_picture(&o, picture, W, H, 1, digits, DIGITS_MAX_DIGITS, &count) == DIGITS_OK);
        CHECK(count == 0, "kind %d: %zu digits", kind, count);
    }
    close_network(&o);
    return 1;
}

static int test_read_hostile_pictures(test_context *c)
{
    static const int sizes[][2] = {{1, 1}, {2, 2}, {1, 400}, {400, 1}, {3, 5}, {28, 28}, {1401, 3}, {97, 1403}};
    static digits_digit digits[DIGITS_MAX_DIGITS];
    opened o;
    uint32_t seed = 5;
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int kind = 0; kind < 5; kind++) {
            const int w = sizes[s][0], h = sizes[s][1];
            uint8_t *picture = malloc((size_t)w * (size_t)h * 4);
            for (int i = 0; i < w * h * 4; i++)
                picture[i] = (uint8_t)(kind == 0   ? 0
                                       : kind == 1 ? 255
                                       : kind == 2 ? below(&seed, 256)
                                       : kind == 3 ? (below(&seed, 50) ? 255 : 0)
                                                   : i / 4 % w * 255 / w);
            size_t count = 0;
            const digits_status status = read_picture(&o, picture, w, h, 4, digits, DIGITS_MAX_DIGITS, &count);
            free(picture);
            CHECK(status == DIGITS_OK, "%d × %d, kind %d: status %d", w, h, kind, status);
            CHECK(count <= DIGITS_MAX_DIGITS);
        }
    uint8_t one = 0;
    size_t count;
    CHECK(read_picture(&o, &one, 0, 5, 1, digits, 1, &count) == DIGITS_IMAGE_EMPTY);
    CHECK(read_picture(&o, &one, -1, 5, 1, digits, 1, &count) == DIGITS_BAD_ARGUMENT);
    CHECK(read_picture(&o, &one, 1, 1, 3, digits, 1, &count) == DIGITS_BAD_ARGUMENT);
    CHECK(read_picture(&o, &one, 20000, 1, 1, digits, 1, &count) == DIGITS_IMAGE_TOO_LARGE);
    CHECK(read_picture(&o, &one, 16000, 16000, 1, digits, 1, &count) == DIGITS_IMAGE_TOO_LARGE);
    CHECK(digits_read_image_size(o.network, 0, 1) == 0 && digits_read_image_size(o.network, 16000, 16000) == 0);
    close_network(&o);
    return 1;
}

static int test_text(test_context *c)
{
    static digits_digit d[4];
    char text[9];
    for (int i = 0; i < 4; i++) d[i].label = i + 1;
    d[1].space_before = 1;
    d[2].line = d[3].line = 1;
    d[2].space_before = 1; /* a new line is space enough */
    CHECK(digits_text(d, 4, text, sizeof text) == DIGITS_OK && strcmp(text, "1 2\n34") == 0, "'%s'", text);
    CHECK(digits_text(d, 4, text, 7) == DIGITS_OK);
    for (size_t room = 0; room < 7; room++) CHECK(digits_text(d, 4, text, room) == DIGITS_NO_ROOM, "room %zu", room);
    CHECK(digits_text(NULL, 0, text, 1) == DIGITS_OK && text[0] == 0);
    CHECK(digits_text(NULL, 0, text, 0) == DIGITS_NO_ROOM);
    return 1;
}

static int test_status_texts(test_context *c)
{
    for (int i = 0; i <= DIGITS_WEIGHTS_SHAPE; i++) {
        CHECK(strcmp(digits_status_text((digits_status)i), "unknown status") != 0, "status %d", i);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(digits_status_text((digits_status)i), digits_status_text((digits_status)k)) != 0);
    }
    CHECK(strcmp(digits_status_text((digits_status)99), "unknown status") == 0);
    return 1;
}

static const test tests[] = {
    {"architecture: texts that are and are not one", test_architecture},
    {"architecture: pictures of any size", test_architecture_of_any_size},
    {"architecture: random texts", test_architecture_random},
    {"weights: headers, good and bad", test_weights_headers},
    {"weights: cut short at every byte", test_weights_cut_anywhere},
    {"weights: damaged anywhere, 3,000 times", test_weights_damaged_anywhere},
    {"weights: of another shape", test_weights_of_another_shape},
    {"network: a dense layer by hand", test_dense_by_hand},
    {"network: a convolution that shifts, borders zero", test_convolution_shifts},
    {"kernels: all give the same logits on random networks and pictures", test_kernels_agree},
    {"kernels: requantize rounds halves to even and clamps", test_requantize},
    {"network: too little memory, null pointers, bad alignment", test_predict_refuses},
    {"network: probabilities of ten digits and of none sum to 1 at any logits", test_probabilities},
    {"learning: corrections are read, all else and all that is taken back as before to the bit", test_learning},
    {"learning: bad input is refused", test_learning_refuses},
    {"network: what each layer says", test_activations},
    {"normalize: box, centre and stroke at any size and pen", test_normalize_form},
    {"normalize: blank, full, one pixel, bad arguments", test_normalize_edges},
    {"image: the eight EXIF orientations, PNG and JPEG, both byte orders", test_orientation},
    {"image: cut short at every byte", test_image_cut_anywhere},
    {"image: damaged anywhere, 3,000 times", test_image_damaged_anywhere},
    {"image: sizes out of range", test_image_limits},
    {"rules: lines across, an upright one between them, only longer ones", test_rules_lengths},
    {"layout: slanted lines, spaces, any order given", test_layout_order},
    {"strokes: a digit of any size at any place", test_read_strokes},
    {"strokes: one digit's picture without a network", test_normalize_strokes},
    {"strokes: two lines written backwards, and a dot", test_read_number_of_strokes},
    {"strokes: a 4 whose strokes stand apart, and two digits that do", test_strokes_apart},
    {"strokes: bad input is refused", test_read_strokes_refuses},
    {"picture: one digit, any size, dark on light and light on dark", test_read_image},
    {"picture: RGBA on a transparent canvas equals grey", test_read_image_rgba},
    {"picture: two lines under shadow, grain and dust", test_read_page},
    {"picture: shadows, dark corners, squares, a table, grain, faint and light ink", test_read_disturbed},
    {"picture: touching digits are cut apart", test_read_touching},
    {"picture: amounts, cropped closely, with small zeros, with a comma", test_read_amounts},
    {"picture: digits between ruled lines", test_read_ruled},
    {"picture: boxes all over each other, specks, a grid and print are answered", test_read_scrawl},
    {"picture: blank, gradient, noise and checks hold no digit", test_read_nothing},
    {"picture: odd sizes and contents are answered", test_read_hostile_pictures},
    {"text: digits, spaces, lines, and just enough room", test_text},
    {"status: every one has its own sentence", test_status_texts},
};

#define HARNESS_TESTS
#include "harness.h"
