/* commands.h — the subcommands of `digits`: one file each, an exit status back. */
#ifndef DIGITS_COMMANDS_H
#define DIGITS_COMMANDS_H

#include "digits.h"

/* argv[0] is the subcommand's name. 0 = all went well, 1 = something could not be done, 2 = wrong usage. */
int command_predict(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_train(int argc, char **argv);
int command_train_page(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_export(int argc, char **argv);

/* model.c: path, or if that is NULL where the weights are that open_model would open. */
enum { MODEL_PATH = 4096, MODEL_MAX_BYTES = 64 << 20 };
const char *model_path(const char *path, char room[MODEL_PATH]);

/* model.c: opens a weights file; path NULL = models/digits.safetensors, looked for below the working directory and
 * beside the program. NULL after a message on stderr. *memory is to be freed after use. */
const digits_network *open_model(const char *path, void **memory);

/* train.c: the folder where `make data` puts MNIST, or where it lies beside the checkout. */
const char *default_data(void);

#endif
