/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_TABLE_H
#define PRATU_CORE_TABLE_H

/*
 * Tables that a module brings (struct module). A row names the record type, the indexes and whether
 * the records are personal data. The numbers 1 to TABLE_END - 1 are those of core/schema.h; a
 * module takes one from TABLE_END to STORE_TABLES_MAX. Number and name are forever.
 *
 * table_put writes a record together with its index entries, so they never differ.
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

struct module_table {
	int number;
	const char *name;
	const struct record_type *record;  /* NULL: entries of an index */
	const char *key;                   /* what the key is made of, for the documentation */
	unsigned flags;                    /* enum store_table_flags */
	const struct table_index *indexes; /* ended by a row without table */
	bool personal; /* personal data (PDPA): export_records is required then */
	/* Writes the records about this person as elements of the open JSON array, for the download
	 * of the person's data. */
	enum rc (*export_records)(struct tx *tx, struct str person, struct json_writer *out);
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

#endif
