/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/tables_verify.h"

#include "base/clock.h"
#include "core/module.h"
#include "store/check.h"

#define RESET_EVERY 256 /* records between two resets of the arena */

struct tables_verification {
	const struct app *app;
	struct store_snapshot *snap;
	struct arena *a;
	const struct module_table *table;
	const struct module_table *owner; /* of the index whose entries are read; or NULL */
	const struct table_index *index;
	void (*fault)(void *data, const struct tables_fault *fault);
	void *data;
	struct tables_report report;
	enum rc rc;
};

static void table_fault(struct tables_verification *v, struct str key, const char *text)
{
	v->report.faults++;
	v->fault(v->data, &(struct tables_fault){v->table->name, key, text});
}

/* Decodes into memory that is good until the arena is reset; NULL: reported. */
static void *decode(struct tables_verification *v, const struct module_table *t, struct str value)
{
	void *record = arena_alloc(v->a, t->record->size);
	enum rc rc = field_decode(t->record, v->a, value, record);

	return rc == RC_OK ? record : NULL;
}

/* --- a record has its entries --- */

static void check_entry(struct tables_verification *v, const struct table_index *index,
	struct str key, const void *record)
{
	struct str entry_key = table_entry_key(v->a, index, key, record);
	struct store_record entry;
	enum rc rc;

	if (!entry_key.n)
		return;
	rc = store_get(v->snap, index->table, entry_key, &entry);
	if (rc == RC_NOT_FOUND)
		table_fault(v, key, "an index has no entry for it");
	else if (rc == RC_OK && index->unique && !str_eq(entry.value, key))
		table_fault(v, key, "its entry in an index names another record");
}

/* --- an entry has its record --- */

static struct str key_of_entry(const struct table_index *index, const struct store_record *entry)
{
	if (index->unique)
		return entry->value;
	return str_sub(entry->key, str_find(entry->key, 0) + 1, entry->key.n);
}

static void check_owner(struct tables_verification *v, const struct store_record *entry)
{
	struct str key = key_of_entry(v->index, entry);
	struct store_record stored;
	enum rc rc = store_get(v->snap, v->owner->number, key, &stored);
	void *record;

	if (rc == RC_NOT_FOUND) {
		table_fault(v, entry->key, "an entry of an index without its record");
		return;
	}
	/* A damaged record is reported where it stands. */
	record = rc == RC_OK ? decode(v, v->owner, stored.value) : NULL;
	if (record && !str_eq(table_entry_key(v->a, v->index, key, record), entry->key))
		table_fault(v, entry->key, "an entry of an index that its record does not have");
}

/* --- tables --- */

/* By the module itself. What has expired may have lost its entries already. */
static void check_by_module(
	struct tables_verification *v, const struct store_record *stored, const void *record)
{
	const struct table_check check = {v->app, v->snap, v->a, clock_now(v->app->clock)};
	const char *text;

	if (!v->table->verify ||
		((v->table->flags & STORE_EXPIRING) && store_key_expiry(stored->key) <= check.now))
		return;
	text = v->table->verify(&check, stored, record);
	if (text)
		table_fault(v, stored->key, text);
}

static void check_content(struct tables_verification *v, const struct store_record *stored)
{
	void *record = NULL;

	if (v->owner)
		check_owner(v, stored);
	if (v->table->record) {
		record = decode(v, v->table, stored->value);
		if (!record) {
			table_fault(v, stored->key, "it cannot be decoded");
			return;
		}
	}
	check_by_module(v, stored, record);
	for (const struct table_index *i = v->table->indexes; record && i && i->table; i++)
		check_entry(v, i, stored->key, record);
}

static bool verify_found(void *data, const struct store_checked *found)
{
	struct tables_verification *v = data;

	if (found->fault != STORE_FAULT_NONE)
		table_fault(v, found->record.key, store_fault_text(found->fault));
	if (found->fault == STORE_FAULT_PAGE || found->fault == STORE_FAULT_COUNT)
		return true;
	v->report.without_sum += !found->has_sum;
	if (found->fault == STORE_FAULT_NONE)
		check_content(v, &found->record);
	if (++v->report.records % RESET_EVERY == 0)
		arena_reset(v->a);
	if (arena_exceeded(v->a))
		v->rc = RC_LIMITED;
	return v->rc == RC_OK;
}

static const struct table_index *index_in(const struct module_table *t, int entries)
{
	for (const struct table_index *i = t->indexes; i && i->table; i++)
		if (i->table == entries)
			return i;
	return NULL;
}

/* The table whose index has its entries in this one. */
static void find_owner(struct tables_verification *v)
{
	v->owner = NULL;
	v->index = NULL;
	for (int number = 1; !v->owner && number <= STORE_TABLES_MAX; number++) {
		const struct module_table *t = module_table_find(number);

		v->index = t ? index_in(t, v->table->number) : NULL;
		v->owner = v->index ? t : NULL;
	}
}

static enum rc verify_table(struct tables_verification *v, const struct module_table *t)
{
	enum rc rc;

	v->table = t;
	find_owner(v);
	rc = store_snapshot_begin(v->app->store, &v->snap);
	if (rc != RC_OK)
		return rc;
	rc = store_check(v->snap, t->number, verify_found, v);
	store_snapshot_endp(&v->snap);
	arena_reset(v->a);
	v->report.tables++;
	return rc != RC_OK ? rc : v->rc;
}

enum rc tables_verify(const struct app *app,
	void (*fault)(void *data, const struct tables_fault *fault), void *data,
	struct tables_report *ret)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX_CLI);
	struct tables_verification v = {.app = app, .a = a, .fault = fault, .data = data};
	enum rc rc = RC_OK;

	for (int number = 1; rc == RC_OK && number <= STORE_TABLES_MAX; number++) {
		const struct module_table *t = module_table_find(number);

		if (t)
			rc = verify_table(&v, t);
	}
	*ret = v.report;
	if (rc != RC_OK)
		return rc;
	return v.report.faults ? RC_CORRUPT : RC_OK;
}
