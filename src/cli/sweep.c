#include "commands.h"

#include "train/results.h"
#include "train/sweep.h"

#include <errno.h>
#include <getopt.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char HELP[] =
    "usage: digits sweep SPACE [options]\n"
    "       digits sweep --table DIR...\n"
    "Trains a network for every combination of the settings in the text file SPACE, and prints a table, the best on the\n"
    "validation pictures first. Ctrl-C saves; the same command goes on, and repeats nothing that is finished.\n"
    "  --data DIR         folder with train-*-ubyte[.gz] (data, or else ../shared/data/mnist)\n"
    "  --out DIR          weights, logs and results*.jsonl (models/runs/NAME, of SPACE NAME.txt)\n"
    "  --random N         draws N trials instead of all; ranges may be in SPACE then\n"
    "  --seed S           of those draws (1)\n"
    "  --halving[=ETA]    stops poor trials early: the better 1/ETA goes on to ETA times the epochs (3)\n"
    "  --shard I/N        only the I-th part of N, for N machines or jobs: models/sweeps/README.md\n"
    "  --threads N        (all)\n"
    "  --list             prints the trials, and trains none\n"
    "  --table            prints what is in the folders, of all shards, and trains none\n"
    "SPACE has a setting a line, and # before comments:\n"
    "  epochs 5                                                 one value: the same in all trials\n"
    "  architecture \"dense:256 dense:10\" \"dense:512 dense:10\"   several\n"
    "  rate log 0.001..0.01                                     for --random: LOW..HIGH, log LOW..HIGH, int LOW..HIGH\n"
    "The settings, and what they are when SPACE does not say:\n";

enum { PATH_TEXT = 4096 };

typedef struct arguments {
    const char *space, *data, *out;
    int random, shard, shards, eta, list, table;
    uint64_t seed;
} arguments;

static volatile sig_atomic_t stop; /* set by Ctrl-C; a signal handler can reach nothing else */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* A whole number of low .. high, and nothing behind it but end. NULL: it is not. */
static const char *whole(const char *text, long low, long high, char end, int *to)
{
    char *after;
    if (!text || *text < '0' || *text > '9') return NULL;
    errno = 0;
    const long n = strtol(text, &after, 10);
    if (errno || n < low || n > high || *after != end) return NULL;
    *to = (int)n;
    return after;
}

static int set_shard(const char *text, arguments *a)
{
    const char *slash = whole(text, 1, SPACE_MAX_TRIALS, '/', &a->shard);
    if (!slash || !whole(slash + 1, a->shard, SPACE_MAX_TRIALS, 0, &a->shards)) return 0;
    a->shard--;
    return 1;
}

static int wrong(const char *what, const char *value)
{
    fprintf(stderr, "digits sweep: %s: what is '%s'? See --help\n", what, value);
    return 2;
}

/* −1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, arguments *a)
{
    static const struct option options[] = {{"data", 1, 0, 'd'},
                                            {"out", 1, 0, 'o'},
                                            {"random", 1, 0, 'n'},
                                            {"seed", 1, 0, 's'},
                                            {"halving", 2, 0, 'e'},
                                            {"shard", 1, 0, 'i'},
                                            {"threads", 1, 0, 't'},
                                            {"list", 0, 0, 'l'},
                                            {"table", 0, 0, 'p'},
                                            {"help", 0, 0, 'h'},
                                            {0, 0, 0, 0}};
    for (int which, index = 0, number; (which = getopt_long(argc, argv, "", options, &index)) != -1;) {
        int ok = 1;
        switch (which) {
        case 'd': a->data = optarg; break;
        case 'o': a->out = optarg; break;
        case 'n': ok = whole(optarg, 1, SPACE_MAX_TRIALS, 0, &a->random) != NULL; break;
        case 's':
            ok = whole(optarg, 0, 1000 * 1000 * 1000, 0, &number) != NULL;
            a->seed = ok ? (uint64_t)number : 0;
            break;
        case 'e':
            a->eta = 3;
            ok = !optarg || whole(optarg, 2, 100, 0, &a->eta);
            break;
        case 'i': ok = set_shard(optarg, a); break;
        case 't':
            ok = whole(optarg, 1, 1024, 0, &number) != NULL;
            if (ok) omp_set_num_threads(number);
            break;
        case 'l': a->list = 1; break;
        case 'p': a->table = 1; break;
        case 'h':
            fputs(HELP, stdout);
            config_help(stdout);
            return 0;
        default: return 2;
        }
        if (!ok) return wrong(options[index].name, optarg);
    }
    if (optind == argc) {
        fputs("usage: digits sweep SPACE [options], or --table DIR...; --help says the rest\n", stderr);
        return 2;
    }
    a->space = argv[optind];
    return !a->table && optind + 1 < argc ? wrong("SPACE", argv[optind + 1]) : -1;
}

/* The file's name without folders and ending. */
static void name_of(const char *path, char name[128])
{
    const char *slash = strrchr(path, '/');
    snprintf(name, 128, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot > name) *dot = 0;
}

/* mkdir -p */
static int make_folders(const char *path)
{
    char part[PATH_TEXT];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
        errno = ENAMETOOLONG;
        return 0;
    }
    for (char *p = part + 1; *p; p++) {
        if (*p != '/') continue;
        *p = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST) return 0;
        *p = '/';
    }
    return mkdir(part, 0777) == 0 || errno == EEXIST;
}

/* What the folders say, of all shards. of: trials of the sweep; 0 = not known. */
static int print_table(const char *const *folders, int n, int of)
{
    results r = {0};
    char error[RESULTS_ERROR_TEXT] = "there are no results yet";
    int ok = 1;
    for (int i = 0; ok && i < n; i++) ok = results_read(folders[i], &r, error);
    if (!ok || (r.count == 0 && of == 0)) {
        fprintf(stderr, "digits sweep: %s\n", error);
        results_free(&r);
        return 1;
    }
    results_sort(&r);
    results_print(&r, stdout);
    int done = 0;
    while (done < r.count && r.trials[done].state == TRIAL_DONE) done++;
    printf("%d finished", done);
    if (of) printf(" of %d", of);
    if (done) printf("; the best on the validation pictures: %s.safetensors", r.trials[0].name);
    putchar('\n');
    results_free(&r);
    return 0;
}

static int run_sweep(const arguments *a, const space *s, const space_trial *trials, int count)
{
    char name[128], usual[256], error[SWEEP_ERROR_TEXT];
    name_of(a->space, name);
    snprintf(usual, sizeof usual, "models/runs/%s", name);
    const char *out = a->out ? a->out : usual;
    if (!make_folders(out)) {
        fprintf(stderr, "digits sweep: %s: %s\n", out, strerror(errno));
        return 1;
    }
    const sweep_options o = {
        .name = name,
        .space = s,
        .trials = trials,
        .count = count,
        .shard = a->shard,
        .shards = a->shards,
        .eta = a->eta,
        .data = a->data ? a->data : default_data(),
        .out = out,
        .progress = stderr,
        .stop = &stop,
    };
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit then is an error to report, like a full disk */
    const sweep_result result = sweep(&o, error);
    if (result == SWEEP_STOPPED) {
        /* Not 0: whoever runs jobs must not think that this one is through. */
        fprintf(stderr, "\nsaved in %s; the same command goes on\n", out);
        return 1;
    }
    const int printed = print_table(&out, 1, count);
    if (result == SWEEP_DONE) return printed;
    fprintf(stderr, "digits sweep: %s\n", error);
    return 1;
}

static void print_trials(const arguments *a, const space *s, const space_trial *trials, int count)
{
    char text[CONFIG_JSON];
    for (int k = a->shard; k < count; k += a->shards) {
        sweep_describe(s, &trials[k].config, text, sizeof text);
        printf("%d: %s\n", k + 1, text);
    }
}

int command_sweep(int argc, char **argv)
{
    arguments a = {.shards = 1, .seed = 1};
    const int status = read_arguments(argc, argv, &a);
    if (status >= 0) return status;
    if (a.table) return print_table((const char *const *)argv + optind, argc - optind, 0);
    static space s; /* 10 KB */
    space_trial *trials = NULL;
    int count = 0, result = 1;
    char error[SPACE_ERROR_TEXT];
    if (!space_read(a.space, &s, error)) {
        fprintf(stderr, "digits sweep: %s\n", error);
        return 1;
    }
    if (a.random ? space_random(&s, a.random, a.seed, &trials, &count, error)
                 : space_grid(&s, &trials, &count, error)) {
        if (count < a.random) fprintf(stderr, "%s has only %d different trials\n", a.space, count);
        result = 0;
        if (a.list) print_trials(&a, &s, trials, count);
        else result = run_sweep(&a, &s, trials, count);
    } else {
        fprintf(stderr, "digits sweep: %s\n", error);
    }
    free(trials);
    space_free(&s);
    return result;
}
