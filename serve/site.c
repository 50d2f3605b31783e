#include "site.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct site *site_map(int fd)
{
    struct stat st;
    struct site *site = malloc(sizeof *site);
    if (site && fstat(fd, &st) == 0 && (size_t)st.st_size >= sizeof(struct site_header)) {
        /* Private: kernels before 6.7 refuse a shared mapping of sealed memory. Nobody writes, so nothing is copied. */
        void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (base != MAP_FAILED) {
            *site = (struct site){.base = base, .size = (size_t)st.st_size, .fd = fd, .refs = 1};
            return site;
        }
    }
    free(site);
    close(fd);
    return NULL;
}

void site_release(struct site *site)
{
    if (!site || --site->refs > 0) return;
    munmap((void *)(size_t)site->base, site->size);
    close(site->fd);
    free(site);
}

const struct file *site_find(const struct site *site, const char *path)
{
    const struct site_header *header = site_header(site);
    const struct file *table = (const struct file *)(const void *)(site->base + header->table);
    size_t low = 0, high = header->entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, site_at(site, table[middle].path));
        if (order == 0) return &table[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}
