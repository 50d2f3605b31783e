/* nn_tests.c — tests of src/nn: architectures, weights files, kernels, the forward pass. */
#include "digits.h"
#include "harness.h"
#include "nn/architecture.h"
#include "nn/kernels/kernels.h"
#include "nn/network.h"
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

/* A few bytes of a file changed: it is refused, or its network runs. */
static int check_damaged(test_context *c, const char *architecture)
{
    static file f, g;
    static int32_t outputs[DIGITS_PIXELS * 10];
    uint32_t seed = 77;
    uint8_t pixels[DIGITS_PIXELS];
    for (int i = 0; i < DIGITS_PIXELS; i++) pixels[i] = (uint8_t)next_random(&seed);
    random_network(&f, architecture, 6);
    int taken = 0;
    for (int round = 0; round < 3000; round++) {
        memcpy(g.bytes, f.bytes, g.size = f.size);
        for (uint32_t k = 0; k <= next_random(&seed) % 4; k++)
            g.bytes[next_random(&seed) % (round % 2 ? 900 : g.size)] = (uint8_t)next_random(&seed);
        opened o;
        if (open_network(g.bytes, g.size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK) {
            const size_t size = network_work_size(o.network, 28, 28);
            void *work = allocate(size);
            taken++;
            CHECK(size == 0 || network_output_channels(o.network) > 10 ||
                  network_run(o.network, pixels, 28, 28, 28, work, size, outputs) == DIGITS_OK);
            free(work);
        }
        close_network(&o);
    }
    CHECK(taken > 0 && taken < 3000, "%d taken", taken);
    return 1;
}

static int test_weights_damaged_anywhere(test_context *c)
{
    return check_damaged(c, "conv3:3 pool4 dense:8 dense:10") &&
           check_damaged(c, "input:?x?x1 conv3/2:8 conv3/2:9 up2 conv3:8<0 conv1:9<3+2 conv1:4");
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
    for (int max = 63; max <= 127; max += 64) {
        random_network_of(&f, "dense:10", 11, max, 127);
        const int8_t *w = (const int8_t *)f.bytes + f.size - 7840;
        int32_t bias[10];
        memcpy(bias, f.bytes + f.size - 7840 - 40, 40);
        for (int i = 0; i < DIGITS_PIXELS; i++) pixels[i] = (uint8_t)(i * 7);
        CHECK(open_network(f.bytes, f.size, DIGITS_KERNELS_PLAIN, &o) == DIGITS_OK);
        CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes, logits) == DIGITS_OK);
        for (int k = 0; k < 10; k++) {
            int32_t sum = bias[k];
            for (int i = 0; i < DIGITS_PIXELS; i++) sum += pixels[i] / (256 / (max + 1)) * w[k * 784 + i];
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
        int max, limit;
    } kinds[] = {{127, 127}, {63, 31}, {63, 127}, {127, 31}, {63, 63}, {127, 7}, {63, -31}, {127, -127}};
    static file f;
    uint32_t seed = 4242;
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++)
        for (uint32_t round = 0; round < sizeof kinds / sizeof *kinds; round++) {
            opened all[DIGITS_KERNELS_END];
            random_network_of(&f, nets[n], 100 * (round + 1) + (uint32_t)n, kinds[round].max, kinds[round].limit);
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

/* Halves round to even, and both ends are clamped; every kernel by the same table, from biases and weights of 0, and
 * residuals where there are any. */
static int test_requantize(test_context *c)
{
    static const struct {
        int32_t sum;
        float scale;
        uint8_t residual, expected, expected_sum; /* without and with the residual times 0.25 */
    } cases[] = {{0, 1, 0, 0, 0},
                 {1, 0.5f, 0, 0, 0},
                 {1, 0.5f, 4, 0, 2}, /* 0.5 + 1 is rounded up to the even number */
                 {3, 0.5f, 4, 2, 2}, /* 1.5 + 1: down */
                 {5, 0.5f, 1, 2, 3}, /* 2.5 + 0.25 */
                 {7, 0.5f, 2, 4, 4},
                 {-9, 1, 40, 0, 1},
                 {-9, 1, 36, 0, 0},
                 {-9, 1, 127, 0, 23},
                 {126, 1, 0, 126, 126},
                 {127, 1, 0, 127, 127},
                 {120, 1, 127, 120, 127},
                 {128, 1, 1, 127, 127},
                 {253, 0.5f, 0, 126, 126},
                 {2147483647, 1, 127, 127, 127},
                 {-2147483647 - 1, 1, 127, 0, 0},
                 {16777217, 1e-6f, 0, 17, 17},
                 {1000000, 1e5f, 0, 127, 127},
                 {40, 1, 4, 40, 41},
                 {41, 0.5f, 8, 20, 22}}; /* 20.5, 22.5 */
    enum { N = sizeof cases / sizeof *cases, ROOM = (N + KERNEL_BLOCK - 1) / KERNEL_BLOCK * KERNEL_BLOCK };
    static const int8_t weights[N * 4] = {0};
    int32_t bias[ROOM] = {0}, offsets[4] = {0};
    float scale[ROOM] = {0};
    uint8_t residual[N + KERNEL_OVERREAD] = {0};
    for (int i = 0; i < N; i++) {
        bias[i] = cases[i].sum;
        scale[i] = cases[i].scale;
        residual[i] = cases[i].residual;
    }
    const uint8_t in[4 + KERNEL_OVERREAD] = {1, 2, 3, 4};
    const kernel_view view = {.width = 1, .height = 1, .pool = 1, .offsets = offsets};
    for (digits_kernels which = 0; which < DIGITS_KERNELS_END; which++)
        for (int round = 0; round < 8; round++) {
            const kernels *k = kernels_find(which);
            kernel_layer layer = {.rows = 1, .run = 4, .step = 4, .out_c = N, .bias = bias, .scale = scale};
            layer.qmax = layer.input_max = round & 1 ? 63 : 127;
            layer.half_blocks = round & 2;
            layer.add_scale = 0.25f;
            if (!k) continue;
            uint8_t out[N + 1];
            out[N] = 99;
            void *packed = allocate(k->packed_bytes(&layer));
            CHECK(k->offset_count(&layer) <= 4);
            k->pack(&layer, weights, packed);
            k->set_offsets(&layer, 0, offsets);
            layer.packed = packed;
            k->run(&layer, &view, in, round & 4 ? residual : NULL, out);
            free(packed);
            for (int i = 0; i < N; i++) {
                const int value = round & 4 ? cases[i].expected_sum : cases[i].expected;
                const int expected = value < layer.qmax ? value : layer.qmax;
                CHECK(out[i] == expected, "%s: %d·%g gave %d, not %d", k->name, cases[i].sum, (double)cases[i].scale,
                      out[i], expected);
            }
            CHECK(out[N] == 99, "%s wrote behind its channels", k->name);
        }
    return 1;
}

/* ── networks with outputs per pixel ── */

/* What a layer gives, straight from its definition, in float32 and int32: uint8, or int32 of the last. */
typedef struct map {
    int32_t h, w, c;
    int32_t *at;
} map;

static int32_t at(const map *m, int32_t y, int32_t x, int32_t k)
{
    return y < 0 || x < 0 || y >= m->h || x >= m->w ? 0 : m->at[(y * m->w + x) * m->c + k];
}

static const void *tensor(const weights_file *f, int32_t layer, const char *what)
{
    char name[WEIGHTS_MAX_NAME];
    snprintf(name, sizeof name, "layers.%d.%s", layer, what);
    for (int32_t i = 0; i < f->count; i++)
        if (strcmp(f->tensors[i].name, name) == 0) return f->tensors[i].data;
    return NULL;
}

static int32_t conv_at(const weights_file *f, const layer_shape *l, int32_t layer, const map *in, int32_t y,
                       int32_t x, int32_t o)
{
    const int8_t *w = tensor(f, layer, "weight");
    int32_t sum;
    memcpy(&sum, (const uint8_t *)tensor(f, layer, "bias") + 4 * o, 4);
    for (int32_t v = 0; v < l->size; v++)
        for (int32_t u = 0; u < l->size; u++)
            for (int32_t k = 0; k < l->in_c; k++)
                sum += at(in, y * l->stride + v - l->size / 2, x * l->stride + u - l->size / 2, k) *
                       w[((o * l->size + v) * l->size + u) * l->in_c + k];
    return sum;
}

static int32_t value_at(const weights_file *f, const architecture *a, int32_t layer, const map *maps, int32_t y,
                        int32_t x, int32_t o)
{
    const layer_shape *l = &a->layers[layer];
    const map *in = &maps[l->from + 1];
    if (l->kind == LAYER_UPSAMPLE) return at(in, y / 2, x / 2, o);
    if (l->kind == LAYER_POOL) {
        int32_t max = 0;
        for (int32_t i = 0; i < l->size * l->size; i++) {
            const int32_t one = at(in, y * l->size + i / l->size, x * l->size + i % l->size, o);
            max = one > max ? one : max;
        }
        return max;
    }
    const int32_t sum = conv_at(f, l, layer, in, y, x, o);
    float scale, add_scale = 0;
    if (layer == a->count - 1) return sum;
    memcpy(&scale, (const uint8_t *)tensor(f, layer, "scale") + 4 * o, 4);
    if (l->add >= 0) memcpy(&add_scale, tensor(f, layer, "add_scale"), 4);
    float value = (float)sum * scale;
    if (l->add >= 0) value = value + (float)at(&maps[l->add + 1], y, x, o) * add_scale;
    return (int32_t)rintf(fminf(fmaxf(value, 0), (float)f->qmax));
}

enum { MAX_OUTPUTS = 1 << 14, MAX_NUMBERS = 1 << 18 };

/* The outputs of a picture of a's size. 0 if there is no room for them. */
static int define(const file *f, const architecture *a, const uint8_t *pixels, size_t row_stride,
                  int32_t outputs[MAX_OUTPUTS])
{
    static weights_file weights;
    static int32_t numbers[MAX_NUMBERS];
    map maps[ARCHITECTURE_MAX_LAYERS + 1] = {{a->height, a->width, 1, numbers}};
    int32_t used = a->height * a->width;
    (void)weights_parse(f->bytes, f->size, &weights);
    for (int32_t i = 0; i < used; i++)
        numbers[i] =
            pixels[(size_t)(i / a->width) * row_stride + (size_t)(i % a->width)] / (256 / (weights.input_max + 1));
    for (int32_t i = 0; i < a->count; i++) {
        const layer_shape *l = &a->layers[i];
        const int32_t n = l->out_h * l->out_w * l->out_c;
        int32_t *to = i + 1 < a->count ? numbers + used : outputs;
        if (n > (i + 1 < a->count ? MAX_NUMBERS - used : MAX_OUTPUTS)) return 0;
        maps[i + 1] = (map){l->out_h, l->out_w, l->out_c, to};
        for (int32_t k = 0; k < n; k++)
            to[k] = value_at(&weights, a, i, maps, k / l->out_c / l->out_w, k / l->out_c % l->out_w, k % l->out_c);
        used += n;
    }
    return 1;
}

/* Opens a file's network, runs it on a picture of a's size, and closes it. */
static digits_status run_file(const file *f, digits_kernels k, const architecture *a, const uint8_t *pixels,
                              size_t row_stride, int32_t *outputs)
{
    const layer_shape *last = &a->layers[a->count - 1];
    size_t needed = 0;
    const digits_network *net;
    digits_status status = digits_network_size(f->bytes, f->size, &needed);
    if (status) return status;
    void *memory = allocate(needed);
    status = digits_network_open(f->bytes, f->size, k, memory, needed, &net);
    if (!status) {
        const size_t size = network_work_size(net, a->height, a->width);
        void *work = allocate(size);
        memset(work, 0xa5, size);
        status = network_run(net, pixels, a->height, a->width, row_stride, work, size - 1, outputs);
        if (status == DIGITS_NO_ROOM) /* and with a byte more: */
            status = network_run(net, pixels, a->height, a->width, row_stride, work, size, outputs);
        if (network_output_channels(net) != last->out_c || network_output_stride(net) != last->total_stride)
            status = DIGITS_WEIGHTS_SHAPE;
        free(work);
    }
    free(memory);
    return status;
}

/* One network on one picture: every kernel's outputs are those of the definition. */
static int check_outputs(test_context *c, const file *f, const architecture *a, const char *text, uint32_t seed)
{
    static int32_t expected[MAX_OUTPUTS], got[DIGITS_KERNELS_END][MAX_OUTPUTS];
    digits_status statuses[DIGITS_KERNELS_END];
    const layer_shape *last = &a->layers[a->count - 1];
    const int32_t outputs = last->out_h * last->out_w * last->out_c;
    const size_t stride = (size_t)a->width + seed % 3, bytes = ((size_t)a->height - 1) * stride + (size_t)a->width;
    uint8_t *pixels = malloc(bytes); /* exactly: the sanitizer sees a byte too many */
    for (size_t i = 0; i < bytes; i++) pixels[i] = seed % 5 == 0 ? 255 : (uint8_t)next_random(&seed);
    const int defined = define(f, a, pixels, stride, expected);
    for (digits_kernels k = 0; defined && k < DIGITS_KERNELS_END; k++)
        statuses[k] = run_file(f, k, a, pixels, stride, got[k]);
    free(pixels);
    CHECK(defined, "%s", text);
    for (digits_kernels k = 0; k < DIGITS_KERNELS_END; k++) {
        if (!kernels_find(k)) continue;
        CHECK(statuses[k] == DIGITS_OK, "%s: status %d", text, statuses[k]);
        for (int32_t i = 0; i < outputs; i++)
            CHECK(got[k][i] == expected[i], "%s on %dx%d, %s: output %d is %d, not %d", text, a->height, a->width,
                  kernels_find(k)->name, i, got[k][i], expected[i]);
    }
    return 1;
}

static int test_outputs_by_definition(test_context *c)
{
    static const char *const nets[] = {
        "input:?x?x1 conv1:1",
        "input:?x?x1 conv3/2:8 conv1:3",
        "input:?x?x1 conv5/2:9 conv1:17",
        "input:?x?x1 conv7/2:16 conv1/2:5 conv1:8",
        "input:?x?x1 conv3:8 conv3:8+0 conv3:8<0+1 conv1:24",
        "input:?x?x1 conv3/2:8 conv3/2:24 up2 conv1:8<0 conv1:24<3+2 conv3:20<0 conv1:4",
        "input:?x?x1 pool2 conv3:5 pool3 conv1:20<1 conv1:2",
        "input:?x?x1 conv3:7 pool2 conv3:7 conv3:7+1 pool2 up2 conv5:7+3 up2 conv1:7+0 conv1:9",
        "input:?x?x1 conv3/2:8 conv3/2:16 conv3/2:32 conv3:32 conv3/2:40 conv3:40 conv1:32 up2 conv1:32<3+7 conv1:16 "
        "up2 conv1:16<1+10 conv3:24 conv1:20",
        "input:12x20x1 conv3/2:8 conv3:12 pool2 up2 conv3:12+1 conv1:2",
        "input:28x28x1 conv3/2:8 conv3:8+0 pool2 conv3:3 conv1:2"};
    static const struct {
        int max, limit;
    } kinds[] = {{127, 127}, {63, 31}, {63, 127}, {127, 31}, {63, -31}, {127, -127}};
    static const int32_t sizes[][2] = {{1, 1}, {1, 3}, {3, 1}, {2, 5}, {5, 4}};
    static file f;
    for (uint32_t n = 0; n < sizeof nets / sizeof *nets; n++)
        for (uint32_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            architecture a;
            CHECK(architecture_parse(nets[n], &a) == DIGITS_OK, "%s", nets[n]);
            random_network_of(&f, nets[n], 7 * n + k, kinds[k].max, kinds[k].limit);
            const int32_t *size = sizes[(n + k) % 5], s = a.total_stride;
            if (a.any_size) CHECK(architecture_resize(&a, s * size[0], s * size[1]) == DIGITS_OK);
            if (!check_outputs(c, &f, &a, nets[n], 100 * n + k)) return 0;
        }
    return 1;
}

/* 1..16 after the lowest bit is gone. */
static const uint8_t SIXTEEN[16] = {2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32};

/* Convolutions of 4×4 pixels, worked out by hand. */
static int test_convolution_by_hand(test_context *c)
{
    static const struct {
        const char *text;
        int8_t weights[9];
        int32_t expected[16];
        int32_t outputs;
    } cases[] = {
        /* The middle weight alone takes every second pixel; the left one the pixel before it, 0 at the rim. */
        {"conv3/2:1", {0, 0, 0, 0, 1, 0, 0, 0, 0}, {1, 3, 9, 11}, 4},
        {"conv3/2:1", {0, 0, 0, 1, 0, 0, 0, 0, 0}, {0, 2, 0, 10}, 4},
        {"conv3/2:1", {0, 0, 0, 0, 0, 0, 0, 0, 1}, {6, 8, 14, 16}, 4},
        {"conv3/2:1", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {14, 30, 57, 99}, 4},
        {"conv3/2:1", {0, 0, 0, 0, -1, 0, 0, 0, 0}, {0, 0, 0, 0}, 4},
        {"conv3:1", {0, 0, 0, 0, 0, 1, 0, 0, 0}, {2, 3, 4, 0, 6, 7, 8, 0, 10, 11, 12, 0, 14, 15, 16, 0}, 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static file f;
        architecture a;
        char text[64];
        int32_t got[16];
        snprintf(text, sizeof text, "input:4x4x1 %s conv1:1", cases[i].text);
        random_network(&f, text, 1);
        /* In the file: logits.scale; scale, bias, weight of layer 0; bias, weight of layer 1. */
        uint8_t *end = f.bytes + f.size;
        memcpy(end - 5 - 9 - 4 - 4, &(float){1}, 4);
        memset(end - 5 - 9 - 4, 0, 4);
        memcpy(end - 5 - 9, cases[i].weights, 9);
        memset(end - 5, 0, 4);
        end[-1] = 1;
        CHECK(architecture_parse(text, &a) == DIGITS_OK);
        CHECK(run_file(&f, DIGITS_KERNELS_BEST, &a, SIXTEEN, 4, got) == DIGITS_OK);
        for (int32_t k = 0; k < cases[i].outputs; k++)
            CHECK(got[k] == cases[i].expected[k], "case %zu: output %d is %d, not %d", i, k, got[k],
                  cases[i].expected[k]);
    }
    return 1;
}

/* The largest of each 2×2 pixels, back in the size of the picture, and half the picture: 6.5, 9.5 and so on are rounded
 * to even. */
static int test_residual_by_hand(test_context *c)
{
    static const int32_t expected[16] = {6, 7, 10, 10, 8, 9, 12, 12, 18, 19, 22, 22, 20, 21, 24, 24};
    static file f;
    static const char text[] = "input:4x4x1 conv1:1 pool2 up2 conv1:1+0 conv1:1";
    architecture a;
    int32_t got[16];
    random_network(&f, text, 1);
    /* In the file: logits.scale; scale, bias, weight of layer 0; scale, add_scale, bias, weight of layer 3; bias, weight
     * of layer 4. */
    uint8_t *last = f.bytes + f.size - 5, *residual = last - 13, *first = residual - 9;
    memcpy(first, &(float){1}, 4);
    memset(first + 4, 0, 4);
    first[8] = 1;
    memcpy(residual, &(float){1}, 4);
    memcpy(residual + 4, &(float){0.5f}, 4);
    memset(residual + 8, 0, 4);
    residual[12] = 1;
    memset(last, 0, 4);
    last[4] = 1;
    CHECK(architecture_parse(text, &a) == DIGITS_OK);
    CHECK(run_file(&f, DIGITS_KERNELS_BEST, &a, SIXTEEN, 4, got) == DIGITS_OK);
    for (int i = 0; i < 16; i++) CHECK(got[i] == expected[i], "output %d is %d, not %d", i, got[i], expected[i]);
    return 1;
}

/* "input_max" of a file: pixels come in as 7 bits, activations have 6. */
static int test_input_max(test_context *c)
{
    static file f, g;
    random_network_of(&f, "input:4x4x1 pool2 conv3:8 conv1:1", 3, 63, -127);
    const char *at = strstr((const char *)f.bytes + 8, "\"activations\":\"63\"");
    CHECK(at != NULL);
    const size_t before = (size_t)(at - (const char *)f.bytes) - 8;
    static const char more[] = "\"input_max\":\"127\",";
    uint64_t length;
    memcpy(&length, f.bytes, 8);
    memcpy(g.bytes, f.bytes, f.size);
    memcpy(g.bytes + 8 + before, more, sizeof more - 1);
    memcpy(g.bytes + 8 + before + sizeof more - 1, f.bytes + 8 + before, f.size - 8 - before);
    length += sizeof more - 1;
    memcpy(g.bytes, &length, 8);
    g.size = f.size + sizeof more - 1;
    architecture a;
    CHECK(architecture_parse("input:4x4x1 pool2 conv3:8 conv1:1", &a) == DIGITS_OK);
    for (uint32_t seed = 0; seed < 6; seed++)
        if (!check_outputs(c, &g, &a, "input_max 127", seed)) return 0;
    static const char twice[] = "{\"__metadata__\":{\"input_max\":\"127\",\"input_max\":\"127\"}}";
    put_header(&g, twice);
    static weights_file w;
    CHECK(weights_parse(g.bytes, g.size, &w) == DIGITS_WEIGHTS_DAMAGED);
    return 1;
}

static int test_run_refuses(test_context *c)
{
    static file f;
    static const char text[] = "input:?x?x1 conv3/2:8 conv3/2:8 up2 conv1:2";
    size_t needed = 0;
    const digits_network *net;
    static uint8_t pixels[32 * 32];
    static int32_t outputs[16 * 16 * 2], logits[DIGITS_CLASSES];
    random_network(&f, text, 1);
    CHECK(digits_network_size(f.bytes, f.size, &needed) == DIGITS_OK);
    void *memory = allocate(needed);
    CHECK(digits_network_open(f.bytes, f.size, DIGITS_KERNELS_BEST, memory, needed, &net) == DIGITS_OK);
    CHECK(network_total_stride(net) == 4 && network_output_stride(net) == 2 && network_output_channels(net) == 2);
    CHECK(network_output_scale(net)[0] == 0.01f && network_output_scale(net)[1] == 0.02f);
    static const int32_t bad[][2] = {
        {0, 4}, {4, 0}, {-4, 4}, {6, 4}, {4, 4098}, {4096, 4100}, {INT32_MIN, INT32_MIN}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(network_work_size(net, bad[i][0], bad[i][1]) == 0);
    CHECK(network_work_size(net, 4096, 4096) > 8 * 4096 * 4096 / 4);
    const size_t size = network_work_size(net, 32, 32);
    uint8_t *work = allocate(size + 16);
    CHECK(network_run(net, pixels, 32, 32, 32, work, size, outputs) == DIGITS_OK);
    CHECK(network_run(net, pixels, 32, 32, 31, work, size, outputs) == DIGITS_BAD_ARGUMENT);
    CHECK(network_run(net, pixels, 30, 32, 32, work, size, outputs) == DIGITS_BAD_ARGUMENT);
    CHECK(network_run(net, pixels, 32, 32, 32, work + 1, size, outputs) == DIGITS_BAD_ARGUMENT);
    CHECK(network_run(net, NULL, 32, 32, 32, work, size, outputs) == DIGITS_BAD_ARGUMENT);
    CHECK(network_run(net, pixels, 32, 32, 32, NULL, size, outputs) == DIGITS_BAD_ARGUMENT);
    CHECK(network_run(net, pixels, 32, 32, 32, work, size, NULL) == DIGITS_BAD_ARGUMENT);
    CHECK(network_run(NULL, pixels, 32, 32, 32, work, size, outputs) == DIGITS_BAD_ARGUMENT);
    CHECK(digits_predict(net, pixels, work, size, logits) == DIGITS_BAD_ARGUMENT, "it is no classifier");
    CHECK(digits_activations(net, pixels, 0, work, size, pixels) == DIGITS_BAD_ARGUMENT);
    free(work);
    free(memory);

    opened o; /* a classifier runs, too, on 28×28 */
    int32_t same[DIGITS_CLASSES];
    CHECK(open_network(c->weights, c->weights_size, DIGITS_KERNELS_BEST, &o) == DIGITS_OK, "no weights");
    CHECK(network_total_stride(o.network) == 0 && network_output_channels(o.network) == DIGITS_CLASSES);
    CHECK(network_output_scale(o.network)[9] == network_logit_scale(o.network));
    CHECK(network_work_size(o.network, 28, 28) == o.work_bytes && network_work_size(o.network, 56, 56) == 0);
    CHECK(network_run(o.network, pixels, 28, 28, 32, o.work, o.work_bytes, same) == DIGITS_OK);
    CHECK(digits_predict(o.network, pixels, o.work, o.work_bytes, logits) == DIGITS_OK);
    CHECK(memcmp(logits, same, sizeof logits) == 0);
    close_network(&o);
    return 1;
}

/* What a file must have, and in what shape, for its architecture. */
static int test_page_weights_of_another_shape(test_context *c)
{
    static const struct {
        const char *from, *to;
    } changes[] = {{"layers.3.add_scale", "layers.3.add_scalf"}, /* missing */
                   {"layers.3.add_scale", "layers.2.add_scale"}, /* another layer's */
                   {"conv3:8+0", "conv3:8+1"},                   /* half the size */
                   {"conv3:8+0", "conv3:8+3"},
                   {"conv3:8+0", "conv3:9+0"},
                   {"conv1:2\"", "conv1:3\""},
                   {"conv3/2:8", "conv5/2:8"},
                   {"[2],\"data", "[1],\"data"}, /* a scale for all channels alone */
                   {"\"layers.3.weight", "\"layers.9.weight"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        static file f;
        size_t needed;
        random_network(&f, "input:?x?x1 conv3/2:8 pool2 up2 conv3:8+0 conv1:2", 9);
        char *found = NULL;
        for (size_t k = 8; k + 20 < f.size && !found; k++)
            if (memcmp(f.bytes + k, changes[i].from, strlen(changes[i].from)) == 0) found = (char *)f.bytes + k;
        CHECK(found != NULL, "%s", changes[i].from);
        memcpy(found, changes[i].to, strlen(changes[i].to));
        CHECK(digits_network_size(f.bytes, f.size, &needed) != DIGITS_OK, "%s", changes[i].to);
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
    const int32_t min = -2147483647 - 1;
    const int32_t cases[][10] = {{0},
                                 {2147483647, min},
                                 {5, 4, 3, 2, 1, 0, -1, -2, -3, -4},
                                 {min, min, min, min, min, min, min, min, min, min}};
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
        int max = 0;
        for (size_t i = 0; i < size; i++) max = activations[i] > max ? activations[i] : max;
        CHECK(max > 0 && max <= 127, "layer %d: %d", layer, max);
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
    {"convolutions with stride 1 and 2, worked out by hand", test_convolution_by_hand},
    {"pooling, upsampling and a residual, worked out by hand", test_residual_by_hand},
    {"outputs per pixel: every kernel's are those of the definition", test_outputs_by_definition},
    {"outputs per pixel: 7 bits of input, 6 of activations", test_input_max},
    {"outputs per pixel: sizes and memory that are refused", test_run_refuses},
    {"weights: those of another page network are refused", test_page_weights_of_another_shape},
    {"network: too little memory, null pointers, bad alignment", test_predict_refuses},
    {"network: probabilities of ten digits and of none sum to 1 at any logits", test_probabilities},
    {"network: what each layer says", test_activations},
};

const test_room nn_tests = {tests, sizeof tests / sizeof *tests};
