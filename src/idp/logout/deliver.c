/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One portal notified: lease, token, call, outcome. */
#include "base/array.h"
#include "base/clock.h"
#include "base/random.h"
#include "directory/directory.h"
#include "idp/logout/logout_token.h"
#include "idp/logout/queue_priv.h"
#include "obs/log.h"
#include "obs/metrics.h"

static const struct actor logout_actor = {.kind = ACTOR_JOB};

/* Pauses after the first, second ... failed attempt; then it is given up. */
static const int64_t pauses_s[] = {10, 60, 300, 1800, 7200, 14400, 28800};
_Static_assert(ARRAY_LEN(pauses_s) == LOGOUT_ATTEMPTS_MAX - 1, "a pause between two attempts");

/* --- the lease --- */

enum lease_outcome {
	LEASE_OURS,
	LEASE_LOST,    /* moved or finished since */
	LEASE_GIVEN_UP /* too old, or the portal has no such address any more */
};

struct lease {
	const struct logout_queue *q;
	const struct logout_due *due;
	struct str due_key;
	struct logout_delivery_ref ref;
	struct logout_token token;
	struct str url;
	enum lease_outcome outcome;
};

static void audit_failed(struct tx *tx, const struct logout_delivery *d)
{
	struct audit_entry e = tx_audit(tx, AUDIT_PORTAL_LOGOUT_FAILED);

	e.client = d->client;
	e.person = d->person;
	e.session = d->sid;
	e.detail = d->why;
	tx_audit_add(tx, &e);
}

static void give_up(struct tx *tx, struct logout_delivery_ref *ref, struct str why)
{
	ref->d.why = why;
	logout_delivery_finish(tx, ref, LOGOUT_FAILED);
	audit_failed(tx, &ref->d);
}

static enum rc find_portal(struct tx *tx, struct lease *l)
{
	struct client client;
	enum rc rc = client_get(tx->snap, tx->a, l->ref.d.client, &client, NULL);

	if (rc == RC_NOT_FOUND)
		client.backchannel_logout_uri = STR_NONE;
	else if (rc != RC_OK)
		return rc;
	l->url = str_dup(tx->a, client.backchannel_logout_uri);
	if (!l->url.n)
		return RC_OK;
	l->token = (struct logout_token){.issuer = str_dup(tx->a, tx->settings->issuer),
		.client = l->ref.d.client,
		.person = l->ref.d.person,
		.sid = l->ref.d.sid,
		.alg = client_id_token_alg(&client),
		.now = tx->now};
	return RC_OK;
}

static enum rc lease_ours(struct tx *tx, struct lease *l)
{
	enum rc rc = find_portal(tx, l);

	if (rc != RC_OK)
		return rc;
	if (!l->url.n || tx->now >= l->ref.d.ended + LOGOUT_LIFETIME) {
		l->outcome = LEASE_GIVEN_UP;
		give_up(tx, &l->ref,
			l->url.n ? STR("its time is over")
				 : STR("the portal has no address for it"));
		return RC_OK;
	}
	l->outcome = LEASE_OURS;
	l->ref.d.attempts++;
	logout_delivery_move(
		tx, &l->ref, tx->now_ms + 2 * l->q->options.timeout_ms + LOGOUT_LEASE_MARGIN_MS);
	return RC_OK;
}

static enum rc lease_attempt(struct tx *tx, void *data)
{
	struct lease *l = data;
	enum rc rc = logout_delivery_get(tx, l->due->key, &l->ref);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (rc == RC_OK && l->ref.d.state == LOGOUT_WAITING && l->ref.d.due_ms == l->due->ms)
		return lease_ours(tx, l);
	l->outcome = LEASE_LOST;
	store_delete(tx->batch, TABLE_LOGOUT_DUE, l->due_key, STORE_ANY);
	return RC_OK;
}

/* --- the outcome --- */

struct outcome {
	const struct logout_queue *q;
	struct logout_delivery_ref *ref;
	int64_t lease; /* its due time while it is ours */
	enum portal_verdict verdict;
	struct str why;
	bool given_up, recorded;
};

static int64_t pause_ms(const struct tx *tx, int64_t attempts)
{
	int64_t pause = pauses_s[attempts - 1] * 1000;
	uint16_t chance;

	rng_fill(tx->app->rng, &chance, sizeof(chance));
	/* 80 to 120 percent, so that what failed together does not come back together. */
	return pause * (800 + chance % 401) / 1000;
}

static void record_failure(struct tx *tx, struct outcome *o)
{
	struct logout_delivery *d = &o->ref->d;

	o->given_up = o->verdict == PORTAL_REFUSED || d->attempts >= LOGOUT_ATTEMPTS_MAX;
	d->why = o->why;
	if (o->given_up)
		give_up(tx, o->ref, o->why);
	else
		logout_delivery_move(tx, o->ref, tx->now_ms + pause_ms(tx, d->attempts));
}

/* When the lease is over and it is another sender's, only that it was confirmed still counts. */
static enum rc outcome_attempt(struct tx *tx, void *data)
{
	struct outcome *o = data;
	enum rc rc = logout_delivery_get(tx, o->ref->key, o->ref);

	o->recorded = false;
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	if (o->ref->d.state != LOGOUT_WAITING)
		return RC_OK;
	if (o->verdict == PORTAL_CONFIRMED)
		logout_delivery_finish(tx, o->ref, LOGOUT_CONFIRMED);
	else if (o->ref->d.due_ms == o->lease)
		record_failure(tx, o);
	else
		return RC_OK;
	o->recorded = true;
	return RC_OK;
}

static void count_outcome(const char *outcome)
{
	series_add(metric_series(FAMILY_LOGOUTS, outcome, NULL), 1);
}

static void report_outcome(const struct outcome *o)
{
	const struct logout_delivery *d = &o->ref->d;
	enum log_event event =
		o->given_up ? LOG_EVENT_PORTAL_LOGOUT_FAILED : LOG_EVENT_PORTAL_LOGOUT_DEFERRED;

	if (o->verdict == PORTAL_CONFIRMED) {
		count_outcome("confirmed");
		return;
	}
	count_outcome(o->given_up ? "failed" : "retried");
	log_emit(event, LOG_S("client", d->client), LOG_S("why", o->why),
		LOG_I("attempts", d->attempts));
}

/* --- one portal notified --- */

static struct str reason(struct arena *a, const struct portal_answer *answer)
{
	struct buf text;

	if (!answer->status)
		return str_sub(str_c(answer->why), 0, LOGOUT_WHY_MAX);
	buf_init(&text, a, LOGOUT_WHY_MAX);
	buf_addf(&text, "status %d", answer->status);
	return buf_str(&text);
}

static void call_portal(struct logout_sender *s, const struct lease *l, struct str token,
	const struct portal_call *call, struct portal_answer *ret)
{
	const struct logout_queue_options *o = &s->q->options;
	const struct portal_post post = {
		.url = l->url, .token = token, .timeout_ms = o->timeout_ms, .end = &s->q->end};
	int64_t begun = monotonic_us(), now;

	o->post(o->post_data, s->a, &post, ret);
	metric_observe_us(METRIC_LOGOUT_US, monotonic_us() - begun);
	now = monotonic_ms();
	/* Whoever refuses the connection at once has answered, too. */
	portal_call_end(
		s->q->calls, call, ret->status || now - begun / 1000 < CIRCUIT_HANG_MS, now);
	logout_queue_wake(s->q); /* what waits for this portal may go on */
}

static enum rc notify_portal(
	struct logout_sender *s, struct lease *l, const struct portal_call *call)
{
	const struct app *app = s->q->options.app;
	struct outcome o = {.q = s->q, .ref = &l->ref, .lease = l->ref.d.due_ms};
	struct portal_answer answer = {0, "there is no signing key of its algorithm"};
	struct str token;
	enum rc rc = logout_token_make(app, s->a, &l->token, &token);

	if (rc == RC_OK)
		call_portal(s, l, token, call, &answer);
	else
		portal_call_cancel(s->q->calls, call);
	o.verdict = portal_verdict(answer.status);
	o.why = reason(s->a, &answer);
	rc = tx_run(app, &logout_actor, s->a, outcome_attempt, &o);
	if (rc == RC_OK && o.recorded)
		report_outcome(&o);
	return rc;
}

enum rc logout_deliver(struct logout_sender *s, const struct logout_picked *picked)
{
	struct lease l = {.q = s->q, .due = &picked->due, .due_key = s->taken};
	enum rc rc = tx_run(s->q->options.app, &logout_actor, s->a, lease_attempt, &l);

	if (rc == RC_OK && l.outcome == LEASE_OURS)
		return notify_portal(s, &l, &picked->call);
	portal_call_cancel(s->q->calls, &picked->call);
	if (rc == RC_OK && l.outcome == LEASE_GIVEN_UP) {
		count_outcome("failed");
		log_emit(LOG_EVENT_PORTAL_LOGOUT_FAILED, LOG_S("client", l.ref.d.client),
			LOG_S("why", l.ref.d.why), LOG_I("attempts", l.ref.d.attempts));
	}
	return rc;
}
