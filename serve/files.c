#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct files *files_map(int fd)
{
    struct stat st;
    struct files *files = malloc(sizeof *files);
    if (files && fstat(fd, &st) == 0 && (size_t)st.st_size >= sizeof(struct files_head)) {
        /* Private: kernels before 6.7 map no sealed memory shared. Nobody writes, so nothing is copied. */
        void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (base != MAP_FAILED) {
            *files = (struct files){.base = base, .size = (size_t)st.st_size, .fd = fd, .refs = 1};
            return files;
        }
    }
    free(files);
    close(fd);
    return NULL;
}

void files_release(struct files *files)
{
    if (!files || --files->refs > 0) return;
    munmap((void *)(size_t)files->base, files->size);
    close(files->fd);
    free(files);
}

const struct file *files_find(const struct files *files, const char *path)
{
    const struct files_head *head = files_head(files);
    const struct file *list = (const struct file *)(const void *)(files->base + head->list);
    size_t low = 0, high = head->entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, files_at(files, list[middle].path));
        if (order == 0) return &list[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}
