/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/tx.h"

#include "core/event.h"
#include "base/clock.h"
#include "base/die.h"
#include "obs/log.h"

void tx_init(struct tx *tx, const struct app *app, const struct actor *actor, struct arena *a)
{
	*tx = (struct tx){.app = app, .actor = actor, .a = a};
	/* A reload may replace them; one unit of work sees one set. */
	tx->settings = __atomic_load_n(&app->settings, __ATOMIC_ACQUIRE);
	tx->now_ms = clock_now_ms(app->clock);
	tx->now = tx->now_ms / 1000;
}

enum rc tx_begin(struct tx *tx)
{
	tx->attempts++;
	tx->n_audited = 0;
	tx->batch = store_batch_new(tx->a);
	return store_snapshot_begin(tx->app->store, &tx->snap);
}

void tx_end(struct tx *tx)
{
	store_snapshot_end(tx->snap);
	tx->snap = NULL;
}

void app_committed_add(struct app *app, app_committed_fn fn)
{
	size_t n = 0;

	while (app->committed[n])
		n++;
	if (n == APP_COMMITTED_MAX)
		die("more hooks of commits than APP_COMMITTED_MAX");
	app->committed[n] = fn;
}

void app_committed_remove(struct app *app, app_committed_fn fn)
{
	size_t n = 0;

	for (size_t i = 0; app->committed[i]; i++)
		if (app->committed[i] != fn)
			app->committed[n++] = app->committed[i];
	while (n < APP_COMMITTED_MAX)
		app->committed[n++] = NULL;
}

bool tx_committed(const struct tx *tx, enum rc rc)
{
	if (rc == RC_OK && !store_batch_empty(tx->batch))
		for (size_t i = 0; tx->app->committed[i]; i++)
			tx->app->committed[i](tx->app, tx->batch);
	return rc == RC_CONFLICT && tx->attempts < TX_ATTEMPTS_MAX;
}

/* What was made in an exceeded arena may be cut, so it counts as nothing (base/arena.h). */
static bool is_exceeded(const struct tx *tx)
{
	if (!arena_exceeded(tx->a))
		return false;
	log_emit(LOG_EVENT_WORK_EXCEEDED, LOG_S("actor", tx->actor->id),
		LOG_S("operation", tx->operation), LOG_C("why", arena_why(tx->a)));
	return true;
}

/* The batch copies all bytes, so the snapshot may end before the commit, as it must. */
static enum rc attempt(struct tx *tx, tx_fn fn, void *arg)
{
	enum rc rc = tx_begin(tx);

	if (rc != RC_OK)
		return rc;
	rc = fn(tx, arg);
	tx_end(tx);
	if (is_exceeded(tx))
		return RC_LIMITED;
	if (rc != RC_OK || store_batch_empty(tx->batch))
		return rc;
	return store_commit(tx->app->store, tx->batch);
}

enum rc tx_run(
	const struct app *app, const struct actor *actor, struct arena *a, tx_fn fn, void *arg)
{
	struct tx tx;
	enum rc rc;

	tx_init(&tx, app, actor, a);
	do
		rc = attempt(&tx, fn, arg);
	while (tx_committed(&tx, rc));
	return rc;
}

enum rc tx_read(
	const struct app *app, const struct actor *actor, struct arena *a, tx_fn fn, void *arg)
{
	struct tx tx;
	enum rc rc;

	tx_init(&tx, app, actor, a);
	rc = tx_begin(&tx);
	if (rc != RC_OK)
		return rc;
	rc = fn(&tx, arg);
	tx_end(&tx);
	if (is_exceeded(&tx))
		return RC_LIMITED;
	return store_batch_empty(tx.batch) ? rc : RC_INTERNAL;
}

struct audit_entry tx_audit(const struct tx *tx, enum audit_event event)
{
	return (struct audit_entry){
		.event = event,
		.now_ms = tx->now_ms,
		.actor = tx->actor->id,
		.request = tx->actor->request,
		.operation = tx->operation,
		.address = tx->actor->address,
		.user_agent = tx->actor->user_agent,
	};
}

void tx_audit_add(struct tx *tx, const struct audit_entry *entry)
{
	if (tx->n_audited < TX_AUDITED_MAX)
		tx->audited[tx->n_audited++] = entry->event;
	event_audit(tx->batch, tx->a, entry);
}
