#include "commands.h"

#include <stdio.h>
#include <string.h>

static const char USAGE[] = "usage: digits predict [--json] [--no-signs] [--model FILE] [--page FILE] IMAGE...\n"
                            "       digits eval --images IDX --labels IDX [--json] [--logits] [--model FILE]\n"
                            "       digits train [--data DIR] [--out FILE] [--resume] ...\n"
                            "       digits train-page [--data DIRS] [--out FILE] [--resume] ...\n"
                            "       digits sweep SPACE [--shard I/N] [--random N] [--halving] ...\n"
                            "       digits scenes [--out FILE] [--count N] [--boxes] ...\n"
                            "       digits export [--onnx FILE] [--tensorboard DIR] ...\n"
                            "`digits COMMAND --help` says the rest.\n";

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int, char **);
    } commands[] = {{"predict", command_predict},       {"eval", command_eval},   {"train", command_train},
                    {"train-page", command_train_page}, {"sweep", command_sweep}, {"scenes", command_scenes},
                    {"export", command_export}};
    if (argc > 1)
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
            if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    const int asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0);
    fputs(USAGE, asked ? stdout : stderr);
    return asked ? 0 : 2;
}
