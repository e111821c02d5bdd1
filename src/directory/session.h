/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_SESSION_H
#define PRATU_DIRECTORY_SESSION_H

/*
 * The stored sessions of people, for everybody who judges, lists or ends them: pages, tokens,
 * logout, administration. directory/browser_session.h begins them.
 *
 * What a session is (docs/decisions/0036): it is live from a login until the first of
 *   - its end: `expires`, fixed at the login;
 *   - `idle_timeout` without use. Use is a page or form of its browser, a portal's login by it, and
 *     a refresh of tokens that belong to it. Userinfo and introspection look, they do not use;
 *   - its logout, here, on another device, or by an administrator.
 * session_is_live is the only judge of the first two: pages, the authorization endpoint, the token
 * endpoint, userinfo and introspection all come to it, so they never disagree. Tokens that belong
 * to a session end with it; tokens with offline_access belong to none and go on.
 *
 * Nothing that one browser does changes another's session, except its logout there and
 * a login over limits.sessions_per_person. Use is noted every SESSION_SEEN_STEP, so a session may
 * end that much earlier than idle_timeout after its last use.
 *
 * Functions on a struct tx read its snapshot and add to its batch (core/tx.h). Reads return
 * RC_CORRUPT and the store's codes. Views live as long as the snapshot.
 */
#include "codec/field.h"
#include "directory/records.h"
#include "core/schema.h"
#include "core/tx.h"

#define SESSION_LIST_MAX  100 /* sessions of a person; limits.sessions_per_person is no larger */
#define SESSION_SEEN_STEP 60  /* seconds between two notes of its use */

/* A browser's login. */
struct session {
	struct str sid; /* public id: "sid" in ID tokens (OIDC Front-Channel Logout 3) */
	struct str person;
	struct str account; /* chosen when the person has several; may be empty */
	/* Whose proof began it, for good, whichever is chosen later; empty: the person as a whole
	 * was proven, or the session is an older program's (session_proven_account). */
	struct str proven_account;
	int64_t auth_time;  /* seconds, as the rest */
	struct strlist amr; /* RFC 8176 values */
	struct str ial, aal;
	struct str method;      /* authentication method that began it */
	struct strlist methods; /* all that were proven, it first; empty: of an older program */
	int64_t created, last_seen, expires;
	int64_t idle_timeout; /* expires after this time without use */
	struct str user_agent, address;
};

/* Which clients a session logged in to: for logout, and for the list a person sees. */
struct session_client {
	struct str client;
	int64_t first, last;
	struct str account; /* entered as; empty: as the person, or noted by an older program */
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

/* Has it neither reached its end nor been unused for too long? */
bool session_is_live(const struct session *s, int64_t now);
/* The live session with this key. RC_NOT_FOUND: none, expired, or unused for too long. */
MUST_USE enum rc session_get(struct store_snapshot *snap, struct arena *a, struct str key,
	int64_t now, struct session_ref *ret);
/* The live sessions of a person. */
MUST_USE enum rc session_list(const struct tx *tx, struct str person, struct session_list *ret);
/* The live session of a person with this sid, for tokens that belong to it. RC_NOT_FOUND. */
MUST_USE enum rc session_of(
	const struct tx *tx, struct str person, struct str sid, struct session_ref *ret);
/* Notes that it is used now: a write each SESSION_SEEN_STEP. */
void session_used(struct tx *tx, struct session_ref *ref);
/* Removes what is left of a person's sessions that have ended by themselves; at a login. */
MUST_USE enum rc session_bury(struct tx *tx, struct str person);

struct session_client_list {
	const struct session_client *v;
	size_t n;
};
/* The clients a session logged in to, all of them. */
MUST_USE enum rc session_clients(
	const struct tx *tx, const struct session *s, struct session_client_list *ret);
/* Key of a session's note about a client; client empty: the prefix of all of them. */
struct str session_client_key(struct arena *a, const struct session *s, struct str client);

/* The account whose proof began it. Asks for sessions that a method of accounts began. */
struct str session_proven_account(const struct session *s);

#define SESSION_END_OPERATIONS 3 /* of the batch, for one session */
/* Ends one: record and index, and its portals are notified (directory/session_ended.h). A session
 * that went on under a new handle since it was read makes the batch RC_CONFLICT, so that none is
 * missed.
 */
void session_end(struct tx *tx, const struct session_ref *ref);
/* The same of one that goes on under another handle: no portal is notified. */
void session_replace(struct tx *tx, const struct session_ref *ref);
/* For an account that is suspended: ends, for good, the sessions that its proof began, and every
 * token issued before now to a session of its, or for it. Sets its member signed_out_ms; the caller
 * puts the record. *ret_n: sessions ended. */
MUST_USE enum rc account_sign_out(struct tx *tx, struct account *account, size_t *ret_n);
/* Ends the sessions of a person except the one with this sid (empty: all of them), and every token
 * issued before now, those of that session too. Writes the person's record. RC_NOT_FOUND. */
MUST_USE enum rc session_end_others(struct tx *tx, struct str person, struct str sid);
/* Ends all sessions and every token issued before now where the caller puts the person's record:
 * only its member signed_out_ms is set. */
MUST_USE enum rc session_sign_out(struct tx *tx, struct person *person);

/* For store verify (core/table.h): TABLE_SESSION and TABLE_SESSION_BY_PERSON. */
struct table_check;
const char *session_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);
const char *session_entry_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);

#endif
