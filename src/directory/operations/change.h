/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CHANGE_H
#define PRATU_DIRECTORY_OPERATIONS_CHANGE_H

/*
 * How a single change is made: it reads a snapshot, fills a batch, and is repeated if the same
 * records were changed concurrently.
 */
#include "audit/audit.h"
#include "directory/operations/administration.h"

/* One try: reads, adds what is to be written and its event to the batch. */
typedef enum rc (*rights_change_fn)(const struct rights *r, struct arena *a,
	struct store_snapshot *snap, struct store_batch *b, const void *what);
MUST_USE enum rc rights_change(
	const struct rights *r, struct arena *a, rights_change_fn fn, const void *what);

/* An event of now by the actor; the reason is cut at REASON_MAX. */
struct audit_entry rights_entry(
	const struct rights *r, enum audit_event event, struct str object, struct str reason);
/* Where one must be given: it is there, no longer than REASON_MAX, without control characters. */
bool reason_good(struct str reason);

#endif
