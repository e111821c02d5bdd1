/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/throttle.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "base/die.h"
#include "codec/ip_address.h"
#include "directory/directory.h"
#include "core/event.h"

#include <pthread.h>

/* Attempts against one subject wait for each other here, so that they meet in the store only when
 * another process makes them. */
#define STRIPES 64
#define TRIES   8

struct throttle {
	struct store *store;
	const struct vault *vault;
	const struct throttle_options *options;
	pthread_mutex_t stripes[STRIPES];
};

struct throttle *throttle_new(
	struct store *store, const struct vault *vault, const struct throttle_options *options)
{
	struct throttle *g = calloc(1, sizeof(*g));

	if (!g)
		die("out of memory");
	*g = (struct throttle){.store = store, .vault = vault, .options = options};
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&g->stripes[i], NULL);
	return g;
}

void throttle_free(struct throttle *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&g->stripes[i]);
	free(g);
}

/* --- the count of one subject --- */

/* Counts within a period, of one network or target. */
struct throttle_window {
	struct attempt_subject subject;
	int64_t limit, period; /* seconds */
};

struct throttle_query {
	const struct throttle_attempt *who;
	struct attempt_subject subject;
	struct throttle_window address;
	bool has_address;
	int64_t now_ms;
};

static int64_t at_most(int64_t first, int64_t doublings, int64_t most)
{
	if (doublings > 40 || first << doublings > most)
		return most;
	return first << doublings;
}

/* Milliseconds between the count-th attempt and the next one. */
static int64_t wait_after(const struct throttle_options *o, int64_t count, bool *ret_locked)
{
	*ret_locked = count % o->lock_after == 0;
	if (*ret_locked)
		return 1000 * at_most(o->lock, count / o->lock_after - 1, o->lock_max);
	if (count < o->free)
		return 0;
	return 1000 * at_most(1, count - o->free, o->delay_max);
}

/* Where the count stands: there is one place, and the greatest count should a clock have jumped. */
static size_t bucket_of(const struct attempts_found *found)
{
	size_t best = 0;

	for (size_t i = 1; i < ATTEMPT_BUCKETS; i++)
		if (found->buckets[i].count > found->buckets[best].count)
			best = i;
	return best;
}

/* Puts the count into this period's place, and nothing may have changed since it was read. */
static void put_count(struct store_batch *b, struct arena *a, const struct attempts_found *found,
	const struct attempts *now)
{
	record_put(b, TABLE_ATTEMPTS, a, found->keys[0], now, found->versions[0]);
	for (size_t i = 1; i < ATTEMPT_BUCKETS; i++)
		if (found->versions[i] != STORE_ABSENT)
			store_delete(b, TABLE_ATTEMPTS, found->keys[i], found->versions[i]);
		else
			store_expect(b, TABLE_ATTEMPTS, found->keys[i], STORE_ABSENT);
}

static int64_t seconds_up(int64_t ms)
{
	return ms <= 1000 ? 1 : (ms + 999) / 1000;
}

/*
 * Adds the attempt to the batch, or says how long to wait. If the clock stepped back to before the
 * last attempt, the delay starts again, so that it is neither skipped nor extended.
 */
static enum rc count_attempt(const struct throttle *g, struct arena *a, struct store_batch *b,
	const struct attempts_found *found, const struct throttle_query *q, struct attempts *ret,
	int64_t *ret_wait)
{
	int64_t now_ms = q->now_ms;
	struct attempts c = found->buckets[bucket_of(found)];
	int64_t length = c.until_ms - c.last_ms;

	if (now_ms < c.last_ms && length > 0) {
		c.last_ms = now_ms;
		c.until_ms = now_ms + length;
		put_count(b, a, found, &c);
	}
	if (now_ms < c.until_ms) {
		*ret_wait = seconds_up(c.until_ms - now_ms);
		return RC_LIMITED;
	}
	c.count++;
	c.codes += q->who->code;
	c.last_ms = now_ms;
	c.until_ms = now_ms + wait_after(g->options, c.count, &c.locked);
	put_count(b, a, found, &c);
	*ret = c;
	return RC_OK;
}

/* --- counts within a period, of one network or target --- */

/* Those of this period and, while it is young, part of those of the one before. */
static enum rc count_window(struct arena *a, struct store_batch *b,
	const struct throttle_window *rate, const struct attempts_found *found, int64_t now_ms,
	int64_t *ret_wait)
{
	int64_t length = rate->period * 1000, gone = now_ms % length;
	struct attempts c = found->buckets[0];
	int64_t earlier = found->buckets[1].count * (length - gone) / length;

	if (c.count + earlier + found->buckets[2].count >= rate->limit) {
		*ret_wait = seconds_up(length - gone);
		return RC_LIMITED;
	}
	c.count++;
	c.last_ms = now_ms;
	record_put(b, TABLE_ATTEMPTS, a, found->keys[0], &c, found->versions[0]);
	return RC_OK;
}

/* The network an address belongs to: IPv4 /24, IPv6 /64. What is no address counts as itself. */
static struct attempt_subject network(const struct throttle *g, struct str text)
{
	struct ip_address address;
	size_t bytes;

	if (ip_address_parse(text, &address) != RC_OK)
		return attempt_subject(g->vault, ATTEMPT_IP_ADDRESS, text);
	bytes = ip_address_is_v4(&address) ? 15 : 8;
	return attempt_subject(
		g->vault, ATTEMPT_IP_ADDRESS, (struct str){(const char *)address.b, bytes});
}

/* --- one attempt --- */

static void audit_lock(struct store_batch *b, struct arena *a, const struct throttle_query *q,
	const struct attempts *c)
{
	if (!c->locked || !q->who->account.n)
		return;
	event_audit(b, a,
		&(struct audit_entry){.event = AUDIT_ACCOUNT_LOCKED,
			.now_ms = q->now_ms,
			.account = q->who->account,
			.person = q->who->person,
			.address = q->who->address});
}

struct throttle_counts {
	struct attempts_found account, address;
};

static enum rc read_counts(const struct throttle *g, struct arena *a,
	const struct throttle_query *q, struct throttle_counts *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	int64_t now = q->now_ms / 1000;
	enum rc rc = store_snapshot_begin(g->store, &snap);

	if (rc == RC_OK)
		rc = attempts_get(snap, a, &q->subject, now, ATTEMPT_PERIOD, &ret->account);
	if (rc == RC_OK && q->has_address)
		rc = attempts_get(
			snap, a, &q->address.subject, now, q->address.period, &ret->address);
	return rc;
}

static enum rc try_once(const struct throttle *g, struct arena *a, const struct throttle_query *q,
	int64_t *ret_wait)
{
	struct store_batch *b = store_batch_new(a);
	struct attempts counted = {.count = 0};
	struct throttle_counts found;
	enum rc rc = read_counts(g, a, q, &found), stored;

	if (rc != RC_OK)
		return rc;
	rc = count_attempt(g, a, b, &found.account, q, &counted, ret_wait);
	if (rc == RC_OK && q->has_address)
		rc = count_window(a, b, &q->address, &found.address, q->now_ms, ret_wait);
	if (rc == RC_LIMITED && (counted.count || store_batch_empty(b)))
		return rc;
	audit_lock(b, a, q, &counted);
	stored = store_commit(g->store, b);
	if (stored == RC_LIMITED) /* the store's queue is full: that is no wait of this account */
		return RC_UNAVAILABLE;
	return stored == RC_OK ? rc : stored;
}

/* Locks the stripes of both subjects, always in the same order. */
static void lock_stripes(struct throttle *g, size_t first, size_t second, bool lock)
{
	int (*fn)(pthread_mutex_t *) = lock ? pthread_mutex_lock : pthread_mutex_unlock;

	fn(&g->stripes[first < second ? first : second]);
	if (first != second)
		fn(&g->stripes[first < second ? second : first]);
}

enum rc throttle_begin(struct throttle *g, struct arena *a, const struct throttle_attempt *who,
	int64_t now_ms, struct throttle_ticket *ret, int64_t *ret_wait)
{
	struct throttle_query q = {.who = who, .now_ms = now_ms, .has_address = who->address.n > 0};
	size_t first, second;
	enum rc rc = RC_CONFLICT;

	if (who->account.n)
		q.subject = attempt_subject(g->vault, ATTEMPT_ACCOUNT, who->account);
	else
		q.subject = attempt_subject(g->vault, ATTEMPT_NAME, username_fold(a, who->name));
	q.address.limit = g->options->address_limit;
	q.address.period = g->options->address_period;
	if (q.has_address)
		q.address.subject = network(g, who->address);
	first = q.subject.bytes[0] % STRIPES;
	second = q.has_address ? q.address.subject.bytes[0] % STRIPES : first;
	lock_stripes(g, first, second, true);
	for (int i = 0; rc == RC_CONFLICT && i < TRIES; i++)
		rc = try_once(g, a, &q, ret_wait);
	lock_stripes(g, first, second, false);
	if (rc == RC_CONFLICT) { /* a crowd from other processes */
		*ret_wait = 1;
		return RC_LIMITED;
	}
	if (rc == RC_OK)
		*ret = (struct throttle_ticket){q.subject, now_ms / 1000};
	return rc;
}

static enum rc address_once(const struct throttle *g, struct arena *a,
	const struct throttle_window *rate, int64_t now_ms, int64_t *ret_wait)
{
	struct store_batch *b = store_batch_new(a);
	struct attempts_found found;
	struct store_snapshot *snap;
	enum rc rc = store_snapshot_begin(g->store, &snap);

	if (rc != RC_OK)
		return rc;
	rc = attempts_get(snap, a, &rate->subject, now_ms / 1000, rate->period, &found);
	store_snapshot_end(snap);
	if (rc == RC_OK)
		rc = count_window(a, b, rate, &found, now_ms, ret_wait);
	if (rc != RC_OK)
		return rc;
	rc = store_commit(g->store, b);
	return rc == RC_LIMITED ? RC_UNAVAILABLE : rc;
}

enum rc throttle_address(
	struct throttle *g, struct arena *a, struct str address, int64_t now_ms, int64_t *ret_wait)
{
	struct throttle_window rate = {
		.limit = g->options->address_limit, .period = g->options->address_period};
	enum rc rc = RC_CONFLICT;
	size_t stripe;

	if (!address.n)
		return RC_OK;
	rate.subject = network(g, address);
	stripe = rate.subject.bytes[0] % STRIPES;
	pthread_mutex_lock(&g->stripes[stripe]);
	for (int i = 0; rc == RC_CONFLICT && i < TRIES; i++)
		rc = address_once(g, a, &rate, now_ms, ret_wait);
	pthread_mutex_unlock(&g->stripes[stripe]);
	if (rc != RC_CONFLICT)
		return rc;
	*ret_wait = 1;
	return RC_LIMITED;
}

enum rc throttle_success(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	const struct throttle_ticket *ticket, bool code)
{
	struct attempts_found found;
	struct attempts c;
	/* Two that finish at once, or one and a new password, see each other. */
	enum rc rc = attempts_guard(snap, b, a, &ticket->subject, ticket->now);

	if (rc == RC_OK)
		rc = attempts_get(snap, a, &ticket->subject, ticket->now, ATTEMPT_PERIOD, &found);
	if (rc != RC_OK)
		return rc;
	c = found.buckets[bucket_of(&found)];
	if (c.codes && !code) {
		c.count = c.codes;
		put_count(b, a, &found, &c);
	} else {
		attempts_reset(b, a, &ticket->subject, ticket->now);
	}
	return RC_OK;
}

enum rc throttle_target(struct throttle *g, struct store_snapshot *snap, struct store_batch *b,
	struct arena *a, struct str target, int64_t now_ms, int64_t *ret_wait)
{
	const struct throttle_window rate = {
		.subject = attempt_subject(g->vault, ATTEMPT_TARGET, username_fold(a, target)),
		.limit = g->options->target_limit,
		.period = g->options->target_period};
	struct attempts_found found;
	enum rc rc = attempts_get(snap, a, &rate.subject, now_ms / 1000, rate.period, &found);

	return rc == RC_OK ? count_window(a, b, &rate, &found, now_ms, ret_wait) : rc;
}
