/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "store/backend.h"

#include "base/clock.h"

/* Snapshots this thread holds, of all stores: a thread that waits for a commit must hold none. */
static _Thread_local unsigned held;

static bool table_valid(const struct store_table *t)
{
	if (t->id < 1 || t->id > STORE_TABLES_MAX || !t->name || !t->name[0])
		return false;
	for (const char *p = t->name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_'))
			return false;
	if (t->flags & ~(unsigned)(STORE_EXPIRING | STORE_LOG))
		return false;
	if (t->flags & STORE_LOG)
		return t->seal && !(t->flags & STORE_EXPIRING);
	return true;
}

static bool name_taken(const struct store *s, const char *name)
{
	for (int id = 1; id <= STORE_TABLES_MAX; id++)
		if (s->tables[id].name && str_eq_c(str_c(name), s->tables[id].name))
			return true;
	return false;
}

enum rc store_init(struct store *s, const struct store_backend *backend,
	const struct store_schema *schema, const struct clock *clock)
{
	s->backend = backend;
	s->clock = clock;
	for (size_t i = 0; i < schema->n_tables; i++) {
		const struct store_table *t = &schema->tables[i];

		if (!table_valid(t) || s->tables[t->id].name || name_taken(s, t->name))
			return RC_INVALID;
		s->tables[t->id] = *t;
	}
	return RC_OK;
}

const struct store_table *store_table(const struct store *s, int id)
{
	if (id < 1 || id > STORE_TABLES_MAX || !s->tables[id].name)
		return NULL;
	return &s->tables[id];
}

bool store_expired(const struct store_table *t, struct str key, int64_t now)
{
	return (t->flags & STORE_EXPIRING) && now >= store_key_expiry(key);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (!s->read_only)
		store_queue_stop(s);
	s->backend->close(s);
}

/* --- reading --- */

unsigned store_snapshots_held(void)
{
	return held;
}

enum rc store_snapshot_begin(struct store *s, struct store_snapshot **ret)
{
	struct store_snapshot *snap;
	enum rc rc = s->backend->begin(s, &snap);

	if (rc != RC_OK)
		return rc;
	snap->store = s;
	snap->now = 0;
	snap->damaged_too = false;
	held++;
	*ret = snap;
	return RC_OK;
}

void store_snapshot_end(struct store_snapshot *snap)
{
	if (!snap)
		return;
	held--;
	snap->store->backend->end(snap);
}

void store_snapshot_endp(struct store_snapshot **snap)
{
	store_snapshot_end(*snap);
	*snap = NULL;
}

/* One snapshot judges all its records at one second. */
static bool gone(struct store_snapshot *snap, const struct store_table *t, struct str key)
{
	if (!(t->flags & STORE_EXPIRING))
		return false;
	if (!snap->now)
		snap->now = clock_now(snap->store->clock);
	return store_expired(t, key, snap->now);
}

enum rc store_get(struct store_snapshot *snap, int table, struct str key, struct store_record *ret)
{
	const struct store_table *t = store_table(snap->store, table);

	if (!t)
		return RC_INVALID;
	if (key.n == 0 || key.n > STORE_KEY_MAX || gone(snap, t, key))
		return RC_NOT_FOUND;
	return snap->store->backend->get(snap, table, key, ret);
}

struct scan {
	struct store_snapshot *snap;
	const struct store_table *table;
	struct str prefix;
	struct str after;
	store_scan_fn fn;
	void *data;
};

static bool scan_one(void *data, const struct store_record *record)
{
	struct scan *scan = data;

	if (!str_starts(record->key, scan->prefix))
		return false;
	if (scan->after.n && str_eq(record->key, scan->after))
		return true;
	if (gone(scan->snap, scan->table, record->key))
		return true;
	return scan->fn(scan->data, record);
}

enum rc store_scan(struct store_snapshot *snap, int table, struct str prefix, struct str after,
	bool reverse, store_scan_fn fn, void *data)
{
	struct scan scan = {.snap = snap, .prefix = prefix, .after = after, .fn = fn, .data = data};
	char last[STORE_KEY_MAX + 1];
	struct str bound = prefix;

	scan.table = store_table(snap->store, table);
	if (!scan.table || prefix.n > STORE_KEY_MAX || after.n > STORE_KEY_MAX)
		return RC_INVALID;
	if (reverse) {
		/* Longer than any key and filled up with the last byte: above all of the prefix. */
		memset(last, 0xff, sizeof(last));
		if (prefix.n)
			memcpy(last, prefix.p, prefix.n);
		bound = (struct str){.p = last, .n = sizeof(last)};
	}
	if (after.n && (reverse ? str_cmp(after, bound) < 0 : str_cmp(after, bound) > 0))
		bound = after;
	return snap->store->backend->scan(snap, table, bound, reverse, scan_one, &scan);
}

enum rc store_count(struct store_snapshot *snap, int table, uint64_t *ret)
{
	if (!store_table(snap->store, table))
		return RC_INVALID;
	return snap->store->backend->count(snap, table, ret);
}

enum rc store_bytes(struct store_snapshot *snap, int table, uint64_t *ret)
{
	if (!store_table(snap->store, table))
		return RC_INVALID;
	*ret = 0;
	return snap->store->backend->bytes ? snap->store->backend->bytes(snap, table, ret) : RC_OK;
}

void store_snapshot_damaged_too(struct store_snapshot *snap)
{
	snap->damaged_too = true;
}

const char *store_fault_text(enum store_fault fault)
{
	static const char *const texts[STORE_FAULT_MAX] = {
		[STORE_FAULT_NONE] = "good",
		[STORE_FAULT_SUM] = "its checksum is wrong",
		[STORE_FAULT_SHORT] = "it is shorter than any record",
		[STORE_FAULT_ORDER] = "its key is out of order",
		[STORE_FAULT_PAGE] = "a page cannot be read; what comes after it was not seen",
		[STORE_FAULT_COUNT] = "the table has another number of records than it says",
	};

	return (unsigned)fault < STORE_FAULT_MAX ? texts[fault] : "?";
}

enum rc store_check(struct store_snapshot *snap, int table, store_check_fn fn, void *data)
{
	if (!store_table(snap->store, table))
		return RC_INVALID;
	if (!snap->store->backend->check)
		return RC_OK;
	return snap->store->backend->check(snap, table, fn, data);
}

/* --- writing --- */

struct commit_waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	enum rc rc;
};

static void wake(void *data, enum rc rc)
{
	struct commit_waiter *w = data;

	pthread_mutex_lock(&w->lock);
	w->rc = rc;
	w->done = true;
	/* Under the lock: the waiter's stack frame is gone as soon as it sees done. */
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

enum rc store_commit(struct store *s, struct store_batch *b)
{
	struct commit_waiter w = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

	/* The writer may have to wait for all snapshots before it can answer this commit. */
	if (held)
		return RC_INTERNAL;
	store_commit_async(s, b, wake, &w);
	if (!s->read_only)
		store_queue_flush(s, true);
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.cond, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_cond_destroy(&w.cond);
	pthread_mutex_destroy(&w.lock);
	return w.rc;
}

static enum rc check_op(const struct store *s, const struct store_op *op)
{
	const struct store_table *t = store_table(s, op->table);

	if (!t || ((t->flags & STORE_LOG) != 0) != (op->kind == STORE_OP_APPEND))
		return RC_INVALID;
	if ((t->flags & STORE_EXPIRING) && op->key.n < 4)
		return RC_INVALID;
	return RC_OK;
}

void store_commit_async(struct store *s, struct store_batch *b, store_done_fn done, void *data)
{
	enum rc rc = s->read_only ? RC_DENIED : b->broken;

	if (rc == RC_OK && arena_exceeded(b->arena))
		rc = RC_LIMITED;
	for (const struct store_op *op = b->first; op && rc == RC_OK; op = op->next)
		rc = check_op(s, op);
	if (rc != RC_OK || !b->first) {
		done(data, rc);
		return;
	}
	store_queue_submit(s, b, done, data);
}

bool store_holds(uint64_t expect, uint64_t version)
{
	if (expect == STORE_ANY)
		return true;
	return expect == STORE_ABSENT ? version == 0 : version == expect;
}

struct str store_written_by(const struct store *s)
{
	return str_c(s->written_by);
}

enum rc store_copy(struct store *s, const char *directory)
{
	return s->backend->copy(s, directory);
}
