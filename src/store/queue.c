/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The queue in front of the one writer thread. While the writer waits for the disk, batches gather
 * here; the next group takes all of them, so the busier the store, the more batches share a flush.
 * Event threads, which have more to queue in the next moment, let theirs gather for a while.
 */
#include "store/backend.h"

#include "obs/metrics.h"
#include "base/clock.h"
#include "base/thread.h"

/* This thread calls store_on_loop_iteration. */
static _Thread_local bool gathers;

/* Linked batches, taken off the queue. */
struct group {
	struct store_batch *first;
	size_t n;
};

/* Everything that is queued; nothing only when the store stops. */
static struct group queue_take_group(struct store_queue *q)
{
	struct group group;

	pthread_mutex_lock(&q->lock);
	while (!(q->first && q->due) && !q->stop)
		pthread_cond_wait(&q->wake, &q->lock);
	q->due = false;
	group = (struct group){.first = q->first, .n = q->n};
	q->first = NULL;
	q->tail = &q->first;
	q->n = 0;
	pthread_mutex_unlock(&q->lock);
	return group;
}

static void group_answer(struct group group)
{
	struct store_batch *next;
	int64_t conflicts = 0, stored = 0, failed = 0;

	for (struct store_batch *b = group.first; b; b = next) {
		/* done may free the arena the batch lives in. */
		next = b->next;
		conflicts += b->result == RC_CONFLICT;
		stored += b->result == RC_OK;
		failed += b->result == RC_UNAVAILABLE;
		b->done(b->data, b->result);
	}
	metric_add(METRIC_COMMITS_FAILED, failed > 0);
	metric_add(METRIC_BATCHES, stored);
	metric_add(METRIC_CONFLICTS, conflicts);
}

/* Read once: who begins to listen in between hears the next group, not this one's end. */
static void answer_told(struct store_queue *q, struct group group)
{
	void (*tell)(bool begin) = __atomic_load_n(&q->cork, __ATOMIC_ACQUIRE);

	if (tell)
		tell(true);
	group_answer(group);
	if (tell)
		tell(false);
}

static void *writer(void *data)
{
	struct store *s = data;
	struct group group;

	/* Everybody whose request writes waits for it. */
	thread_turns(0, THREAD_SLICE_SHORT);
	while ((group = queue_take_group(&s->queue)).n) {
		int64_t start = monotonic_us();

		__atomic_store_n(&s->queue.busy_since, start, __ATOMIC_RELAXED);
		s->backend->commit(s, group.first, group.n);
		metric_add(METRIC_COMMITS, 1);
		metric_observe_us(METRIC_COMMIT_US, monotonic_us() - start);
		answer_told(&s->queue, group);
		__atomic_store_n(&s->queue.busy_since, 0, __ATOMIC_RELAXED);
	}
	return NULL;
}

enum rc store_queue_start(struct store *s)
{
	struct store_queue *q = &s->queue;

	q->tail = &q->first;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	if (thread_start(&q->thread, "store-writer", writer, s) == 0)
		return RC_OK;
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	return RC_UNAVAILABLE;
}

void store_queue_stop(struct store *s)
{
	struct store_queue *q = &s->queue;

	pthread_mutex_lock(&q->lock);
	q->stop = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->thread, NULL);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
}

/* True if the writer must be woken, because it may sleep. Under the lock. */
static bool make_due(struct store_queue *q)
{
	bool news = !q->due;

	q->due = true;
	return news;
}

void store_queue_flush(struct store *s, bool now)
{
	struct store_queue *q = &s->queue;
	bool wake = false;

	pthread_mutex_lock(&q->lock);
	if (q->n > 0 && !q->due &&
		(now || q->n >= STORE_GATHER || monotonic_us() - q->since >= STORE_GATHER_US))
		wake = make_due(q);
	pthread_mutex_unlock(&q->lock);
	if (wake)
		pthread_cond_signal(&q->wake);
}

int64_t store_writer_stalled_ms(struct store *s)
{
	struct store_queue *q = &s->queue;
	int64_t busy = __atomic_load_n(&q->busy_since, __ATOMIC_RELAXED), since;

	pthread_mutex_lock(&q->lock);
	since = q->n > 0 && (!busy || q->since < busy) ? q->since : busy;
	pthread_mutex_unlock(&q->lock);
	return since ? (monotonic_us() - since) / 1000 : 0;
}

void store_on_loop_iteration(struct store *s, bool idle)
{
	gathers = true;
	store_queue_flush(s, idle);
}

void store_set_cork(struct store *s, void (*fn)(bool begin))
{
	__atomic_store_n(&s->queue.cork, fn, __ATOMIC_RELEASE);
}

void store_queue_submit(struct store *s, struct store_batch *b, store_done_fn done, void *data)
{
	struct store_queue *q = &s->queue;
	bool full, wake = false;

	b->next = NULL;
	b->done = done;
	b->data = data;
	pthread_mutex_lock(&q->lock);
	full = q->n == STORE_QUEUE_MAX || q->stop;
	if (!full) {
		if (q->n++ == 0)
			q->since = monotonic_us();
		*q->tail = b;
		q->tail = &b->next;
		wake = !gathers && make_due(q);
	}
	pthread_mutex_unlock(&q->lock);
	if (wake)
		pthread_cond_signal(&q->wake);
	if (full)
		done(data, RC_LIMITED);
}
