/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_AUDIT_AUDIT_H
#define PRATU_AUDIT_AUDIT_H

/*
 * The audit trail: events from a closed list (events.def), appended in the same batch as the change
 * they record, hash-chained by the store's log table, signed at intervals.
 *
 * Record: one line of JSON, members in this order, empty ones left out:
 *     {"n":7,"t":1700000000000,"event":"login","person":...,"reason":...,"hash":"..."}
 * n is the number (1, 2, 3 ...), t milliseconds since 1970. hash is base64url(SHA-256(the hash of
 * the record before, as its 43 characters, followed by this line up to the comma before "hash"));
 * the first record has nothing before it. So the hash of a line covers all lines up to it.
 *
 * audit/verify.h reads the whole trail and names what was changed, removed, inserted or reordered;
 * audit/checkpoint.h signs it by a key outside the database, so that a trail that was truncated or
 * rewritten from some point on is detected as well; audit/search.h finds events.
 *
 * Personal data: a person is an id, never a citizen number (Computer Crime Act: each user
 * identifiable; PDPA: no more than needed).
 */
#include "obs/log.h"
#include "store/store.h"

#define AUDIT_MEMBER_MAX 256u /* bytes of a member; longer ones are truncated */
#define AUDIT_REASON_MAX 500u
#define AUDIT_HASH_CHARS 43u /* of a SHA-256 in base64url */

enum audit_event {
#define AUDIT(id, name, help) AUDIT_##id,
#include "audit/events.def"
#undef AUDIT
	AUDIT_EVENT_MAX
};

/* Actors and objects; empty members are left out. All are ids or closed words, never free text of a
 * user (except reason, which an administrator typed). */
struct audit_entry {
	enum audit_event event;
	int64_t now_ms;
	struct str person, account, client, system, office, session, address, request;
	struct str actor;      /* the actor: person id or "cli:user" */
	struct str object;     /* id of the record concerned */
	struct str operation;  /* name of the operation: "person.suspend" */
	struct str detail;     /* a closed word: reason code, method */
	struct str reason;     /* an administrator's words */
	struct str user_agent; /* of the person's browser; for their own page (core/event.h), not
				  for the trail */
	int64_t count;         /* this many more of the same (core/audit_fold.h); 0: it is one */
};

/* Where the trail is: its log table, and an ordinary table for the record of its last checkpoint
 * (key AUDIT_HEAD_KEY). */
struct audit_place {
	int log;
	int head;
};

#define AUDIT_HEAD_KEY "audit-head"

/* The seal function for the store schema's log table. */
void audit_seal(void *data, struct str prev, uint64_t number, struct str payload, struct buf *out);

/* Appends one event to the batch. table: the schema's audit log table. */
void audit_append(struct store_batch *b, int table, struct arena *a, const struct audit_entry *e);

/* NULL past the end. */
const char *audit_event_name(enum audit_event event);
const char *audit_event_help(enum audit_event event);
/* Also by a former name. RC_NOT_FOUND: no event of this name. */
MUST_USE enum rc audit_event_parse(struct str name, enum audit_event *ret);
/* Names under which earlier versions stored the event: the n-th, NULL past the end. */
const char *audit_event_former(enum audit_event event, size_t n);
/* The present name of an event stored under a former one; any other name as it is. */
struct str audit_event_current(struct str name);

#endif
