/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_EVENT_H
#define PRATU_CORE_EVENT_H

/*
 * What a person is shown of the audit trail about themselves. The trail cannot be searched by
 * person while millions of events a month are added, so a short copy of the events of a closed list
 * (event.c) is kept by person, in the same batch, for EVENT_DAYS.
 *
 * Key: expiry (one second for all events of a UTC day), person, moment, name of the event. So the
 * events of a person and day stand together, and a look at them is one short scan for each day. The
 * moment is rounded: what others can cause without end (guesses at a password) is kept once in ten
 * minutes, what the person repeats at will once in a minute, what only the person or an
 * administrator does once a second; more of it changes the copy, not its size.
 *
 * The trail is the evidence, this is a convenience: nothing is decided by it.
 */
#include "audit/audit.h"
#include "codec/field.h"
#include "core/schema.h"

#define EVENT_DAYS 90  /* days an event is shown */
#define EVENT_MAX  500 /* of a person that one request reads */

struct event {
	struct str name; /* audit event; in the key */
	int64_t time;    /* seconds, not rounded */
	struct str account, client, address;
	struct str detail; /* a closed word: method, reason */
	bool other;        /* done by somebody else: an administrator */
};

/* Appends the entry to the trail, and its copy where the list names the event and the entry a
 * person. Every entry that may be about a person is added so. */
void event_audit(struct store_batch *b, struct arena *a, const struct audit_entry *e);

struct event_list {
	const struct event *v;
	size_t n;
};
/* A person's events, the newest first, at most max (EVENT_MAX). A fifth of them is kept for those
 * that change how the person logs in, however many others came since. Views into the snapshot. */
MUST_USE enum rc events_of(struct store_snapshot *snap, struct arena *a, struct str person,
	int64_t now, size_t max, struct event_list *ret);

extern const struct record_type record_event;

#endif
