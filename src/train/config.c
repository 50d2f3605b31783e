#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef enum field_kind { TEXT, CHOICE, INTEGER, SEED, NUMBER } field_kind;

typedef struct field {
    const char *name;
    field_kind kind;
    size_t offset;
    double low, high;
    const char *help;             /* for a person */
    const char *const choices[4]; /* of CHOICE: the enum's values in their order */
    size_t room;                  /* of TEXT */
} field;

#define AT(member) offsetof(config, member)
static const field FIELDS[] = {
    {"architecture", TEXT, AT(architecture), 0, 0, "layers, as in nn/architecture.h", {0}, ARCHITECTURE_MAX_TEXT},
    {"optimizer", CHOICE, AT(optimizer.kind), 0, 0, "sgd, adamw or rmsprop", {"sgd", "adamw", "rmsprop"}, 0},
    {"rate", NUMBER, AT(rate), 1e-9, 10, "peak learning rate", {0}, 0},
    {"momentum", NUMBER, AT(optimizer.momentum), 0, 0.9999, "of sgd and rmsprop; Adam's beta 1", {0}, 0},
    {"nesterov", INTEGER, AT(optimizer.nesterov), 0, 1, "1: sgd looks ahead", {0}, 0},
    {"second", NUMBER, AT(optimizer.second), 0, 0.999999, "Adam's beta 2, rmsprop's alpha", {0}, 0},
    {"decay", NUMBER, AT(optimizer.decay), 0, 10, "weight decay, decoupled, times the rate", {0}, 0},
    {"schedule", CHOICE, AT(schedule), 0, 0, "cosine, step or constant", {"cosine", "step", "constant"}, 0},
    {"warmup", NUMBER, AT(warmup), 0, 1, "share of the steps over which the rate rises", {0}, 0},
    {"batch", INTEGER, AT(batch), 1, 65536, "pictures a step", {0}, 0},
    {"epochs", INTEGER, AT(epochs), 1, 100000, "times through the training set", {0}, 0},
    {"integer-epochs",
     INTEGER,
     AT(integer_epochs),
     0,
     100000,
     "last epochs that imitate integers; 0 = a quarter",
     {0},
     0},
    {"batch-norm", INTEGER, AT(batch_norm), 0, 1, "1: batch norm until the integers begin", {0}, 0},
    {"average", NUMBER, AT(average), 0, 0.999999, "decay of the weights' moving average; 0 = none", {0}, 0},
    {"smoothing", NUMBER, AT(smoothing), 0, 0.9, "label smoothing", {0}, 0},
    {"teacher", TEXT, AT(teacher), 0, 0, "weights files to learn from, parted by commas", {0}, CONFIG_TEXT},
    {"teacher-share", NUMBER, AT(teacher_share), 0, 1, "of the loss", {0}, 0},
    {"teacher-temperature", NUMBER, AT(teacher_temperature), 0.1, 100, "softens both in that share", {0}, 0},
    {"distort", INTEGER, AT(distort), 0, 1, "1: distorted handwriting, as follows", {0}, 0},
    {"rotate", NUMBER, AT(augment.rotate), 0, 180, "largest angle, degrees", {0}, 0},
    {"shear", NUMBER, AT(augment.shear), 0, 2, "largest slant, as a tangent", {0}, 0},
    {"scale", NUMBER, AT(augment.scale), 0, 0.9, "largest change of each side, as a share", {0}, 0},
    {"stretch", NUMBER, AT(augment.stretch), 0, 1, "chance that it is drawn wider", {0}, 0},
    {"coarse", NUMBER, AT(augment.coarse), 0, 1, "chance of few pixels, black and white", {0}, 0},
    {"elastic", NUMBER, AT(augment.elastic), 0, 10, "deviation of the elastic field, pixels", {0}, 0},
    {"stroke", NUMBER, AT(augment.stroke), 0, 1, "chance of a thinner or thicker pen", {0}, 0},
    {"blots", NUMBER, AT(augment.blots), 0, 1, "chance of a small break or blot", {0}, 0},
    {"normalize", NUMBER, AT(augment.normalize), 0, 1, "chance that the result is normalised again", {0}, 0},
    {"extra", TEXT, AT(extra), 0, 0, "folder of more pictures, train-* (label 10: no digit)", {0}, CONFIG_TEXT},
    {"seed", SEED, AT(seed), 0, 1e15, "of every random number", {0}, 0},
};
enum { FIELD_COUNT = sizeof FIELDS / sizeof FIELDS[0] };

config config_default(void)
{
    return (config){
        .architecture = "conv3:16 pool2 conv3:16 conv3:16 pool2 conv3:32 conv3:48 dense:10",
        .optimizer = {.kind = OPTIMIZER_ADAM, .momentum = 0.9f, .second = 0.999f, .decay = 0.05f},
        .schedule = SCHEDULE_COSINE,
        .rate = 0.003f,
        .warmup = 0.05f,
        .batch = 128,
        .epochs = 60,
        .batch_norm = 1,
        .average = 0.998f,
        .teacher_share = 0.5f,
        .teacher_temperature = 2,
        .distort = 1,
        .augment = augment_default,
        .seed = 1,
    };
}

static int fail(char *error, const char *name, const char *why, const char *value)
{
    snprintf(error, CONFIG_ERROR_TEXT, "%s %.100s: %.100s", name, value, why);
    return 0;
}

static int set_choice(const field *f, int *to, const char *value, char *error)
{
    for (int i = 0; i < 4 && f->choices[i]; i++)
        if (strcmp(f->choices[i], value) == 0) {
            *to = i;
            return 1;
        }
    return fail(error, f->name, f->help, value);
}

int config_set(config *r, const char *name, const char *value, char error[CONFIG_ERROR_TEXT])
{
    const field *f = FIELDS;
    while (f < FIELDS + FIELD_COUNT && strcmp(f->name, name) != 0) f++;
    if (f == FIELDS + FIELD_COUNT) return fail(error, name, "there is no such setting", value);
    void *to = (char *)r + f->offset;
    if (f->kind == CHOICE) return set_choice(f, to, value, error);
    if (f->kind == TEXT) {
        if (strlen(value) >= f->room || strpbrk(value, "\"\\\n"))
            return fail(error, name, "too long, or with quotes", value);
        strcpy(to, value);
        return 1;
    }
    char *end;
    const double x = strtod(value, &end);
    if (!*value || *end || !(x >= f->low && x <= f->high)) return fail(error, name, "out of range", value);
    if (f->kind == NUMBER) *(float *)to = (float)x;
    else if (x != (double)(int64_t)x) return fail(error, name, "not a whole number", value);
    else if (f->kind == INTEGER) *(int *)to = (int)x;
    else *(uint64_t *)to = (uint64_t)x;
    return 1;
}

int config_check(const config *r, char error[CONFIG_ERROR_TEXT])
{
    architecture a;
    if (architecture_parse(r->architecture, &a) != DIGITS_OK || a.layers[a.count - 1].kind != LAYER_DENSE)
        return fail(error, "architecture", "not an architecture (see nn/architecture.h)", r->architecture);
    if (r->integer_epochs > r->epochs) return fail(error, "integer-epochs", "more than epochs", "");
    return 1;
}

static int put_value(char *to, size_t room, const field *f, const config *r)
{
    const void *at = (const char *)r + f->offset;
    switch (f->kind) {
    case TEXT: return snprintf(to, room, "\"%s\"", (const char *)at);
    case CHOICE: return snprintf(to, room, "\"%s\"", f->choices[*(const int *)at]);
    case INTEGER: return snprintf(to, room, "%d", *(const int *)at);
    case SEED: return snprintf(to, room, "%llu", (unsigned long long)*(const uint64_t *)at);
    case NUMBER: return snprintf(to, room, "%.7g", (double)*(const float *)at);
    }
    return 0;
}

void config_json(const config *r, char json[CONFIG_JSON])
{
    int n = 0;
    for (int i = 0; i < FIELD_COUNT && n < CONFIG_JSON - 64; i++) {
        n += snprintf(json + n, (size_t)(CONFIG_JSON - n), "%s\"%s\":", i ? "," : "{", FIELDS[i].name);
        if (n < CONFIG_JSON) n += put_value(json + n, (size_t)(CONFIG_JSON - n), &FIELDS[i], r);
    }
    if (n < CONFIG_JSON) snprintf(json + n, (size_t)(CONFIG_JSON - n), "}");
}

void config_help(FILE *out)
{
    const config usual = config_default();
    for (int i = 0; i < FIELD_COUNT; i++) {
        char value[CONFIG_TEXT + 2];
        put_value(value, sizeof value, &FIELDS[i], &usual);
        fprintf(out, "  --%-20s %s (%s)\n", FIELDS[i].name, FIELDS[i].help, value);
    }
}

const char *config_name(int i) { return i < FIELD_COUNT ? FIELDS[i].name : NULL; }
