/* tensorboard.h — run logs (runlog.h) as TensorBoard event files, which Weights & Biases imports too.
 *
 * A file of events is TFRecords (u64 length, its CRC, the data, its CRC), each an Event message. Numbers of a log's
 * line become scalars, texts and objects texts, called EVENT/MEMBER ("step/loss", "epoch/validation_accuracy",
 * "start/config"), at the optimizer's step and the line's own time. */
#ifndef DIGITS_TENSORBOARD_H
#define DIGITS_TENSORBOARD_H

enum { TENSORBOARD_ERROR_TEXT = 4096 + 512 };

/* Writes the runs in the log file under folder: the first into the folder FOLDER/NAME, further ones (logs are
 * appended to) into FOLDER/NAME-2 …, each as one file whose name follows from when the run started, so that a second
 * export replaces it. What a killed run logged after its last checkpoint, and resumed wrote again, is there once. A
 * last line without its end, of a run that goes on, is left out.
 * Returns the number of runs written; -1, and error says why and in what line: what was written before stays. */
int tensorboard_export(const char *log, const char *folder, const char *name, char error[TENSORBOARD_ERROR_TEXT]);

#endif
