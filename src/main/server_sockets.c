/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Listening sockets that the service manager opened and keeps open (sd_listen_fds(3)). */
#include "main/serve.h"

#include <fcntl.h>
#include <unistd.h>

#define FIRST_FD     3
#define SOCKETS_MAX  16
#define NUMBER_MAX   INT32_MAX
#define NAMES_WANTED "public or management"

static bool env_number(const char *name, uint64_t *ret)
{
	const char *text = getenv(name);

	return text && str_to_u64(str_c(text), NUMBER_MAX, ret);
}

/* Where the descriptor of this name is kept; NULL: there is none of this name. */
static int *place(struct server *s, struct str name)
{
	if (str_eq_c(name, "public"))
		return &s->public_fd;
	if (str_eq_c(name, "management"))
		return &s->management_fd;
	return NULL;
}

static enum cli_exit take_socket(struct server *s, int fd, struct str name)
{
	int *at = place(s, name);

	if (!at)
		return cli_fail(s->cli,
			"the service manager hands over a socket named \"%.*s\"; write "
			"FileDescriptorName=" NAMES_WANTED " in its unit",
			STR_FMT(name));
	if (*at)
		return cli_fail(s->cli,
			"the service manager hands over two sockets named %.*s; Pratu listens on "
			"one each",
			STR_FMT(name));
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return cli_fail(s->cli,
			"LISTEN_FDS names descriptor %d, which is not open; start Pratu by its "
			"service manager",
			fd);
	*at = fd;
	return CLI_OK;
}

enum cli_exit sockets_inherit(struct server *s)
{
	struct str names = str_c(getenv("LISTEN_FDNAMES")), name;
	enum cli_exit exit = CLI_OK;
	uint64_t pid, n;

	/* Those of another process are not ours. */
	if (!env_number("LISTEN_PID", &pid) || !env_number("LISTEN_FDS", &n) ||
		pid != (uint64_t)getpid())
		return CLI_OK;
	for (uint64_t i = 0; exit == CLI_OK && i < n && i < SOCKETS_MAX; i++) {
		if (!str_cut(&names, ':', &name))
			name = STR_NONE;
		exit = take_socket(s, FIRST_FD + (int)i, name);
	}
	return exit;
}
