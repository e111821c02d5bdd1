/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * mdb_env_set_mapsize moves the map and may only be called while this process has no transaction.
 * Entering costs one atomic exchange as long as nobody wants that.
 */
#include "store/lmdb_env.h"

#include "base/clock.h"
#include "base/thread.h"

#define DRAINING  (1u << 31) /* newcomers wait; who is inside finishes */
#define EXCLUSIVE (1u << 30) /* nobody is inside and nobody comes in */
#define INSIDE    (EXCLUSIVE - 1)

void lmdb_gate_init(struct lmdb_gate *g)
{
	atomic_init(&g->state, 0);
	pthread_mutex_init(&g->lock, NULL);
	cond_init_monotonic(&g->changed);
}

void lmdb_gate_destroy(struct lmdb_gate *g)
{
	pthread_cond_destroy(&g->changed);
	pthread_mutex_destroy(&g->lock);
}

static bool try_enter(struct lmdb_gate *g, unsigned barred)
{
	unsigned state = atomic_load_explicit(&g->state, memory_order_relaxed);

	while (!(state & barred))
		if (atomic_compare_exchange_weak(&g->state, &state, state + 1))
			return true;
	return false;
}

void lmdb_gate_enter(struct lmdb_gate *g, bool nested)
{
	unsigned barred = nested ? EXCLUSIVE : EXCLUSIVE | DRAINING;

	if (try_enter(g, barred))
		return;
	pthread_mutex_lock(&g->lock);
	while (!try_enter(g, barred))
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

void lmdb_gate_leave(struct lmdb_gate *g)
{
	unsigned before = atomic_fetch_sub(&g->state, 1);

	if (!(before & DRAINING) || (before & INSIDE) != 1)
		return;
	pthread_mutex_lock(&g->lock);
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

/* The condition waits by CLOCK_MONOTONIC. */
static struct timespec deadline(int timeout_ms)
{
	int64_t us = monotonic_us() + (int64_t)timeout_ms * 1000;

	return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static bool try_exclude(struct lmdb_gate *g)
{
	unsigned empty = DRAINING;

	return atomic_compare_exchange_strong(&g->state, &empty, DRAINING | EXCLUSIVE);
}

bool lmdb_gate_drain(struct lmdb_gate *g, int timeout_ms)
{
	struct timespec until = deadline(timeout_ms);
	bool mine = false;
	int err = 0;

	pthread_mutex_lock(&g->lock);
	/* One at a time. */
	while (err == 0 && (atomic_load(&g->state) & DRAINING))
		err = pthread_cond_timedwait(&g->changed, &g->lock, &until);
	if (err == 0) {
		atomic_fetch_or(&g->state, DRAINING);
		while (!(mine = try_exclude(g)) && err == 0)
			err = pthread_cond_timedwait(&g->changed, &g->lock, &until);
		if (!mine)
			atomic_fetch_and(&g->state, ~DRAINING);
		pthread_cond_broadcast(&g->changed);
	}
	pthread_mutex_unlock(&g->lock);
	return mine;
}

void lmdb_gate_open(struct lmdb_gate *g)
{
	pthread_mutex_lock(&g->lock);
	atomic_fetch_and(&g->state, ~(DRAINING | EXCLUSIVE));
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

bool lmdb_gate_await(struct lmdb_gate *g, atomic_uint *count, unsigned seen, int timeout_ms)
{
	struct timespec until = deadline(timeout_ms);
	int err = 0;

	pthread_mutex_lock(&g->lock);
	while (err == 0 && atomic_load(count) == seen)
		err = pthread_cond_timedwait(&g->changed, &g->lock, &until);
	pthread_mutex_unlock(&g->lock);
	return atomic_load(count) != seen;
}
