/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_TABLES_VERIFY_H
#define PRATU_CORE_TABLES_VERIFY_H

/*
 * Reads every record of every table of all modules and reports each fault: checksums, the order of
 * keys, records that cannot be decoded, index entries without their record and records without
 * their entries (declared indexes, and those that a module writes and verifies itself:
 * core/table.h). The audit trail has its own verification
 * (audit/verify.h). One snapshot for each table, in which its index entries are read as well;
 * nothing is written.
 */
#include "core/table.h"

#define TABLES_FAULT_TEXT_MAX 200 /* bytes */

struct tables_fault {
	const char *table;
	struct str key;   /* empty: of the table, not of a record */
	const char *text; /* a sentence; good during the call */
};

struct tables_report {
	uint64_t tables, records;
	uint64_t without_sum; /* records of a version without checksums */
	uint64_t faults;
};

/* app: its store, vault and clock are used. fault is called for each one. RC_OK: none. RC_CORRUPT:
 * at least one (*ret is written then too). Others: the store could not be read. */
MUST_USE enum rc tables_verify(const struct app *app,
	void (*fault)(void *data, const struct tables_fault *fault), void *data,
	struct tables_report *ret);

#endif
