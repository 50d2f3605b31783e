/* nn_tests.c — tests of src/nn: architectures, weights files, kernels, the forward pass. */
#include "digits.h"
#include "harness.h"
#include "nn/architecture.h"
#include "nn/kernels/kernels.h"
#include "nn/safetensors.h"
#include "support.h"

#include <math.h>

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

/* ── what each layer says ── */

/* Each layer's activations by its shape; the network's output does not depend on having looked. */
static int test_activations(test_context *c)
{
    opened o;
    uint8_t pixels[DIGITS_PIXELS];
    int32_t shape[3], before[DIGITS_CLASSES], after[DIGITS_CLASSES];
    draw_line(pixels, 16);
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK);
    CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes, before) == DIGITS_OK);
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
    CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes, after) == DIGITS_OK &&
          memcmp(before, after, sizeof before) == 0);
    CHECK(digits_layer_shape(o.network, last, shape) == DIGITS_OK && shape[2] == DIGITS_CLASSES);
    CHECK(digits_layer_shape(o.network, last + 1, shape) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_activations(o.network, pixels, last, o.work, o.work_bytes, pixels) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_activations(o.network, pixels, 0, o.work, o.work_bytes - 1, pixels) == DIGITS_NO_ROOM);
    close_network(&o);
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
    {"network: what each layer says", test_activations},
};

const test_room nn_tests = {tests, sizeof tests / sizeof *tests};
