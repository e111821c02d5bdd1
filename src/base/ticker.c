/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/ticker.h"

#include "base/die.h"
#include "base/clock.h"
#include "base/thread.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct ticker {
	int64_t pause;
	void (*tick)(void *data);
	void *data;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool stopping; /* lock */
};

/* Until it is time again; true: stop. */
static bool rest(struct ticker *t)
{
	struct timespec at = cond_end(monotonic_ms() + t->pause);
	bool stopping;
	int rc = 0;

	pthread_mutex_lock(&t->lock);
	while (!t->stopping && rc == 0)
		rc = pthread_cond_timedwait(&t->cond, &t->lock, &at);
	stopping = t->stopping;
	pthread_mutex_unlock(&t->lock);
	return stopping;
}

static void *ticker_run(void *data)
{
	struct ticker *t = data;

	do
		t->tick(t->data);
	while (!rest(t));
	return NULL;
}

struct ticker *ticker_start(const char *name, int64_t pause, void (*tick)(void *data), void *data)
{
	struct ticker *t = xcalloc(1, sizeof(*t));

	t->pause = pause;
	t->tick = tick;
	t->data = data;
	pthread_mutex_init(&t->lock, NULL);
	cond_init_monotonic(&t->cond);
	thread_need(&t->thread, name, ticker_run, t);
	return t;
}

void ticker_stop(struct ticker *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_broadcast(&t->cond);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->cond);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
