/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The backend in memory, for tests and trials: each table is an immutable tree, a moment of the
 * store is one counted array of roots, and a commit publishes the next moment.
 */
#include "support/store/mem.h"

#include "store/backend.h"
#include "support/store/treap.h"

#include "base/die.h"
#include "base/clock.h"

struct mem_version {
	atomic_uint refs;
	struct treap *roots[STORE_TABLES_MAX + 1];
};

struct mem_store {
	struct store base;
	pthread_mutex_t lock; /* guards the pointer, not what it points to */
	struct mem_version *now;
	uint64_t version;   /* the writer's */
	_Atomic int refuse; /* enum rc */
};

struct mem_snapshot {
	struct store_snapshot base;
	struct mem_version *moment;
};

static void *must_calloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		die("out of memory");
	return p;
}

static struct mem_version *moment_hold(struct mem_store *m)
{
	struct mem_version *now;

	pthread_mutex_lock(&m->lock);
	now = m->now;
	atomic_fetch_add(&now->refs, 1);
	pthread_mutex_unlock(&m->lock);
	return now;
}

static void moment_release(struct mem_version *moment)
{
	if (atomic_fetch_sub(&moment->refs, 1) != 1)
		return;
	for (int id = 0; id <= STORE_TABLES_MAX; id++)
		treap_release(moment->roots[id]);
	free(moment);
}

static struct mem_version *moment_copy(const struct mem_version *from)
{
	struct mem_version *copy = must_calloc(sizeof(*copy));

	atomic_init(&copy->refs, 1);
	for (int id = 0; from && id <= STORE_TABLES_MAX; id++)
		copy->roots[id] = treap_retain(from->roots[id]);
	return copy;
}

/* --- reading --- */

static enum rc mem_begin(struct store *s, struct store_snapshot **ret)
{
	struct mem_snapshot *snap = must_calloc(sizeof(*snap));

	snap->moment = moment_hold((struct mem_store *)s);
	*ret = &snap->base;
	return RC_OK;
}

static void end(struct store_snapshot *snap)
{
	moment_release(((struct mem_snapshot *)snap)->moment);
	free(snap);
}

static const struct treap *root_of(struct store_snapshot *snap, int table)
{
	return ((struct mem_snapshot *)snap)->moment->roots[table];
}

static struct store_record record_of(const struct treap_entry *e)
{
	return (struct store_record){.key = e->key, .value = e->value, .version = e->version};
}

static enum rc mem_get(
	struct store_snapshot *snap, int table, struct str key, struct store_record *ret)
{
	const struct treap_entry *e = treap_find(root_of(snap, table), key);

	if (!e)
		return RC_NOT_FOUND;
	*ret = record_of(e);
	return RC_OK;
}

static enum rc scan(struct store_snapshot *snap, int table, struct str bound, bool reverse,
	store_scan_fn fn, void *data)
{
	const struct treap *root = root_of(snap, table);
	const struct treap_entry *e =
		reverse ? treap_below(root, bound) : treap_ceil(root, bound, false);

	while (e) {
		struct store_record record = record_of(e);

		if (!fn(data, &record))
			break;
		e = reverse ? treap_below(root, e->key) : treap_ceil(root, e->key, true);
	}
	return RC_OK;
}

static enum rc mem_count(struct store_snapshot *snap, int table, uint64_t *ret)
{
	*ret = treap_count(root_of(snap, table));
	return RC_OK;
}

/* --- writing --- */

static bool op_precondition_holds(const struct store *s, const struct mem_version *m,
	const struct store_batch *b, int64_t now)
{
	for (const struct store_op *op = b->first; op; op = op->next) {
		const struct treap_entry *e;
		uint64_t version;

		if (op->expect == STORE_ANY)
			continue;
		e = treap_find(m->roots[op->table], op->key);
		version = e && !store_expired(&s->tables[op->table], op->key, now) ? e->version : 0;
		if (!store_holds(op->expect, version))
			return false;
	}
	return true;
}

static struct treap *mem_log_append(
	const struct mem_store *m, const struct treap *root, const struct store_op *op)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX);
	const struct store_table *t = &m->base.tables[op->table];
	const struct treap_entry *last = treap_last(root);
	uint64_t number = last ? store_key_number(last->key) + 1 : 1;
	char key[8];
	struct buf out;

	buf_init(&out, a, STORE_VALUE_MAX);
	t->seal(t->seal_data, last ? last->value : STR_NONE, number, op->value, &out);
	if (buf_status(&out) != RC_OK)
		die("a sealed record is longer than a value may be");
	store_log_key(number, key);
	return treap_put(root, (struct str){.p = key, .n = sizeof(key)}, buf_str(&out), m->version);
}

static void apply(struct mem_store *m, struct mem_version *next, const struct store_batch *b)
{
	for (const struct store_op *op = b->first; op; op = op->next) {
		struct treap *old = next->roots[op->table], *root;

		switch (op->kind) {
		case STORE_OP_PUT: root = treap_put(old, op->key, op->value, m->version); break;
		case STORE_OP_DELETE: root = treap_remove(old, op->key); break;
		case STORE_OP_APPEND: root = mem_log_append(m, old, op); break;
		default: continue;
		}
		next->roots[op->table] = root;
		treap_release(old);
	}
}

static void mem_commit(struct store *s, struct store_batch *first, size_t n)
{
	struct mem_store *m = (struct mem_store *)s;
	struct mem_version *next, *old = m->now;
	int64_t now = clock_now(s->clock);
	enum rc refuse = (enum rc)atomic_load(&m->refuse);

	if (refuse != RC_OK) {
		for (struct store_batch *b = first; n; b = b->next, n--)
			b->result = refuse;
		return;
	}
	next = moment_copy(m->now);
	m->version++;
	for (struct store_batch *b = first; n; b = b->next, n--) {
		b->result = op_precondition_holds(s, next, b, now) ? RC_OK : RC_CONFLICT;
		if (b->result == RC_OK)
			apply(m, next, b);
	}
	pthread_mutex_lock(&m->lock);
	m->now = next;
	pthread_mutex_unlock(&m->lock);
	moment_release(old);
}

void store_mem_refuse(struct store *s, enum rc rc)
{
	atomic_store(&((struct mem_store *)s)->refuse, (int)rc);
}

/* --- life --- */

static enum rc mem_copy(struct store *s, const char *directory)
{
	(void)s;
	(void)directory;
	return RC_INVALID;
}

static void close_mem(struct store *s)
{
	struct mem_store *m = (struct mem_store *)s;

	moment_release(m->now);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static const struct store_backend mem = {
	.begin = mem_begin,
	.end = end,
	.get = mem_get,
	.scan = scan,
	.count = mem_count,
	.commit = mem_commit,
	.copy = mem_copy,
	.close = close_mem,
};

enum rc store_open_mem(
	const struct store_schema *schema, const struct clock *clock, struct store **ret)
{
	struct mem_store *m = must_calloc(sizeof(*m));
	enum rc rc = store_init(&m->base, &mem, schema, clock);

	m->now = moment_copy(NULL);
	pthread_mutex_init(&m->lock, NULL);
	if (rc == RC_OK)
		rc = store_queue_start(&m->base);
	if (rc != RC_OK) {
		close_mem(&m->base);
		return rc;
	}
	*ret = &m->base;
	return RC_OK;
}
