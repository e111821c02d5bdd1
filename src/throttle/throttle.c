/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/throttle.h"

#include "base/die.h"
#include "codec/ip_network.h"
#include "throttle/limits.h"
#include "directory/directory.h"

#include <pthread.h>

/* Attempts against one subject wait for each other here, so that they meet in the store only when
 * another process makes them. */
#define STRIPES 64

#define NETWORK_V4_BITS 24 /* attempts are counted by network */
#define ADDRESS_V4_BITS 32 /* what is counted in memory by address */

#define SUBJECT_MAX 512u /* bytes of a budget and what is counted in it */

struct throttle {
	const struct app *app;
	const struct throttle_options *options;
	struct memory_counters memory;
	pthread_mutex_t stripes[STRIPES];
};

struct throttle *throttle_new(const struct app *app, const struct throttle_options *options)
{
	struct throttle *g = xcalloc(1, sizeof(*g));

	g->app = app;
	g->options = options;
	memory_init(&g->memory);
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
	memory_close(&g->memory);
	free(g);
}

/* --- the count of one subject --- */

/* Counts within a period, of one network or target. */
struct throttle_window {
	struct attempt_subject subject;
	int64_t limit, period; /* seconds */
};

struct throttle_query {
	const struct throttle *throttle;
	const struct throttle_attempt *who; /* NULL: only the address is counted */
	struct attempt_subject subject;
	struct throttle_window networks[IP_NETWORKS_MAX]; /* the narrowest first */
	size_t n_networks;
	/* of the last attempt: */
	enum rc verdict; /* RC_OK or RC_LIMITED */
	int64_t wait, now;
	struct attempts counted;
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
static void put_count(struct tx *tx, const struct attempts_found *found, const struct attempts *now)
{
	record_put(tx->batch, TABLE_ATTEMPTS, tx->a, found->keys[0], now, found->versions[0]);
	for (size_t i = 1; i < ATTEMPT_BUCKETS; i++)
		if (found->versions[i] != STORE_ABSENT)
			store_delete(tx->batch, TABLE_ATTEMPTS, found->keys[i], found->versions[i]);
		else
			store_expect(tx->batch, TABLE_ATTEMPTS, found->keys[i], STORE_ABSENT);
}

static int64_t seconds_up(int64_t ms)
{
	return ms <= 1000 ? 1 : (ms + 999) / 1000;
}

/*
 * Adds the attempt to the batch, or says how long to wait. If the clock stepped back to before the
 * last attempt, the delay starts again, so that it is neither skipped nor extended.
 */
static enum rc count_attempt(struct tx *tx, const struct attempts_found *found,
	struct throttle_query *q, struct attempts *ret)
{
	struct attempts c = found->buckets[bucket_of(found)];
	int64_t length = c.until_ms - c.last_ms;

	if (tx->now_ms < c.last_ms && length > 0) {
		c.last_ms = tx->now_ms;
		c.until_ms = tx->now_ms + length;
		put_count(tx, found, &c);
	}
	if (tx->now_ms < c.until_ms) {
		q->wait = seconds_up(c.until_ms - tx->now_ms);
		return RC_LIMITED;
	}
	c.count++;
	c.codes += q->who->code;
	c.last_ms = tx->now_ms;
	c.until_ms = tx->now_ms + wait_after(q->throttle->options, c.count, &c.locked);
	put_count(tx, found, &c);
	*ret = c;
	return RC_OK;
}

/* --- counts within a period, of one network or target --- */

/* Those of this period and, while it is young, part of those of the one before. */
static enum rc count_window(struct tx *tx, const struct throttle_window *rate, int64_t *ret_wait)
{
	int64_t length = rate->period * 1000, gone = tx->now_ms % length, earlier;
	struct attempts_found found;
	struct attempts c;
	enum rc rc = attempts_get(tx->snap, tx->a, &rate->subject, tx->now, rate->period, &found);

	if (rc != RC_OK)
		return rc;
	c = found.buckets[0];
	earlier = found.buckets[1].count * (length - gone) / length;
	if (c.count + earlier + found.buckets[2].count >= rate->limit) {
		*ret_wait = seconds_up(length - gone);
		return RC_LIMITED;
	}
	c.count++;
	c.last_ms = tx->now_ms;
	record_put(tx->batch, TABLE_ATTEMPTS, tx->a, found.keys[0], &c, found.versions[0]);
	return RC_OK;
}

/* A network an address is counted in. */
struct counted {
	struct attempt_subject subject;
	int64_t share; /* of the limit */
};

/* Of an attempt all but a provider's are counted in the store. That one would make every attempt
 * from a large provider wait until the one before it is on disk. */
static bool is_stored(const struct counted *c)
{
	return c->share < IP_NETWORK_32;
}

/* None without an address; what is no address counts as itself. */
static size_t networks_of(const struct throttle *g, struct str text, unsigned v4_bits,
	struct counted ret[static IP_NETWORKS_MAX])
{
	struct ip_network networks[IP_NETWORKS_MAX];
	struct ip_address address;
	size_t n;

	if (!text.n)
		return 0;
	if (ip_address_parse(text, &address) != RC_OK) {
		ret[0] = (struct counted){
			attempt_subject(g->app->vault, ATTEMPT_IP_ADDRESS, text), 1};
		return 1;
	}
	n = ip_networks(&address, v4_bits, networks);
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct counted){
			attempt_subject(g->app->vault, ATTEMPT_IP_ADDRESS,
				(struct str){(const char *)networks[i].b, networks[i].bytes}),
			networks[i].share};
	return n;
}

static int64_t number_at(const void *values, size_t offset)
{
	return *(const int64_t *)((const char *)values + offset);
}

static struct throttle_window window_of(
	const struct throttle *g, enum throttle_limit which, struct attempt_subject subject)
{
	const struct throttle_row *row = &throttle_rows[which];

	return (struct throttle_window){.subject = subject,
		.limit = number_at(g->options, row->max),
		.period = number_at(g->options, row->period)};
}

/* --- one attempt --- */

static void audit_lock(struct tx *tx, const struct throttle_attempt *who, const struct attempts *c)
{
	struct audit_entry entry = tx_audit(tx, AUDIT_ACCOUNT_LOCKED);

	if (!c->locked || !who->account.n)
		return;
	entry.account = who->account;
	entry.person = who->person;
	entry.address = who->address;
	tx_audit_add(tx, &entry);
}

/* A verdict is no failure: what was counted with it is written. */
static enum rc count_all(struct tx *tx, void *data)
{
	struct throttle_query *q = data;
	struct attempts_found found;
	enum rc rc = RC_OK;

	q->now = tx->now;
	q->counted = (struct attempts){.count = 0};
	if (q->who) {
		rc = attempts_get(tx->snap, tx->a, &q->subject, tx->now, ATTEMPT_PERIOD, &found);
		if (rc == RC_OK)
			rc = count_attempt(tx, &found, q, &q->counted);
	}
	for (size_t i = 0; rc == RC_OK && i < q->n_networks; i++)
		rc = count_window(tx, &q->networks[i], &q->wait);
	q->verdict = rc;
	if (rc != RC_OK && rc != RC_LIMITED)
		return rc;
	if (rc == RC_LIMITED && q->counted.count) /* the network's limit: this was no attempt */
		tx->batch = store_batch_new(tx->a);
	else if (q->who)
		audit_lock(tx, q->who, &q->counted);
	return RC_OK;
}

/* Locks the stripes of both subjects, always in the same order. */
static void lock_stripes(struct throttle *g, size_t first, size_t second, bool lock)
{
	int (*fn)(pthread_mutex_t *) = lock ? pthread_mutex_lock : pthread_mutex_unlock;

	fn(&g->stripes[first < second ? first : second]);
	if (first != second)
		fn(&g->stripes[first < second ? second : first]);
}

/* Counts, one after the other where this process's threads meet. */
static enum rc run_query(
	struct throttle *g, struct arena *a, struct throttle_query *q, int64_t *ret_wait)
{
	static const struct actor actor = {.kind = ACTOR_PERSON};
	size_t first = q->subject.bytes[0] % STRIPES, second = first;
	enum rc rc;

	/* The widest network: whoever shares a narrower one shares it. */
	if (q->n_networks)
		second = q->networks[q->n_networks - 1].subject.bytes[0] % STRIPES;
	if (!q->who)
		first = second;
	lock_stripes(g, first, second, true);
	rc = tx_run(g->app, &actor, a, count_all, q);
	lock_stripes(g, first, second, false);
	if (rc == RC_LIMITED) /* the store's queue is full: that is no wait of this account */
		return RC_UNAVAILABLE;
	if (rc == RC_CONFLICT) { /* a crowd from other processes */
		*ret_wait = 1;
		return RC_LIMITED;
	}
	if (rc == RC_OK && q->verdict == RC_LIMITED)
		*ret_wait = q->wait;
	return rc == RC_OK ? q->verdict : rc;
}

static struct throttle_query query_of(const struct throttle *g, struct str address)
{
	struct throttle_query q = {.throttle = g};
	struct counted counted[IP_NETWORKS_MAX];

	size_t n = networks_of(g, address, NETWORK_V4_BITS, counted);

	for (size_t i = 0; i < n && is_stored(&counted[i]); i++) {
		q.networks[i] = window_of(g, THROTTLE_NETWORK, counted[i].subject);
		q.networks[i].limit *= counted[i].share;
		q.n_networks++;
	}
	return q;
}

static struct throttle_ticket ticket_of(
	const struct throttle_options *o, const struct throttle_query *q)
{
	const struct attempts *c = &q->counted;

	return (struct throttle_ticket){
		.subject = q->subject,
		.now = q->now,
		.left = c->locked ? 0 : o->lock_after - c->count % o->lock_after,
		.lock = c->locked ? seconds_up(c->until_ms - c->last_ms) : 0,
	};
}

typedef bool (*memory_fn)(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max);

/* An attempt of the provider's, if there is one: count is memory_take or memory_has_room. RC_OK or
 * RC_LIMITED with the seconds to wait. */
static enum rc count_provider(
	struct throttle *g, struct str address, memory_fn count, int64_t *ret_wait)
{
	struct counted counted[IP_NETWORKS_MAX];
	size_t n = networks_of(g, address, NETWORK_V4_BITS, counted);
	const struct throttle_options *o = g->options;
	int64_t now = clock_now(g->app->clock), max;

	if (!n || is_stored(&counted[n - 1]))
		return RC_OK;
	max = o->address_limit * counted[n - 1].share * MEMORY_PERIOD / o->address_period;
	if (count(&g->memory, THROTTLE_PROVIDERS, &counted[n - 1].subject, now, max ? max : 1))
		return RC_OK;
	*ret_wait = MEMORY_PERIOD - now % MEMORY_PERIOD;
	return RC_LIMITED;
}

/* What was refused by a narrower network's limit was no attempt of the provider's either. */
static enum rc run_counted(struct throttle *g, struct arena *a, struct throttle_query *q,
	struct str address, int64_t *ret_wait)
{
	enum rc rc = count_provider(g, address, memory_has_room, ret_wait);

	if (rc == RC_OK)
		rc = run_query(g, a, q, ret_wait);
	/* An attempt that was counted against the account is not refused any more, though others
	 * may have taken the provider's last one since it was looked at. */
	if (rc == RC_OK)
		(void)!count_provider(g, address, memory_take, &(int64_t){0});
	return rc;
}

enum rc throttle_begin(struct throttle *g, struct arena *a, const struct throttle_attempt *who,
	struct throttle_ticket *ret, int64_t *ret_wait)
{
	struct throttle_query q = query_of(g, who->address);
	enum rc rc;

	q.who = who;
	if (who->account.n)
		q.subject = attempt_subject(g->app->vault, ATTEMPT_ACCOUNT, who->account);
	else
		q.subject =
			attempt_subject(g->app->vault, ATTEMPT_NAME, username_fold(a, who->name));
	rc = run_counted(g, a, &q, who->address, ret_wait);
	if (rc == RC_OK)
		*ret = ticket_of(g->options, &q);
	return rc;
}

enum rc throttle_address(struct throttle *g, struct arena *a, struct str address, int64_t *ret_wait)
{
	struct throttle_query q = query_of(g, address);

	return q.n_networks ? run_counted(g, a, &q, address, ret_wait) : RC_OK;
}

int64_t throttle_left_named(int64_t left)
{
	return left <= THROTTLE_WARN ? left : 0;
}

enum rc throttle_success(struct tx *tx, const struct throttle_ticket *ticket, bool code)
{
	struct attempts_found found;
	struct attempts c;
	/* Two that finish at once, or one and a new password, see each other. */
	enum rc rc = attempts_guard(tx->snap, tx->batch, tx->a, &ticket->subject, ticket->now);

	if (rc == RC_OK)
		rc = attempts_get(
			tx->snap, tx->a, &ticket->subject, ticket->now, ATTEMPT_PERIOD, &found);
	if (rc != RC_OK)
		return rc;
	c = found.buckets[bucket_of(&found)];
	if (c.codes && !code) {
		c.count = c.codes;
		put_count(tx, &found, &c);
	} else {
		attempts_reset(tx->batch, tx->a, &ticket->subject, ticket->now);
	}
	return RC_OK;
}

enum rc throttle_locked(
	const struct throttle *g, struct tx *tx, struct str account, int64_t *ret_wait)
{
	struct attempt_subject subject = attempt_subject(g->app->vault, ATTEMPT_ACCOUNT, account);
	struct attempts_found found;
	struct attempts c;
	enum rc rc = attempts_get(tx->snap, tx->a, &subject, tx->now, ATTEMPT_PERIOD, &found);

	if (rc != RC_OK)
		return rc;
	c = found.buckets[bucket_of(&found)];
	if (!c.locked || tx->now_ms >= c.until_ms)
		return RC_OK;
	*ret_wait = seconds_up(c.until_ms - tx->now_ms);
	return RC_LIMITED;
}

/* Whose budgets: those of an address's networks, or the one of what the text names. */
static size_t subjects_of(const struct throttle *g, struct arena *a, const struct throttle_row *row,
	struct str what, struct counted ret[static IP_NETWORKS_MAX])
{
	struct buf name;

	if (row->kind == ATTEMPT_IP_ADDRESS)
		return networks_of(g, what, ADDRESS_V4_BITS, ret);
	buf_init(&name, a, SUBJECT_MAX);
	buf_add_c(&name, row->budget);
	buf_add(&name, what);
	ret[0] = (struct counted){
		attempt_subject(g->app->vault, row->kind, username_fold(a, buf_str(&name))), 1};
	return 1;
}

/* Counters in memory know the minute only. count: memory_take or memory_has_room. */
static enum rc in_memory(struct throttle *g, const struct tx *tx, enum throttle_limit which,
	struct str what, memory_fn count, int64_t *ret_wait)
{
	const struct throttle_row *row = &throttle_rows[which];
	int64_t max = row->fixed ? row->fixed : number_at(tx->settings, row->max);
	struct counted counted[IP_NETWORKS_MAX];
	size_t n = subjects_of(g, tx->a, row, what, counted);

	for (size_t i = 0; i < n; i++) {
		if (count(&g->memory, which, &counted[i].subject, tx->now, max * counted[i].share))
			continue;
		*ret_wait = MEMORY_PERIOD - tx->now % MEMORY_PERIOD;
		return RC_LIMITED;
	}
	return RC_OK;
}

enum rc throttle_spent(struct throttle *g, const struct tx *tx, enum throttle_limit which,
	struct str what, int64_t *ret_wait)
{
	return in_memory(g, tx, which, what, memory_has_room, ret_wait);
}

enum rc throttle_take(struct throttle *g, struct tx *tx, enum throttle_limit which, struct str what,
	int64_t *ret_wait)
{
	const struct throttle_row *row = &throttle_rows[which];
	struct counted counted[IP_NETWORKS_MAX];
	struct throttle_window window;

	if (!row->stored)
		return in_memory(g, tx, which, what, memory_take, ret_wait);
	(void)subjects_of(g, tx->a, row, what, counted);
	window = window_of(g, which, counted[0].subject);
	return count_window(tx, &window, ret_wait);
}
