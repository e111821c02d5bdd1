/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_STORE_CHECK_H
#define PRATU_STORE_CHECK_H

/*
 * What looks after a store rather than uses it: verification of everything in it, reading of
 * records that are damaged, and the count of what has expired and is not removed yet.
 *
 * Threads: as store.h.
 */
#include "store/store.h"

/* From now on this snapshot also gives records whose checksum is wrong, as they are: for a reader
 * that has another way to judge them. */
void store_snapshot_damaged_too(struct store_snapshot *snap);

enum store_fault {
	STORE_FAULT_NONE,
	STORE_FAULT_SUM,   /* its checksum is wrong */
	STORE_FAULT_SHORT, /* shorter than any record */
	STORE_FAULT_ORDER, /* its key does not stand above the one before */
	STORE_FAULT_PAGE,  /* a page cannot be read: what comes after it is not seen (no record) */
	STORE_FAULT_COUNT, /* the table has another number of records than it says (no record) */
	STORE_FAULT_MAX
};

struct store_checked {
	enum store_fault fault;
	bool has_sum; /* false: written by a version without checksums */
	struct store_record record;
};

/* Walks all records of a table, expired ones included, and goes on behind damaged ones as far as
 * possible, until fn returns false. */
typedef bool (*store_check_fn)(void *data, const struct store_checked *found);
MUST_USE enum rc store_check(struct store_snapshot *snap, int table, store_check_fn fn, void *data);
/* "its checksum is wrong", ... */
const char *store_fault_text(enum store_fault fault);

/* Expired records that are not removed yet, counted up to max, and for how long the oldest one has
 * been expired. */
struct store_waiting {
	size_t records;
	int64_t seconds;
};
MUST_USE enum rc store_expired_waiting(struct store *s, size_t max, struct store_waiting *ret);

#endif
