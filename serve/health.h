/* Asks a running server whether it serves: for the HEALTHCHECK of a container that has no curl. */
#ifndef SERVE_HEALTH_H
#define SERVE_HEALTH_H

#include <stdint.h>

/* Sends HEAD / to this port of this machine. Returns 0 if an HTTP answer other than 5xx comes
 * within three seconds, else 1, and says why on standard error. */
int health_check(uint16_t port);

#endif
