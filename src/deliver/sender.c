/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The threads that send: claim what is due, send it, write down what came of it. */
#include "deliver/sender.h"

#include "codec/base64.h"
#include "base/thread.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "deliver/outbox_priv.h"
#include "base/clock.h"
#include "base/random.h"
#include "deliver/outbox.h"

#define SCAN_MAX 64 /* due messages of one scan */
#define RUN_MAX  10000

static const struct actor outbox_sender = {.kind = ACTOR_JOB};

/* A message under way. */
struct claimed_message {
	struct str key;
	struct message m; /* with due_ms the end of our lease, which names the claim */
	uint64_t version; /* before the claim */
};

/* ---- looking ---- */

struct due_scan {
	struct arena *a;
	int64_t now_ms;
	struct str due[SCAN_MAX]; /* keys in TABLE_MESSAGE_DUE */
	size_t n;
};

static int64_t due_of(struct str due_key)
{
	uint64_t ms = 0;

	for (size_t i = 1; i < DUE_KEY_MIN; i++)
		ms = ms << 8 | (unsigned char)due_key.p[i];
	return (int64_t)ms;
}

static bool due_scan_add(void *data, const struct store_record *record)
{
	struct due_scan *due_scan = data;

	if (record->key.n <= DUE_KEY_MIN || due_of(record->key) > due_scan->now_ms)
		return false;
	due_scan->due[due_scan->n++] = str_dup(due_scan->a, record->key);
	return due_scan->n < SCAN_MAX;
}

static enum rc due_scan(
	struct outbox *o, struct arena *a, enum message_kind kind, struct due_scan *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(o->options.store, &snap);
	const char prefix = (char)kind;
	uint64_t waiting;

	*ret = (struct due_scan){.a = a, .now_ms = clock_now_ms(o->options.clock)};
	if (rc != RC_OK)
		return rc;
	if (store_count(snap, TABLE_MESSAGE_DUE, &waiting) == RC_OK)
		metric_set(METRIC_MESSAGES_WAITING, (int64_t)waiting);
	return store_scan(snap, TABLE_MESSAGE_DUE, (struct str){&prefix, 1}, STR_NONE, false,
		due_scan_add, ret);
}

/* ---- claiming ---- */

/* The value is copied: the message is used after the snapshot has ended. */
static enum rc read_message(struct tx *tx, struct claimed_message *c)
{
	struct store_record stored;
	enum rc rc = store_get(tx->snap, TABLE_MESSAGE, c->key, &stored);

	if (rc != RC_OK)
		return rc;
	c->version = stored.version;
	return field_decode(&record_message, tx->a, str_dup(tx->a, stored.value), &c->m);
}

static void emit(enum log_event event, struct arena *a, const struct claimed_message *c)
{
	log_emit(event, LOG_S("message", base64url_encode(a, c->key)),
		LOG_C("kind", message_kind_words[c->m.kind]), LOG_S("purpose", c->m.purpose),
		LOG_S("provider", c->m.provider), LOG_S("why", c->m.error),
		LOG_I("attempts", c->m.attempts));
}

static void count_message(enum metric_family f, const struct claimed_message *c)
{
	series_add(metric_series(f, message_kind_words[c->m.kind], NULL), 1);
}

/* What came of a claim. */
enum claim_outcome {
	CLAIM_OURS,    /* until the lease ends */
	CLAIM_LOST,    /* another sender has it, or it is not queued any more */
	CLAIM_EXPIRED, /* nobody needs it any more */
	CLAIM_GONE     /* its state has been forgotten */
};

struct claim {
	const struct outbox *o;
	struct str due;
	struct claimed_message *c;
	enum claim_outcome outcome;
};

static enum rc claim_attempt(struct tx *tx, void *data)
{
	struct claim *claim = data;
	struct claimed_message *c = claim->c;
	enum rc rc = read_message(tx, c);

	if (rc == RC_NOT_FOUND) {
		claim->outcome = CLAIM_GONE;
		store_delete(tx->batch, TABLE_MESSAGE_DUE, claim->due, STORE_ANY);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (c->m.state != MESSAGE_QUEUED || c->m.due_ms != due_of(claim->due)) {
		claim->outcome = CLAIM_LOST;
	} else if (c->m.not_after <= tx->now) {
		claim->outcome = CLAIM_EXPIRED;
		outbox_finish(
			tx->batch, tx->a, c->key, &c->m, c->version, MESSAGE_EXPIRED, tx->now);
	} else {
		claim->outcome = CLAIM_OURS;
		c->m.attempts++;
		outbox_move(tx->batch, tx->a, c->key, &c->m, c->version,
			tx->now_ms + claim->o->lease_ms[c->m.kind]);
	}
	return RC_OK;
}

/* RC_OK: ours until the lease ends. RC_NOT_FOUND: there is nothing to send, or another sender has
 * it. */
static enum rc message_claim(
	struct outbox *o, struct arena *a, struct str due, struct claimed_message *ret)
{
	struct claim claim = {.o = o, .due = due, .c = ret};
	enum rc rc;

	ret->key = str_sub(due, DUE_KEY_MIN, STORE_KEY_MAX);
	rc = tx_run(&o->app, &outbox_sender, a, claim_attempt, &claim);
	if (rc != RC_OK)
		return rc;
	if (claim.outcome == CLAIM_EXPIRED) {
		count_message(FAMILY_MESSAGES_EXPIRED, ret);
		emit(LOG_EVENT_MESSAGE_EXPIRED, a, ret);
	}
	return claim.outcome == CLAIM_OURS ? RC_OK : RC_NOT_FOUND;
}

/* ---- sending ---- */

static enum rc open_content(struct outbox *o, struct arena *a, const struct claimed_message *c,
	struct message_content *ret)
{
	struct str plain;
	enum rc rc = vault_message_open(o->options.vault, a, c->key, c->m.sealed, &plain);

	return rc == RC_OK ? field_decode(&record_message_content, a, plain, ret) : rc;
}

/* A transport that may be called now: its index and its place in the circuit. */
struct entry {
	size_t i;
	int place;
};

/* The first one of the kind, from ret->i on. False: none. */
static bool transport_enter(struct outbox *o, enum message_kind kind, struct entry *ret)
{
	for (; ret->i < o->options.n_transports; ret->i++) {
		if (o->transports[ret->i]->kind != kind)
			continue;
		ret->place = circuit_enter(&o->circuits[ret->i], monotonic_ms());
		if (ret->place >= 0)
			return true;
	}
	return false;
}

/* Whoever says "not now" at once has answered; a call that took long and has nothing has not. */
static void transport_leave(
	struct outbox *o, struct entry e, const struct transport_result *result, int64_t took_us)
{
	bool answered =
		result->outcome != TRANSPORT_RETRY || took_us < INT64_C(1000) * CIRCUIT_HANG_MS;

	circuit_leave(&o->circuits[e.i], e.place, answered, monotonic_ms());
	outbox_wake(o);
}

static void transport_count(
	const struct transport *transport, const struct transport_result *result, int64_t took_us)
{
	const char *channel = message_kind_words[transport->kind];

	series_observe_us(metric_series(FAMILY_DELIVERY_US, channel, transport->name), took_us);
	if (result->outcome != TRANSPORT_SENT)
		series_add(metric_series(FAMILY_DELIVERY_FAILED, channel, transport->name), 1);
}

static struct transport_result transport_call(struct outbox *o, struct arena *a, struct entry e,
	struct claimed_message *c, const struct transport_message *what)
{
	const struct transport *transport = o->transports[e.i];
	struct transport_result result = {TRANSPORT_RETRY, STR_NONE, STR_NONE};
	int64_t took = monotonic_us();

	transport->send(transport, a, what, &result);
	took = monotonic_us() - took;
	transport_count(transport, &result, took);
	transport_leave(o, e, &result, took);
	result.error = outbox_scrubbed(a, result.error);
	c->m.provider = str_c(transport->name);
	return result;
}

/*
 * Every transport of the kind in turn that may be called, from the one that was entered on, until
 * one has taken it. An uncertain one counts as a failure here: the next gets the same text, the
 * person may get it twice, never two texts.
 */
static struct transport_result transport_try(struct outbox *o, struct arena *a, struct entry e,
	struct claimed_message *c, const struct transport_message *what)
{
	struct transport_result worst = {TRANSPORT_REJECTED, STR_NONE, STR("no_carrier")};
	bool entered = e.place >= 0;

	for (; entered; e.i++, entered = transport_enter(o, (enum message_kind)c->m.kind, &e)) {
		struct transport_result result = transport_call(o, a, e, c, what);

		if (result.outcome == TRANSPORT_SENT)
			return result;
		c->m.error = result.error;
		emit(LOG_EVENT_MESSAGE_DEFERRED, a, c);
		if (worst.outcome == TRANSPORT_REJECTED)
			worst = result;
		if (call_end_known(what->end))
			break;
	}
	return worst;
}

static int64_t pause_ms(const struct outbox *o, int64_t attempts)
{
	int64_t pause = o->options.retry_first_ms;
	uint16_t chance;

	for (int64_t i = 1; i < attempts && pause < OUTBOX_RETRY_MAX_MS; i++)
		pause *= 3;
	if (pause > OUTBOX_RETRY_MAX_MS)
		pause = OUTBOX_RETRY_MAX_MS;
	rng_fill(o->options.rng, &chance, sizeof(chance));
	/* 80 to 120 percent, so that what failed together does not come back together. */
	return pause * (800 + chance % 401) / 1000;
}

static void add_report(struct tx *tx, const struct claimed_message *c)
{
	struct message_report report = {c->key};

	if (!c->m.provider_id.n)
		return;
	record_put(tx->batch, TABLE_MESSAGE_REPORT, tx->a,
		outbox_report_key(tx->a, c->m.provider, c->m.provider_id, tx->now, 0), &report,
		STORE_ANY);
}

/* A message that was sent, and what came of it. */
struct sent {
	struct claimed_message *c;
	const struct transport_result *result;
	struct str provider; /* the last one tried */
	int64_t lease;
	int64_t pause_ms; /* until the next attempt, should there be one */
	bool recorded;
};

static void add_outcome(struct tx *tx, struct sent *sent)
{
	struct claimed_message *c = sent->c;
	enum transport_outcome outcome = sent->result->outcome;
	int64_t next = tx->now_ms + sent->pause_ms;

	c->m.error = sent->result->error;
	c->m.provider_id = outbox_printable(tx->a, sent->result->provider_id);
	if (outcome == TRANSPORT_RETRY) {
		if (next > c->m.not_after * 1000)
			next = c->m.not_after * 1000;
		outbox_move(tx->batch, tx->a, c->key, &c->m, c->version, next);
		return;
	}
	if (outcome == TRANSPORT_SENT)
		add_report(tx, c);
	outbox_finish(tx->batch, tx->a, c->key, &c->m, c->version,
		outcome == TRANSPORT_SENT ? MESSAGE_SENT : MESSAGE_FAILED, tx->now);
}

/* Or has it become another sender's, or been cancelled, while we sent it? */
static bool is_ours(const struct claimed_message *c, int64_t lease)
{
	return c->m.state == MESSAGE_QUEUED && c->m.due_ms == lease;
}

/* When the message is not ours any more only that it has been sent still counts. */
static enum rc outcome_attempt(struct tx *tx, void *data)
{
	struct sent *sent = data;
	struct claimed_message *c = sent->c;
	enum rc rc = read_message(tx, c);

	sent->recorded = false;
	if (rc != RC_OK)
		return rc;
	if (c->m.state != MESSAGE_QUEUED && c->m.state != MESSAGE_CANCELLED)
		return RC_OK;
	if (!is_ours(c, sent->lease) && sent->result->outcome != TRANSPORT_SENT)
		return RC_OK;
	c->m.provider = sent->provider;
	add_outcome(tx, sent);
	sent->recorded = true;
	return RC_OK;
}

static enum rc record_outcome(struct outbox *o, struct arena *a, struct claimed_message *c,
	const struct transport_result *result)
{
	struct sent sent = {.c = c,
		.result = result,
		.provider = c->m.provider,
		.lease = c->m.due_ms,
		.pause_ms = pause_ms(o, c->m.attempts)};
	enum rc rc = tx_run(&o->app, &outbox_sender, a, outcome_attempt, &sent);

	if (rc != RC_OK || !sent.recorded)
		return rc;
	if (result->outcome == TRANSPORT_SENT)
		count_message(FAMILY_MESSAGES_SENT, c);
	if (result->outcome == TRANSPORT_REJECTED) {
		count_message(FAMILY_MESSAGES_REJECTED, c);
		emit(LOG_EVENT_MESSAGE_REJECTED, a, c);
	}
	return RC_OK;
}

static void send_claimed(
	struct outbox *o, struct arena *a, struct entry e, struct claimed_message *c)
{
	struct transport_result result = {TRANSPORT_REJECTED, STR_NONE, STR("unsealing_failed")};
	struct transport_message what = {
		.id = base64url_encode(a, c->key), .created = c->m.created, .end = &o->end};
	enum rc rc = open_content(o, a, c, &what.content);

	if (rc == RC_OK && what.content.text.n)
		result = transport_try(o, a, e, c, &what);
	else if (e.place >= 0)
		circuit_cancel(&o->circuits[e.i], e.place);
	rc = record_outcome(o, a, c, &result);
	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "outbox_settle"), LOG_RC(rc));
}

/*
 * RC_OK: it was tried. RC_LIMITED: no transport may be called now, so that it stays for whoever
 * may. A kind without transports is for nobody: its messages are refused.
 */
static enum rc send_one(struct outbox *o, enum message_kind kind, struct str due)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct entry e = {.place = -1};
	struct claimed_message c;
	enum rc rc;

	if (!transport_enter(o, kind, &e) && outbox_offers(o, kind))
		return RC_LIMITED;
	rc = message_claim(o, a, due, &c);
	if (rc == RC_OK)
		send_claimed(o, a, e, &c);
	else if (e.place >= 0)
		circuit_cancel(&o->circuits[e.i], e.place);
	return rc;
}

static bool stops(struct outbox *o)
{
	bool stopping;

	pthread_mutex_lock(&o->lock);
	stopping = o->stopping;
	pthread_mutex_unlock(&o->lock);
	return stopping;
}

/* One scan of what is due; ret_tried: how many were sent or tried. */
static enum rc pass(struct outbox *o, enum message_kind kind, size_t *ret_tried)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct due_scan due;
	enum rc rc = due_scan(o, a, kind, &due);
	enum rc sent = RC_OK;
	size_t tried = 0;

	for (size_t i = 0; rc == RC_OK && i < due.n && sent != RC_LIMITED && !stops(o); i++) {
		sent = send_one(o, kind, due.due[i]);
		tried += sent == RC_OK;
	}
	if (rc == RC_OK)
		*ret_tried = tried;
	return rc;
}

static enum rc run_kind(struct outbox *o, enum message_kind kind, size_t *all)
{
	size_t tried = 1;
	enum rc rc = RC_OK;

	while (rc == RC_OK && tried && *all < RUN_MAX) {
		rc = pass(o, kind, &tried);
		if (rc == RC_OK)
			*all += tried;
	}
	return rc;
}

enum rc outbox_run(struct outbox *o, size_t *ret_tried)
{
	size_t all = 0;
	enum rc rc = RC_OK;

	for (int kind = 0; rc == RC_OK && kind < MESSAGE_KIND_MAX; kind++)
		rc = run_kind(o, (enum message_kind)kind, &all);
	if (rc == RC_OK)
		*ret_tried = all;
	return rc;
}

/* ---- threads ---- */

/* Until somebody wakes us or it is time to scan again; true: stop. */
static bool rest(struct outbox *o, uint64_t *seen)
{
	struct timespec at = cond_end(monotonic_ms() + o->options.scan_ms);
	bool stopping;
	int rc = 0;

	pthread_mutex_lock(&o->lock);
	while (!o->stopping && o->wakes == *seen && rc == 0)
		rc = pthread_cond_timedwait(&o->cond, &o->lock, &at);
	*seen = o->wakes;
	stopping = o->stopping;
	pthread_mutex_unlock(&o->lock);
	return stopping;
}

static void *sender(void *data)
{
	struct sender *s = data;
	struct outbox *o = s->o;
	uint64_t seen = 0;
	size_t tried;

	do {
		enum rc rc = pass(o, s->kind, &tried);

		if (rc != RC_OK)
			log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "outbox"), LOG_RC(rc));
	} while (!rest(o, &seen));
	pthread_mutex_lock(&o->lock);
	o->running--;
	pthread_cond_broadcast(&o->cond);
	pthread_mutex_unlock(&o->lock);
	return NULL;
}

static void sender_start(struct outbox *o, enum message_kind kind)
{
	struct sender *s = &o->senders[o->n_senders++];

	*s = (struct sender){.o = o, .kind = kind};
	o->running++;
	thread_need(&s->thread, "outbox-sender", sender, s);
}

void outbox_start(struct outbox *o)
{
	for (int i = 0; i < OUTBOX_THREADS_MAX && i < o->options.threads * MESSAGE_KIND_MAX; i++)
		sender_start(o, (enum message_kind)(i % MESSAGE_KIND_MAX));
}

void outbox_stopping(struct outbox *o)
{
	call_end_set(&o->end, monotonic_ms() + OUTBOX_STOP_MS);
	pthread_mutex_lock(&o->lock);
	o->stopping = true;
	pthread_cond_broadcast(&o->cond);
	pthread_mutex_unlock(&o->lock);
}

bool outbox_stop(struct outbox *o, int64_t by_ms)
{
	struct timespec at = cond_end(by_ms);
	int err = 0, running;

	outbox_stopping(o);
	pthread_mutex_lock(&o->lock);
	while (o->running && err == 0)
		err = pthread_cond_timedwait(&o->cond, &o->lock, &at);
	running = o->running;
	pthread_mutex_unlock(&o->lock);
	if (running)
		return false;
	for (int i = 0; i < o->n_senders; i++)
		pthread_join(o->senders[i].thread, NULL);
	o->n_senders = 0;
	return true;
}

/* ---- reports ---- */

static enum rc find_report(
	struct tx *tx, struct str provider, struct str provider_id, struct message_report *ret)
{
	enum rc rc = RC_NOT_FOUND;

	for (int day = 0; rc == RC_NOT_FOUND && day < REPORT_DAYS; day++)
		rc = record_get(tx->snap, TABLE_MESSAGE_REPORT,
			outbox_report_key(tx->a, provider, provider_id, tx->now, day), tx->a, ret,
			NULL);
	return rc;
}

struct delivery_report {
	struct str provider, provider_id;
	bool delivered;
};

static enum rc report_attempt(struct tx *tx, void *data)
{
	const struct delivery_report *r = data;
	struct message_report report;
	struct claimed_message c;
	enum rc rc = find_report(tx, r->provider, r->provider_id, &report);

	if (rc != RC_OK)
		return rc;
	c.key = report.message;
	rc = read_message(tx, &c);
	if (rc != RC_OK || c.m.state != MESSAGE_SENT) /* reported before, or changed by hand */
		return rc;
	c.m.state = r->delivered ? MESSAGE_DELIVERED : MESSAGE_FAILED;
	c.m.error = r->delivered ? STR_NONE : STR("not delivered");
	record_put(tx->batch, TABLE_MESSAGE, tx->a, c.key, &c.m, c.version);
	return RC_OK;
}

enum rc outbox_report(struct outbox *o, struct arena *a, struct str provider,
	struct str provider_id, bool delivered)
{
	struct delivery_report report = {provider, provider_id, delivered};

	return tx_run(&o->app, &outbox_sender, a, report_attempt, &report);
}
