/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One server a database, and how the next takes its place. A server holds the lock of serve.lock in
 * store.directory as long as it runs, and listens on serve.socket there. The next one
 * (pratu serve --take-over) connects, is given the listening sockets, and waits for the lock, while
 * the kernel keeps the connections of all clients: the server before finishes what it has, closes
 * the store and ends. So at no time do two of them write.
 */
#include "base/clock.h"
#include "main/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LOCK        "serve.lock"
#define SOCKET      "serve.socket"
#define LOOK_MS     10
#define ANSWER_S    10     /* of the server that goes, until it is given up */
#define PATIENCE_MS 330000 /* the longest server.stop_timeout, and half a minute */
#define SOCKETS     2      /* public, management */

/* The descriptors of a message, wherever they are written or read. */
struct hand_over {
	char byte;
	struct iovec data;
	struct msghdr head;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(SOCKETS * sizeof(int))];
	} control;
};

static void hand_over_init(struct hand_over *h)
{
	*h = (struct hand_over){.byte = 'S'};
	h->data = (struct iovec){&h->byte, 1};
	h->head = (struct msghdr){.msg_iov = &h->data,
		.msg_iovlen = 1,
		.msg_control = h->control.bytes,
		.msg_controllen = sizeof(h->control.bytes)};
}

/* A path below store.directory, however long that is. */
static bool address_of(const struct server *s, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	return snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/" SOCKET,
		       s->directory_fd) < (int)sizeof(ret->sun_path);
}

/* ---- the server that goes ---- */

void succession_offer(struct server *s)
{
	struct sockaddr_un at;
	int fd;

	if (s->directory_fd < 0 || !address_of(s, &at))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlinkat(s->directory_fd, SOCKET, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0) {
		s->succession_fd = fd;
		return;
	}
	if (fd >= 0)
		close(fd);
	log_emit(LOG_EVENT_SUCCESSION_FAILED, LOG_C("why", strerror(errno)));
}

static bool is_ours(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == geteuid();
}

static bool send_sockets(int fd, const int sockets[static SOCKETS])
{
	struct hand_over h;
	struct cmsghdr *c;

	hand_over_init(&h);
	c = CMSG_FIRSTHDR(&h.head);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(SOCKETS * sizeof(int));
	memcpy(CMSG_DATA(c), sockets, SOCKETS * sizeof(int));
	return sendmsg(fd, &h.head, MSG_NOSIGNAL) == 1;
}

bool succession_answer(struct server *s)
{
	const int sockets[SOCKETS] = {
		http_server_socket(s->public), http_server_socket(s->management)};
	int fd = accept4(s->succession_fd, NULL, NULL, SOCK_CLOEXEC);
	bool given = fd >= 0 && is_ours(fd) && send_sockets(fd, sockets);

	if (fd >= 0)
		close(fd);
	if (!given)
		return false;
	http_server_keep_door(s->public);
	http_server_keep_door(s->management);
	log_emit(LOG_EVENT_SOCKETS_HANDED_OVER);
	return true;
}

/* ---- the server that comes ---- */

static bool receive_sockets(struct server *s, int fd)
{
	struct hand_over h;
	struct cmsghdr *c;
	int sockets[SOCKETS];

	hand_over_init(&h);
	if (recvmsg(fd, &h.head, MSG_CMSG_CLOEXEC) != 1)
		return false;
	c = CMSG_FIRSTHDR(&h.head);
	if (!c || (h.head.msg_flags & MSG_CTRUNC) || c->cmsg_level != SOL_SOCKET ||
		c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(sockets)))
		return false;
	memcpy(sockets, CMSG_DATA(c), sizeof(sockets));
	s->public_fd = sockets[0];
	s->management_fd = sockets[1];
	return true;
}

static bool ask_for_sockets(struct server *s)
{
	/* Signals are blocked: a server that answers nothing must not hold this one. */
	const struct timeval patience = {.tv_sec = ANSWER_S};
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool got = fd >= 0 && address_of(s, &at) &&
		   setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
		   setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
		   connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && receive_sockets(s, fd);

	if (fd >= 0)
		close(fd);
	return got;
}

static bool lock_now(const struct server *s)
{
	return flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0;
}

static bool asked_to_stop(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

static enum cli_exit await_lock(struct server *s)
{
	const struct timespec look = {.tv_nsec = LOOK_MS * 1000000};
	int64_t until = monotonic_ms() + PATIENCE_MS;

	while (!lock_now(s)) {
		if (asked_to_stop() || monotonic_ms() > until)
			return cli_fail(s->cli, "the server before did not end");
		nanosleep(&look, NULL);
	}
	return CLI_OK;
}

static enum cli_exit take_over(struct server *s)
{
	if (!cli_value(s->cli, "take-over"))
		return cli_fail(s->cli,
			"another server runs on this database; stop it, or take its place with "
			"pratu serve --take-over");
	if (!ask_for_sockets(s) && !lock_now(s))
		return cli_fail(s->cli,
			"the server on this database hands over nothing: it is starting, stopping "
			"or of another user; try again");
	return await_lock(s);
}

/* Whatever is wrong with the directory, opening the store says it better. */
static bool open_directory(struct server *s, const struct config *config)
{
	struct stat st;
	const char *path = str_dup_c(s->cli->arena, config->v->store_directory);

	s->directory_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return s->directory_fd >= 0 && fstat(s->directory_fd, &st) == 0 && st.st_uid == geteuid() &&
	       fstatat(s->directory_fd, STORE_FILE, &st, 0) == 0;
}

enum cli_exit succession_begin(struct server *s, const struct config *config)
{
	if (!open_directory(s, config))
		return CLI_OK;
	s->lock_fd = openat(s->directory_fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return cli_fail(s->cli, LOCK " in store.directory: %s", strerror(errno));
	return lock_now(s) ? CLI_OK : take_over(s);
}
