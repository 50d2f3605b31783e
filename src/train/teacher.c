#include "teacher.h"
#include "open_network.h"
#include "file_io.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static int fail(char *error, const char *path, const char *why)
{
    snprintf(error, TEACHER_ERROR_TEXT, "teacher %.300s: %s", path, why);
    return 0;
}

static int open_one(teacher *t, const char *path, char *error)
{
    void *file = NULL;
    size_t size = 0;
    if (t->count == TEACHER_MAX) return fail(error, path, "more teachers than fit");
    if (!load_file(path, 64 << 20, &file, &size)) return fail(error, path, strerror(errno));
    t->checksum = (uint32_t)crc32_z(t->checksum, file, size);
    const digits_status status = open_network(file, size, &t->memory[t->count], &t->networks[t->count]);
    free(file);
    if (status) return fail(error, path, digits_status_text(status));
    const size_t work = digits_predict_size(t->networks[t->count++]);
    t->work_bytes = work > t->work_bytes ? work : t->work_bytes;
    return 1;
}

int teacher_open(teacher *t, const char *paths, char error[TEACHER_ERROR_TEXT])
{
    *t = (teacher){0};
    while (*paths) {
        char path[512];
        const size_t n = strcspn(paths, ",");
        if (n >= sizeof path) return fail(error, paths, "the path is too long");
        memcpy(path, paths, n);
        path[n] = 0;
        if (!open_one(t, path, error)) return 0;
        paths += n + (paths[n] == ',');
    }
    return 1;
}

void teacher_close(teacher *t)
{
    for (int i = 0; i < TEACHER_MAX; i++) free(t->memory[i]);
    *t = (teacher){0};
}

void teacher_ask(const teacher *t, const uint8_t *pixels, float temperature, void *work,
                 float probabilities[DIGITS_CLASSES])
{
    memset(probabilities, 0, DIGITS_CLASSES * sizeof *probabilities);
    for (int k = 0; k < t->count; k++) {
        int32_t logits[DIGITS_CLASSES];
        float p[DIGITS_CLASSES], none = 1;
        (void)digits_predict(t->networks[k], pixels, work, t->work_bytes, logits);
        digits_probabilities(t->networks[k], logits, p);
        for (int i = 0; i < DIGITS_CLASSES; i++) none -= p[i];
        float sum = powf(fmaxf(none, 0), 1 / temperature);
        for (int i = 0; i < DIGITS_CLASSES; i++) sum += p[i] = powf(p[i], 1 / temperature);
        for (int i = 0; i < DIGITS_CLASSES; i++) probabilities[i] += p[i] / sum / (float)t->count;
    }
}
