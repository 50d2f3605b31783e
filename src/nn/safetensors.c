#include "safetensors.h"

#include <string.h>

/* A cursor over the header. Every reader below moves it and says whether what it wanted was there. */
typedef struct cursor {
    const char *at, *end;
} cursor;

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r')) c->at++;
}

static int peek(cursor *c, char what)
{
    skip_space(c);
    return c->at < c->end && *c->at == what;
}

static int take(cursor *c, char what)
{
    if (!peek(c, what)) return 0;
    c->at++;
    return 1;
}

/* A JSON string; its raw bytes (escapes as they stand) into out, cut to fit. *whole: it fitted, without escapes. */
static int take_string(cursor *c, char *out, size_t room, int *whole)
{
    size_t n = 0;
    *whole = 1;
    if (!take(c, '"')) return 0;
    for (; c->at < c->end; c->at++) {
        const char ch = *c->at;
        if (ch == '"') {
            c->at++;
            if (room) out[n] = 0;
            return 1;
        }
        if ((unsigned char)ch < 0x20) return 0;
        if (ch == '\\') {
            *whole = 0;
            if (++c->at == c->end) return 0;
            continue;
        }
        if (n + 1 < room) out[n++] = ch;
        else *whole = 0;
    }
    return 0;
}

static int take_number(cursor *c, size_t limit, size_t *value)
{
    skip_space(c);
    const char *start = c->at;
    *value = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        *value = *value * 10 + (size_t)(*c->at++ - '0');
        if (*value > limit) return 0;
    }
    return c->at > start && (*start != '0' || c->at == start + 1);
}

/* "63" or "127", which may be said once. */
static int take_max(const char *value, int32_t *max)
{
    if (*max) return 0;
    *max = strcmp(value, "63") == 0 ? 63 : strcmp(value, "127") == 0 ? 127 : 0;
    return *max != 0;
}

static int take_metadata(cursor *c, weights_file *f)
{
    char key[16], value[ARCHITECTURE_MAX_TEXT];
    int key_whole, value_whole;
    if (!take(c, '{')) return 0;
    if (take(c, '}')) return 1;
    do {
        if (!take_string(c, key, sizeof key, &key_whole) || !take(c, ':') ||
            !take_string(c, value, sizeof value, &value_whole))
            return 0;
        if (key_whole && strcmp(key, "architecture") == 0) {
            if (!value_whole || f->architecture[0]) return 0;
            memcpy(f->architecture, value, sizeof value);
        }
        if (key_whole && strcmp(key, "activations") == 0 && !take_max(value, &f->qmax)) return 0;
        if (key_whole && strcmp(key, "input_max") == 0 && !take_max(value, &f->input_max)) return 0;
    } while (take(c, ','));
    return take(c, '}');
}

static int take_shape(cursor *c, weights_tensor *t)
{
    if (!take(c, '[')) return 0;
    if (take(c, ']')) return 1;
    do {
        size_t n;
        if (t->rank == WEIGHTS_MAX_RANK || !take_number(c, 1 << 20, &n) || n == 0) return 0;
        t->shape[t->rank++] = (uint32_t)n;
    } while (take(c, ','));
    return take(c, ']');
}

static int take_type(cursor *c, weights_type *type)
{
    static const char *const names[] = {"I8", "I32", "F32"};
    char text[8];
    int whole;
    if (!take_string(c, text, sizeof text, &whole) || !whole) return 0;
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *type = (weights_type)i;
            return 1;
        }
    return 0;
}

static int take_tensor(cursor *c, weights_tensor *t, size_t data_bytes)
{
    int seen_type = 0, seen_shape = 0, seen_offsets = 0;
    if (!take(c, '{')) return 0;
    do {
        char key[16];
        int whole;
        if (!take_string(c, key, sizeof key, &whole) || !whole || !take(c, ':')) return 0;
        if (strcmp(key, "dtype") == 0 && !seen_type++) {
            if (!take_type(c, &t->type)) return 0;
        } else if (strcmp(key, "shape") == 0 && !seen_shape++) {
            if (!take_shape(c, t)) return 0;
        } else if (strcmp(key, "data_offsets") == 0 && !seen_offsets++) {
            if (!take(c, '[') || !take_number(c, data_bytes, &t->begin) || !take(c, ',') ||
                !take_number(c, data_bytes, &t->end) || !take(c, ']') || t->begin > t->end)
                return 0;
        } else {
            return 0;
        }
    } while (take(c, ','));
    if (!seen_type || !seen_shape || !seen_offsets || !take(c, '}')) return 0;
    size_t bytes = t->type == WEIGHTS_I8 ? 1 : 4;
    for (int32_t i = 0; i < t->rank; i++) {
        if (bytes > data_bytes / t->shape[i]) return 0;
        bytes *= t->shape[i];
    }
    return bytes == t->end - t->begin;
}

/* The tensors' bytes cover the data without holes or overlaps. */
static int covers(const weights_file *f, size_t data_bytes)
{
    size_t sum = 0;
    for (int32_t i = 0; i < f->count; i++) {
        const weights_tensor *a = &f->tensors[i];
        sum += a->end - a->begin;
        for (int32_t j = 0; j < i; j++) {
            const weights_tensor *b = &f->tensors[j];
            if (strcmp(a->name, b->name) == 0 || (a->begin < b->end && b->begin < a->end)) return 0;
        }
    }
    return sum == data_bytes;
}

digits_status weights_parse(const uint8_t *file, size_t size, weights_file *out)
{
    memset(out, 0, sizeof *out);
    if (!file) return DIGITS_BAD_ARGUMENT;
    if (size < 8) return DIGITS_WEIGHTS_CUT_SHORT;
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--) length = length << 8 | file[i];
    if (length > WEIGHTS_MAX_HEADER) return DIGITS_WEIGHTS_DAMAGED;
    if (length > size - 8) return DIGITS_WEIGHTS_CUT_SHORT;

    const char *text = (const char *)file + 8;
    const size_t data_bytes = size - 8 - (size_t)length;
    /* A file cut within its data has offsets behind its end; so offsets are first read against any size. */
    const size_t any = SIZE_MAX / 16;
    cursor c = {text, text + length};
    if (!take(&c, '{')) return DIGITS_WEIGHTS_DAMAGED;
    int seen_metadata = 0;
    size_t last = 0;
    do {
        char name[WEIGHTS_MAX_NAME];
        int whole;
        if (!take_string(&c, name, sizeof name, &whole) || !whole || !take(&c, ':')) return DIGITS_WEIGHTS_DAMAGED;
        if (strcmp(name, "__metadata__") == 0) {
            if (seen_metadata++ || !take_metadata(&c, out)) return DIGITS_WEIGHTS_DAMAGED;
            continue;
        }
        if (out->count == WEIGHTS_MAX_TENSORS) return DIGITS_WEIGHTS_DAMAGED;
        weights_tensor *t = &out->tensors[out->count++];
        memcpy(t->name, name, sizeof name);
        if (!take_tensor(&c, t, any)) return DIGITS_WEIGHTS_DAMAGED;
        if (t->end > last) last = t->end;
    } while (take(&c, ','));
    if (!take(&c, '}')) return DIGITS_WEIGHTS_DAMAGED;
    skip_space(&c);
    if (c.at != c.end) return DIGITS_WEIGHTS_DAMAGED;
    if (last > data_bytes) return DIGITS_WEIGHTS_CUT_SHORT;
    if (!covers(out, data_bytes)) return DIGITS_WEIGHTS_DAMAGED;
    if (!out->qmax) out->qmax = 127;
    if (!out->input_max) out->input_max = out->qmax;
    for (int32_t i = 0; i < out->count; i++) out->tensors[i].data = file + 8 + length + out->tensors[i].begin;
    return DIGITS_OK;
}

const weights_tensor *weights_find(const weights_file *file, const char *name, weights_type type, int32_t rank,
                                   const uint32_t *shape)
{
    for (int32_t i = 0; i < file->count; i++) {
        const weights_tensor *t = &file->tensors[i];
        if (strcmp(t->name, name) == 0)
            return t->type == type && t->rank == rank && memcmp(t->shape, shape, (size_t)rank * sizeof *shape) == 0
                       ? t
                       : NULL;
    }
    return NULL;
}
