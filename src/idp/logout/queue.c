/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The threads: find what ended, then notify portals, until nothing is due. */
#include "idp/logout/queue.h"

#include "base/die.h"
#include "base/thread.h"
#include "idp/logout/queue_priv.h"
#include "idp/logout/spread.h"
#include "obs/log.h"
#include "obs/metrics.h"

#include <stdlib.h>

#define PASS_MAX 10000 /* portals that one pass calls */

struct logout_queue *logout_queue_new(const struct logout_queue_options *options)
{
	struct logout_queue *q = xcalloc(1, sizeof(*q));

	q->options = *options;
	if (q->options.senders > LOGOUT_SENDERS_MAX)
		q->options.senders = LOGOUT_SENDERS_MAX;
	q->calls = portal_calls_new(q->options.senders, options->timeout_ms);
	pthread_mutex_init(&q->lock, NULL);
	pthread_mutex_init(&q->pick, NULL);
	cond_init_monotonic(&q->cond);
	for (int i = 0; i <= LOGOUT_SENDERS_MAX; i++)
		q->senders[i].q = q;
	metric_series(FAMILY_LOGOUTS, "confirmed", NULL);
	metric_series(FAMILY_LOGOUTS, "retried", NULL);
	metric_series(FAMILY_LOGOUTS, "failed", NULL);
	return q;
}

void logout_queue_free(struct logout_queue *q)
{
	if (!q)
		return;
	portal_calls_free(q->calls);
	pthread_cond_destroy(&q->cond);
	pthread_mutex_destroy(&q->pick);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

void logout_queue_wake(struct logout_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->wakes++;
	pthread_cond_broadcast(&q->cond);
	pthread_mutex_unlock(&q->lock);
}

/* One sender at a time looks at what ended: the others would only run again. */
static bool spread_begin(struct logout_queue *q)
{
	bool ours;

	pthread_mutex_lock(&q->lock);
	ours = !q->spreading;
	q->spreading = true;
	pthread_mutex_unlock(&q->lock);
	return ours;
}

static void spread_end(struct logout_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->spreading = false;
	pthread_mutex_unlock(&q->lock);
}

typedef enum rc (*spread_fn)(const struct app *app, struct arena *a, size_t *ret_n);

static enum rc spread_all(struct logout_sender *s, spread_fn fn, size_t *all)
{
	size_t n = SPREAD_MAX;
	enum rc rc = RC_OK;

	while (rc == RC_OK && n == SPREAD_MAX) {
		arena_reset(s->a);
		rc = fn(s->q->options.app, s->a, &n);
		*all += rc == RC_OK ? n : 0;
	}
	return rc;
}

static enum rc spread(struct logout_sender *s)
{
	size_t n = 0;
	enum rc rc;

	if (!spread_begin(s->q))
		return RC_OK;
	rc = spread_all(s, logout_recheck, &n);
	if (rc == RC_OK)
		rc = spread_all(s, logout_spread, &n);
	spread_end(s->q);
	if (n)
		logout_queue_wake(s->q);
	return rc;
}

static enum rc deliver_next(struct logout_sender *s)
{
	struct logout_picked picked;
	enum rc rc;

	arena_reset(s->a);
	rc = logout_pick(s, &picked);
	if (rc != RC_OK)
		return rc;
	rc = logout_deliver(s, &picked);
	logout_unpick(s);
	return rc;
}

static bool is_stopping(struct logout_queue *q)
{
	bool stopping;

	pthread_mutex_lock(&q->lock);
	stopping = q->stopping;
	pthread_mutex_unlock(&q->lock);
	return stopping;
}

enum rc logout_sender_pass(struct logout_sender *s, size_t *ret_called)
{
	enum rc rc = spread(s);

	*ret_called = 0;
	while (rc == RC_OK && *ret_called < PASS_MAX && !is_stopping(s->q)) {
		rc = deliver_next(s);
		*ret_called += rc == RC_OK;
	}
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* --- threads --- */

/* Until somebody wakes us or it is time to look again; true: stop. */
static bool rest(struct logout_queue *q, uint64_t *seen)
{
	struct timespec at = cond_end(monotonic_ms() + q->options.scan_ms);
	bool stopping;
	int err = 0;

	pthread_mutex_lock(&q->lock);
	while (!q->stopping && q->wakes == *seen && err == 0)
		err = pthread_cond_timedwait(&q->cond, &q->lock, &at);
	*seen = q->wakes;
	stopping = q->stopping;
	pthread_mutex_unlock(&q->lock);
	return stopping;
}

static void *run_sender(void *data)
{
	struct logout_sender *s = data;
	struct logout_queue *q = s->q;
	uint64_t seen = 0;
	size_t called;

	s->a = arena_new(ARENA_MAX);
	do {
		enum rc rc = logout_sender_pass(s, &called);

		if (rc != RC_OK)
			log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "logout"), LOG_RC(rc));
	} while (!rest(q, &seen));
	arena_free(s->a);
	pthread_mutex_lock(&q->lock);
	q->running--;
	pthread_cond_broadcast(&q->cond);
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

void logout_queue_start(struct logout_queue *q)
{
	for (; q->n_senders < q->options.senders; q->n_senders++) {
		q->running++;
		thread_need(&q->senders[q->n_senders].thread, "logout-sender", run_sender,
			&q->senders[q->n_senders]);
	}
}

void logout_queue_stopping(struct logout_queue *q)
{
	call_end_set(&q->end, monotonic_ms() + LOGOUT_STOP_MS);
	pthread_mutex_lock(&q->lock);
	q->stopping = true;
	pthread_cond_broadcast(&q->cond);
	pthread_mutex_unlock(&q->lock);
}

bool logout_queue_stop(struct logout_queue *q, int64_t by_ms)
{
	struct timespec at = cond_end(by_ms);
	int err = 0, running;

	logout_queue_stopping(q);
	pthread_mutex_lock(&q->lock);
	while (q->running && err == 0)
		err = pthread_cond_timedwait(&q->cond, &q->lock, &at);
	running = q->running;
	pthread_mutex_unlock(&q->lock);
	if (running)
		return false;
	for (int i = 0; i < q->n_senders; i++)
		pthread_join(q->senders[i].thread, NULL);
	q->n_senders = 0;
	return true;
}
