/* What a process may still do: seccomp, Landlock, user and capabilities. What the kernel does not have
 * is left out, and said on standard error. None of it can be undone. */
#ifndef SERVE_SANDBOX_H
#define SERVE_SANDBOX_H

/* For the process that talks to the net: root becomes nobody (65534), no capabilities, no files, and no
 * system calls but those that move bytes between descriptors, wait, map memory without code, and end. */
void sandbox_server(void);

/* For the process that opens files: root becomes nobody, no capabilities; it may open files and directories to
 * read, write and make files in the directory `log` (a descriptor, or -1), and fork. */
void sandbox_loader(int log);

#endif
