/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_BROWSER_SESSION_H
#define PRATU_DIRECTORY_BROWSER_SESSION_H

/*
 * Login sessions. The browser holds a random handle in a cookie; the store holds its hash. A
 * session gets a new handle at every login (no fixation), keeps its public sid when the same person
 * logs in again, expires at a fixed second, or earlier if it is unused for the idle time.
 *
 * All functions read op->tx.snap and write op->tx.batch.
 */
#include "core/op.h"
#include "directory/session.h"
#include "directory/directory.h"

#define SESSION_COOKIE      "pratu_session"
#define SESSION_SEEN_STEP   60 /* seconds between two writes of last_seen */
#define SESSION_CLIENTS_MAX 100

/* The live session of the request's cookie. RC_NOT_FOUND when there is none. */
MUST_USE enum rc session_load(struct op *op, struct session_ref *ret);

/*
 * Begins a session for draft (person, account, auth_time, amr, ial, aal, method are set) and sets
 * the cookie. old: the browser's session until now, or NULL; it ends, and when it is the same
 * person's its sid goes on. The oldest session over settings.sessions_per_person ends too.
 */
MUST_USE enum rc session_begin(struct op *op, const struct session *draft,
	const struct session_ref *old, struct session_ref *ret);
/* Writes last_seen when SESSION_SEEN_STEP has passed, and the account when it changed. */
void session_touch(struct op *op, struct session_ref *ref, struct str account);
/* Notes that the session logged in to a client. */
MUST_USE enum rc session_note_client(
	struct op *op, const struct session_ref *ref, struct str client);
/* Ends it: record and index. The cookie is deleted by session_forget_cookie. */
void session_end(struct op *op, const struct session *s, struct str key);
void session_forget_cookie(struct op *op);

/* Is a person's session with this sid still there? For tokens that belong to it. */
bool session_alive(struct op *op, struct str person, struct str sid);

/* The live sessions of a person. */
MUST_USE enum rc session_list(struct op *op, struct str person, struct session_list *ret);
struct session_client_list {
	const struct session_client *v;
	size_t n;
};
/* The clients a session logged in to, at most max of them. */
MUST_USE enum rc session_clients(
	struct op *op, const struct session *s, size_t max, struct session_client_list *ret);

/* Ends the sessions of a person but the one with this sid, and every token given before now, that
 * session's too. */
MUST_USE enum rc session_end_others(struct op *op, struct str person, struct str sid);
/* Ends all sessions of a person and every token given before now. */
MUST_USE enum rc session_end_all(struct op *op, struct str person);
/* The same where the caller puts the person's record: only its member is set. */
MUST_USE enum rc session_sign_out(struct op *op, struct person *person);

#endif
