#include "commands.h"

#include "train/open_network.h"
#include "train/file_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the user stands, or beside the program's build folder. */
const char *model_path(const char *path, const char *name, char room[MODEL_PATH])
{
    if (path) return path;
    if (access(name, R_OK) == 0) return name;
    const ssize_t n = readlink("/proc/self/exe", room, MODEL_PATH - 64);
    if (n <= 0) return name;
    room[n] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(room, '/');
        if (!slash) return name;
        *slash = 0;
    }
    strcat(room, "/");
    strcat(room, name);
    return access(room, R_OK) == 0 ? room : name;
}

static const digits_network *open_file(const char *path, void **memory)
{
    void *file = NULL;
    size_t size = 0;
    const digits_network *network = NULL;
    *memory = NULL;
    if (!load_file(path, MODEL_MAX_BYTES, &file, &size)) {
        fprintf(stderr, "digits: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    const digits_status status = open_network(file, size, memory, &network);
    free(file);
    if (!status) return network;
    fprintf(stderr, "digits: %s: %s\n", path, digits_status_text(status));
    return NULL;
}

const digits_network *open_model(const char *path, void **memory)
{
    char room[MODEL_PATH];
    return open_file(model_path(path, DIGITS_MODEL, room), memory);
}

int open_page_model(const char *path, void **memory, const digits_network **network)
{
    char room[MODEL_PATH];
    const char *found = model_path(path, PAGE_MODEL, room);
    *memory = NULL;
    *network = NULL;
    if (!path && access(found, F_OK) != 0) return 1;
    *network = open_file(found, memory);
    return *network != NULL;
}
