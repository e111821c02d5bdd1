/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A server that is slow to listen: preloaded, listen() on the port PRATU_LATER_PORT waits until the
 * file PRATU_LATER_UNTIL is there.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int port_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t n = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return 0;
	if (at.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&at)->sin_port);
	return at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port) : 0;
}

int listen(int fd, int backlog)
{
	const struct timespec moment = {.tv_nsec = 5000000};
	const char *port = getenv("PRATU_LATER_PORT"), *until = getenv("PRATU_LATER_UNTIL");

	while (port && until && port_of(fd) == strtol(port, NULL, 10) && access(until, F_OK) != 0)
		nanosleep(&moment, NULL);
	return (int)syscall(SYS_listen, fd, backlog);
}
