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

#define TRIES          4
#define REOPEN_WAIT_MS 2000

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

/* What can be done about it, so that the transaction is tried again: the map has grown in another
 * process; or LMDB died of a failed write, and the writer is about to open it again. */
static bool is_mended(struct lmdb_store *l, int err, unsigned reopened, bool nested)
{
	if (err == MDB_MAP_RESIZED)
		return lmdb_remap(l, 0) == RC_OK;
	return err == MDB_PANIC && !nested &&
	       lmdb_gate_await(&l->gate, &l->reopened, reopened, REOPEN_WAIT_MS);
}

static enum rc start_inside(struct lmdb_store *l, struct lmdb_slot *slot)
{
	bool nested = store_snapshots_held() > 0;
	int err = 0;

	for (int i = 0; i < TRIES; i++) {
		unsigned reopened;

		lmdb_gate_enter(&l->gate, nested);
		reopened = atomic_load_explicit(&l->reopened, memory_order_relaxed);
		err = read_txn_start(l, slot);
		if (err == 0 && moved_on(l, slot))
			err = MDB_BAD_TXN;
		if (err == 0)
			return RC_OK;
		lmdb_gate_leave(&l->gate);
		if (!is_mended(l, err, reopened, nested))
			break;
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
	rc = err ? lmdb_rc(err) : lmdb_record(snap, table, &k, &data, ret);
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
		rc = lmdb_record(snap, table, &key, &value, &record);
		if (rc != RC_OK || !fn(data, &record))
			break;
		err = move(cursor, reverse ? MDB_PREV : MDB_NEXT, &key, &value);
	}
	mdb_cursor_close(cursor);
	return err && err != MDB_NOTFOUND ? lmdb_rc(err) : rc;
}

/* All zero for a table that a read-only store does not have yet. */
static enum rc table_stat(struct store_snapshot *snap, int table, MDB_stat *ret)
{
	int err = 0;

	*ret = (MDB_stat){0};
	if (dbi_of(snap, table))
		err = mdb_stat(txn_of(snap), dbi_of(snap, table), ret);
	return err ? lmdb_rc(err) : RC_OK;
}

enum rc lmdb_count(struct store_snapshot *snap, int table, uint64_t *ret)
{
	MDB_stat stat;
	enum rc rc = table_stat(snap, table, &stat);

	if (rc == RC_OK)
		*ret = stat.ms_entries;
	return rc;
}

enum rc lmdb_bytes(struct store_snapshot *snap, int table, uint64_t *ret)
{
	MDB_stat stat;
	enum rc rc = table_stat(snap, table, &stat);

	if (rc == RC_OK)
		*ret = (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) *
		       stat.ms_psize;
	return rc;
}

/* --- verification --- */

struct check {
	int table;
	store_check_fn fn;
	void *data;
	uint64_t n; /* records seen */
	char last[STORE_KEY_MAX];
	size_t last_n;
};

/* False: enough. */
static bool check_one(struct check *c, const MDB_val *key, const MDB_val *value)
{
	struct store_checked found = {.fault = STORE_FAULT_NONE};
	enum store_fault fault =
		lmdb_record_split(c->table, key, value, &found.record, &found.has_sum);
	struct str last = {.p = c->last, .n = c->last_n};

	found.fault = fault;
	if (found.record.key.n > STORE_KEY_MAX || (c->n && str_cmp(found.record.key, last) <= 0))
		found.fault = STORE_FAULT_ORDER;
	c->last_n = found.record.key.n < STORE_KEY_MAX ? found.record.key.n : STORE_KEY_MAX;
	memcpy(c->last, found.record.key.p, c->last_n);
	c->n++;
	return c->fn(c->data, &found);
}

static enum rc check_all(struct check *c, MDB_cursor *cursor, uint64_t expected)
{
	MDB_val key, value;
	int err = move(cursor, MDB_FIRST, &key, &value);

	while (err == 0) {
		if (!check_one(c, &key, &value))
			return RC_OK;
		err = move(cursor, MDB_NEXT, &key, &value);
	}
	if (err != MDB_NOTFOUND)
		c->fn(c->data, &(struct store_checked){.fault = STORE_FAULT_PAGE});
	else if (c->n != expected)
		c->fn(c->data, &(struct store_checked){.fault = STORE_FAULT_COUNT});
	return RC_OK;
}

enum rc lmdb_check(struct store_snapshot *snap, int table, store_check_fn fn, void *data)
{
	struct check c = {.table = table, .fn = fn, .data = data};
	MDB_cursor *cursor;
	uint64_t expected;
	enum rc rc;

	if (!dbi_of(snap, table))
		return RC_OK;
	rc = lmdb_count(snap, table, &expected);
	if (rc != RC_OK)
		return rc;
	if (mdb_cursor_open(txn_of(snap), dbi_of(snap, table), &cursor) != 0)
		return RC_UNAVAILABLE;
	rc = check_all(&c, cursor, expected);
	mdb_cursor_close(cursor);
	return rc;
}
