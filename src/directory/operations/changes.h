/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CHANGES_H
#define PRATU_DIRECTORY_OPERATIONS_CHANGES_H

/*
 * Single changes by an administrator: suspending and resuming people and accounts, revoking a role
 * grant, the login rules of an office. Each is one batch with its audit event. A change takes
 * effect at the next use of a session or token, since every use makes an access decision.
 *
 * RC_NOT_FOUND: no such record. RC_EXISTS: already in that state, nothing was written.
 */
#include "directory/directory.h"
#include "directory/operations/administration.h"

#define REASON_MAX 500 /* bytes */

/* The rules of an office for password logins; omitted ones stay unchanged. */
struct office_login {
	bool has_password, has_second_factor_required_from;
	enum office_password password;
	int64_t second_factor_required_from; /* a day of Thailand (codec/date.h); 0: the login
						policy's day */
};

MUST_USE enum rc person_set_status(const struct rights *r, struct arena *a, struct str id,
	enum status status, struct str reason);
MUST_USE enum rc account_set_status(const struct rights *r, struct arena *a, struct str username,
	enum status status, struct str reason);
/* The grant that has the key of *which (its first five members); it ends at this second. */
MUST_USE enum rc role_grant_end(
	const struct rights *r, struct arena *a, const struct role_grant *which, struct str reason);

/* A reason must be given: RC_INVALID when it is missing, too long or holds control characters.
 * Logins that begin afterwards obey; RC_EXISTS: both are so already. */
MUST_USE enum rc office_set_login(const struct rights *r, struct arena *a, struct str code,
	const struct office_login *login, struct str reason);

#endif
