/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H
#define PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H

/*
 * Operations on the password of an account: a random initial secret, password login disabled and
 * enabled, counted attempts reset. Only the account holder ever chooses a password. The holder gets
 * a security notification if a secret is issued or password login is disabled or enabled.
 */
#include "core/operation.h"
#include "directory/credential.h"
#include "directory/directory.h"

struct credential_args {
	struct str username;
	struct str reason;
};

/* The one place where the secret is: the arena is wiped when it is freed. */
struct issued_secret {
	struct str secret; /* three groups of four, without letters that look alike */
	struct str hash;
	struct str username;
	struct str account_office;       /* code; may be empty */
	struct str office_th, holder_th; /* empty when not known */
	int64_t until;
};

/*
 * Issues a new initial secret (struct issued_secret): it is valid until the first change of the
 * password, at most for settings->initial_secret_lifetime, and permits only that change. The
 * previous password becomes invalid at once, and what began by it ends (directory/session.h);
 * counted attempts are reset. Computes a hash. RC_DENIED: password login is disabled for the
 * account or its office, or the account is suspended.
 */
extern const struct operation operation_account_issue_secret;

/* Disables (only ThaID remains) or enables password login. A reason is required. Disabling ends
 * what began by a password. Only enabling reverts the choice of a holder to use ThaID
 * permanently. */
extern const struct operation operation_account_password_disable, operation_account_password_enable;
/* Requires a new password at the next password login; sessions remain. A reason is required.
 * RC_DENIED: there is no password, or password login is disabled. RC_EXISTS: a change is already
 * required. */
extern const struct operation operation_account_password_require_change;
/* Resets the attempts counted against an account, so that a lock ends. */
extern const struct operation operation_account_unlock;

/* The account's lock or delay: seconds left, 0 when none. */
MUST_USE enum rc credential_lock(
	struct tx *tx, struct str account, bool *ret_locked, int64_t *ret_left);

#endif
