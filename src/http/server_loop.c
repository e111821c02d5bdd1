/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The event thread. It sleeps in poll(2) on the daemon's epoll descriptor and an eventfd, then lets
 * MHD_run take what is there. MHD's own threads are not used: they stall when exactly 128 events
 * come at once, and cannot gather resumed connections into one wake-up.
 */
#include "base/die.h"
#include "base/thread.h"
#include "http/server_priv.h"
#include "base/clock.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_MAX_MS   1000 /* longest sleep */
#define ACCEPT_ROUNDS 1000 /* of ten connections, before the listening socket is closed */

static _Thread_local struct event_loop *this_loop;

/* Loops that a thread will wake when it has resumed all it has to. */
static _Thread_local struct {
	bool on;
	size_t n;
	struct event_loop *loops[EVENT_THREADS];
} held;

void loop_wake(struct event_loop *loop)
{
	uint64_t one = 1;

	while (write(loop->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Under the loop's lock. */
static void wake_now_or_later(struct event_loop *loop)
{
	if (!held.on || held.n == EVENT_THREADS) {
		loop_wake(loop);
		return;
	}
	loop->wakes_due++;
	held.loops[held.n++] = loop;
}

void http_resume_cork(void)
{
	held.on = true;
}

void http_resume_uncork(void)
{
	held.on = false;
	while (held.n > 0) {
		struct event_loop *loop = held.loops[--held.n];

		pthread_mutex_lock(&loop->lock);
		loop->wakes_due--;
		loop_wake(loop);
		pthread_mutex_unlock(&loop->lock);
	}
}

/*
 * The write is made under the lock: once the loop has taken the exchange it may end the server, and
 * the eventfd with it. A loop that resumes on its own thread looks at the list before it sleeps.
 */
void loop_push_resumed(struct http_private *p)
{
	struct event_loop *loop = p->loop;
	bool first;

	p->next_resumed = NULL;
	pthread_mutex_lock(&loop->lock);
	first = !loop->resumed;
	if (first)
		loop->resumed = p;
	else
		loop->resumed_last->next_resumed = p;
	loop->resumed_last = p;
	atomic_store_explicit(&loop->have_resumed, true, memory_order_release);
	if (first && this_loop != loop)
		wake_now_or_later(loop);
	pthread_mutex_unlock(&loop->lock);
}

static bool take_resumed(struct event_loop *loop)
{
	struct http_private *p;

	if (!atomic_load_explicit(&loop->have_resumed, memory_order_acquire))
		return false;
	pthread_mutex_lock(&loop->lock);
	p = loop->resumed;
	loop->resumed = NULL;
	atomic_store_explicit(&loop->have_resumed, false, memory_order_relaxed);
	pthread_mutex_unlock(&loop->lock);
	while (p) {
		struct http_private *next = p->next_resumed;

		p->suspended = p->on_worker = false;
		MHD_resume_connection(p->connection);
		p = next;
	}
	return true;
}

static int mhd_timeout(struct event_loop *loop)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(loop->daemon, &ms) != MHD_YES || ms > POLL_MAX_MS)
		return POLL_MAX_MS;
	return (int)ms;
}

/* How long a client may take from its turn to speak to the end of its request. */
static int64_t patience_ms(const struct event_loop *loop)
{
	return 2 * 1000 * loop->server->options.idle_timeout;
}

/* Cuts those whose time is up; ms, or less when the next one's is sooner. */
static int sweep(struct link_list *list, int64_t patience, int ms)
{
	int64_t now = monotonic_ms(), since, left;

	if (!links_sweep(list, now - patience, &since))
		return ms;
	left = since + patience + 1 - now;
	return left < ms ? (int)left : ms;
}

static int timeout(struct event_loop *loop)
{
	int ms = sweep(&loop->waiting, patience_ms(loop), mhd_timeout(loop));

	return sweep(&loop->heads, 1000 * loop->server->options.head_timeout, ms);
}

/* False: nothing came. */
static bool sleep_until_work(struct event_loop *loop, int ms)
{
	struct pollfd fds[2] = {
		{.fd = loop->epoll_fd, .events = POLLIN}, {.fd = loop->event_fd, .events = POLLIN}};
	uint64_t n;
	bool came = poll(fds, 2, ms) > 0;

	if (came && fds[1].revents)
		(void)!read(loop->event_fd, &n, sizeof(n));
	return came;
}

static void loop_iteration_done(struct event_loop *loop, bool idle)
{
	const struct http_server_options *o = &loop->server->options;

	if (o->on_loop_iteration)
		o->on_loop_iteration(o->app, idle);
}

/* Work that is known already (resumed exchanges, half-served connections) needs no system call. */
static void turn(struct event_loop *loop)
{
	int ms;

	atomic_store_explicit(&loop->beat, monotonic_ms(), memory_order_relaxed);
	ms = atomic_load_explicit(&loop->have_resumed, memory_order_acquire) ? 0 : timeout(loop);

	if (ms > 0 && !sleep_until_work(loop, 0)) {
		loop_iteration_done(loop, true);
		sleep_until_work(loop, ms);
	}
	take_resumed(loop);
	MHD_run(loop->daemon);
	loop_iteration_done(loop, false);
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

/* Connections the kernel has accepted already are ours: serve them, then close the door. */
static void close_door(struct event_loop *loop)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_LISTEN_FD);
	int fd;

	for (int i = 0; i < ACCEPT_ROUNDS && readable(info->listen_fd); i++)
		MHD_run(loop->daemon);
	fd = MHD_quiesce_daemon(loop->daemon);
	if (fd >= 0)
		close(fd);
	loop->draining = true;
}

/*
 * Exchanges still out when time is up: their connections are cut, but the memory they live in
 * (MHD's included) stays with whoever holds them. Returns how many.
 */
static size_t abandon(struct event_loop *loop)
{
	size_t n = 0;

	take_resumed(loop);
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
	return loop->n_active == 0 && mhd_timeout(loop) > 0 && !readable(loop->epoll_fd);
}

static bool wakes_due(struct event_loop *loop)
{
	bool due;

	pthread_mutex_lock(&loop->lock);
	due = loop->wakes_due > 0;
	pthread_mutex_unlock(&loop->lock);
	return due;
}

static size_t drain(struct event_loop *loop)
{
	struct http_server *s = loop->server;

	close_door(loop);
	MHD_run(loop->daemon);
	while (!idle(loop) && monotonic_ms() < atomic_load(&s->stop_at))
		turn(loop);
	while (wakes_due(loop))
		sched_yield();
	return loop->n_active > 0 ? abandon(loop) : 0;
}

static void *loop_main(void *arg)
{
	struct event_loop *loop = arg;
	size_t left;

	this_loop = loop;
	while (!atomic_load_explicit(&loop->server->stopping, memory_order_relaxed))
		turn(loop);
	left = drain(loop);
	if (left == 0)
		daemon_stop(loop);
	atomic_fetch_add(&loop->server->abandoned, left);
	return NULL;
}

enum rc loop_start(struct event_loop *loop)
{
	const union MHD_DaemonInfo *info;

	loop->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->event_fd < 0)
		return RC_INTERNAL;
	info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return RC_INTERNAL;
	loop->epoll_fd = info->epoll_fd;
	if (thread_start(&loop->thread, "event", loop_main, loop) != 0)
		return RC_INTERNAL;
	return RC_OK;
}
