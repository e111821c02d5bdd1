/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/schema.h"

#include "base/arena.h"
#include "base/die.h"
#include "core/module.h"

#include <pthread.h>

/* What all modules bring, by number; read-only once it is made. */
static const struct module_table *by_number[STORE_TABLES_MAX + 1];
static struct store_table rows[STORE_TABLES_MAX];
static struct store_schema schema = {rows, 0};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add_table(const struct module_table *t)
{
	if (t->number < 1 || t->number > STORE_TABLES_MAX || by_number[t->number])
		die("a table has a number that another has, or that none can have");
	by_number[t->number] = t;
	rows[schema.n_tables++] = (struct store_table){t->number, t->name, t->flags, t->seal, NULL};
}

static void make_schema(void)
{
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct module_table *t = all_modules[m]->tables; t && t->number; t++)
			add_table(t);
}

const struct store_schema *app_schema(void)
{
	pthread_once(&once, make_schema);
	return &schema;
}

const struct module_table *module_table_find(int number)
{
	pthread_once(&once, make_schema);
	return number >= 1 && number <= STORE_TABLES_MAX ? by_number[number] : NULL;
}

const struct record_type *table_record(enum table table)
{
	const struct module_table *t = module_table_find((int)table);

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
