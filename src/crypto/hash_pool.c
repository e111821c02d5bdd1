/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/hash_pool.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/thread.h"
#include "crypto/pwhash_arena.h"
#include "obs/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HASH_THREADS_MAX 256
#define MEAN_OF          16
#define SECOND_US        1000000
#define NICER            10 /* a tenth of the share of a thread that is not nice */

struct job {
	void (*work)(void *data);
	void *data;
	bool done;
	pthread_cond_t changed; /* done */
	struct job *next;
};

struct hash_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job *first, **last;
	int64_t max, waiting_max;
	int64_t under_way; /* jobs that wait or are worked on */
	int64_t idle;      /* threads that wait for one */
	int64_t memory;    /* bytes that a thread keeps mapped */
	_Atomic int64_t mean_us;
	bool stop;
	pthread_t threads[HASH_THREADS_MAX];
	size_t n_threads;
};

static int64_t processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return HASH_THREADS_MAX;
	return CPU_COUNT(&set);
}

struct hash_pool *hash_pool_new(int64_t max, int64_t queue, int64_t memory)
{
	struct hash_pool *l = xcalloc(1, sizeof(*l));
	int64_t most = processors();

	if (most > HASH_THREADS_MAX)
		most = HASH_THREADS_MAX;
	l->max = max < most ? max : most;
	l->waiting_max = queue;
	l->memory = memory;
	l->last = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	cond_init_monotonic(&l->more);
	return l;
}

void hash_pool_free(struct hash_pool *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_broadcast(&l->more);
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < l->n_threads; i++)
		pthread_join(l->threads[i], NULL);
	pthread_cond_destroy(&l->more);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Under the lock. After a while without work the memory goes back, once. */
static void wait_for_work(struct hash_pool *l)
{
	const int64_t now_us = monotonic_us();
	const struct timespec until = {
		now_us / SECOND_US + HASH_POOL_REST, now_us % SECOND_US * 1000};
	bool rests = false;

	while (!l->first && !l->stop) {
		if (rests) {
			pthread_cond_wait(&l->more, &l->lock);
			continue;
		}
		rests = pthread_cond_timedwait(&l->more, &l->lock, &until) == ETIMEDOUT;
		if (rests && !l->first)
			pwhash_arena_rest();
	}
}

/* Under the lock; NULL: it is over. */
static struct job *hash_pool_take(struct hash_pool *l)
{
	struct job *job;

	l->idle++;
	wait_for_work(l);
	l->idle--;
	job = l->first;
	if (!job)
		return NULL;
	l->first = job->next;
	if (!l->first)
		l->last = &l->first;
	return job;
}

/* The mean looks back on the last MEAN_OF; two threads at once may lose one of them. */
static void work_timed(struct hash_pool *l, struct job *job)
{
	int64_t start = monotonic_us(), mean, took;

	job->work(job->data);
	took = monotonic_us() - start;
	mean = atomic_load_explicit(&l->mean_us, memory_order_relaxed);
	mean = mean ? mean + (took - mean) / MEAN_OF : took;
	atomic_store_explicit(&l->mean_us, mean > 0 ? mean : 1, memory_order_relaxed);
}

int64_t hash_pool_mean_us(const struct hash_pool *l)
{
	return atomic_load_explicit(&l->mean_us, memory_order_relaxed);
}

int64_t hash_pool_threads(const struct hash_pool *l)
{
	return l->max;
}

static void *hash_thread(void *arg)
{
	struct hash_pool *l = arg;
	struct job *job;

	/* It gives way to all others. */
	thread_turns(NICER, THREAD_SLICE_LONG);
	/* Without it hashes take longer. */
	(void)pwhash_arena_open((size_t)l->memory);
	pthread_mutex_lock(&l->lock);
	while ((job = hash_pool_take(l))) {
		pthread_mutex_unlock(&l->lock);
		work_timed(l, job);
		pthread_mutex_lock(&l->lock);
		l->under_way--;
		metric_add(METRIC_HASHES, -1);
		job->done = true;
		pthread_cond_signal(&job->changed);
	}
	pthread_mutex_unlock(&l->lock);
	pwhash_arena_close();
	return NULL;
}

/* One more thread where all are busy. False: there is none at all. */
static bool add_thread(struct hash_pool *l)
{
	pthread_t *thread = &l->threads[l->n_threads];

	if (l->idle == 0 && (int64_t)l->n_threads < l->max &&
		thread_start(thread, "hash-pool", hash_thread, l) == 0)
		l->n_threads++;
	return l->n_threads > 0;
}

/* Under the lock. */
static bool hash_queue_full(const struct hash_pool *l)
{
	return l->max < 1 || l->under_way >= l->max + l->waiting_max;
}

bool hash_pool_full(struct hash_pool *l)
{
	bool is_full;

	pthread_mutex_lock(&l->lock);
	is_full = hash_queue_full(l);
	pthread_mutex_unlock(&l->lock);
	return is_full;
}

enum rc hash_pool_run(struct hash_pool *l, void (*work)(void *data), void *data)
{
	struct job job = {.work = work, .data = data};

	pthread_mutex_lock(&l->lock);
	if (hash_queue_full(l) || !add_thread(l)) {
		pthread_mutex_unlock(&l->lock);
		metric_add(METRIC_HASHES_REJECTED, 1);
		return RC_LIMITED;
	}
	l->under_way++;
	metric_add(METRIC_HASHES, 1);
	pthread_cond_init(&job.changed, NULL);
	*l->last = &job;
	l->last = &job.next;
	pthread_cond_signal(&l->more);
	while (!job.done)
		pthread_cond_wait(&job.changed, &l->lock);
	pthread_mutex_unlock(&l->lock);
	pthread_cond_destroy(&job.changed);
	return RC_OK;
}
