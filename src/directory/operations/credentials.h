/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H
#define PRATU_DIRECTORY_OPERATIONS_CREDENTIALS_H

/*
 * Operations on the password of an account: an initial secret that nobody chose, password login
 * closed and opened, counted attempts forgotten. Nobody but its holder ever chooses a password. The
 * holder is notified where a secret is issued or password login closed or opened
 * (deliver/security_notification.h).
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
 * Gives the account a new initial secret (struct issued_secret): it is good until its first change,
 * at most settings->initial_secret_lifetime, and opens nothing but that change. The password before
 * stops at once, and what was begun by one ends (directory/session.h: sessions_end_by_password);
 * counted attempts are forgotten. Computes a hash. RC_DENIED: password login of the account or its
 * office is closed, or the account is suspended.
 */
extern const struct operation operation_account_issue_secret;

/* Closes password login (only ThaID enters), or opens it. A reason must be given. Closing ends what
 * was begun by a password. Opening is the only way back for a holder who chose ThaID for good. */
extern const struct operation operation_account_password_disable, operation_account_password_enable;
/* The holder must choose another password at the next login by it; running sessions go on. A reason
 * must be given. RC_DENIED: there is no password, or its login is closed. RC_EXISTS: it must be
 * changed anyway. */
extern const struct operation operation_account_password_require_change;
/* Forgets the attempts counted against an account, so that a lock ends. */
extern const struct operation operation_account_unlock;

/* The account's lock or delay: seconds left, 0 when none. */
MUST_USE enum rc credential_lock(
	struct tx *tx, struct str account, bool *ret_locked, int64_t *ret_left);

#endif
