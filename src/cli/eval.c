#include "commands.h"

#include "train/evaluate.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char HELP[] =
    "usage: digits eval --images IDX --labels IDX [--json] [--logits] [--model FILE]\n"
    "Scores the network on 28×28 pictures in IDX files, gzipped or not: n, errors, accuracy, nll, ece.\n"
    "  --json     one JSON line\n"
    "  --logits   before it, one JSON line a picture: its label and its ten integer logits\n";

int command_eval(int argc, char **argv)
{
    const char *images = NULL, *labels = NULL, *model = NULL;
    int json = 0, show_logits = 0;
    enum { IMAGES = 1, LABELS, MODEL, JSON, LOGITS, HELP_OPTION };
    static const struct option options[] = {{"images", 1, 0, IMAGES},
                                            {"labels", 1, 0, LABELS},
                                            {"model", 1, 0, MODEL},
                                            {"json", 0, 0, JSON},
                                            {"logits", 0, 0, LOGITS},
                                            {"help", 0, 0, HELP_OPTION},
                                            {0, 0, 0, 0}};
    for (int which; (which = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (which) {
        case IMAGES: images = optarg; break;
        case LABELS: labels = optarg; break;
        case MODEL: model = optarg; break;
        case JSON: json = 1; break;
        case LOGITS: show_logits = 1; break;
        case HELP_OPTION: fputs(HELP, stdout); return 0;
        default: return 2;
        }
    }
    if (!images || !labels || optind < argc) {
        fputs(HELP, stderr);
        return 2;
    }
    void *memory;
    const digits_network *network = open_model(model, &memory);
    if (!network) return 1;
    dataset data;
    evaluation e;
    char error[IDX_ERROR_TEXT];
    int result = 1;
    if (!dataset_read(images, labels, IDX_DIGITS, &data, error)) {
        fprintf(stderr, "digits: %s\n", error);
        free(memory);
        return 1;
    }
    int32_t *logits = malloc(data.count * DIGITS_CLASSES * sizeof *logits);
    if (logits && evaluate(network, &data, &e, logits)) {
        result = 0;
        for (size_t i = 0; show_logits && i < data.count; i++) {
            printf("{\"label\":%d,\"logits\":[", data.labels[i]);
            for (size_t c = 0; c < DIGITS_CLASSES; c++) printf("%s%d", c ? "," : "", logits[i * DIGITS_CLASSES + c]);
            puts("]}");
        }
        printf(json ? "{\"n\":%zu,\"errors\":%zu,\"accuracy\":%.6f,\"nll\":%.6f,\"ece\":%.6f}\n"
                    : "n         %zu\nerrors    %zu\naccuracy  %.4f\nnll       %.4f\nece       %.4f\n",
               e.n, e.errors, e.accuracy, e.nll, e.ece);
    } else {
        fprintf(stderr, "digits: %s\n", digits_status_text(DIGITS_OUT_OF_MEMORY));
    }
    free(logits);
    dataset_free(&data);
    free(memory);
    return result;
}
