/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MODEL_SESSION_H
#define PRATU_MODEL_SESSION_H

/*
 * The stored sessions of people, for all who end them: the provider (idp/session.h), which also
 * begins them, and administrators (src/rights). Tokens that belong to a session die with it.
 *
 * Reads: RC_CORRUPT and the store's. Views live as long as the snapshot.
 */
#include "model/flow.h"
#include "model/records.h"
#include "model/schema.h"
#include "model/vault.h"

/* What sessions begun by a password say of it: struct session's method, and one of its amr. */
#define PASSWORD_METHOD "password"
#define PASSWORD_AMR    "pwd" /* RFC 8176 */

#define SESSION_LIST_MAX 100 /* sessions of a person; limits.sessions_per_person is no larger */

struct session_ref {
	struct session s;
	struct str key;
	uint64_t version;
};

struct session_list {
	const struct session_ref *v;
	size_t n;
};

/* The live session with this key. RC_NOT_FOUND: none, dead, or unseen for too long. */
MUST_USE enum rc session_get(struct store_snapshot *snap, struct arena *a, struct str key,
	int64_t now, struct session_ref *ret);
/* The live sessions of a person. Index entries of dead ones are deleted in b. */
MUST_USE enum rc sessions_of(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	struct str person, int64_t now, struct session_list *ret);
/* Ends it: record and index. */
void session_delete(
	struct store_batch *b, struct arena *a, const struct session *s, struct str key);

/*
 * A password of this person's is not to be trusted any more: ends the sessions that were begun by
 * one, kills the tokens given to them (also those of offline_access, which outlive a session) and
 * lets logins under way forget the password they have passed. By whichever account: a session may
 * have gone over to another account of the same person. Sessions begun by ThaID stay.
 *
 * person empty or unknown: there is nothing to end. Writes the person's record.
 */
MUST_USE enum rc sessions_end_by_password(struct store_snapshot *snap, struct store_batch *b,
	struct arena *a, const struct vault *v, struct str person, int64_t now_ms);

#endif
