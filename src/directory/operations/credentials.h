/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H
#define PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H

/*
 * What an administrator may do to the password of an account: issue a random initial secret,
 * disable and enable password login, reset counted attempts. Only the account holder ever chooses a
 * password. Each is one batch with its audit event, and with a security notification to the holder
 * if a secret is issued or password login is disabled or enabled.
 *
 * RC_NOT_FOUND: no such account. RC_EXISTS: already in that state, nothing was written. RC_INVALID:
 * the reason is missing or holds control characters.
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
 * Issues a new initial secret: it is valid until the first change of the password, at most for the
 * lifetime, and permits only that change. The previous password becomes invalid at once, and what
 * began by it ends (directory/session.h: sessions_end_by_password); counted attempts are reset.
 * Computes a hash: call it on a worker. RC_DENIED: password login is disabled for the account or
 * its office, or the account is suspended.
 */
MUST_USE enum rc credential_issue(const struct rights *r, struct arena *a,
	const struct secret_request *request, struct issued_secret *ret);

/* Disables (only ThaID remains) or enables password login. A reason is required. Disabling ends
 * what began by a password. Only enabling reverts the choice of a holder to use ThaID
 * permanently. */
MUST_USE enum rc credential_set_disabled(const struct rights *r, struct arena *a,
	struct str username, bool forbid, struct str reason);
/* Requires a new password at the next password login; sessions remain. A reason is required.
 * RC_DENIED: there is no password, or password login is disabled. RC_EXISTS: a change is already
 * required. */
MUST_USE enum rc credential_require_change(
	const struct rights *r, struct arena *a, struct str username, struct str reason);
/* Resets the attempts counted against an account, so that a lock ends. */
MUST_USE enum rc credential_unlock(
	const struct rights *r, struct arena *a, struct str username, struct str reason);

/* The account's lock or delay: seconds left, 0 when none. */
MUST_USE enum rc credential_lock(const struct rights *r, struct arena *a,
	struct store_snapshot *snap, struct str account, bool *ret_locked, int64_t *ret_left);

#endif
