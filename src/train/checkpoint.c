#include "checkpoint.h"
#include "file_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The file: this head, n floats, and the CRC-32 of all before it. Only ever read by the machine
 * that wrote it. */
typedef struct head {
    char magic[8];
    char config[CHECKPOINT_MAX_CONFIG];
    int64_t step, optimizer_steps;
    double loss, right;
    float range[ARCHITECTURE_MAX_LAYERS];
    int64_t folded;
    uint64_t n;
} head;

static const char MAGIC[8] = "DIGITSC4";

int checkpoint_save(const char *path, const char *config, const run_state *s)
{
    const size_t array = s->n * sizeof(float), size = sizeof(head) + array + sizeof(uint32_t);
    uint8_t *file = calloc(1, size);
    if (!file) {
        errno = ENOMEM;
        return 0;
    }
    head h = {.step = s->step,
              .optimizer_steps = s->optimizer_steps,
              .loss = s->loss,
              .right = s->right,
              .folded = s->folded,
              .n = s->n};
    memcpy(h.magic, MAGIC, sizeof h.magic);
    snprintf(h.config, sizeof h.config, "%s", config);
    memcpy(h.range, s->range, sizeof h.range);
    memcpy(file, &h, sizeof h);
    memcpy(file + sizeof h, s->numbers, array);
    const uint32_t crc = (uint32_t)crc32_z(0, file, size - sizeof crc);
    memcpy(file + size - sizeof crc, &crc, sizeof crc);
    const int ok = save_file(path, file, size), why = errno;
    free(file);
    errno = why;
    return ok;
}

int checkpoint_load(const char *path, const char *config, run_state *s, char error[CHECKPOINT_ERROR_TEXT])
{
    const size_t array = s->n * sizeof(float), expected = sizeof(head) + array + sizeof(uint32_t);
    void *bytes = NULL;
    size_t size = 0;
    if (!load_file(path, (size_t)1 << 32, &bytes, &size)) {
        snprintf(error, CHECKPOINT_ERROR_TEXT, "%s: %s", path, strerror(errno));
        return 0;
    }
    const uint8_t *file = bytes;
    head h;
    uint32_t crc = 0;
    const char *why = NULL;
    if (size < sizeof h + sizeof crc) {
        why = "cut short";
    } else {
        memcpy(&h, file, sizeof h);
        memcpy(&crc, file + size - sizeof crc, sizeof crc);
        h.config[sizeof h.config - 1] = 0;
        if (memcmp(h.magic, MAGIC, sizeof MAGIC) != 0) why = "not a checkpoint of this program";
        else if (crc != crc32_z(0, file, size - sizeof crc)) why = "damaged";
        else if ((config && strcmp(h.config, config) != 0) || h.n != s->n || size != expected)
            why = "made with other settings";
    }
    if (why) {
        snprintf(error, CHECKPOINT_ERROR_TEXT, "%s: %s", path, why);
    } else {
        s->step = (long)h.step;
        s->optimizer_steps = (long)h.optimizer_steps;
        s->loss = h.loss;
        s->right = h.right;
        memcpy(s->range, h.range, sizeof h.range);
        s->folded = (int)h.folded;
        memcpy(s->numbers, file + sizeof h, array);
    }
    free(bytes);
    return why == NULL;
}
