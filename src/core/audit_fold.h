/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_AUDIT_FOLD_H
#define PRATU_CORE_AUDIT_FOLD_H

/*
 * Folding of audit events that somebody can cause again and again, so that the trail, which is kept
 * for ever, is no place to write to for free.
 *
 * The first event is written at once. The same one (event, person, account, client, system, office,
 * network, object, detail) within AUDIT_FOLD_PERIOD becomes a record of its own, in the batch of
 * its request, so that no crash loses one. When the period is over, they are counted and removed,
 * and one event with all that they have in common says in `count` how many more there were. The
 * network is an IPv4 address or a /64 of IPv6 (codec/ip_network.h); the first event has the whole
 * address.
 *
 * No record is changed by two requests, so they never wait for each other or run again: whoever
 * guesses at a name that nobody has is answered as at one that exists, however many do it at once.
 * Of several first ones at the same moment each may be an event.
 *
 * What concerns a guess at an account that exists, or changes anything, is not folded.
 */
#include "core/tx.h"
#include "codec/field.h"

#define AUDIT_FOLD_PERIOD 600 /* seconds, counted from full ten minutes */

/* Adds the entry to the batch, or one more of it. */
void tx_audit_fold(struct tx *tx, const struct audit_entry *entry);

/* Writes the counts of the periods that are over; a job of src/maintenance. */
MUST_USE enum rc audit_fold_job(const struct app *app, struct arena *a);

/* Table TABLE_AUDIT_FOLD; key: expiry, keyed hash of what they have in common, random bytes. */
struct audit_fold {
	struct str event, person, account, client, system, office, address, object, detail;
	int64_t until; /* when the period is over */
	int64_t count; /* 0: the first, an event already; else this many further ones */
};
extern const struct record_type record_audit_fold;

#endif
