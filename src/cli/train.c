#include "commands.h"

#include "../train/train.h"

#include <getopt.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char HELP[] =
    "usage: digits train [options]\n"
    "Trains a network on MNIST and writes its weights. Ctrl-C saves; --resume goes on.\n"
    "  --data DIR            folder with train-*-ubyte[.gz] (default: data, or ../shared/data/mnist)\n"
    "  --out FILE            weights (models/digits.safetensors); the checkpoint is FILE.checkpoint\n"
    "  --log FILE            JSON lines, appended (none)\n"
    "  --resume              go on from the checkpoint, with the same options\n"
    "  --architecture TEXT   layers (%s)\n"
    "  --optimizer NAME      adamw or sgd (adamw)\n"
    "  --rate X              peak learning rate (0.002)\n"
    "  --momentum X          momentum, or Adam's beta 1 (0.9)\n"
    "  --decay X             weight decay (0.05 adamw, 0.0001 sgd)\n"
    "  --batch N             pictures a step (128)\n"
    "  --epochs N            (40)\n"
    "  --integer-epochs N    last epochs that imitate integers (a quarter of them)\n"
    "  --plain               no distortions\n"
    "  --seed N              (1)\n"
    "  --threads N           (all)\n";

static const char ARCHITECTURE[] = "conv3:16 pool2 conv3:32 pool2 conv3:48 dense:10";

static volatile sig_atomic_t stop; /* set by Ctrl-C; a signal handler can reach nothing else */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static int bad(const char *what, const char *value)
{
    fprintf(stderr, "digits train: --%s %s: out of range\n", what, value);
    return 2;
}

/* A number of low..high; 0 if the text is none. */
static int number(const char *text, double low, double high, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return *text && !*end && *out >= low && *out <= high;
}

int command_train(int argc, char **argv)
{
    train_options o = {
        .architecture = ARCHITECTURE,
        .optimizer = {OPTIMIZER_ADAM, 0.9f, 0.999f, -1},
        .rate = 0.002f,
        .batch = 128,
        .epochs = 40,
        .warmup = 0.05f,
        .distort = 1,
        .augment = augment_default,
        .seed = 1,
        .out = "models/digits.safetensors",
        .progress = stderr,
        .stop = &stop,
    };
    enum {
        DATA = 1,
        OUT,
        LOG,
        RESUME,
        ARCH,
        OPTIMIZER,
        RATE,
        MOMENTUM,
        DECAY,
        BATCH,
        EPOCHS,
        INTEGER,
        PLAIN,
        SEED,
        THREADS,
        HELP_OPTION
    };
    static const struct option options[] = {{"data", 1, 0, DATA},
                                            {"out", 1, 0, OUT},
                                            {"log", 1, 0, LOG},
                                            {"resume", 0, 0, RESUME},
                                            {"architecture", 1, 0, ARCH},
                                            {"optimizer", 1, 0, OPTIMIZER},
                                            {"rate", 1, 0, RATE},
                                            {"momentum", 1, 0, MOMENTUM},
                                            {"decay", 1, 0, DECAY},
                                            {"batch", 1, 0, BATCH},
                                            {"epochs", 1, 0, EPOCHS},
                                            {"integer-epochs", 1, 0, INTEGER},
                                            {"plain", 0, 0, PLAIN},
                                            {"seed", 1, 0, SEED},
                                            {"threads", 1, 0, THREADS},
                                            {"help", 0, 0, HELP_OPTION},
                                            {0, 0, 0, 0}};
    double x;
    for (int which, index = 0; (which = getopt_long(argc, argv, "", options, &index)) != -1;) {
        switch (which) {
        case DATA: o.data = optarg; break;
        case OUT: o.out = optarg; break;
        case LOG: o.log = optarg; break;
        case RESUME: o.resume = 1; break;
        case ARCH: o.architecture = optarg; break;
        case OPTIMIZER:
            if (strcmp(optarg, "sgd") == 0) o.optimizer.kind = OPTIMIZER_SGD;
            else if (strcmp(optarg, "adamw") != 0) return bad("optimizer", optarg);
            break;
        case RATE:
            if (!number(optarg, 1e-9, 10, &x)) return bad("rate", optarg);
            o.rate = (float)x;
            break;
        case MOMENTUM:
            if (!number(optarg, 0, 0.9999, &x)) return bad("momentum", optarg);
            o.optimizer.momentum = (float)x;
            break;
        case DECAY:
            if (!number(optarg, 0, 10, &x)) return bad("decay", optarg);
            o.optimizer.decay = (float)x;
            break;
        case BATCH:
            if (!number(optarg, 1, 1 << 16, &x)) return bad("batch", optarg);
            o.batch = (int)x;
            break;
        case EPOCHS:
            if (!number(optarg, 1, 10000, &x)) return bad("epochs", optarg);
            o.epochs = (int)x;
            break;
        case INTEGER:
            if (!number(optarg, 1, 10000, &x)) return bad("integer-epochs", optarg);
            o.integer_epochs = (int)x;
            break;
        case PLAIN: o.distort = 0; break;
        case SEED:
            if (!number(optarg, 0, 1e15, &x)) return bad("seed", optarg);
            o.seed = (uint64_t)x;
            break;
        case THREADS:
            if (!number(optarg, 1, 1024, &x)) return bad("threads", optarg);
            omp_set_num_threads((int)x);
            break;
        case HELP_OPTION: printf(HELP, ARCHITECTURE); return 0;
        default: return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "digits train: what is '%s'? See --help\n", argv[optind]);
        return 2;
    }
    if (o.optimizer.decay < 0) o.optimizer.decay = o.optimizer.kind == OPTIMIZER_SGD ? 0.0001f : 0.05f;
    if (!o.integer_epochs) o.integer_epochs = (o.epochs + 3) / 4;
    if (!o.data) o.data = access("data", R_OK) == 0 ? "data" : "../shared/data/mnist";
    char checkpoint[4096], error[TRAIN_ERROR_TEXT];
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", o.out);
    o.checkpoint = checkpoint;

    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit then is an error to report, like a full disk */
    switch (train(&o, error)) {
    case TRAIN_DONE: return 0;
    case TRAIN_STOPPED:
        fprintf(stderr, "\nsaved in %s; the same command with --resume goes on\n", checkpoint);
        return 0;
    default: fprintf(stderr, "\ndigits train: %s\n", error); return 1;
    }
}
