/* teacher.h — trained networks whose answers another one learns. */
#ifndef DIGITS_TEACHER_H
#define DIGITS_TEACHER_H

#include "digits.h"

enum { TEACHER_MAX = 16, TEACHER_ERROR_TEXT = 512 };

typedef struct teacher {
    int count;
    const digits_network *networks[TEACHER_MAX];
    void *memory[TEACHER_MAX];
    size_t work_bytes; /* for one teacher_ask at a time */
    uint32_t checksum; /* CRC-32 of all files: names them in logs */
} teacher;

/* Opens weights files, their paths parted by commas ("" = none). 0, and error says why; close it all the same. */
int teacher_open(teacher *t, const char *paths, char error[TEACHER_ERROR_TEXT]);
void teacher_close(teacher *t);

/* The mean of the networks' probabilities of ink[784], softened by temperature. work: work_bytes, aligned to 16. */
void teacher_ask(const teacher *t, const uint8_t *pixels, float temperature, void *work,
                 float probabilities[DIGITS_CLASSES]);

#endif
