/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sweeper: an ordinary client of the store. It reads the keys whose second has come, which
 * stand together at the start of their table, and deletes them by an ordinary batch. No condition
 * is needed: a record put again under such a key is as dead as the one before.
 */
#include "store/backend.h"

#include "obs/log.h"
#include "obs/metrics.h"
#include "base/clock.h"

struct sweep {
	struct store_batch *batch;
	const struct store_table *table;
	int64_t now;
	size_t max;
};

static bool sweep_one(void *data, const struct store_record *record)
{
	struct sweep *sweep = data;

	if (!store_expired(sweep->table, record->key, sweep->now) || sweep->batch->n == sweep->max)
		return false;
	store_delete(sweep->batch, sweep->table->id, record->key, STORE_ANY);
	return true;
}

static enum rc collect(struct store *s, struct sweep *sweep)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	enum rc rc = store_snapshot_begin(s, &snap);

	/* A damaged record goes like any other. */
	if (rc == RC_OK)
		store_snapshot_damaged_too(snap);
	for (int id = 1; rc == RC_OK && id <= STORE_TABLES_MAX; id++) {
		sweep->table = &s->tables[id];
		if (sweep->table->flags & STORE_EXPIRING)
			rc = s->backend->scan(snap, id, STR_NONE, false, sweep_one, sweep);
	}
	return rc;
}

enum rc store_sweep(struct store *s, size_t max, size_t *ret_deleted)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX_CLI);
	struct sweep sweep = {.batch = store_batch_new(a), .now = clock_now(s->clock)};
	enum rc rc;

	sweep.max = max < STORE_BATCH_MAX ? max : STORE_BATCH_MAX;
	if (s->backend->maintain)
		s->backend->maintain(s);
	rc = collect(s, &sweep);
	if (rc == RC_OK && sweep.batch->n)
		rc = store_commit(s, sweep.batch);
	if (rc != RC_OK)
		return rc;
	metric_add(METRIC_SWEPT, (int64_t)sweep.batch->n);
	if (sweep.batch->n)
		log_emit(LOG_EVENT_STORE_SWEPT, LOG_I("records", (int64_t)sweep.batch->n));
	*ret_deleted = sweep.batch->n;
	return RC_OK;
}

/* --- what waits --- */

struct count_expired {
	const struct store_table *table;
	struct store_waiting waiting;
	int64_t now;
	size_t max;
};

static bool count_one(void *data, const struct store_record *record)
{
	struct count_expired *c = data;
	int64_t age = c->now - store_key_expiry(record->key);

	if (!store_expired(c->table, record->key, c->now) || c->waiting.records == c->max)
		return false;
	c->waiting.records++;
	if (age > c->waiting.seconds)
		c->waiting.seconds = age;
	return true;
}

enum rc store_expired_waiting(struct store *s, size_t max, struct store_waiting *ret)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	struct count_expired count = {.now = clock_now(s->clock), .max = max};
	enum rc rc = store_snapshot_begin(s, &snap);

	if (rc == RC_OK)
		store_snapshot_damaged_too(snap);
	for (int id = 1; rc == RC_OK && id <= STORE_TABLES_MAX; id++) {
		count.table = &s->tables[id];
		if (count.table->flags & STORE_EXPIRING)
			rc = s->backend->scan(snap, id, STR_NONE, false, count_one, &count);
	}
	if (rc == RC_OK)
		*ret = count.waiting;
	return rc;
}
