#include "results.h"
#include "runlog.h"
#include "file_io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LARGEST_FILE = 256 << 20, COLUMN_TEXT = 640 };

static const char *const STATES[] = {"failed", "stopped", "done"};

/* ── reading ── */

/* NaN if there is none. */
static double number(const json_t *line, const char *name)
{
    const json_t *x = json_object_get(line, name);
    return json_is_number(x) ? json_number_value(x) : NAN;
}

static int whole(const json_t *line, const char *name)
{
    const double x = number(line, name);
    return x >= 0 && x <= 1e6 ? (int)x : 0;
}

static const char *text(const json_t *line, const char *name)
{
    const char *value = json_string_value(json_object_get(line, name));
    return value ? value : "";
}

typedef int line_reader(const json_t *line, void *to);

/* Gives each line of these events to a reader, which says 0 to end it with errno set. Other lines, and those that were
 * cut off when their writer was killed, are passed over. 0 with errno set. */
static int read_lines(const char *path, const char *const *events, line_reader *reader, void *to)
{
    void *bytes;
    size_t size;
    int ok = 1;
    if (!load_file(path, LARGEST_FILE, &bytes, &size)) return 0;
    for (char *at = bytes, *end; ok && (end = memchr(at, '\n', size)); at = end + 1) {
        *end = 0;
        size -= (size_t)(end + 1 - at);
        int wanted = 0;
        for (int i = 0; events[i]; i++) wanted |= strncmp(at, events[i], strlen(events[i])) == 0;
        json_t *line = wanted ? json_loads(at, 0, NULL) : NULL;
        if (line) ok = reader(line, to);
        json_decref(line);
    }
    const int why = errno;
    free(bytes);
    errno = why;
    return ok;
}

typedef struct history_reader {
    trial_history *h;
    int epoch;
} history_reader;

static int read_history(const json_t *line, void *to)
{
    const history_reader *r = to;
    trial_history *h = r->h;
    if (strcmp(text(line, "event"), "epoch") == 0) {
        h->epochs = whole(line, "epoch");
        if (h->epochs < r->epoch || h->epoch > 0) return 1;
        h->epoch = h->epochs;
        h->loss = number(line, "loss");
        h->accuracy = number(line, "accuracy");
        h->validation_accuracy = number(line, "validation_accuracy");
        h->validation_nll = number(line, "validation_nll");
    } else {
        unsigned n, wrong;
        h->done = 1;
        if (sscanf(text(line, "t10k"), "%*f %% of %u (%u wrong", &n, &wrong) == 2 && n > 0)
            h->t10k_accuracy = 1 - (double)wrong / n;
    }
    return 1;
}

int history_read(const char *log, int epoch, trial_history *h)
{
    static const char *const events[] = {"{\"event\":\"epoch\"", "{\"event\":\"done\"", NULL};
    *h = (trial_history){.t10k_accuracy = NAN};
    return read_lines(log, events, read_history, &(history_reader){h, epoch}) || errno == ENOENT;
}

/* Adds a trial, or what is newer about it; takes a reference to its settings. */
static int add_result(results *r, const trial_result *t)
{
    int i = 0;
    while (i < r->count && strcmp(r->trials[i].name, t->name) != 0) i++;
    if (i < r->count) {
        trial_result *old = &r->trials[i];
        if (t->state < old->state || (t->state == old->state && t->epochs < old->epochs)) return 1;
        json_decref(old->settings);
    } else {
        /* Room grows by doubling: it is full when the count is a power of two. */
        if ((r->count & (r->count - 1)) == 0) {
            trial_result *more = realloc(r->trials, (size_t)(r->count ? 2 * r->count : 1) * sizeof *more);
            if (!more) return 0;
            r->trials = more;
        }
        r->count++;
    }
    r->trials[i] = *t;
    json_incref(t->settings);
    return 1;
}

static int read_result(const json_t *line, void *to)
{
    trial_result t = {.number = whole(line, "trial"),
                      .epochs = whole(line, "epochs"),
                      .of_epochs = whole(line, "of_epochs"),
                      .validation_accuracy = number(line, "validation_accuracy"),
                      .validation_nll = number(line, "validation_nll"),
                      .t10k_accuracy = number(line, "t10k_accuracy"),
                      .settings = json_object_get(line, "settings")};
    const char *name = text(line, "name"), *state = text(line, "state");
    int known = TRIAL_DONE;
    while (known >= 0 && strcmp(STATES[known], state) != 0) known--;
    if (known < 0 || !*name || strlen(name) >= sizeof t.name || !json_is_object(t.settings)) return 1;
    t.state = (trial_state)known;
    if (t.state != TRIAL_FAILED && !(isfinite(t.validation_accuracy) && isfinite(t.validation_nll))) return 1;
    snprintf(t.name, sizeof t.name, "%s", name);
    snprintf(t.error, sizeof t.error, "%s", text(line, "error"));
    return add_result(to, &t);
}

int results_read(const char *folder, results *r, char error[RESULTS_ERROR_TEXT])
{
    static const char *const events[] = {"{\"event\":\"trial\"", NULL};
    DIR *d = opendir(folder);
    if (!d) {
        snprintf(error, RESULTS_ERROR_TEXT, "%.900s: %s", folder, strerror(errno));
        return 0;
    }
    int ok = 1;
    for (struct dirent *e; ok && (e = readdir(d));) {
        const size_t n = strlen(e->d_name);
        if (strncmp(e->d_name, "results", 7) != 0 || n < 13 || strcmp(e->d_name + n - 6, ".jsonl") != 0) continue;
        char path[4096];
        if (snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int)sizeof path) continue;
        ok = read_lines(path, events, read_result, r);
        if (!ok) snprintf(error, RESULTS_ERROR_TEXT, "%.900s: %s", path, strerror(errno));
    }
    closedir(d);
    return ok;
}

void results_free(results *r)
{
    for (int i = 0; i < r->count; i++) json_decref(r->trials[i].settings);
    free(r->trials);
    *r = (results){0};
}

int results_append(const char *path, const char *members)
{
    char buffer[RESULTS_LINE + 256]; /* a whole line: it goes out in one write */
    const int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "a");
    if (!f) {
        const int why = errno;
        if (fd >= 0) close(fd);
        errno = why;
        return 0;
    }
    setvbuf(f, buffer, _IOFBF, sizeof buffer);
    /* Over NFS, appending is not atomic without a lock; where there are no locks, it is as good as it gets. */
    (void)flock(fd, LOCK_EX);
    /* A line that was cut off is ended first. */
    const off_t size = lseek(fd, 0, SEEK_END);
    char last = '\n';
    if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n') fputc('\n', f);
    int ok = runlog_line(f, "trial", "%s", members) && fsync(fd) == 0;
    const int why = errno;
    ok = fclose(f) == 0 && ok;
    if (!ok) errno = why;
    return ok;
}

/* ── the table ── */

static int better_first(const void *a, const void *b)
{
    const trial_result *x = a, *y = b;
    if (x->state != y->state) return x->state > y->state ? -1 : 1;
    if (x->validation_accuracy > y->validation_accuracy) return -1;
    if (x->validation_accuracy < y->validation_accuracy) return 1;
    if (x->validation_nll < y->validation_nll) return -1;
    if (x->validation_nll > y->validation_nll) return 1;
    return x->number != y->number ? (x->number < y->number ? -1 : 1) : strcmp(x->name, y->name);
}

void results_sort(results *r)
{
    if (r->count) qsort(r->trials, (size_t)r->count, sizeof *r->trials, better_first);
}

/* The column of a setting: "rate 0.001". Its width. */
static int column(const char *name, const json_t *value, char to[COLUMN_TEXT])
{
    const char *is = json_string_value(value);
    if (is) return snprintf(to, COLUMN_TEXT, "%s %s", name, is);
    return snprintf(to, COLUMN_TEXT, "%s %.7g", name, json_number_value(value));
}

static void print_share(FILE *f, double share)
{
    if (isfinite(share)) fprintf(f, "%8.2f %%", 100 * share);
    else fprintf(f, "%10s", "-");
}

void results_print(const results *r, FILE *f)
{
    enum { COLUMNS = 64 };
    int width[COLUMNS] = {0};
    char words[COLUMN_TEXT];
    const char *name;
    json_t *value;
    for (int i = 0; i < r->count; i++) {
        int c = 0;
        json_object_foreach(r->trials[i].settings, name, value)
        {
            const int w = column(name, value, words);
            if (c < COLUMNS && w > width[c]) width[c] = w;
            c++;
        }
    }
    fprintf(f, "validation      t10k  epochs          trial\n");
    for (int i = 0; i < r->count; i++) {
        const trial_result *t = &r->trials[i];
        int c = 0;
        print_share(f, t->validation_accuracy);
        print_share(f, t->t10k_accuracy);
        char epochs[32];
        snprintf(epochs, sizeof epochs, "%d/%d", t->epochs, t->of_epochs);
        fprintf(f, "  %-5s %-8s  %s", epochs, t->state == TRIAL_DONE ? "" : STATES[t->state], t->name);
        json_object_foreach(t->settings, name, value)
        {
            (void)column(name, value, words);
            fprintf(f, "  %-*s", c < COLUMNS ? width[c] : 0, words);
            c++;
        }
        fprintf(f, "%s%s\n", *t->error ? "  " : "", t->error);
    }
}
