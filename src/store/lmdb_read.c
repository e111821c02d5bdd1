/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Snapshots: read transactions (MDB_NOTLS) that are reset and renewed instead of created again. A
 * thread comes back to the slot it used last, so threads do not meet; one whose slot is taken, or
 * that has none yet, takes the first that is free. So there are as many readers in LMDB's table as
 * there ever were snapshots at once, however many threads there are.
 */
#include "store/lmdb_env.h"

#include "base/memory_fault.h"
#include "obs/log.h"

#include <lmdb.h>

#define RESIZE_TRIES 3

static _Thread_local size_t usual; /* slot this thread had last */

static bool try_slot(struct lmdb_slot *slot)
{
	return !atomic_load_explicit(&slot->busy, memory_order_relaxed) &&
	       !atomic_exchange(&slot->busy, true);
}

static struct lmdb_slot *take_slot(struct lmdb_store *l)
{
	if (usual < l->n_slots && try_slot(&l->slots[usual]))
		return &l->slots[usual];
	for (size_t i = 0; i < l->n_slots; i++)
		if (try_slot(&l->slots[i])) {
			usual = i;
			return &l->slots[i];
		}
	return NULL;
}

static int read_txn_start(struct lmdb_store *l, struct lmdb_slot *slot)
{
	int err, dead;

	if (slot->txn)
		return mdb_txn_renew(slot->txn);
	err = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &slot->txn);
	if (err != MDB_READERS_FULL)
		return err;
	/* Perhaps slots of processes that were killed. */
	mdb_reader_check(l->env, &dead);
	return mdb_txn_begin(l->env, NULL, MDB_RDONLY, &slot->txn);
}

/* Without a lock nothing keeps a writer from the pages that are read here. */
static bool moved_on(struct lmdb_store *l, struct lmdb_slot *slot)
{
	if (!l->lockless || mdb_txn_id(slot->txn) == l->opened_at)
		return false;
	mdb_txn_reset(slot->txn);
	(void)lmdb_open_refuse(RC_UNAVAILABLE, "",
		"another process began to write while it was read without a lock");
	return true;
}

static enum rc start_inside(struct lmdb_store *l, struct lmdb_slot *slot)
{
	int err = MDB_MAP_RESIZED;

	for (int i = 0; i < RESIZE_TRIES && err == MDB_MAP_RESIZED; i++) {
		lmdb_gate_enter(&l->gate, store_snapshots_held() > 0);
		err = read_txn_start(l, slot);
		if (err == 0 && moved_on(l, slot))
			err = MDB_BAD_TXN;
		if (err == 0)
			return RC_OK;
		lmdb_gate_leave(&l->gate);
		if (err == MDB_MAP_RESIZED && lmdb_remap(l, 0) != RC_OK)
			return RC_UNAVAILABLE;
	}
	return err == MDB_BAD_TXN ? RC_UNAVAILABLE : lmdb_rc(err);
}

enum rc lmdb_begin(struct store *s, struct store_snapshot **ret)
{
	struct lmdb_store *l = (struct lmdb_store *)s;
	struct lmdb_slot *slot = take_slot(l);
	enum rc rc;

	if (!slot)
		return RC_UNAVAILABLE;
	rc = start_inside(l, slot);
	if (rc != RC_OK) {
		atomic_store(&slot->busy, false);
		return rc;
	}
	*ret = &slot->base;
	return RC_OK;
}

void lmdb_end(struct store_snapshot *snap)
{
	struct lmdb_slot *slot = (struct lmdb_slot *)snap;
	struct lmdb_store *l = (struct lmdb_store *)snap->store;

	mdb_txn_reset(slot->txn);
	lmdb_gate_leave(&l->gate);
	atomic_store_explicit(&slot->busy, false, memory_order_release);
}

static MDB_dbi dbi_of(const struct store_snapshot *snap, int table)
{
	return ((const struct lmdb_store *)snap->store)->dbi[table];
}

static MDB_txn *txn_of(struct store_snapshot *snap)
{
	return ((struct lmdb_slot *)snap)->txn;
}

enum rc lmdb_get(struct store_snapshot *snap, int table, struct str key, struct store_record *ret)
{
	MDB_val k = lmdb_val(key), data;
	enum rc rc;
	int err;

	if (!dbi_of(snap, table))
		return RC_NOT_FOUND;
	memory_fault_reading(&lmdb_fault);
	err = mdb_get(txn_of(snap), dbi_of(snap, table), &k, &data);
	rc = err ? lmdb_rc(err) : lmdb_record(&k, &data, ret);
	memory_fault_read();
	return rc;
}

/* A damaged page may lead anywhere. */
static int move(MDB_cursor *cursor, MDB_cursor_op op, MDB_val *key, MDB_val *data)
{
	int err;

	memory_fault_reading(&lmdb_fault);
	err = mdb_cursor_get(cursor, key, data, op);
	memory_fault_read();
	return err;
}

/* Stands on the first record the scan will show. */
static int seek(MDB_cursor *cursor, struct str bound, bool reverse, MDB_val *key, MDB_val *data)
{
	int err;

	*key = lmdb_val(bound);
	if (bound.n == 0)
		return reverse ? MDB_NOTFOUND : move(cursor, MDB_FIRST, key, data);
	err = move(cursor, MDB_SET_RANGE, key, data);
	if (!reverse)
		return err;
	if (err == MDB_NOTFOUND)
		return move(cursor, MDB_LAST, key, data);
	return err ? err : move(cursor, MDB_PREV, key, data);
}

enum rc lmdb_scan(struct store_snapshot *snap, int table, struct str bound, bool reverse,
	store_scan_fn fn, void *data)
{
	struct store_record record;
	enum rc rc = RC_OK;
	MDB_cursor *cursor;
	MDB_val key, value;
	int err;

	if (!dbi_of(snap, table))
		return RC_OK;
	err = mdb_cursor_open(txn_of(snap), dbi_of(snap, table), &cursor);
	if (err)
		return lmdb_rc(err);
	err = seek(cursor, bound, reverse, &key, &value);
	while (err == 0) {
		rc = lmdb_record(&key, &value, &record);
		if (rc != RC_OK || !fn(data, &record))
			break;
		err = move(cursor, reverse ? MDB_PREV : MDB_NEXT, &key, &value);
	}
	mdb_cursor_close(cursor);
	return err && err != MDB_NOTFOUND ? lmdb_rc(err) : rc;
}

enum rc lmdb_count(struct store_snapshot *snap, int table, uint64_t *ret)
{
	MDB_stat stat = {0};
	int err = 0;

	if (dbi_of(snap, table))
		err = mdb_stat(txn_of(snap), dbi_of(snap, table), &stat);
	if (err)
		return lmdb_rc(err);
	*ret = stat.ms_entries;
	return RC_OK;
}
