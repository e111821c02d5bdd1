/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which of those that wait is next: client by client, each in its turn. */
#include "base/clock.h"
#include "idp/logout/queue_priv.h"
#include "obs/metrics.h"

/* One look through the queue. */
struct look {
	struct logout_sender *s;
	struct store_snapshot *snap;
	int64_t now_ms;
	struct str first; /* key of the entry found last, in the sender's arena */
	bool found;
};

/* Is another sender of this process at it? q->pick is held. */
static bool is_taken(const struct logout_queue *q, struct str key)
{
	for (int i = 0; i <= LOGOUT_SENDERS_MAX; i++)
		if (q->senders[i].taken.n && str_eq(q->senders[i].taken, key))
			return true;
	return false;
}

static bool look_any(void *data, const struct store_record *record)
{
	struct look *l = data;

	l->first = str_dup(l->s->a, record->key);
	l->found = true;
	return false;
}

/* The first that is due and that nobody is at; entries of one client are in the order of time. */
static bool look_free(void *data, const struct store_record *record)
{
	struct look *l = data;
	struct logout_due due;

	if (logout_due_read(record->key, &due) != RC_OK || due.ms > l->now_ms)
		return false;
	if (is_taken(l->s->q, record->key))
		return true;
	return look_any(data, record);
}

static enum rc scan(struct look *l, struct str prefix, struct str after, store_scan_fn fn)
{
	l->found = false;
	return store_scan(l->snap, TABLE_LOGOUT_DUE, prefix, after, false, fn, l);
}

/* Takes the first of this client that is due, if the portal may be called. q->pick is held. */
static enum rc take_of_client(
	struct look *l, struct str client, struct logout_picked *ret, bool *done)
{
	struct logout_sender *s = l->s;
	struct logout_queue *q = s->q;
	enum rc rc = scan(l, logout_due_prefix(s->a, client), STR_NONE, look_free);

	if (rc != RC_OK || !l->found)
		return rc;
	if (!portal_call_begin(q->calls, client, monotonic_ms(), &ret->call))
		return RC_OK;
	memcpy(s->taken_bytes, l->first.p, l->first.n);
	s->taken = (struct str){s->taken_bytes, l->first.n};
	memcpy(q->last, client.p, client.n);
	q->last_n = client.n;
	*done = true;
	return logout_due_read(s->taken, &ret->due);
}

/* Steps from client to client, from the one behind `after` to the end, or to `until`. */
static enum rc walk_clients(
	struct look *l, struct str after, struct str until, struct logout_picked *ret, bool *done)
{
	struct logout_due due;
	enum rc rc = RC_OK;

	while (rc == RC_OK && !*done) {
		rc = scan(l, STR_NONE, after, look_any);
		if (rc != RC_OK || !l->found)
			return rc;
		rc = logout_due_read(l->first, &due);
		if (rc != RC_OK || (until.n && str_cmp(due.client, until) > 0))
			return rc;
		after = logout_due_behind(l->s->a, due.client);
		rc = take_of_client(l, due.client, ret, done);
	}
	return rc;
}

static enum rc pick_next(struct look *l, struct logout_picked *ret)
{
	struct logout_queue *q = l->s->q;
	struct str last, begin;
	bool done = false;
	enum rc rc;

	pthread_mutex_lock(&q->pick);
	last = str_dup(l->s->a, (struct str){q->last, q->last_n});
	begin = last.n ? logout_due_behind(l->s->a, last) : STR_NONE;
	rc = walk_clients(l, begin, STR_NONE, ret, &done);
	if (rc == RC_OK && !done && last.n)
		rc = walk_clients(l, STR_NONE, last, ret, &done);
	pthread_mutex_unlock(&q->pick);
	return rc == RC_OK && !done ? RC_NOT_FOUND : rc;
}

enum rc logout_pick(struct logout_sender *s, struct logout_picked *ret)
{
	const struct app *app = s->q->options.app;
	struct look l = {.s = s, .now_ms = clock_now_ms(app->clock)};
	uint64_t waiting;
	enum rc rc = store_snapshot_begin(app->store, &l.snap);

	if (rc != RC_OK)
		return rc;
	if (store_count(l.snap, TABLE_LOGOUT_DUE, &waiting) == RC_OK)
		metric_set(METRIC_LOGOUTS_WAITING, (int64_t)waiting);
	rc = pick_next(&l, ret);
	store_snapshot_end(l.snap);
	return rc;
}

void logout_unpick(struct logout_sender *s)
{
	pthread_mutex_lock(&s->q->pick);
	s->taken = STR_NONE;
	pthread_mutex_unlock(&s->q->pick);
}
