/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Putting messages into the outbox, and what an administrator does with them there. */
#include "deliver/outbox.h"

#include "codec/base64.h"
#include "base/die.h"
#include "base/thread.h"
#include "codec/thai.h"
#include "core/table.h"
#include "deliver/outbox_priv.h"
#include "deliver/text.h"
#include "obs/metrics.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "throttle/throttle.h"

#include <stdlib.h>

#define DAY         86400
#define KEY_RANDOM  12 /* bytes */
#define HASH_KEPT   16 /* bytes */
#define SEALED_MAX  8192u
#define PURPOSE_MAX 40u

/* The lease of a kind follows from its transports, so that no call outlives it. */
static enum rc set_leases(struct outbox *o)
{
	int64_t longest[MESSAGE_KIND_MAX] = {0};

	for (size_t i = 0; i < o->options.n_transports; i++) {
		const struct transport *t = o->transports[i];

		if (t->longest_ms <= 0 || t->longest_ms > OUTBOX_CALL_MAX_MS)
			return RC_INVALID;
		longest[t->kind] += t->longest_ms;
	}
	for (int kind = 0; kind < MESSAGE_KIND_MAX; kind++) {
		int64_t lease = longest[kind] + OUTBOX_LEASE_MARGIN_MS;

		o->lease_ms[kind] = lease > o->options.lease_ms ? lease : o->options.lease_ms;
	}
	return RC_OK;
}

/* Counters are there from the start, so that their first increase is seen. */
static void make_series(const struct transport *transport)
{
	const char *channel = message_kind_words[transport->kind];

	metric_series(FAMILY_MESSAGES_SENT, channel, NULL);
	metric_series(FAMILY_MESSAGES_REJECTED, channel, NULL);
	metric_series(FAMILY_MESSAGES_EXPIRED, channel, NULL);
	metric_series(FAMILY_DELIVERY_FAILED, channel, transport->name);
	metric_series(FAMILY_DELIVERY_US, channel, transport->name);
}

enum rc outbox_new(const struct outbox_options *options, struct outbox **ret)
{
	struct outbox *o;

	if (options->n_transports > TRANSPORTS_MAX)
		return RC_LIMITED;
	o = xcalloc(1, sizeof(*o));
	o->options = *options;
	o->app = (struct app){.store = options->store,
		.vault = options->vault,
		.clock = options->clock,
		.rng = options->rng,
		.outbox = o};
	for (size_t i = 0; i < options->n_transports; i++) {
		o->transports[i] = options->transports[i];
		make_series(options->transports[i]);
		/* One thread tries alone whether a system answers again, one is always free. */
		circuit_init(&o->circuits[i], options->threads - 2, options->threads - 1,
			options->transports[i]->longest_ms / 3);
	}
	pthread_mutex_init(&o->lock, NULL);
	cond_init_monotonic(&o->cond);
	if (set_leases(o) != RC_OK) {
		outbox_free(o);
		return RC_INVALID;
	}
	*ret = o;
	return RC_OK;
}

void outbox_free(struct outbox *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->options.n_transports; i++)
		circuit_destroy(&o->circuits[i]);
	pthread_cond_destroy(&o->cond);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

void outbox_wake(struct outbox *o)
{
	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	o->wakes++;
	pthread_cond_broadcast(&o->cond);
	pthread_mutex_unlock(&o->lock);
}

bool outbox_offers(const struct outbox *o, enum message_kind kind)
{
	for (size_t i = 0; o && i < o->options.n_transports; i++)
		if (o->transports[i]->kind == kind)
			return true;
	return false;
}

/* ---- keys ---- */

struct str outbox_due_key(struct arena *a, int kind, int64_t due_ms, struct str key)
{
	struct buf out;

	buf_init(&out, a, STORE_KEY_MAX);
	buf_add_byte(&out, (unsigned char)kind);
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(&out, (unsigned char)((uint64_t)due_ms >> shift));
	buf_add(&out, key);
	return buf_str(&out);
}

enum rc outbox_key(struct arena *a, struct str id, struct str *ret)
{
	if (id.n != ID_SIZE || base64url_decode(a, id, ret) != RC_OK)
		return RC_NOT_FOUND;
	return RC_OK;
}

struct str outbox_report_key(
	struct arena *a, struct str provider, struct str provider_id, int64_t now, int day)
{
	struct str named = key_join(a, provider, provider_id);
	unsigned char *hash = arena_alloc(a, SHA256_SIZE);

	sha256(named, hash);
	return store_key_expiring(a, (now / DAY + REPORT_DAYS - day) * DAY,
		(struct str){(const char *)hash, HASH_KEPT});
}

/* ---- put ---- */

static struct str seal(
	struct outbox *o, struct arena *a, struct str key, const struct outbox_message *m)
{
	struct message_content content = {m->target, m->subject, m->text};
	struct buf plain;

	buf_init(&plain, a, SEALED_MAX);
	field_encode(&record_message_content, &content, &plain);
	if (buf_status(&plain) != RC_OK)
		arena_fail(a, "a message is larger than its maximum");
	return vault_message_seal(o->options.vault, a, o->options.rng, key, buf_str(&plain));
}

static int64_t death(const struct outbox_message *m, int64_t now)
{
	int64_t latest = now + OUTBOX_LIFETIME_MAX;

	return m->not_after && m->not_after < latest ? m->not_after : latest;
}

static enum rc check_waiting(struct outbox *o, struct store_snapshot *snap, const char **ret_why)
{
	uint64_t waiting;
	enum rc rc = store_count(snap, TABLE_MESSAGE_DUE, &waiting);

	if (rc != RC_OK || waiting < (uint64_t)o->options.waiting_max)
		return rc;
	*ret_why = "too many messages wait to be sent";
	return RC_LIMITED;
}

static enum rc message_check(struct outbox *o, struct store_snapshot *snap,
	const struct outbox_message *m, const char **ret_why)
{
	if (!outbox_offers(o, m->kind)) {
		*ret_why = "no way to send this kind of message is configured";
		return RC_UNAVAILABLE;
	}
	*ret_why = text_fault(m);
	if (*ret_why || m->purpose.n > PURPOSE_MAX)
		return RC_INVALID;
	return check_waiting(o, snap, ret_why);
}

static struct str new_key(struct outbox *o, struct arena *a, int64_t now)
{
	char *random = arena_alloc(a, KEY_RANDOM);

	rng_fill(o->options.rng, random, KEY_RANDOM);
	return store_key_expiring(a, now + OUTBOX_KEEP, (struct str){random, KEY_RANDOM});
}

static void message_add(
	struct tx *tx, struct outbox *o, const struct outbox_message *m, struct str *ret_id)
{
	struct message record = {.kind = m->kind, .purpose = m->purpose, .person = m->person};
	struct arena *a = tx->a;
	struct str key = new_key(o, a, tx->now);

	record.masked = m->kind == MESSAGE_SMS ? thai_mobile_mask(a, m->target)
					       : thai_email_mask(a, m->target);
	record.sealed = seal(o, a, key, m);
	record.created = tx->now;
	record.not_after = death(m, tx->now);
	record.due_ms = tx->now_ms;
	record_put(tx->batch, TABLE_MESSAGE, a, key, &record, STORE_ABSENT);
	store_put(tx->batch, TABLE_MESSAGE_DUE, outbox_due_key(a, record.kind, tx->now_ms, key),
		STR_NONE, STORE_ANY);
	if (ret_id)
		*ret_id = base64url_encode(a, key);
}

enum rc outbox_put(
	struct tx *tx, const struct outbox_message *m, struct str *ret_id, const char **ret_why)
{
	struct outbox *o = tx->app->outbox;
	int64_t wait;
	enum rc rc = message_check(o, tx->snap, m, ret_why);

	if (rc != RC_OK)
		return rc;
	*ret_why = "too many messages were sent there lately";
	if (!m->notice && tx->app->throttle)
		rc = throttle_take(tx->app->throttle, tx, THROTTLE_MESSAGES, m->target, &wait);
	if (rc == RC_OK)
		message_add(tx, o, m, ret_id);
	return rc;
}

/* ---- changes ---- */

void outbox_finish(struct store_batch *b, struct arena *a, struct str key, struct message *m,
	uint64_t version, enum message_state state, int64_t now)
{
	store_delete(b, TABLE_MESSAGE_DUE, outbox_due_key(a, m->kind, m->due_ms, key), STORE_ANY);
	m->state = (int)state;
	m->sealed = STR_NONE;
	m->finished = now;
	record_put(b, TABLE_MESSAGE, a, key, m, version);
}

void outbox_move(struct store_batch *b, struct arena *a, struct str key, struct message *m,
	uint64_t version, int64_t due_ms)
{
	store_delete(b, TABLE_MESSAGE_DUE, outbox_due_key(a, m->kind, m->due_ms, key), STORE_ANY);
	m->due_ms = due_ms;
	store_put(
		b, TABLE_MESSAGE_DUE, outbox_due_key(a, m->kind, due_ms, key), STR_NONE, STORE_ANY);
	record_put(b, TABLE_MESSAGE, a, key, m, version);
}

enum rc outbox_cancel(struct tx *tx, struct str id)
{
	struct message m;
	uint64_t version;
	struct str key;
	enum rc rc = outbox_key(tx->a, id, &key);

	if (rc == RC_OK)
		rc = record_get(tx->snap, TABLE_MESSAGE, key, tx->a, &m, &version);
	if (rc == RC_OK && m.state == MESSAGE_QUEUED)
		outbox_finish(tx->batch, tx->a, key, &m, version, MESSAGE_CANCELLED, tx->now);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc outbox_get(struct store_snapshot *snap, struct arena *a, struct str id, struct message *ret)
{
	struct str key;
	enum rc rc = outbox_key(a, id, &key);

	return rc == RC_OK ? record_get(snap, TABLE_MESSAGE, key, a, ret, NULL) : rc;
}

/* A queued message, as an administrator asks for it. RC_EXPIRED: it is not queued any more. */
static enum rc find_queued(struct tx *tx, struct str id, struct str *ret_key, struct message *ret,
	uint64_t *ret_version)
{
	enum rc rc = outbox_key(tx->a, id, ret_key);

	if (rc == RC_OK)
		rc = record_get(tx->snap, TABLE_MESSAGE, *ret_key, tx->a, ret, ret_version);
	if (rc != RC_OK)
		return rc;
	return ret->state == MESSAGE_QUEUED ? RC_OK : RC_EXPIRED;
}

static void order_audit(struct tx *tx, enum audit_event event, const struct message *m,
	struct str id, struct str reason)
{
	struct audit_entry entry = tx_audit(tx, event);

	entry.person = m->person;
	entry.object = id;
	entry.detail = m->purpose;
	entry.reason = reason;
	tx_audit_add(tx, &entry);
}

enum rc outbox_order_retry(struct tx *tx, struct str id, struct str reason)
{
	struct message m;
	uint64_t version;
	struct str key;
	enum rc rc = find_queued(tx, id, &key, &m, &version);

	if (rc != RC_OK)
		return rc;
	order_audit(tx, AUDIT_MESSAGE_RETRIED, &m, id, reason);
	outbox_move(tx->batch, tx->a, key, &m, version, tx->now_ms);
	return RC_OK;
}

enum rc outbox_order_cancel(struct tx *tx, struct str id, struct str reason)
{
	struct message m;
	uint64_t version;
	struct str key;
	enum rc rc = find_queued(tx, id, &key, &m, &version);

	if (rc != RC_OK)
		return rc;
	order_audit(tx, AUDIT_MESSAGE_CANCELLED, &m, id, reason);
	outbox_finish(tx->batch, tx->a, key, &m, version, MESSAGE_CANCELLED, tx->now);
	return RC_OK;
}

struct each {
	struct arena *a;
	outbox_each_fn fn;
	void *data;
	enum rc rc;
};

static bool each(void *data, const struct store_record *record)
{
	struct each *e = data;
	struct message m;

	e->rc = field_decode(&record_message, e->a, record->value, &m);
	return e->rc == RC_OK && e->fn(e->data, base64url_encode(e->a, record->key), &m);
}

enum rc outbox_each(struct store_snapshot *snap, struct arena *a, struct str after,
	outbox_each_fn fn, void *data)
{
	struct each e = {a, fn, data, RC_OK};
	struct str key = STR_NONE;
	enum rc rc = after.n ? outbox_key(a, after, &key) : RC_OK;

	if (rc != RC_OK)
		return RC_INVALID;
	rc = store_scan(snap, TABLE_MESSAGE, STR_NONE, key, false, each, &e);
	return rc == RC_OK ? e.rc : rc;
}

/* ---- the table of due times, for store verify ---- */

const char *outbox_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	const struct message *m = record;
	struct store_record due;

	if (m->state != MESSAGE_QUEUED)
		return NULL;
	return store_get(c->snap, TABLE_MESSAGE_DUE,
		       outbox_due_key(c->a, m->kind, m->due_ms, stored->key), &due) == RC_NOT_FOUND
		       ? "it is queued, and the table of due times has no entry for it"
		       : NULL;
}

const char *outbox_due_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	struct str key = str_sub(stored->key, DUE_KEY_MIN, stored->key.n);
	struct message m;
	enum rc rc = record_get(c->snap, TABLE_MESSAGE, key, c->a, &m, NULL);

	(void)record;
	if (rc == RC_NOT_FOUND)
		return "a due time without its message";
	if (rc == RC_OK && m.state != MESSAGE_QUEUED)
		return "a due time of a message that is not queued";
	if (rc == RC_OK && !str_eq(outbox_due_key(c->a, m.kind, m.due_ms, key), stored->key))
		return "a due time that its message does not have";
	return NULL;
}

void outbox_committed(const struct app *app, const struct store_batch *batch)
{
	if (app->outbox && store_batch_writes(batch, TABLE_MESSAGE_DUE))
		outbox_wake(app->outbox);
}
