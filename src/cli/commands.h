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
int command_scenes(int argc, char **argv);
int command_export(int argc, char **argv);

/* model.c: the weights that read a digit, and those that find the writing in a picture. Looked for below the working
 * directory and beside the program. */
#define DIGITS_MODEL "models/digits.safetensors"
#define PAGE_MODEL "models/page.safetensors"

/* model.c: path, or if that is NULL where the file of that name is; the name itself if it is nowhere. */
enum { MODEL_PATH = 4096, MODEL_MAX_BYTES = 64 << 20 };
const char *model_path(const char *path, const char *name, char room[MODEL_PATH]);

/* model.c: opens a weights file; path NULL = DIGITS_MODEL. NULL after a message on stderr. *memory is to be freed after
 * use. */
const digits_network *open_model(const char *path, void **memory);

/* model.c: opens the page's weights; path NULL = PAGE_MODEL, if it is there: else *network is NULL. 0 after a message on
 * stderr. *memory is to be freed after use. */
int open_page_model(const char *path, void **memory, const digits_network **network);

/* train.c: the folder where `make data` puts MNIST, or where it lies beside the checkout. */
const char *default_data(void);

#endif
