/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/table.h"

static struct str entry_key(
	struct tx *tx, const struct table_index *index, struct str key, const void *record)
{
	struct str found = record ? index->key(tx->a, record) : STR_NONE;

	return found.n && !index->unique ? key_join(tx->a, found, key) : found;
}

static void move_entry(struct tx *tx, const struct table_index *index, struct str key,
	const void *old, const void *record)
{
	struct str before = entry_key(tx, index, key, old);
	struct str after = entry_key(tx, index, key, record);

	if (str_eq(before, after))
		return;
	if (before.n)
		store_delete(tx->batch, index->table, before, STORE_ANY);
	if (after.n)
		store_put(tx->batch, index->table, after, index->unique ? key : STR_NONE,
			index->unique ? STORE_ABSENT : STORE_ANY);
}

void table_put(struct tx *tx, const struct module_table *t, struct str key, const void *old,
	uint64_t version, const void *record)
{
	if (record)
		record_put(tx->batch, (enum table)t->number, tx->a, key, record,
			old ? version : STORE_ABSENT);
	else
		store_delete(tx->batch, t->number, key, version);
	for (const struct table_index *i = t->indexes; i && i->table; i++)
		move_entry(tx, i, key, old, record);
}

enum rc table_find(struct tx *tx, const struct module_table *t, const struct table_index *index,
	struct str key, void *ret_record, uint64_t *ret_version)
{
	struct store_record entry;
	enum rc rc;

	if (!key.n || key.n > STORE_KEY_MAX)
		return RC_NOT_FOUND;
	rc = store_get(tx->snap, index->table, key, &entry);
	if (rc != RC_OK)
		return rc;
	rc = record_get(
		tx->snap, (enum table)t->number, entry.value, tx->a, ret_record, ret_version);
	return rc == RC_NOT_FOUND ? RC_CORRUPT : rc;
}
