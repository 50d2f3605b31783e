#define _GNU_SOURCE /* memfd_create() */
#include "site_build.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define NAMED_MAX 10 /* how many of the files left out are named */

/* A file found in the directory; its bytes are in the block already. */
struct source {
    char *path; /* as in a URL, decoded: "/app.js" */
    struct extent body;
    struct timespec modified;
    uint64_t hash;
};

/* The build under way. `path` is the URL path of the file or directory being read. */
struct build {
    int block;     /* the memfd */
    uint64_t size; /* of the block so far */
    struct source *sources;
    size_t count, room;
    size_t skipped;
    enum hsts hsts;
    char path[SITE_PATH_MAX];
    char *error;
    size_t error_size;
};

static bool fail(struct build *build, const char *what)
{
    snprintf(build->error, build->error_size, "%s: %s", build->path[0] ? build->path : "/", what);
    return false;
}

/* Leaves out what is at `path` and goes on. */
static bool skip(struct build *build, const char *why)
{
    if (build->skipped++ >= NAMED_MAX) return true;
    char shown[SITE_PATH_MAX];
    size_t i = 0;
    for (; build->path[i]; i++)
        shown[i] = (unsigned char)build->path[i] < ' ' || build->path[i] == 127 ? '?' : build->path[i];
    shown[i] = '\0';
    fprintf(stderr, "digits: note: not served: %s: %s\n", shown, why);
    return true;
}

/* Appends `len` bytes to the block and says where they are. */
static bool append(struct build *build, const void *data, size_t len, uint64_t *at)
{
    *at = build->size;
    if (len > SITE_BYTES_MAX - build->size)
        return fail(build, "the site is larger than the server takes into memory");
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(build->block, (const char *)data + done, len - done, (off_t)(build->size + done));
        if (n >= 0) done += (size_t)n;
        else if (errno != EINTR) return fail(build, strerror(errno));
    }
    build->size += len;
    return true;
}

/* Appends zeros up to a multiple of `unit`. */
static bool align(struct build *build, size_t unit)
{
    static const char zeros[sizeof(uint64_t)];
    uint64_t at;
    return append(build, zeros, (unit - build->size % unit) % unit, &at);
}

/* Makes room for one more source. */
static bool reserve(struct build *build)
{
    if (build->count == SITE_FILES_MAX) return fail(build, "more files than a site may have");
    if (build->count < build->room) return true;
    size_t room = build->room ? build->room * 2 : 64;
    struct source *sources = realloc(build->sources, room * sizeof *sources);
    if (!sources) return fail(build, "out of memory");
    build->sources = sources;
    build->room = room;
    return true;
}

/* Copies the open regular file `fd` into the block. Its entity tag will be the size and a 64-bit
 * FNV-1a hash: a tag only has to change when the content does (nobody gains by forging a tag of
 * their own site), and this needs no library in the static binary. */
static bool add_file(struct build *build, int fd, const struct stat *before)
{
    struct source source = {.modified = before->st_mtim, .hash = 0xcbf29ce484222325u};
    if (!reserve(build) || !align(build, sizeof(uint64_t))) return false;
    if ((uint64_t)before->st_size > SITE_BYTES_MAX - build->size)
        return fail(build, "the site is larger than the server takes into memory");
    source.body.at = build->size;

    unsigned char part[65536];
    for (;;) {
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            build->size = source.body.at;
            return skip(build, strerror(errno));
        }
        if (n == 0) break;
        for (ssize_t i = 0; i < n; i++) source.hash = (source.hash ^ part[i]) * 0x100000001b3u;
        uint64_t at;
        if (!append(build, part, (size_t)n, &at)) return false;
    }
    source.body.len = build->size - source.body.at;
    struct stat after;
    if (fstat(fd, &after) != 0 || after.st_size != before->st_size || (uint64_t)after.st_size != source.body.len ||
        after.st_mtim.tv_sec != before->st_mtim.tv_sec || after.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
        return fail(build, "changed while it was read");
    source.path = strdup(build->path);
    if (!source.path) return fail(build, "out of memory");
    build->sources[build->count++] = source;
    return true;
}

static bool add_directory(struct build *build, int fd, int depth);

/* Adds what `path` now names, `name` in the open directory `dir`: a file, a directory, or something to leave out.
 * It is looked at before it is opened: opening a device can have effects. */
static bool add_entry(struct build *build, int dir, const char *name, int depth)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return skip(build, strerror(errno));
    if (S_ISLNK(st.st_mode)) return skip(build, "a symbolic link");
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) return skip(build, "not a regular file");
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127 || *c == '\\') return skip(build, "a name that no URL may have");
    /* Still with O_NOFOLLOW and O_NONBLOCK: it may have been replaced by now. */
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return skip(build, strerror(errno));
    bool ok = true;
    if (fstat(fd, &st) != 0) ok = skip(build, strerror(errno));
    else if (S_ISREG(st.st_mode)) ok = add_file(build, fd, &st);
    else if (S_ISDIR(st.st_mode)) ok = add_directory(build, fd, depth + 1);
    close(fd);
    return ok;
}

/* Adds all entries of the open directory `fd`, which stays the caller's to close. */
static bool add_directory(struct build *build, int fd, int depth)
{
    if (depth > SITE_DEPTH_MAX) return fail(build, "directories are nested too deep");
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* closedir() closes what fdopendir() was given */
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir) {
        int error = errno;
        if (own >= 0) close(own);
        return fail(build, strerror(error));
    }
    size_t end = strlen(build->path);
    bool ok = true;
    while (ok) {
        errno = 0; /* readdir() tells its end from an error only by errno */
        struct dirent *entry = readdir(dir);
        if (!entry) {
            if (errno) ok = fail(build, strerror(errno));
            break;
        }
        if (entry->d_name[0] == '.') continue;
        size_t length = strlen(entry->d_name);
        if (length + 2 > sizeof build->path - end) {
            ok = fail(build, "a path below it is too long");
            break;
        }
        build->path[end] = '/';
        memcpy(build->path + end + 1, entry->d_name, length + 1);
        ok = add_entry(build, fd, entry->d_name, depth);
        build->path[end] = '\0';
    }
    closedir(dir);
    return ok;
}

static int compare_sources(const void *a, const void *b)
{
    return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

static const struct source *find_source(const struct build *build, const char *path)
{
    struct source wanted = {.path = (char *)(size_t)path};
    return bsearch(&wanted, build->sources, build->count, sizeof *build->sources, compare_sources);
}

static const char *const extensions[CODINGS] = {"", ".gz", ".br"};

/* Whether `source` is another file in a coding. */
static bool is_encoded(const struct build *build, const struct source *source)
{
    size_t length = strlen(source->path);
    char path[SITE_PATH_MAX];
    for (int coding = CODING_GZIP; coding < CODINGS; coding++)
        if (length > 3 && strcmp(source->path + length - 3, extensions[coding]) == 0) {
            snprintf(path, sizeof path, "%.*s", (int)length - 3, source->path);
            return find_source(build, path) != NULL;
        }
    return false;
}

/* `source` in this coding, or NULL when that is not there, out of date, or not worth sending. */
static const struct source *encoded_source(const struct build *build, const struct source *source, enum coding coding)
{
    if (coding == CODING_NONE) return source;
    char path[SITE_PATH_MAX + 4];
    snprintf(path, sizeof path, "%s%s", source->path, extensions[coding]);
    const struct source *encoded = find_source(build, path);
    if (!encoded || encoded->body.len >= source->body.len) return NULL;
    struct timespec a = encoded->modified, b = source->modified;
    bool older = a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
    return older ? NULL : encoded;
}

/* Writes the header lines of a file in all its codings into the block, and fills `file`. */
static bool add_representations(struct build *build, const struct source *source, struct file *file)
{
    const struct source *sources[CODINGS];
    *file = (struct file){0};
    /* A date in the future would be no Last-Modified (RFC 9110 §8.8.2.1). */
    int64_t modified = source->modified.tv_sec;
    if (modified > 0 && modified <= clock_unix_time()) file->modified = modified;
    for (int coding = CODING_NONE; coding < CODINGS; coding++) {
        sources[coding] = encoded_source(build, source, (enum coding)coding);
        if (sources[coding]) file->codings |= 1u << coding;
    }
    for (int coding = CODING_NONE; coding < CODINGS; coding++) {
        if (!sources[coding]) continue;
        struct representation *out = &file->representations[coding];
        char etag[64], headers[HEADERS_MAX];
        out->body = sources[coding]->body;
        out->etag.len = (size_t)snprintf(etag, sizeof etag, "\"%016" PRIx64 "-%" PRIx64 "%s\"", sources[coding]->hash,
                                         out->body.len, extensions[coding]);
        struct file_properties properties = {.path = source->path,
                                             .coding = (enum coding)coding,
                                             .etag = etag,
                                             .modified = file->modified,
                                             .negotiated = file->codings != 1u << CODING_NONE};
        size_t content_headers;
        out->headers.len = headers_of_file(headers, &properties, build->hsts, &content_headers);
        out->content_headers = content_headers;
        if (!append(build, etag, out->etag.len, &out->etag.at) ||
            !append(build, headers, out->headers.len, &out->headers.at))
            return false;
    }
    return true;
}

/* A table entry before its path has an offset. */
struct entry {
    char path[SITE_PATH_MAX];
    struct file file;
};

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

/* Makes the entries of all files, and of "/" for each "/index.html"; `entries` has room for them. */
static bool make_entries(struct build *build, struct entry *entries, struct site_header *header)
{
    static const char index[] = "/index.html";
    for (size_t i = 0; i < build->count; i++) {
        const struct source *source = &build->sources[i];
        if (is_encoded(build, source)) continue;
        struct entry *entry = &entries[header->entries++];
        if (!add_representations(build, source, &entry->file)) return false;
        snprintf(entry->path, sizeof entry->path, "%s", source->path);
        header->files++;
        header->bytes += source->body.len;
        size_t length = strlen(source->path);
        if (length < sizeof index - 1 || strcmp(source->path + length - (sizeof index - 1), index) != 0) continue;
        entries[header->entries] = *entry;
        entries[header->entries++].path[length - (sizeof index - 2)] = '\0';
    }
    if (header->files == 0) return fail(build, "it holds no files");
    qsort(entries, header->entries, sizeof *entries, compare_entries);
    return true;
}

/* Writes the table behind the files' bytes, and the header at the front of the block. */
static bool write_table(struct build *build)
{
    struct site_header header = {0};
    char error_headers[HEADERS_MAX];
    struct entry *entries = calloc(build->count ? build->count * 2 : 1, sizeof *entries);
    if (!entries) return fail(build, "out of memory");
    if (build->count) qsort(build->sources, build->count, sizeof *build->sources, compare_sources);
    bool ok = make_entries(build, entries, &header);

    header.error_headers.len = headers_of_text(error_headers, build->hsts);
    ok = ok && append(build, error_headers, header.error_headers.len, &header.error_headers.at);
    for (size_t i = 0; ok && i < header.entries; i++)
        ok = append(build, entries[i].path, strlen(entries[i].path) + 1, &entries[i].file.path);
    ok = ok && align(build, sizeof(uint64_t));
    header.table = build->size;
    uint64_t at;
    for (size_t i = 0; ok && i < header.entries; i++)
        ok = append(build, &entries[i].file, sizeof entries[i].file, &at);
    free(entries);
    if (ok && pwrite(build->block, &header, sizeof header, 0) != (ssize_t)sizeof header)
        ok = fail(build, strerror(errno));
    /* What a file that could not be read to its end left behind the table. */
    return ok && (ftruncate(build->block, (off_t)build->size) == 0 || fail(build, strerror(errno)));
}

int site_build(int dir, const char *root, enum hsts hsts, char *error, size_t error_size)
{
    struct build build = {.hsts = hsts, .error = error, .error_size = error_size};
    int fd = openat(dir, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    build.block = fd < 0 ? -1 : memfd_create("site", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (build.block < 0) {
        snprintf(error, error_size, "%s", strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    struct site_header room = {0};
    uint64_t at;
    bool ok = append(&build, &room, sizeof room, &at) && add_directory(&build, fd, 0) && write_table(&build);
    close(fd);
    for (size_t i = 0; i < build.count; i++) free(build.sources[i].path);
    free(build.sources);
    if (build.skipped > NAMED_MAX) fprintf(stderr, "digits: note: not served: %zu more\n", build.skipped - NAMED_MAX);
    if (ok && fcntl(build.block, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return build.block;
    if (ok) snprintf(error, error_size, "%s", strerror(errno));
    close(build.block);
    return -1;
}
