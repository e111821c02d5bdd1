/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/directory_operations.h"

#include "directory/operations/changes.h"
#include "directory/operations/clients.h"
#include "directory/operations/credentials.h"
#include "directory/operations/two_person_changes.h"

const struct operation *const directory_operations[] = {
	&operation_person_suspend,
	&operation_person_resume,
	&operation_account_suspend,
	&operation_account_resume,
	&operation_account_issue_secret,
	&operation_account_unlock,
	&operation_account_password_require_change,
	&operation_account_password_disable,
	&operation_account_password_enable,
	&operation_office_update,
	&operation_office_set_admin,
	&operation_grant_revoke,
	&operation_client_add,
	&operation_client_update,
	&operation_client_rotate_secret,
	&operation_client_remove,
	&operation_client_set_redirect_uris,
	NULL,
};

struct audit_entry operation_entry(
	const struct tx *tx, enum audit_event event, struct str object, struct str reason)
{
	struct audit_entry entry = tx_audit(tx, event);

	entry.object = object;
	entry.reason = str_sub(reason, 0, REASON_MAX);
	return entry;
}

void reason_check(struct str reason, struct problems *ret)
{
	if (!str_trim(reason).n || reason.n > REASON_MAX || str_has_control(reason))
		problem_add(ret, "reason",
			"is missing, longer than %d bytes or holds control characters; write why",
			REASON_MAX);
}

enum rc checked(const struct problems *problems, enum rc rc)
{
	return problems->n ? RC_INVALID : rc;
}
