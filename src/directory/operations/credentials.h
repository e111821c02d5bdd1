/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H
#define PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H

/*
 * What an administrator may do to the password of an account: let it begin anew with a secret that
 * nobody chose, close and open the password way, forget counted attempts. Nobody but its holder
 * ever chooses a password. Each is one batch with its audit event, and with a notice to the holder
 * where a secret is issued or the way closed or opened (deliver/security_notification.h).
 *
 * RC_NOT_FOUND: no such account. RC_EXISTS: it is so already, nothing was written. RC_INVALID: the
 * reason is missing or holds control characters.
 */
#include "crypto/pwhash.h"
#include "directory/credential.h"
#include "directory/directory.h"
#include "directory/operations/administration.h"

struct secret_request {
	struct str username;
	struct str reason; /* may be empty */
	struct pwhash_cost cost;
	int64_t lifetime; /* seconds */
};

/* The one place where the secret is: the arena is wiped when it is freed. */
struct issued_secret {
	struct str secret; /* three groups of four, without letters that look alike */
	struct str username;
	struct str account_office;       /* code; may be empty */
	struct str office_th, holder_th; /* empty when not known */
	int64_t until;
};

/*
 * Gives the account a new initial secret: it is good until its first change, at most the lifetime,
 * and opens nothing but that change. The password before stops at once, and what was begun by one
 * ends (directory/session.h: sessions_end_by_password); counted attempts are forgotten. Computes a
 * hash: on a worker. RC_DENIED: the password way of the account or its office is closed, or the
 * account is suspended.
 */
MUST_USE enum rc credential_issue(const struct rights *r, struct arena *a,
	const struct secret_request *request, struct issued_secret *ret);

/* Closes (only ThaID enters) or opens the password way. A reason must be given. Closing ends what
 * was begun by a password. Opening is the only way back for a holder who chose ThaID for good. */
MUST_USE enum rc credential_set_disabled(const struct rights *r, struct arena *a,
	struct str username, bool forbid, struct str reason);
/* The holder must choose another password at the next login by it; running sessions go on. A reason
 * must be given. RC_DENIED: there is no password, or its way is closed. RC_EXISTS: it must be
 * changed anyway. */
MUST_USE enum rc credential_require_change(
	const struct rights *r, struct arena *a, struct str username, struct str reason);
/* Forgets the attempts counted against an account, so that a lock ends. */
MUST_USE enum rc credential_unlock(
	const struct rights *r, struct arena *a, struct str username, struct str reason);

/* The account's lock or delay: seconds left, 0 when none. */
MUST_USE enum rc credential_lock(const struct rights *r, struct arena *a,
	struct store_snapshot *snap, struct str account, bool *ret_locked, int64_t *ret_left);

#endif
