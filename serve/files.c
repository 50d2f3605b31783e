#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one load carries down through the folders. `path` is the URL path of where it stands. */
struct walk {
    struct files *files;
    size_t room; /* entries that files->list has memory for */
    char path[FILES_PATH_MAX];
    char *why;
    size_t why_size;
};

static bool fail(struct walk *walk, const char *what)
{
    snprintf(walk->why, walk->why_size, "%s: %s", walk->path[0] ? walk->path : "/", what);
    return false;
}

/* The type by the end of the name. With `nosniff` on every answer a wrong type breaks the page
 * (a module script must be a JavaScript type, streaming compilation wants application/wasm). */
static const char *type_of(const char *path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".wasm", "application/wasm"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".webp", "image/webp"},
        {".avif", "image/avif"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
        {".xml", "application/xml"},
        {".pdf", "application/pdf"},
        {".safetensors", "application/octet-stream"},
    };
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot, types[i].ending) == 0) return types[i].type;
    return "application/octet-stream";
}

/* FNV-1a with 64 bits, and the size: a tag only has to change when the content does (nobody
 * gains by forging one of his own site), and it needs no library in the static binary. */
static void tag(struct file *file)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < file->size; i++) hash = (hash ^ file->data[i]) * 0x100000001b3u;
    snprintf(file->etag, sizeof file->etag, "\"%016" PRIx64 "-%zx\"", hash, file->size);
}

/* Takes the open regular file `fd` of `size` bytes into the table. */
static bool add_file(struct walk *walk, int fd, off_t size)
{
    struct files *files = walk->files;
    if (files->count == FILES_MAX) return fail(walk, "more files than a site may have");
    if (size < 0 || (uintmax_t)size > FILES_BYTES_MAX - files->bytes)
        return fail(walk, "the site is larger than the server takes into memory");

    if (files->count == walk->room) {
        size_t room = walk->room ? walk->room * 2 : 64;
        struct file *list = realloc(files->list, room * sizeof *list);
        if (!list) return fail(walk, "out of memory");
        files->list = list;
        walk->room = room;
    }
    struct file file = {.size = (size_t)size, .type = type_of(walk->path)};
    file.path = strdup(walk->path);
    file.data = malloc(file.size ? file.size : 1);
    const char *fault = file.path && file.data ? NULL : "out of memory";
    for (size_t got = 0; !fault && got < file.size;) {
        ssize_t n = read(fd, file.data + got, file.size - got);
        if (n > 0) got += (size_t)n;
        else if (n == 0) fault = "became shorter while it was read";
        else if (errno != EINTR) fault = strerror(errno);
    }
    if (fault) {
        free(file.path);
        free(file.data);
        return fail(walk, fault);
    }
    tag(&file);
    files->list[files->count++] = file;
    files->bytes += file.size;
    return true;
}

static bool add_folder(struct walk *walk, int fd, int depth);

/* Takes what `name` in the folder `dir` is: a file, a folder, or something to leave out. */
static bool add_entry(struct walk *walk, int dir, const char *name, int depth)
{
    size_t end = strlen(walk->path), length = strlen(name);
    if (length + 2 > sizeof walk->path - end) return fail(walk, "a path below it is too long");
    walk->path[end] = '/';
    memcpy(walk->path + end + 1, name, length + 1);

    /* O_NOFOLLOW: a link is not followed out of the root. O_NONBLOCK: a fifo does not hang us. */
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool ok = true;
    struct stat st;
    if (fd < 0 && errno == ELOOP) walk->files->links_skipped++;
    else if (fd < 0 && errno == ENXIO) ok = true; /* a socket */
    else if (fd < 0 || fstat(fd, &st) != 0) ok = fail(walk, strerror(errno));
    else if (S_ISREG(st.st_mode)) ok = add_file(walk, fd, st.st_size);
    else if (S_ISDIR(st.st_mode)) ok = add_folder(walk, fd, depth + 1);

    if (fd >= 0) close(fd);
    walk->path[end] = '\0';
    return ok;
}

/* Takes all entries of the open folder `fd`, which stays the caller's to close. */
static bool add_folder(struct walk *walk, int fd, int depth)
{
    if (depth > FILES_DEPTH_MAX) return fail(walk, "folders are nested too deep");
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* closedir() closes what fdopendir() was given */
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir) {
        int error = errno;
        if (own >= 0) close(own);
        return fail(walk, strerror(error));
    }
    bool ok = true;
    while (ok) {
        errno = 0; /* readdir() tells its end from a fault only by errno */
        struct dirent *entry = readdir(dir);
        if (!entry) {
            if (errno) ok = fail(walk, strerror(errno));
            break;
        }
        if (entry->d_name[0] != '.') ok = add_entry(walk, fd, entry->d_name, depth);
    }
    closedir(dir);
    return ok;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

bool files_load(const char *root, struct files *out, char *why, size_t why_size)
{
    *out = (struct files){0};
    struct walk walk = {.files = out, .why = why, .why_size = why_size};
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(why, why_size, "%s", strerror(errno));
        return false;
    }
    bool ok = add_folder(&walk, fd, 0);
    close(fd);
    if (ok && out->count == 0) {
        snprintf(why, why_size, "it holds no files");
        ok = false;
    }
    if (ok) qsort(out->list, out->count, sizeof *out->list, by_path);
    else files_free(out);
    return ok;
}

void files_free(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->list[i].path);
        free(files->list[i].data);
    }
    free(files->list);
    *files = (struct files){0};
}

const struct file *files_find(const struct files *files, const char *path)
{
    char index[FILES_PATH_MAX];
    size_t length = strlen(path);
    if (length > 0 && path[length - 1] == '/') {
        int n = snprintf(index, sizeof index, "%sindex.html", path);
        if (n < 0 || (size_t)n >= sizeof index) return NULL;
        path = index;
    }
    size_t low = 0, high = files->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, files->list[middle].path);
        if (order == 0) return &files->list[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}
