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
#include <sys/eventfd.h>
#include <unistd.h>

#define POLL_MAX_MS 1000 /* longest sleep */

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

bool loop_take_resumed(struct event_loop *loop)
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

int loop_mhd_timeout(struct event_loop *loop)
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
	int ms = sweep(&loop->waiting, patience_ms(loop), loop_mhd_timeout(loop));

	ms = sweep(&loop->heads, 1000 * loop->server->options.head_timeout, ms);
	return loop->draining && ms > DRAIN_LOOK_MS ? DRAIN_LOOK_MS : ms;
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
void loop_turn(struct event_loop *loop)
{
	int ms;

	atomic_store_explicit(&loop->beat, monotonic_ms(), memory_order_relaxed);
	ms = atomic_load_explicit(&loop->have_resumed, memory_order_acquire) ? 0 : timeout(loop);

	if (ms > 0 && !sleep_until_work(loop, 0)) {
		loop_iteration_done(loop, true);
		sleep_until_work(loop, ms);
	}
	loop_take_resumed(loop);
	MHD_run(loop->daemon);
	loop_iteration_done(loop, false);
}

static void *loop_main(void *arg)
{
	struct event_loop *loop = arg;
	size_t left;

	this_loop = loop;
	/* Everybody waits for it: it does not wait for the slice of a worker. */
	thread_turns(0, THREAD_SLICE_SHORT);
	while (!atomic_load_explicit(&loop->server->stopping, memory_order_relaxed))
		loop_turn(loop);
	left = loop_drain(loop);
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
	thread_need(&loop->thread, "event", loop_main, loop);
	return RC_OK;
}
