/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_EVENT_H
#define PRATU_CORE_EVENT_H

/*
 * The events of the audit trail that a person is shown about themselves. The trail grows by
 * millions of events a month and cannot be searched by person, so that a short copy of the events
 * of a closed list (event.c) is stored by person, in the same batch, for EVENT_DAYS.
 *
 * Key: expiry (one second for all events of a UTC day), person, moment, name of the event. So the
 * events of a person and day are adjacent, and reading them is one short scan per day. The moment
 * is rounded: events that others can cause without limit (guesses at a password) are stored once in
 * ten minutes, events that the person can repeat at will once a minute, and all others once a
 * second; further ones change the copy, not its size.
 *
 * The trail is the evidence; this copy is a convenience and decides nothing.
 */
#include "audit/audit.h"
#include "codec/field.h"
#include "core/schema.h"

#define EVENT_DAYS 90 /* days an event is shown */
#define DATA_EVENTS_MAX                                                                            \
	5000u /* in the download of a person's data; "events_left_out" says how many more there    \
		 are */

struct event {
	struct str name; /* audit event; in the key */
	int64_t time;    /* seconds, not rounded */
	struct str account, client, address;
	struct str browser, system; /* of the device: "Chrome", "Windows"; may be empty */
	struct str detail;          /* a closed word: method, reason */
	bool other;                 /* done by an administrator */
};

/* Appends the entry to the trail, and its copy where the list names the event and the entry a
 * person. Every entry that may be about a person is added so. */
void event_audit(struct store_batch *b, struct arena *a, const struct audit_entry *e);

struct event_list {
	const struct event *v;
	size_t n;
};
/* A person's events, the newest first, at most max. A fifth of them is kept for those
 * that change how the person logs in, however many others came since. Views into the snapshot. */
MUST_USE enum rc events_of(struct store_snapshot *snap, struct arena *a, struct str person,
	int64_t now, size_t max, struct event_list *ret);

/* The same without any preference, from the skip-th on; *ret_total: how many there are. */
MUST_USE enum rc events_page(struct store_snapshot *snap, struct arena *a, struct str person,
	int64_t now, size_t skip, size_t max, struct event_list *ret, size_t *ret_total);

extern const struct record_type record_event;

#endif
