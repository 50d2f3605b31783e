/* The process that opens files, so that the one that talks to the net opens none.
 *
 * It is started once, before the server gives up its rights, and ends when the server does. Each time
 * the site is to be read it forks: a load that dies (of memory, say) fails, and the next one is tried
 * all the same.
 */
#ifndef SERVE_LOADER_H
#define SERVE_LOADER_H

#include <stdbool.h>

#include "headers.h"

struct loader_options {
    const char *root;     /* the site; may later be replaced by another under the same name */
    const char *log_file; /* or NULL */
    enum hsts hsts;
};

enum loader_file { LOADER_SITE = 'S', LOADER_LOG = 'L' };

/* Starts it. Returns the socket to it, the caller's to close, or -errno. */
int loader_start(const struct loader_options *options);

/* Asks for the site as it is now, or for the log file opened anew (made, if it is not there). The
 * answer comes on the socket. False: the loader is gone. */
bool loader_request(int loader, enum loader_file file);

/* Receives an answer; waits for it if it is not there yet. Returns a descriptor, the caller's, of the
 * block (site.h) or of the log; -1 when that failed, which the loader has explained on standard error;
 * -2 when the loader is gone. *file: which of the two it is. */
int loader_receive(int loader, enum loader_file *file);

#endif
