/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/schema.h"

#include "base/arena.h"
#include "core/module.h"

const struct record_type *table_record(enum table table)
{
	const struct module_table *t;

	if ((unsigned)table < TABLE_END)
		return table_records[table];
	t = module_table_find((int)table);
	return t ? t->record : NULL;
}

enum rc record_get(struct store_snapshot *snap, enum table table, struct str key, struct arena *a,
	void *ret_record, uint64_t *ret_version)
{
	struct store_record stored;
	enum rc rc;

	if (key.n == 0 || key.n > STORE_KEY_MAX)
		return RC_NOT_FOUND;
	rc = store_get(snap, table, key, &stored);
	if (rc != RC_OK)
		return rc;
	rc = field_decode(table_record(table), a, stored.value, ret_record);
	if (rc == RC_OK && ret_version)
		*ret_version = stored.version;
	return rc;
}

void record_put(struct store_batch *b, enum table table, struct arena *a, struct str key,
	const void *record, uint64_t expect)
{
	struct buf stored;

	buf_init(&stored, a, RECORD_STORED_MAX);
	field_encode(table_record(table), record, &stored);
	if (buf_status(&stored) != RC_OK)
		arena_fail(a, "a record is larger than its maximum");
	/* The batch may live in another arena than this one. */
	if (arena_exceeded(a))
		store_batch_fail(b, RC_LIMITED);
	store_put(b, table, key, buf_str(&stored), expect);
}

struct str key_join(struct arena *a, struct str first, struct str second)
{
	struct buf key;

	buf_init(&key, a, first.n + 1 + second.n);
	buf_add(&key, first);
	buf_add_byte(&key, 0);
	buf_add(&key, second);
	return buf_str(&key);
}
