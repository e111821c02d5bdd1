/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_AUDIT_SEARCH_H
#define PRATU_AUDIT_SEARCH_H

/*
 * Searches events by person, place, kind and time. The time bounds the part of the trail that is
 * read (found by halving); within it every record is read, about a million per second.
 */
#include "audit/audit.h"

struct audit_filter {
	struct str person, account, client, system, office, session, address, actor, object;
	const enum audit_event *events; /* any of these; NULL: all */
	size_t n_events;
	int64_t from_ms; /* first moment; 0: from the start */
	int64_t to_ms;   /* first moment not wanted; 0: to the end */
	uint64_t after;  /* page on: behind this number (before it when newest_first) */
	bool newest_first;
	size_t limit; /* events to give, 1 .. AUDIT_SEARCH_MAX */
};

#define AUDIT_SEARCH_MAX 100000u

struct audit_found {
	uint64_t number;
	int64_t t;
	struct str json; /* the whole record; good during the call */
};

/* Gives the events that match all members set, in order; fn may take its time (no snapshot is
 * open), false stops. *ret_last: number of the last one given, for the next page; 0: none. */
typedef bool (*audit_found_fn)(void *data, const struct audit_found *found);
MUST_USE enum rc audit_search(struct store *s, struct audit_place place,
	const struct audit_filter *filter, audit_found_fn fn, void *data, uint64_t *ret_last);

#endif
