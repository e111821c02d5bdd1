/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/notify.h"

#include "deliver/security_notification.h"

void notify_person(struct op *op, const struct person *after, enum security_notification_kind kind,
	const struct account *account, struct str old_email, struct str old_mobile)
{
	struct security_notification n = {
		.kind = kind,
		.person = after,
		.username = account ? account->username : STR_NONE,
		.office = account ? account->office : STR_NONE,
		.old_email = old_email,
		.old_mobile = old_mobile,
		.user_agent = op->x->request.user_agent,
		.address = op->x->request.peer,
	};

	security_notification_add(&op->tx, &n);
}
