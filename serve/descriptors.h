/* Open descriptors of this process. */
#ifndef SERVE_DESCRIPTORS_H
#define SERVE_DESCRIPTORS_H

/* Closes `first` and all above it: what the parent process left open is none of ours. */
void descriptors_close_from(int first);

/* Opens /dev/null as standard input, output or error where the parent left one of them closed: or else a
 * socket would take its number, and messages would go to a client. */
void descriptors_open_standard(void);

/* Lowers *connections to what the limit on descriptors allows, and says so, unless it can be raised. */
void descriptors_fit(long *connections);

#endif
