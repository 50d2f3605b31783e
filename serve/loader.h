/* The process that reads the site, so that the one that talks to the net opens no file.
 *
 * It is started once, reads the folder when asked, and hands back the block as a descriptor. It
 * ends when the server does.
 */
#ifndef SERVE_LOADER_H
#define SERVE_LOADER_H

#include <stdbool.h>

/* Starts it for the folder `root` (which may be exchanged for another one later, under the same
 * name); `hsts` as in fields.h. Returns the socket to it, the caller's to close, or -errno. */
int loader_start(const char *root, bool hsts);

/* Asks for the site as it is now. The answer comes on the socket. False: the loader is gone. */
bool loader_ask(int loader);

/* Takes the answer; waits for it if it is not there. Returns the descriptor of a block, the
 * caller's; -1 when the site cannot be read, which the loader has explained on standard error;
 * -2 when the loader is gone. */
int loader_take(int loader);

#endif
