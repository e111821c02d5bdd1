/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_AUDIT_AUDIT_H
#define PRATU_AUDIT_AUDIT_H

/*
 * The audit trail: events from a closed list (events.def), appended in the same batch as the change
 * they tell of, hash-chained by the store's log table, signed at intervals.
 *
 * Record: canonical JSON {"n","t","event",fields...,"prev"} plus its hash: SHA-256 over the
 * previous record's hash and this record's bytes. audit_verify reads the whole trail and names the
 * first record that was changed, removed, inserted or reordered. A checkpoint event carries a
 * signature over (number, hash) by a key outside the database, so that a trail cut at its end or
 * rewritten from some point on is found too.
 *
 * Personal data: a person is an id, never a citizen number (Computer Crime Act: each user
 * identifiable; PDPA: no more than needed).
 */
#include "base/log.h"
#include "store/store.h"

enum audit_event {
#define AUDIT(id, name, help) AUDIT_##id,
#include "audit/events.def"
#undef AUDIT
	AUDIT_EVENT_MAX
};

/* Who and what; empty members are left out. All are ids or closed words, never free text of a user
 * (reason excepted, which an administrator typed). */
struct audit_entry {
	enum audit_event event;
	int64_t now_ms;
	struct str person, account, client, system, office, session, address, request;
	struct str actor;  /* who did it to them: person id or "cli:user" */
	struct str object; /* id of the record concerned */
	struct str detail; /* a closed word: reason code, method */
	struct str reason; /* an administrator's words, at most 500 bytes */
};

/* The seal function for the store schema's log table. */
void audit_seal(void *data, struct str prev, uint64_t number, struct str payload, struct buf *out);

/* Appends one event to the batch. table: the schema's audit log table. */
void audit_append(struct store_batch *b, int table, struct arena *a, const struct audit_entry *e);

const char *audit_event_name(enum audit_event event);
const char *audit_event_help(enum audit_event event);

#endif
