/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The yardstick of discovery and JWKS: libmicrohttpd and nothing else. It answers every request
 * with one response made beforehand, driven like Pratu's own loop (external epoll, one thread, the
 * same memory per connection). bench_bare PORT HEADERS-FILE BODY-FILE
 */
#include "base/program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX          65536
#define CONNECTION_MEMORY 24576u /* as in src/http/server_daemon.c */

static volatile sig_atomic_t stopped;
static int marker; /* its address says: the head has been seen */

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static size_t file_read(const char *path, char *bytes)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		fail(path);
	n = fread(bytes, 1, FILE_MAX - 1, f);
	bytes[n] = '\0';
	fclose(f);
	return n;
}

/* Lines "Name: value". */
static void add_headers(struct MHD_Response *r, char *lines)
{
	char *rest = lines, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *value = strstr(line, ": ");

		if (!value)
			continue;
		*value = '\0';
		if (MHD_add_response_header(r, line, value + 2) != MHD_YES)
			fail(line);
	}
}

static enum MHD_Result on_call(void *cls, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *data, size_t *n, void **context)
{
	(void)url;
	(void)method;
	(void)version;
	(void)data;
	(void)n;
	if (!*context) {
		*context = &marker;
		return MHD_YES;
	}
	return MHD_queue_response(c, MHD_HTTP_OK, cls);
}

static void daemon_serve(struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fd = {.fd = info->epoll_fd, .events = POLLIN};

	while (!stopped) {
		MHD_UNSIGNED_LONG_LONG ms;
		int wait = MHD_get_timeout(daemon, &ms) == MHD_YES && ms < 1000 ? (int)ms : 1000;

		if (wait > 0)
			poll(&fd, 1, wait);
		MHD_run(daemon);
	}
}

int main(int argc, char **argv)
{
	static char headers[FILE_MAX], body[FILE_MAX];
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct MHD_Response *response;
	struct MHD_Daemon *daemon;

	program_begin();
	if (argc != 4) {
		fprintf(stderr, "usage: bench_bare PORT HEADERS-FILE BODY-FILE\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	at.sin_port = htons((uint16_t)strtol(argv[1], NULL, 10));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	file_read(argv[2], headers);
	response = MHD_create_response_from_buffer(
		file_read(argv[3], body), body, MHD_RESPMEM_PERSISTENT);
	add_headers(response, headers);
	daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_call, response,
		MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_CONNECTION_LIMIT, 10000u,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_END);
	if (!daemon)
		fail("bench_bare: start");
	daemon_serve(daemon);
	MHD_stop_daemon(daemon);
	MHD_destroy_response(response);
	return 0;
}
