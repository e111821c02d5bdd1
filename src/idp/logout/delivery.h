/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_DELIVERY_H
#define PRATU_IDP_LOGOUT_DELIVERY_H

/*
 * What a portal is to be notified: one record for each session and client (OpenID Connect
 * Back-Channel Logout 1.0). Its key is made of both, so nobody is notified twice of one end.
 *
 * A record waits (and has an entry in the queue), is confirmed, or has failed for good. Failed and
 * waiting ones stay LOGOUT_KEEP behind the end of the session, confirmed ones
 * LOGOUT_KEEP_CONFIRMED: at national size the confirmed ones of two days would be millions.
 *
 * The queue is in the order of client, due time, record: the senders step from client to client,
 * so that what waits for one that is dead is not in the way of the others.
 */
#include "core/tx.h"
#include "directory/session_ended.h"

#define TABLE_LOGOUT     72 /* expiring: sid, client */
#define TABLE_LOGOUT_DUE 73 /* client, millisecond, key of the record */

#define LOGOUT_KEEP           (INT64_C(48) * 3600) /* seconds */
#define LOGOUT_KEEP_CONFIRMED INT64_C(3600)        /* seconds */
#define LOGOUT_LIFETIME       (INT64_C(24) * 3600) /* seconds after the end in which it is tried */
#define LOGOUT_ATTEMPTS_MAX   8
#define LOGOUT_WHY_MAX        120u /* bytes of the reason of a failure */

enum logout_state { LOGOUT_WAITING, LOGOUT_CONFIRMED, LOGOUT_FAILED, LOGOUT_STATE_MAX };

struct logout_delivery {
	struct str client, sid, person;
	int state; /* enum logout_state */
	int64_t attempts;
	int64_t due_ms;   /* of its entry in the queue: next attempt, or end of a sender's lease */
	int64_t ended;    /* when the session ended; seconds */
	int64_t finished; /* confirmed or given up */
	struct str why;   /* of the last failure; no personal data */
};

extern const struct record_type record_logout_delivery;
extern const char *const logout_state_words[];

struct logout_delivery_ref {
	struct logout_delivery d;
	struct str key;
	uint64_t version;
};

/* keep: LOGOUT_KEEP or LOGOUT_KEEP_CONFIRMED; client empty: the prefix of all of a session. */
struct str logout_delivery_key(
	struct arena *a, int64_t ended, int64_t keep, struct str sid, struct str client);
/* A new one, due now. */
void logout_delivery_add(struct tx *tx, const struct session_ended *ended, struct str client);
/* By its key; strings are copied. RC_NOT_FOUND, RC_CORRUPT. */
MUST_USE enum rc logout_delivery_get(
	struct tx *tx, struct str key, struct logout_delivery_ref *ret);
/* The next attempt, or the end of a lease. */
void logout_delivery_move(struct tx *tx, struct logout_delivery_ref *ref, int64_t due_ms);
/* Out of the queue: confirmed or failed. */
void logout_delivery_finish(
	struct tx *tx, struct logout_delivery_ref *ref, enum logout_state state);

/* A place in the queue, as its key has it; views into it. RC_CORRUPT. */
struct logout_due {
	struct str client;
	int64_t ms;
	struct str key; /* of the record */
};
MUST_USE enum rc logout_due_read(struct str due_key, struct logout_due *ret);
/* Behind all of a client's, before the next client's. */
struct str logout_due_behind(struct arena *a, struct str client);
/* Before them: the prefix of all of a client's. */
struct str logout_due_prefix(struct arena *a, struct str client);

/* For store verify (core/table.h): TABLE_LOGOUT and TABLE_LOGOUT_DUE. */
struct table_check;
const char *logout_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);
const char *logout_due_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);

#endif
