/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One LMDB transaction and one flush for a group of batches.
 *
 * Within the transaction the batches are taken one after another: first all conditions of a batch
 * are judged, then all its operations are done; so a batch that is refused has touched nothing, and
 * no nested transactions are needed. When LMDB itself fails in the middle (map full), the whole
 * transaction is dropped, the map enlarged or the batches tried one by one.
 *
 * All batches of a group write the same version number. Conflicts are right all the same: the
 * number is above every version any snapshot has shown so far, and nobody can have read it before
 * the group is committed; so a batch that read a record and now finds it written by an earlier
 * batch of its own group expects a lower number, and conflicts. A transaction that is dropped
 * gives its number to the next one; that is no danger either, nobody saw what it wrote.
 */
#include "store/lmdb_env.h"

#include "base/memory_fault.h"
#include "obs/log.h"
#include "base/clock.h"

#include <errno.h>
#include <lmdb.h>

#define COMPLAIN_EVERY_MS 10000

/* The end of a log table as this transaction sees it. */
struct tail {
	struct tail *next;
	int table;
	uint64_t number;
	struct str record;
};

struct write {
	struct lmdb_store *l;
	MDB_txn *txn;
	uint64_t version;
	int64_t now;
	bool changed;
	struct arena *arena; /* made when a log table is written */
	struct tail *tails;  /* of the log tables written so far: few */
};

/* --- judging --- */

static int version_of(struct write *w, const struct store_op *op, uint64_t *ret)
{
	MDB_val key = lmdb_val(op->key), data;
	struct store_record record;
	bool sum;
	int err;

	*ret = 0;
	if (store_expired(&w->l->base.tables[op->table], op->key, w->now))
		return 0;
	err = mdb_get(w->txn, w->l->dbi[op->table], &key, &data);
	if (err == MDB_NOTFOUND)
		return 0;
	if (err)
		return err;
	if (lmdb_record_split(op->table, &key, &data, &record, &sum) != STORE_FAULT_NONE) {
		lmdb_report_damage(w->l, op->table, op->key);
		return MDB_CORRUPTED;
	}
	*ret = record.version;
	return 0;
}

static int batch_preconditions_hold(struct write *w, struct store_batch *b)
{
	b->result = RC_OK;
	for (const struct store_op *op = b->first; op; op = op->next) {
		uint64_t version;
		int err;

		if (op->expect == STORE_ANY)
			continue;
		err = version_of(w, op, &version);
		/* One damaged record: not the others' trouble. */
		if (err == MDB_CORRUPTED) {
			b->result = RC_CORRUPT;
			return 0;
		}
		if (err)
			return err;
		if (!store_holds(op->expect, version)) {
			b->result = RC_CONFLICT;
			return 0;
		}
	}
	return 0;
}

/* --- doing --- */

static int lmdb_put(struct write *w, int table, struct str k, struct str value, unsigned flags)
{
	MDB_val key = lmdb_val(k), data = {.mv_size = lmdb_record_size(w->l, value.n)};
	int err = mdb_put(w->txn, w->l->dbi[table], &key, &data, MDB_RESERVE | flags);

	if (err)
		return err;
	lmdb_record_write(w->l, table, w->version, k, value, data.mv_data);
	return 0;
}

/*
 * Reads the last record of the table. A damaged one is reported and taken as it is: nothing could
 * be appended any more otherwise, and verification names it and goes on behind it.
 */
static int read_tail(struct write *w, int table, struct tail *tail)
{
	struct store_record record;
	enum store_fault fault = STORE_FAULT_NONE;
	MDB_cursor *cursor;
	MDB_val key, data;
	bool sum;
	int err = mdb_cursor_open(w->txn, w->l->dbi[table], &cursor);

	if (err)
		return err;
	err = mdb_cursor_get(cursor, &key, &data, MDB_LAST);
	if (err == 0)
		fault = lmdb_record_split(table, &key, &data, &record, &sum);
	if (fault != STORE_FAULT_NONE)
		lmdb_report_damage(w->l, table, record.key);
	if (fault == STORE_FAULT_SHORT || (err == 0 && !store_key_number(record.key)))
		err = MDB_CORRUPTED;
	mdb_cursor_close(cursor);
	if (err)
		return err == MDB_NOTFOUND ? 0 : err;
	tail->number = store_key_number(record.key);
	/* The page it stands on will change. */
	tail->record = str_dup(w->arena, record.value);
	return 0;
}

static int find_tail(struct write *w, int table, struct tail **ret)
{
	struct tail *tail = w->tails;
	int err;

	while (tail && tail->table != table)
		tail = tail->next;
	*ret = tail;
	if (tail)
		return 0;
	if (!w->arena)
		w->arena = arena_new(ARENA_MAX_CLI);
	tail = arena_new_of(w->arena, struct tail);
	*tail = (struct tail){.next = w->tails, .table = table, .record = STR_NONE};
	err = read_tail(w, table, tail);
	if (err)
		return err;
	*ret = w->tails = tail;
	return 0;
}

static int log_append(struct write *w, const struct store_op *op)
{
	const struct store_table *t = &w->l->base.tables[op->table];
	struct tail *tail;
	struct buf out;
	char key[8];
	int err = find_tail(w, op->table, &tail);

	if (err)
		return err;
	buf_init(&out, w->arena, STORE_VALUE_MAX);
	t->seal(t->seal_data, tail->record, tail->number + 1, op->value, &out);
	/* Over a value's maximum, or no memory: nothing of the group is written. */
	if (buf_status(&out) != RC_OK || arena_exceeded(w->arena))
		return ENOMEM;
	tail->number++;
	tail->record = buf_str(&out);
	store_log_key(tail->number, key);
	return lmdb_put(
		w, op->table, (struct str){.p = key, .n = sizeof(key)}, tail->record, MDB_APPEND);
}

static int delete (struct write *w, const struct store_op *op)
{
	MDB_val key = lmdb_val(op->key);
	int err = mdb_del(w->txn, w->l->dbi[op->table], &key, NULL);

	return err == MDB_NOTFOUND ? 0 : err;
}

static int apply(struct write *w, const struct store_batch *b)
{
	int err = 0;

	for (const struct store_op *op = b->first; op && err == 0; op = op->next) {
		switch (op->kind) {
		case STORE_OP_PUT: err = lmdb_put(w, op->table, op->key, op->value, 0); break;
		case STORE_OP_DELETE: err = delete (w, op); break;
		case STORE_OP_APPEND: err = log_append(w, op); break;
		case STORE_OP_EXPECT: continue;
		}
		w->changed = true;
	}
	return err;
}

/* --- groups --- */

static int write_inside(struct write *w, struct store_batch *first, size_t n)
{
	int err = mdb_txn_begin(w->l->env, NULL, 0, &w->txn);

	if (err)
		return err;
	w->version = w->l->version_base + mdb_txn_id(w->txn);
	for (struct store_batch *b = first; n && err == 0; b = b->next, n--) {
		err = batch_preconditions_hold(w, b);
		if (err == 0 && b->result == RC_OK)
			err = apply(w, b);
	}
	if (err == 0 && w->changed)
		return mdb_txn_commit(w->txn);
	mdb_txn_abort(w->txn);
	return err;
}

static int write_group(struct lmdb_store *l, struct store_batch *first, size_t n)
{
	struct write w = {.l = l, .now = clock_now(l->base.clock)};
	int err;

	lmdb_gate_enter(&l->gate, false);
	memory_fault_reading(&lmdb_fault);
	err = write_inside(&w, first, n);
	memory_fault_read();
	lmdb_gate_leave(&l->gate);
	arena_free(w.arena);
	return err;
}

size_t lmdb_map_size(struct lmdb_store *l)
{
	MDB_envinfo info;

	mdb_env_info(l->env, &info);
	return info.me_mapsize;
}

static bool grow(struct lmdb_store *l)
{
	size_t size = lmdb_map_size(l);

	if (size >= l->map_max)
		return false;
	size = size > l->map_max / 2 ? l->map_max : size * 2;
	if (lmdb_remap(l, size) != RC_OK)
		return false;
	log_emit(LOG_EVENT_STORE_GREW, LOG_I("bytes", (int64_t)size));
	return true;
}

static int attempt(struct lmdb_store *l, struct store_batch *first, size_t n)
{
	int err;

	do
		err = write_group(l, first, n);
	while ((err == MDB_MAP_RESIZED && lmdb_remap(l, 0) == RC_OK) ||
		(err == MDB_MAP_FULL && grow(l)));
	return err;
}

static void complain(struct lmdb_store *l, int err, size_t n)
{
	int64_t now = monotonic_ms();

	if (l->complained && now - l->complained < COMPLAIN_EVERY_MS)
		return;
	l->complained = now;
	log_emit(LOG_EVENT_STORE_WRITE_FAILED, LOG_C("why", mdb_strerror(err)),
		LOG_I("batches", (int64_t)n));
}

/*
 * May others of the group be stored without the one that failed? Not so when the disk fails, which
 * refuses everybody, or when only snapshots hinder growth. A damaged page fails who must change
 * it; a record that cannot be sealed (ENOMEM) fails the batch that has it.
 */
static bool is_of_one(struct lmdb_store *l, int err)
{
	switch (err) {
	case MDB_MAP_FULL: return lmdb_map_size(l) >= l->map_max;
	case MDB_TXN_FULL:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_CURSOR_FULL:
	case MDB_PAGE_FULL:
	case MDB_BAD_TXN:
	case ENOMEM: return true;
	default: return false;
	}
}

/* One batch in n costs about 2 log n flushes more, not n. */
static void commit_halves(struct store *s, struct store_batch *first, size_t n)
{
	struct store_batch *second = first;

	for (size_t i = 0; i < n / 2; i++)
		second = second->next;
	lmdb_commit(s, first, n / 2);
	lmdb_commit(s, second, n - n / 2);
}

void lmdb_commit(struct store *s, struct store_batch *first, size_t n)
{
	struct lmdb_store *l = (struct lmdb_store *)s;
	int err = attempt(l, first, n);

	if (err == 0)
		return;
	if (n > 1 && is_of_one(l, err)) {
		commit_halves(s, first, n);
		return;
	}
	complain(l, err, n);
	lmdb_reopen_if_dead(l);
	for (struct store_batch *b = first; n; b = b->next, n--)
		b->result = lmdb_rc(err) == RC_CORRUPT ? RC_CORRUPT : RC_UNAVAILABLE;
}
