/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/table.h"

#include "base/die.h"
#include "core/module.h"

struct str table_entry_key(
	struct arena *a, const struct table_index *index, struct str key, const void *record)
{
	struct str found = record ? index->key(a, record) : STR_NONE;

	return found.n && !index->unique ? key_join(a, found, key) : found;
}

static void move_entry(struct store_batch *b, struct arena *a, const struct table_index *index,
	struct str key, const void *old, const void *record)
{
	struct str before = table_entry_key(a, index, key, old);
	struct str after = table_entry_key(a, index, key, record);

	if (str_eq(before, after))
		return;
	if (before.n)
		store_delete(b, index->table, before, STORE_ANY);
	if (after.n)
		store_put(b, index->table, after, index->unique ? key : STR_NONE,
			index->unique ? STORE_ABSENT : STORE_ANY);
}

void table_put_in(struct store_batch *b, struct arena *a, const struct module_table *t,
	struct str key, const void *old, uint64_t version, const void *record)
{
	if (record)
		record_put(b, (enum table)t->number, a, key, record, old ? version : STORE_ABSENT);
	else
		store_delete(b, t->number, key, version);
	for (const struct table_index *i = t->indexes; i && i->table; i++)
		move_entry(b, a, i, key, old, record);
}

void table_put(struct tx *tx, const struct module_table *t, struct str key, const void *old,
	uint64_t version, const void *record)
{
	table_put_in(tx->batch, tx->a, t, key, old, version, record);
}

enum rc table_find_in(struct store_snapshot *snap, struct arena *a, const struct module_table *t,
	const struct table_index *index, struct str key, void *ret_record, uint64_t *ret_version)
{
	struct store_record entry;
	enum rc rc;

	if (!key.n || key.n > STORE_KEY_MAX)
		return RC_NOT_FOUND;
	rc = store_get(snap, index->table, key, &entry);
	if (rc != RC_OK)
		return rc;
	rc = record_get(snap, (enum table)t->number, entry.value, a, ret_record, ret_version);
	/* An entry without its record is a broken store. */
	return rc == RC_NOT_FOUND ? RC_CORRUPT : rc;
}

enum rc table_find(struct tx *tx, const struct module_table *t, const struct table_index *index,
	struct str key, void *ret_record, uint64_t *ret_version)
{
	return table_find_in(tx->snap, tx->a, t, index, key, ret_record, ret_version);
}

const struct table_index *table_index_in(const struct module_table *t, int entries)
{
	for (const struct table_index *i = t->indexes; i && i->table; i++)
		if (i->table == entries)
			return i;
	die("a table without this index");
}

/* --- the download of a person's data --- */

static enum rc export_table(
	struct tx *tx, const struct module_table *t, struct str person, struct json_writer *out)
{
	enum rc rc;

	if (t->export_members)
		return t->export_members(tx, person, out);
	if (!t->export_records)
		return RC_OK;
	json_write_key(out, t->member ? t->member : t->name);
	json_write_array(out);
	rc = t->export_records(tx, person, out);
	json_write_array_end(out);
	return rc;
}

enum rc tables_export(struct tx *tx, struct str person, struct json_writer *out)
{
	enum rc rc = RC_OK;

	for (size_t m = 0; all_modules[m]; m++)
		for (const struct module_table *t = all_modules[m]->tables; t && t->number; t++)
			if (t->personal && rc == RC_OK)
				rc = export_table(tx, t, person, out);
	return rc;
}
