#define _GNU_SOURCE /* memfd_create() */
#include "gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fields.h"
#include "files.h"

/* A file met on the walk; its bytes are in the block already. */
struct found {
    char *path; /* as in a URL, decoded: "/app.js" */
    struct piece body;
    struct timespec changed;
    uint64_t hash;
};

/* What one walk carries down through the folders. `path` is the URL path of where it stands. */
struct walk {
    int block;     /* the memfd */
    uint64_t size; /* of the block so far */
    struct found *list;
    size_t count, room;
    size_t links;
    char path[FILES_PATH_MAX];
    char *why;
    size_t why_size;
};

static bool fail(struct walk *walk, const char *what)
{
    snprintf(walk->why, walk->why_size, "%s: %s", walk->path[0] ? walk->path : "/", what);
    return false;
}

/* Appends `len` bytes to the block and says where they are. */
static bool put(struct walk *walk, const void *data, size_t len, uint64_t *at)
{
    *at = walk->size;
    if (len > FILES_BYTES_MAX - walk->size) return fail(walk, "the site is larger than the server takes into memory");
    for (size_t done = 0; done < len;) {
        ssize_t n = write(walk->block, (const char *)data + done, len - done);
        if (n >= 0) done += (size_t)n;
        else if (errno != EINTR) return fail(walk, strerror(errno));
    }
    walk->size += len;
    return true;
}

/* Appends zeros up to a multiple of `unit`. */
static bool align(struct walk *walk, size_t unit)
{
    static const char zeros[4096];
    uint64_t at;
    return put(walk, zeros, (unit - walk->size % unit) % unit, &at);
}

/* Copies the open regular file `fd` into the block. FNV-1a with 64 bits, and the size, will be
 * its tag: a tag only has to change when the content does (nobody gains by forging one of his own
 * site), and it needs no library in the static binary. */
static bool add_file(struct walk *walk, int fd, const struct stat *before)
{
    if (walk->count == FILES_MAX) return fail(walk, "more files than a site may have");
    if (walk->count == walk->room) {
        size_t room = walk->room ? walk->room * 2 : 64;
        struct found *list = realloc(walk->list, room * sizeof *list);
        if (!list) return fail(walk, "out of memory");
        walk->list = list;
        walk->room = room;
    }
    struct found found = {.changed = before->st_mtim, .hash = 0xcbf29ce484222325u};
    if (!align(walk, sizeof(uint64_t))) return false;
    found.body.at = walk->size;

    unsigned char part[65536];
    for (;;) {
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(walk, strerror(errno));
        if (n == 0) break;
        for (ssize_t i = 0; i < n; i++) found.hash = (found.hash ^ part[i]) * 0x100000001b3u;
        uint64_t at;
        if (!put(walk, part, (size_t)n, &at)) return false;
    }
    found.body.len = walk->size - found.body.at;
    struct stat after;
    if (fstat(fd, &after) != 0 || after.st_size != before->st_size || (uint64_t)after.st_size != found.body.len ||
        after.st_mtim.tv_sec != before->st_mtim.tv_sec || after.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
        return fail(walk, "changed while it was read");
    found.path = strdup(walk->path);
    if (!found.path) return fail(walk, "out of memory");
    walk->list[walk->count++] = found;
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
    if (fd < 0 && errno == ELOOP) walk->links++;
    else if (fd < 0 && errno == ENXIO) ok = true; /* a socket */
    else if (fd < 0 || fstat(fd, &st) != 0) ok = fail(walk, strerror(errno));
    else if (S_ISREG(st.st_mode)) ok = add_file(walk, fd, &st);
    else if (S_ISDIR(st.st_mode)) ok = add_folder(walk, fd, depth + 1);

    if (fd >= 0) close(fd);
    if (ok) walk->path[end] = '\0'; /* else it says where the fault is */
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
    return strcmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

static const struct found *find(const struct walk *walk, const char *path)
{
    struct found wanted = {.path = (char *)(size_t)path};
    return bsearch(&wanted, walk->list, walk->count, sizeof *walk->list, by_path);
}

static const char *const endings[CODINGS] = {"", ".gz", ".br"};

/* The file that `found` is another coding of, or NULL. */
static const struct found *plain_of(const struct walk *walk, const struct found *found)
{
    size_t length = strlen(found->path);
    char path[FILES_PATH_MAX];
    for (int coding = CODING_GZIP; coding < CODINGS; coding++)
        if (length > 3 && strcmp(found->path + length - 3, endings[coding]) == 0) {
            snprintf(path, sizeof path, "%.*s", (int)length - 3, found->path);
            return find(walk, path);
        }
    return NULL;
}

/* `plain` in this coding, or NULL when that is not there or not worth sending. */
static const struct found *packed_of(const struct walk *walk, const struct found *plain, enum coding coding)
{
    char path[FILES_PATH_MAX + 4];
    snprintf(path, sizeof path, "%s%s", plain->path, endings[coding]);
    const struct found *packed = find(walk, path);
    if (!packed || packed->body.len >= plain->body.len) return NULL;
    bool older = packed->changed.tv_sec != plain->changed.tv_sec ? packed->changed.tv_sec < plain->changed.tv_sec
                                                                 : packed->changed.tv_nsec < plain->changed.tv_nsec;
    return older ? NULL : packed;
}

/* Writes the header fields of a file with all its codings into the block, and fills `file`. */
static bool describe(struct walk *walk, const struct found *plain, bool hsts, struct file *file)
{
    const struct found *bodies[CODINGS] = {plain};
    *file = (struct file){0};
    for (int coding = CODING_NONE; coding < CODINGS; coding++) {
        if (coding != CODING_NONE) bodies[coding] = packed_of(walk, plain, (enum coding)coding);
        if (bodies[coding]) file->codings |= 1u << coding;
    }
    for (int coding = CODING_NONE; coding < CODINGS; coding++) {
        if (!bodies[coding]) continue;
        struct variant *variant = &file->variants[coding];
        char etag[64], fields[FIELDS_MAX];
        size_t described;
        variant->body = bodies[coding]->body;
        variant->etag.len = (size_t)snprintf(etag, sizeof etag, "\"%016" PRIx64 "-%" PRIx64 "%s\"",
                                             bodies[coding]->hash, variant->body.len, endings[coding]);
        variant->fields.len = fields_of_file(fields, plain->path, (enum coding)coding, etag,
                                             file->codings != 1u << CODING_NONE, hsts, &described);
        variant->described = described;
        if (!put(walk, etag, variant->etag.len, &variant->etag.at) ||
            !put(walk, fields, variant->fields.len, &variant->fields.at))
            return false;
    }
    return true;
}

/* An entry of the table on its way into the block. */
struct entry {
    char path[FILES_PATH_MAX];
    struct file file;
};

static int by_entry_path(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

/* Makes the entries of all files, and of "/" for each "/index.html"; `entries` has room for them. */
static bool list_files(struct walk *walk, bool hsts, struct entry *entries, struct files_head *head)
{
    static const char index[] = "/index.html";
    for (size_t i = 0; i < walk->count; i++) {
        const struct found *found = &walk->list[i];
        if (plain_of(walk, found)) continue;
        struct entry *entry = &entries[head->entries++];
        if (!describe(walk, found, hsts, &entry->file)) return false;
        snprintf(entry->path, sizeof entry->path, "%s", found->path);
        head->count++;
        head->bytes += found->body.len;
        size_t length = strlen(found->path);
        if (length < sizeof index - 1 || strcmp(found->path + length - (sizeof index - 1), index) != 0) continue;
        entries[head->entries] = *entry;
        entries[head->entries++].path[length - (sizeof index - 2)] = '\0';
    }
    if (head->count == 0) return fail(walk, "it holds no files");
    qsort(entries, head->entries, sizeof *entries, by_entry_path);
    return true;
}

/* Writes the table behind the files' bytes, and the head of the block. */
static bool finish(struct walk *walk, bool hsts)
{
    struct files_head head = {0};
    char refusal[FIELDS_MAX];
    struct entry *entries = calloc(walk->count ? walk->count * 2 : 1, sizeof *entries);
    if (!entries) return fail(walk, "out of memory");
    if (walk->count) qsort(walk->list, walk->count, sizeof *walk->list, by_path);
    bool ok = list_files(walk, hsts, entries, &head);

    head.refusal.len = fields_of_text(refusal, hsts);
    ok = ok && put(walk, refusal, head.refusal.len, &head.refusal.at);
    for (size_t i = 0; ok && i < head.entries; i++)
        ok = put(walk, entries[i].path, strlen(entries[i].path) + 1, &entries[i].file.path);
    ok = ok && align(walk, sizeof(uint64_t));
    head.list = walk->size;
    uint64_t at;
    for (size_t i = 0; ok && i < head.entries; i++) ok = put(walk, &entries[i].file, sizeof entries[i].file, &at);
    free(entries);
    if (ok && pwrite(walk->block, &head, sizeof head, 0) != (ssize_t)sizeof head) ok = fail(walk, strerror(errno));
    return ok;
}

int gather(const char *root, bool hsts, size_t *links, char *why, size_t why_size)
{
    struct walk walk = {.why = why, .why_size = why_size};
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    walk.block = fd < 0 ? -1 : memfd_create("site", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (walk.block < 0) {
        snprintf(why, why_size, "%s", strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    struct files_head room = {0};
    uint64_t at;
    bool ok = put(&walk, &room, sizeof room, &at) && add_folder(&walk, fd, 0) && finish(&walk, hsts);
    close(fd);
    for (size_t i = 0; i < walk.count; i++) free(walk.list[i].path);
    free(walk.list);
    *links = walk.links;
    if (ok && fcntl(walk.block, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return walk.block;
    if (ok) snprintf(why, why_size, "%s", strerror(errno));
    close(walk.block);
    return -1;
}
