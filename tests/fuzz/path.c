/* A request target: what is let through is a plain absolute path, and says itself again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../serve/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[REQUEST_PATH_MAX], again[REQUEST_PATH_MAX], encoded[3 * REQUEST_PATH_MAX];
    int status = request_path((struct span){(const char *)data, size}, path);
    if (status != 0) {
        if ((status != 400 && status != 404) || path[0] != '\0') abort();
        return 0;
    }
    if (path[0] != '/' || strlen(path) >= sizeof path) abort();
    if (strchr(path, '\\')) abort();
    size_t length = 0;
    for (const char *at = path; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 127) abort();
        if (at[0] == '/' && at[1] == '.' && (at[2] == '/' || at[2] == '\0')) abort();
        if (at[0] == '/' && at[1] == '.' && at[2] == '.' && (at[3] == '/' || at[3] == '\0')) abort();
        const char *form = *at == '/' ? "/" : "%%%02X";
        length += (size_t)snprintf(encoded + length, sizeof encoded - length, form, (unsigned char)*at);
    }
    if (request_path((struct span){encoded, length}, again) != 0 || strcmp(path, again) != 0) abort();
    return 0;
}
