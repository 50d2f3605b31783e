/* What this process may still do (seccomp, Landlock, capabilities). What the kernel does not have
 * is left out, and said on standard error; nothing here can be undone later. */
#ifndef SERVE_CONFINE_H
#define SERVE_CONFINE_H

/* For the process that talks to the net: no rights of a superuser (root becomes nobody, 65534), no
 * files, and no system calls but those that move bytes between descriptors, wait, map memory
 * without code, and end. */
void confine_server(void);

/* For the process that reads the site: it may open files and folders to read, nothing else. */
void confine_loader(void);

#endif
