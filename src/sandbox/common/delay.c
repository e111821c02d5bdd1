/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/common/delay.h"

#include <errno.h>
#include <pthread.h>

#include "base/die.h"
#include "base/thread.h"
#include "base/clock.h"

struct delay_waiter {
	struct delay_waiter *next;
	struct http_exchange *x;
	int64_t due; /* monotonic milliseconds */
};

struct delay {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct delay_waiter *first; /* soonest first; waiters live in their exchange's arena */
	bool closed, stopping;
};

/* Under the lock. */
static void wake_first(struct delay *d)
{
	struct delay_waiter *w = d->first;

	d->first = w->next;
	http_resume(w->x);
}

static void wait_until(struct delay *d, int64_t due)
{
	struct timespec at = cond_end(due);

	pthread_cond_timedwait(&d->changed, &d->lock, &at);
}

static void *delay_thread(void *data)
{
	struct delay *d = data;

	pthread_mutex_lock(&d->lock);
	while (!d->stopping)
		if (d->first == NULL)
			pthread_cond_wait(&d->changed, &d->lock);
		else if (d->closed || d->first->due <= monotonic_ms())
			wake_first(d);
		else
			wait_until(d, d->first->due);
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

struct delay *delay_start(void)
{
	struct delay *d = xcalloc(1, sizeof(*d));

	pthread_mutex_init(&d->lock, NULL);
	cond_init_monotonic(&d->changed);
	thread_need(&d->thread, "delays", delay_thread, d);
	return d;
}

void delay_close(struct delay *d)
{
	pthread_mutex_lock(&d->lock);
	d->closed = true;
	pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

void delay_free(struct delay *d)
{
	if (d == NULL)
		return;
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void delay_exchange(struct delay *d, struct http_exchange *x, int64_t ms, http_handler next)
{
	struct delay_waiter *w = arena_new_of(x->arena, struct delay_waiter);
	struct delay_waiter **at = &d->first;

	w->x = x;
	w->due = monotonic_ms() + ms + 1; /* the clock reads whole milliseconds, cut off */
	http_suspend(x, next);
	pthread_mutex_lock(&d->lock);
	while (*at != NULL && (*at)->due <= w->due)
		at = &(*at)->next;
	w->next = *at;
	*at = w;
	pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

void delay_release(struct delay *d)
{
	pthread_mutex_lock(&d->lock);
	while (d->first != NULL)
		wake_first(d);
	pthread_mutex_unlock(&d->lock);
}
