#include "idx.h"

#include "digits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static int fail(char *error, const char *path, const char *why)
{
    snprintf(error, IDX_ERROR_TEXT, "%s: %s", path, why);
    return 0;
}

static int read_exactly(gzFile f, void *to, size_t bytes)
{
    uint8_t *at = to;
    while (bytes > 0) {
        const unsigned chunk = bytes > 1 << 20 ? 1 << 20 : (unsigned)bytes;
        const int got = gzread(f, at, chunk);
        if (got <= 0) return 0;
        at += got;
        bytes -= (size_t)got;
    }
    return 1;
}

/* The magic number of an IDX file is 0, 0, type 8 (unsigned byte), rank; then each dimension, big-endian. */
static int read_idx(const char *path, int rank, size_t item, uint8_t **out, size_t *count, char *error)
{
    gzFile f = gzopen(path, "rb");
    if (!f) return fail(error, path, errno ? strerror(errno) : "not enough memory");
    uint8_t head[16];
    const char *why = NULL;
    *out = NULL;
    *count = 0;
    if (!read_exactly(f, head, 4 + 4 * (size_t)rank)) {
        why = "cut short within the IDX header";
    } else if (head[0] || head[1] || head[2] != 8 || head[3] != rank) {
        why = rank == 3 ? "no IDX file of pictures" : "no IDX file of labels";
    } else {
        uint32_t size[3] = {0};
        for (int i = 0; i < rank; i++)
            for (int b = 0; b < 4; b++) size[i] = size[i] << 8 | head[4 + 4 * i + b];
        *count = size[0];
        if (rank == 3 && (size[1] != DIGITS_SIDE || size[2] != DIGITS_SIDE)) why = "the pictures are not 28×28";
        else if (*count == 0 || *count > IDX_MAX_COUNT) why = "the number of items is 0, or over ten million";
        else if (!(*out = malloc(*count * item))) why = "not enough memory";
        else if (!read_exactly(f, *out, *count * item)) why = "cut short, or a damaged gzip stream";
        else if (gzread(f, head, 1) != 0) why = "longer than its header says";
    }
    gzclose(f);
    if (!why) return 1;
    free(*out);
    *out = NULL;
    return fail(error, path, why);
}

int dataset_read(const char *images, const char *labels, int most, dataset *out, char error[IDX_ERROR_TEXT])
{
    size_t n = 0;
    *out = (dataset){0};
    if (!read_idx(images, 3, DIGITS_PIXELS, &out->pixels, &out->count, error)) return 0;
    int ok = read_idx(labels, 1, 1, &out->labels, &n, error);
    if (ok && n != out->count) ok = fail(error, labels, "another number of labels than pictures");
    for (size_t i = 0; ok && i < n; i++)
        if (out->labels[i] > most)
            ok = fail(error, labels, most == IDX_DIGITS ? "a label above 9" : "a label above 10");
    if (!ok) dataset_free(out);
    return ok;
}

static void find_file(const char *dir, const char *prefix, const char *rest, char path[4096])
{
    snprintf(path, 4096, "%s/%s-%s", dir, prefix, rest);
    if (access(path, R_OK) != 0) snprintf(path, 4096, "%s/%s-%s.gz", dir, prefix, rest);
}

int dataset_read_folder(const char *dir, const char *prefix, int most, dataset *out, char error[IDX_ERROR_TEXT])
{
    char images[4096], labels[4096];
    find_file(dir, prefix, "images-idx3-ubyte", images);
    find_file(dir, prefix, "labels-idx1-ubyte", labels);
    return dataset_read(images, labels, most, out, error);
}

void dataset_free(dataset *d)
{
    free(d->pixels);
    free(d->labels);
    *d = (dataset){0};
}

uint32_t dataset_checksum(const dataset *d)
{
    uLong crc = crc32_z(0, d->pixels, d->count * DIGITS_PIXELS);
    return (uint32_t)crc32_z(crc, d->labels, d->count);
}
