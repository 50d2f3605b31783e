/* Asks a running server whether it serves: for the HEALTHCHECK of a container that has no curl. */
#ifndef SERVE_HEALTH_H
#define SERVE_HEALTH_H

#include <stdint.h>

/* Sends HEAD / to a server with this `bind` (as in listener.h, or NULL) and port on this machine.
 * Returns 0 if 200 comes within three seconds, else 1, and says why on standard error. */
int health_check(const char *bind, uint16_t port);

#endif
