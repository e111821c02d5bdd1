/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_BROWSER_SESSION_H
#define PRATU_DIRECTORY_BROWSER_SESSION_H

/*
 * The session of the browser that sent the request. The browser holds a random handle in a cookie;
 * the store holds its hash. A session gets a new handle at every login (no fixation), keeps its
 * public sid when the same person logs in again. directory/session.h says how long it is live, and
 * lists and ends sessions.
 *
 * All functions read op->tx.snap and write op->tx.batch.
 */
#include "core/op.h"
#include "directory/session.h"
#include "directory/directory.h"

#define SESSION_COOKIE "pratu_session"

/* The live session of the request's cookie. RC_NOT_FOUND when there is none. */
MUST_USE enum rc session_load(struct op *op, struct session_ref *ret);

/*
 * Begins a session for draft (person, account, proven_account, auth_time, amr, ial, aal, method,
 * methods are set) and sets the cookie. old: the browser's session until now, or NULL; it ends, and
 * when it is the same person's its sid goes on. The oldest session over
 * settings.sessions_per_person ends too. RC_NOT_FOUND: the person or the account is gone.
 *
 * Every session of a person stands in the index, whatever happens at once: two logins that go on
 * from one session, the end of a session, of all, or of the account make the later batch
 * RC_CONFLICT.
 */
MUST_USE enum rc session_begin(struct op *op, const struct session *draft,
	const struct session_ref *old, struct session_ref *ret);
/* Notes its use (session_used), and the account when it changed. */
void session_touch(struct op *op, struct session_ref *ref, struct str account);
/* A login to a client. */
struct session_entry {
	struct str client, account; /* account: entered as; empty: as the person */
	struct str system;          /* of the client */
	int64_t until;              /* when access ends, as far as it is known; 0: open */
};
/* Notes that the session logged in to a client, and that access is judged again when it ends. A
 * session that ended at the same time makes the batch RC_CONFLICT. */
MUST_USE enum rc session_note_client(
	struct op *op, const struct session_ref *ref, const struct session_entry *entry);
/* Deletes the cookie; session_end ends the session itself. */
void session_forget_cookie(struct op *op);

#endif
