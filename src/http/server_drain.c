/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The end of an event thread: the listening socket is left, what runs is finished, and whoever
 * holds the end up is cut: half-sent requests, answers that nobody takes. Connections without a
 * request stay open for a moment, because one may be on its way: it is answered, with "Connection:
 * close".
 */
#include "http/server_priv.h"
#include "base/clock.h"

#include <linux/sockios.h>
#include <microhttpd.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_ROUNDS 1000 /* of ten connections, before the listening socket is closed */

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

/*
 * Connections that wait in the socket are ours, unless somebody else has it, too: then they are
 * theirs. The socket ends with its last descriptor.
 */
static void close_door(struct event_loop *loop)
{
	struct http_server *s = loop->server;
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_LISTEN_FD);
	bool stays = atomic_load(&s->door_stays);
	int fd;

	for (int i = 0; !stays && i < ACCEPT_ROUNDS && readable(info->listen_fd); i++)
		MHD_run(loop->daemon);
	fd = MHD_quiesce_daemon(loop->daemon);
	if (fd >= 0)
		close(fd);
	if (atomic_fetch_sub(&s->doors, 1) == 1) {
		close(s->listen_fd);
		s->listen_fd = -1;
	}
	loop->draining = true;
}

/*
 * Exchanges still out when time is up: their connections are cut, but the memory they live in
 * (MHD's included) stays with whoever holds them. Returns how many.
 */
static size_t abandon(struct event_loop *loop)
{
	size_t n = 0;

	loop_take_resumed(loop);
	MHD_run(loop->daemon);
	for (struct http_private *p = loop->active; p; p = p->next_active)
		n += p->suspended;
	if (n == 0)
		return 0;
	for (struct http_private *p = loop->active; p; p = p->next_active)
		shutdown(p->link->fd, SHUT_RDWR);
	for (struct link *l = loop->waiting.first; l; l = l->next)
		shutdown(l->fd, SHUT_RDWR);
	for (struct link *l = loop->heads.first; l; l = l->next)
		shutdown(l->fd, SHUT_RDWR);
	return n;
}

static bool idle(struct event_loop *loop)
{
	return loop->n_active == 0 && loop_mhd_timeout(loop) > 0 && !readable(loop->epoll_fd);
}

static bool wakes_due(struct event_loop *loop)
{
	bool due;

	pthread_mutex_lock(&loop->lock);
	due = loop->wakes_due > 0;
	pthread_mutex_unlock(&loop->lock);
	return due;
}

/* An answer of which nothing has left for the whole patience. */
static bool is_stuck(struct http_private *p, int64_t now, int64_t patience)
{
	int unsent = 0;

	if (p->stage != STAGE_HANDLED || p->suspended || ioctl(p->link->fd, SIOCOUTQ, &unsent) != 0)
		return false;
	if (unsent != p->unsent) {
		p->unsent = unsent;
		p->unsent_since = now;
	}
	return unsent > 0 && now - p->unsent_since >= patience;
}

/* Requests and handshakes that were not whole when the stop began, and answers that nobody takes.
 */
static void cut_stragglers(struct event_loop *loop, int64_t begun)
{
	int64_t now = monotonic_ms(), patience = loop->server->options.stop_patience_ms;

	for (struct link *l = loop->heads.first; l && now - begun >= patience; l = l->next)
		shutdown(l->fd, SHUT_RDWR);
	for (struct http_private *p = loop->active; p; p = p->next_active)
		if ((p->link->list && now - begun >= patience) || is_stuck(p, now, patience))
			shutdown(p->link->fd, SHUT_RDWR);
}

static bool is_drained(struct event_loop *loop, int64_t begun)
{
	const struct http_server *s = loop->server;
	int64_t now = monotonic_ms();

	if (now >= atomic_load(&s->stop_at))
		return true;
	return idle(loop) && (loop->n_links == 0 || now - begun >= s->options.linger_ms);
}

size_t loop_drain(struct event_loop *loop)
{
	int64_t begun = monotonic_ms();

	close_door(loop);
	MHD_run(loop->daemon);
	while (!is_drained(loop, begun)) {
		loop_turn(loop);
		cut_stragglers(loop, begun);
	}
	while (wakes_due(loop))
		sched_yield();
	return loop->n_active > 0 ? abandon(loop) : 0;
}
