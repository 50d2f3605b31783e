#include "commands.h"

#include "train/train_page.h"

#include <getopt.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
    "usage: digits train-page [options]\n"
    "Trains the page network on made scenes and writes its weights. Ctrl-C saves; --resume goes on.\n"
    "  --data DIRS            folders of sets, parted by ':' ($DIGITS_DATA, then data)\n"
    "  --out FILE             weights (models/page.safetensors), written at every checkpoint\n"
    "  --checkpoint FILE      (FILE of --out, with .checkpoint behind)\n"
    "  --resume               go on from the checkpoint, with the same options\n"
    "  --from FILE            start from another run's checkpoint, of the same network\n"
    "  --log FILE             JSON lines, appended (none)\n"
    "  --threads N            (all)\n"
    "What the result depends on:\n";

static volatile sig_atomic_t stop; /* set by Ctrl-C; a signal handler can reach nothing else */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void help(void)
{
    const page_config c = page_config_default();
    fputs(HELP, stdout);
    printf("  --network TEXT         (%s)\n"
           "  --steps N              (%ld)\n"
           "  --batch N              scenes a step (%d)\n"
           "  --rate X               peak learning rate (%g)\n"
           "  --warmup X             share of the steps over which the rate rises (%g)\n"
           "  --decay X              weight decay (%g)\n"
           "  --integer-share X      the last such share imitates integers (%g)\n"
           "  --average X            decay of the weights' moving average in that share (%g)\n"
           "  --seed N               (%llu)\n",
           c.network, c.steps, c.batch, (double)c.rate, (double)c.warmup, (double)c.decay, (double)c.integer_share,
           (double)c.average, (unsigned long long)c.seed);
}

/* A number, all of the text; 0 after a message. */
static int read_number(const char *name, const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    if (*text && !*end && *value >= 0 && *value <= 1e15) return 1;
    fprintf(stderr, "digits train-page: --%s %s: no number that fits\n", name, text);
    return 0;
}

static int set(page_config *c, const char *name, const char *text)
{
    double x;
    if (strcmp(name, "network") == 0) {
        if (strlen(text) >= sizeof c->network || strpbrk(text, "\"\\\n")) {
            fprintf(stderr, "digits train-page: --network: too long, or with quotes\n");
            return 0;
        }
        strcpy(c->network, text);
        return 1;
    }
    if (!read_number(name, text, &x)) return 0;
    if (strcmp(name, "steps") == 0) c->steps = (long)x;
    else if (strcmp(name, "batch") == 0) c->batch = x < 1e6 ? (int)x : 0;
    else if (strcmp(name, "rate") == 0) c->rate = (float)x;
    else if (strcmp(name, "warmup") == 0) c->warmup = (float)x;
    else if (strcmp(name, "decay") == 0) c->decay = (float)x;
    else if (strcmp(name, "integer-share") == 0) c->integer_share = (float)x;
    else if (strcmp(name, "average") == 0) c->average = (float)x;
    else c->seed = (uint64_t)x;
    return 1;
}

int command_train_page(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", 1, 0, 'd'},    {"out", 1, 0, 'o'},   {"checkpoint", 1, 0, 'c'},    {"resume", 0, 0, 'r'},
        {"from", 1, 0, 'f'},    {"log", 1, 0, 'l'},   {"threads", 1, 0, 't'},       {"help", 0, 0, 'h'},
        {"network", 1, 0, 's'}, {"steps", 1, 0, 's'}, {"batch", 1, 0, 's'},         {"rate", 1, 0, 's'},
        {"warmup", 1, 0, 's'},  {"decay", 1, 0, 's'}, {"integer-share", 1, 0, 's'}, {"average", 1, 0, 's'},
        {"seed", 1, 0, 's'},    {0, 0, 0, 0}};
    train_page_options o = {
        .config = page_config_default(), .out = "models/page.safetensors", .progress = stderr, .stop = &stop};
    double threads;
    for (int which, index = 0; (which = getopt_long(argc, argv, "", options, &index)) != -1;) {
        switch (which) {
        case 'd': o.data = optarg; break;
        case 'o': o.out = optarg; break;
        case 'c': o.checkpoint = optarg; break;
        case 'r': o.resume = 1; break;
        case 'f': o.from = optarg; break;
        case 'l': o.log = optarg; break;
        case 't':
            if (!read_number("threads", optarg, &threads)) return 2;
            omp_set_num_threads(threads < 1 ? 1 : threads > 1024 ? 1024 : (int)threads);
            break;
        case 's':
            if (!set(&o.config, options[index].name, optarg)) return 2;
            break;
        case 'h': help(); return 0;
        default: return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "digits train-page: what is '%s'? See --help\n", argv[optind]);
        return 2;
    }
    const char *sets = getenv("DIGITS_DATA");
    char data[4096], checkpoint[4096], error[TRAIN_PAGE_ERROR_TEXT];
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", o.out);
    snprintf(data, sizeof data, "%s%sdata", sets ? sets : "", sets ? ":" : "");
    if (!o.data) o.data = data;
    if (!o.checkpoint) o.checkpoint = checkpoint;

    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit then is an error to report, like a full disk */
    switch (train_page(&o, error)) {
    case TRAIN_PAGE_DONE: return 0;
    case TRAIN_PAGE_STOPPED:
        fprintf(stderr, "\nsaved in %s; the same command with --resume goes on\n", o.checkpoint);
        return 0;
    default: fprintf(stderr, "\ndigits train-page: %s\n", error); return 1;
    }
}
