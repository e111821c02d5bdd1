/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/account.h"

#include "directory/names.h"
#include "core/page.h"
#include "directory/directory.h"

void account_page(struct op *op, const struct visit *v, const char *self,
	const struct page_type *page, const void *model)
{
	const struct page_options options = {.self = str_c(self), .user_name = v->name};

	page_send(op, 200, page, model, &options);
}

struct audit_entry account_audit(const struct op *op, const struct visit *v, enum audit_event event)
{
	struct audit_entry entry = op_audit(op, event);

	entry.person = entry.actor = v->person.id;
	entry.session = v->here.s.sid;
	return entry;
}

enum rc account_password(struct op *op, const struct account *account, enum account_password *ret)
{
	struct credential c = {.forbidden = false};
	struct office office = {.password = OFFICE_PASSWORD_ALLOWED};
	enum rc rc = office_get(op->tx.snap, op->tx.a, account->office, &office, NULL);
	enum rc had = credential_get(op->tx.snap, op->tx.a, account->id, &c, NULL);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (had != RC_OK && had != RC_NOT_FOUND)
		return had;
	if (account->status != STATUS_ACTIVE || c.forbidden ||
		office.password == OFFICE_PASSWORD_FORBIDDEN)
		*ret = ACCOUNT_PASSWORD_CLOSED;
	else
		*ret = c.hash.n ? ACCOUNT_PASSWORD_OPEN : ACCOUNT_PASSWORD_NONE;
	return RC_OK;
}
