/* The sockets that clients connect to. */
#ifndef SERVE_LISTENER_H
#define SERVE_LISTENER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define LISTENERS_MAX 8
#define LISTENER_TEXT_MAX 160

/* What `--bind` says, "localhost", an IPv4 or IPv6 address, or "unix:PATH", with this port. Returns the
 * length of the socket address, or 0 when the text is none of these. */
socklen_t listener_address(const char *bind, uint16_t port, struct sockaddr_storage *out);

/* Listens there; with `bind` NULL on all interfaces, IPv6 and IPv4 in one socket, IPv4 alone where
 * there is no IPv6. Port 0 takes any that is free. The file of a UNIX socket is open to all users, and
 * one that nobody listens to is replaced. Returns the socket, the caller's to close, or -errno. */
int listener_open(const char *bind, uint16_t port);

/* The sockets that systemd or the like has opened for this process (sd_listen_fds(3)): their number,
 * 0 if there are none, or -errno. They are made non-blocking. */
int listener_inherit(int sockets[LISTENERS_MAX]);

/* Writes what a browser calls the address of a socket: "http://localhost:5000/" for all interfaces. */
void listener_describe(int fd, char out[LISTENER_TEXT_MAX]);

#endif
