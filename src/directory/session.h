/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_SESSION_H
#define PRATU_DIRECTORY_SESSION_H

/*
 * The stored sessions of people, for all modules that end them: the provider
 * (directory/browser_session.h), which also begins them, and administrators (src/rights). Tokens
 * that belong to a session end with it.
 *
 * Reads: RC_CORRUPT and the store's. Views live as long as the snapshot.
 */
#include "codec/field.h"
#include "directory/records.h"
#include "core/schema.h"
#include "core/vault.h"

/* What sessions begun by a password say of it: struct session's method, and one of its amr. */
#define PASSWORD_METHOD "password"
#define PASSWORD_AMR    "pwd" /* RFC 8176 */

#define SESSION_LIST_MAX 100 /* sessions of a person; limits.sessions_per_person is no larger */

/* A browser's login. */
struct session {
	struct str sid; /* public id: "sid" in ID tokens (OIDC Front-Channel Logout 3) */
	struct str person;
	struct str account; /* chosen when the person has several; may be empty */
	int64_t auth_time;  /* seconds, as the rest */
	struct strlist amr; /* RFC 8176 values */
	struct str ial, aal;
	struct str method; /* connector or factor that began it: "thaid" */
	int64_t created, last_seen, expires;
	int64_t idle_timeout; /* expires after this time without use */
	struct str user_agent, address;
};

/* Which clients a session logged in to: for logout, and for the list a person sees. */
struct session_client {
	struct str client;
	int64_t first, last;
};

extern const struct record_type record_session, record_session_client;

struct session_ref {
	struct session s;
	struct str key;
	uint64_t version;
};

struct session_list {
	const struct session_ref *v;
	size_t n;
};

/* The valid session with this key. RC_NOT_FOUND: none, expired, or unused for too long. */
MUST_USE enum rc session_get(struct store_snapshot *snap, struct arena *a, struct str key,
	int64_t now, struct session_ref *ret);
/* The valid sessions of a person. Index entries of expired ones are deleted in b. */
MUST_USE enum rc sessions_of(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	struct str person, int64_t now, struct session_list *ret);
/* Ends it: record and index. */
void session_delete(
	struct store_batch *b, struct arena *a, const struct session *s, struct str key);

/*
 * Ends the password sessions of a person, whose password is no longer trusted, and their tokens
 * (also those of offline_access, which outlive a session); logins in progress lose the password
 * they have passed. For all accounts: a session may have changed to another account of the same
 * person. ThaID sessions remain.
 *
 * person empty or unknown: there is nothing to end. Writes the person's record.
 */
MUST_USE enum rc sessions_end_by_password(struct store_snapshot *snap, struct store_batch *b,
	struct arena *a, const struct vault *v, struct str person, int64_t now_ms);

#endif
