/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CHANGES_H
#define PRATU_DIRECTORY_OPERATIONS_CHANGES_H

/* Operations that switch people and accounts off and on, end a grant, and set how an office's
 * people may log in. RC_EXISTS: it is so already. */
#include "core/operation.h"

struct person_status_args {
	struct str id;
	struct str reason; /* may be empty */
};
extern const struct operation operation_person_suspend, operation_person_resume;

struct account_status_args {
	struct str username;
	struct str reason; /* may be empty */
};
extern const struct operation operation_account_suspend, operation_account_resume;

/* What the office demands of logins by password; logins that begin afterwards obey. */
enum office_password_change {
	OFFICE_PASSWORD_UNCHANGED,
	OFFICE_PASSWORD_ENABLE,
	OFFICE_PASSWORD_DISABLE,
	OFFICE_PASSWORD_CHANGE_MAX
};

struct office_update_args {
	struct str code;
	int password_login;                     /* enum office_password_change */
	struct str second_factor_required_from; /* "2027-01-31", "policy"; empty: unchanged */
	struct str reason;                      /* must be given */
};
extern const struct operation operation_office_update;

/* The grant that has this key, of a person or an account; it ends at this second. */
struct grant_revoke_args {
	struct str system, role, office;
	struct str person, account; /* one of them: person id, username */
	struct str reason;          /* may be empty */
};
extern const struct operation operation_grant_revoke;

#endif
