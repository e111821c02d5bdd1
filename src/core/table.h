/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_TABLE_H
#define PRATU_CORE_TABLE_H

/*
 * Tables, as their modules describe them (struct module). A row names the record type, the indexes
 * and whether the records are personal data. A new module takes numbers above those
 * of core/schema.h, to STORE_TABLES_MAX. Number and name are forever: write the number itself, as
 * TABLE_END moves when core/schema.h grows.
 *
 * table_put writes a record together with its index entries, so they never differ.
 *
 * Personal data (PDPA) is in the download of the person's data, by one of three: export_records,
 * export_members, exported_with.
 *
 * Rows are static and read-only; functions may be called from any thread.
 */
#include "codec/json_writer.h"
#include "core/schema.h"
#include "core/tx.h"

/* An index: its entries are in a table of their own, which needs a row without record. */
struct table_index {
	int table;   /* number of the table of the entries */
	bool unique; /* the entry holds the record's key, and a second record with the same entry
			makes the commit fail with RC_CONFLICT; otherwise the key ends with the
			record's key and the entry is empty */
	/* What the record is found by; empty: no entry. */
	struct str (*key)(struct arena *a, const void *record);
};

/* For store verify (core/tables_verify.h): where a record is looked at. */
struct table_check {
	const struct app *app; /* store, vault, clock */
	struct store_snapshot *snap;
	struct arena *a; /* reset now and then */
	int64_t now;     /* seconds */
};

struct module_table {
	int number;
	const char *name;
	const struct record_type *record;  /* NULL: entries of an index */
	const char *key;                   /* what the key is made of, for the documentation */
	unsigned flags;                    /* enum store_table_flags */
	const struct table_index *indexes; /* ended by a row without table */
	/* Of an index that the module writes itself, in both its tables: has this record its
	 * entries, or this entry (record NULL) its record? Expired records are not asked for.
	 * NULL: yes, or it cannot be known; else a static sentence. */
	const char *(*verify)(
		const struct table_check *c, const struct store_record *stored, const void *record);
	store_seal_fn seal; /* of a log (STORE_LOG) */
	bool personal;
	const char *member; /* of the download, that has the records; NULL: name */
	/* Writes the records about this person as elements of that member, an open JSON array. */
	enum rc (*export_records)(struct tx *tx, struct str person, struct json_writer *out);
	/* The same where one array will not do: members of the open document. */
	enum rc (*export_members)(struct tx *tx, struct str person, struct json_writer *out);
	int exported_with; /* number of the table whose export writes these records, too */
};

/*
 * Puts a record and moves its index entries. old: the record as read, with its version; NULL: there
 * must be none yet. record NULL: deletes it with its entries. key: not a view into old or record
 * that ends before the commit.
 */
void table_put(struct tx *tx, const struct module_table *t, struct str key, const void *old,
	uint64_t version, const void *record);
/* The record that a unique index finds. RC_NOT_FOUND, RC_CORRUPT. ret_version may be NULL. */
MUST_USE enum rc table_find(struct tx *tx, const struct module_table *t,
	const struct table_index *index, struct str key, void *ret_record, uint64_t *ret_version);

/* The same for callers without a struct tx. */
void table_put_in(struct store_batch *b, struct arena *a, const struct module_table *t,
	struct str key, const void *old, uint64_t version, const void *record);
MUST_USE enum rc table_find_in(struct store_snapshot *snap, struct arena *a,
	const struct module_table *t, const struct table_index *index, struct str key,
	void *ret_record, uint64_t *ret_version);

/* The key of the record's entry in the index; empty: it has none. record may be NULL. */
struct str table_entry_key(
	struct arena *a, const struct table_index *index, struct str key, const void *record);

/* The table of this number, whichever module brings it; NULL: none does. */
const struct module_table *module_table_find(int number);
/* Its index whose entries are in this table; there must be one. */
const struct table_index *table_index_in(const struct module_table *t, int entries);

/* Writes what all modules have stored about this person as members of the open JSON object. */
MUST_USE enum rc tables_export(struct tx *tx, struct str person, struct json_writer *out);

#endif
