#include "commands.h"

#include "train/train.h"

#include <getopt.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char HELP[] =
    "usage: digits train [options]\n"
    "Trains a network on MNIST and writes its weights. Ctrl-C saves; --resume goes on.\n"
    "  --data DIR             folder with train-*-ubyte[.gz] (data, or else ../shared/data/mnist)\n"
    "  --out FILE             weights (models/digits.safetensors); the checkpoint is FILE.checkpoint\n"
    "  --log FILE             JSON lines, appended (none)\n"
    "  --resume               go on from the checkpoint, with the same options\n"
    "  --threads N            (all)\n"
    "What the result depends on:\n";

static volatile sig_atomic_t stop; /* set by Ctrl-C; a signal handler can reach nothing else */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* The command line's own options, and behind them every setting of a config. */
static void make_options(struct option options[64])
{
    static const struct option own[] = {{"data", 1, 0, 'd'},   {"out", 1, 0, 'o'},     {"log", 1, 0, 'l'},
                                        {"resume", 0, 0, 'r'}, {"threads", 1, 0, 't'}, {"help", 0, 0, 'h'}};
    int n = 0;
    memset(options, 0, 64 * sizeof *options);
    for (; n < (int)(sizeof own / sizeof own[0]); n++) options[n] = own[n];
    for (int i = 0; n < 63 && config_name(i); i++) options[n++] = (struct option){config_name(i), 1, 0, 's'};
}

const char *default_data(void)
{
    const int here =
        access("data/train-labels-idx1-ubyte.gz", R_OK) == 0 || access("data/train-labels-idx1-ubyte", R_OK) == 0;
    return here ? "data" : "../shared/data/mnist";
}

static void set_threads(const char *text)
{
    const long n = strtol(text, NULL, 10);
    omp_set_num_threads(n < 1 ? 1 : n > 1024 ? 1024 : (int)n);
}

int command_train(int argc, char **argv)
{
    train_options o = {
        .config = config_default(), .out = "models/digits.safetensors", .progress = stderr, .stop = &stop};
    struct option options[64];
    make_options(options);
    for (int which, index = 0; (which = getopt_long(argc, argv, "", options, &index)) != -1;) {
        char error[CONFIG_ERROR_TEXT];
        switch (which) {
        case 'd': o.data = optarg; break;
        case 'o': o.out = optarg; break;
        case 'l': o.log = optarg; break;
        case 'r': o.resume = 1; break;
        case 't': set_threads(optarg); break;
        case 's':
            if (config_set(&o.config, options[index].name, optarg, error)) break;
            fprintf(stderr, "digits train: --%s\n", error);
            return 2;
        case 'h':
            fputs(HELP, stdout);
            config_help(stdout);
            return 0;
        default: return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "digits train: what is '%s'? See --help\n", argv[optind]);
        return 2;
    }
    if (!o.data) o.data = default_data();
    char checkpoint[4096], error[TRAIN_ERROR_TEXT];
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", o.out);
    o.checkpoint = checkpoint;

    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit then is an error to report, like a full disk */
    switch (train(&o, NULL, error)) {
    case TRAIN_DONE: return 0;
    case TRAIN_STOPPED:
        fprintf(stderr, "\nsaved in %s; the same command with --resume goes on\n", checkpoint);
        return 0;
    default: fprintf(stderr, "\ndigits train: %s\n", error); return 1;
    }
}
