#include "commands.h"

#include "train/onnx.h"
#include "train/file_io.h"
#include "train/tensorboard.h"

#include <errno.h>
#include <fts.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
    "usage: digits export [--onnx FILE [--model FILE]] [--tensorboard DIR [--runs DIR]]\n"
    "  --onnx FILE         writes the weights as an ONNX model of integers that gives the same logits;\n"
    "                      pixels uint8[N,1,28,28] -> logits int32[N,10], probabilities float[N,10]\n"
    "  --model FILE        the weights (models/digits.safetensors)\n"
    "  --tensorboard DIR   writes training's logs as TensorBoard event files, a folder for each run\n"
    "  --runs DIR          where the logs are, *.jsonl, also in folders below (models/runs)\n";

static int export_onnx(const char *model, const char *to)
{
    char room[MODEL_PATH];
    void *file;
    uint8_t *onnx;
    size_t size, bytes;
    model = model_path(model, DIGITS_MODEL, room);
    if (!load_file(model, MODEL_MAX_BYTES, &file, &size)) {
        fprintf(stderr, "digits: %s: %s\n", model, strerror(errno));
        return 1;
    }
    const digits_status status = onnx_export(file, size, &onnx, &bytes);
    free(file);
    if (status) {
        fprintf(stderr, "digits: %s: %s\n", model, digits_status_text(status));
        return 1;
    }
    const int saved = save_file(to, onnx, bytes);
    if (saved) printf("%s: %zu bytes\n", to, bytes);
    else fprintf(stderr, "digits: cannot write %s: %s\n", to, strerror(errno));
    free(onnx);
    return !saved;
}

/* One log; its run is called as the path is, behind so many characters and without the ending. Adds to *written. */
static int export_log(const char *path, size_t behind, const char *to, int *written)
{
    char name[4096], error[TENSORBOARD_ERROR_TEXT];
    const char *below = path + behind + strspn(path + behind, "/");
    snprintf(name, sizeof name, "%.*s", (int)(strlen(below) - strlen(".jsonl")), below);
    const int n = tensorboard_export(path, to, name, error);
    if (n < 0) fprintf(stderr, "digits: %s\n", error);
    else *written += n;
    return n < 0;
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

/* Logs that are no good are named, and the others go on. */
static int export_tensorboard(const char *runs, const char *to)
{
    char *const roots[] = {(char *)(uintptr_t)runs, NULL};
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    int failed = 0, written = 0;
    for (FTSENT *at; tree && (errno = 0, at = fts_read(tree));) {
        const char *ending = strrchr(at->fts_name, '.');
        if (at->fts_info == FTS_DNR || at->fts_info == FTS_ERR || at->fts_info == FTS_NS) {
            fprintf(stderr, "digits: %s: %s\n", at->fts_path, strerror(at->fts_errno));
            failed = 1;
        } else if (at->fts_info == FTS_F && ending && strcmp(ending, ".jsonl") == 0) {
            failed |= export_log(
                at->fts_path, at->fts_level ? strlen(runs) : (size_t)at->fts_pathlen - at->fts_namelen, to, &written);
        }
    }
    if (!tree || errno) {
        fprintf(stderr, "digits: %s: %s\n", runs, strerror(errno));
        failed = 1;
    }
    if (tree) fts_close(tree);
    if (written) printf("%s: %d run%s\n", to, written, written == 1 ? "" : "s");
    else if (!failed) fprintf(stderr, "digits: there is no run log (*.jsonl) in %s\n", runs);
    return failed || !written;
}

int command_export(int argc, char **argv)
{
    const char *onnx = NULL, *model = NULL, *tensorboard = NULL, *runs = "models/runs";
    enum { ONNX = 1, MODEL, TENSORBOARD, RUNS, HELP_OPTION };
    static const struct option options[] = {
        {"onnx", 1, 0, ONNX}, {"model", 1, 0, MODEL},      {"tensorboard", 1, 0, TENSORBOARD},
        {"runs", 1, 0, RUNS}, {"help", 0, 0, HELP_OPTION}, {0, 0, 0, 0}};
    for (int which; (which = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (which) {
        case ONNX: onnx = optarg; break;
        case MODEL: model = optarg; break;
        case TENSORBOARD: tensorboard = optarg; break;
        case RUNS: runs = optarg; break;
        case HELP_OPTION: fputs(HELP, stdout); return 0;
        default: return 2;
        }
    }
    if ((!onnx && !tensorboard) || optind < argc) {
        fputs(HELP, stderr);
        return 2;
    }
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit then is an error to report, like a full disk */
    int failed = 0;
    if (onnx) failed |= export_onnx(model, onnx);
    if (tensorboard) failed |= export_tensorboard(runs, tensorboard);
    return failed;
}
