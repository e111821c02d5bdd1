/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_ACCOUNT_H
#define PRATU_IDP_ACCOUNT_ACCOUNT_H

/*
 * Account pages: what logged-in people see and change of their own data. Their routes have the
 * guard GUARD_SELF: op->visit is the visit of the person whose page it is (idp/login/visit.h).
 *
 * A change of a contact, a password or an authentication method has LOGIN_FRESH in its row: it
 * requires a login at most settings.reauthentication_max_age seconds old, with everything the
 * person can log in with (a password alone is sufficient only if no second factor reaches the
 * person).
 */
#include "core/op.h"
#include "directory/credential.h"
#include "idp/login/visit.h"
#include "web/pages_common.h"

/* Answers with an account page; self is its path, for the language switch. */
void account_page(struct op *op, const struct visit *v, const char *self,
	const struct page_type *page, const void *model);

/* GET /account/stay: for the script of a page about to time out, the seconds that are left now. */
void account_stay_run(struct op *op);

/* Which page of a list is asked for ("page"): 1 unless it is one of many. */
size_t account_page_asked(struct op *op);
/* Fills *ret for page number `page` of a list on `path` that shows n entries from the skip-th on.
 * All shown: nothing is said. */
void account_paging(struct op *op, const char *path, size_t page, size_t skip, size_t n,
	size_t total, struct web_paging *ret);

/* An audit entry of something the person did to their own account. */
struct audit_entry account_audit(
	const struct op *op, const struct visit *v, enum audit_event event);

/* The state of password login for an account. */
enum account_password {
	ACCOUNT_PASSWORD_NONE,   /* it has none, and its holder can make none */
	ACCOUNT_PASSWORD_CLOSED, /* forbidden for it or by its office, or it is suspended */
	ACCOUNT_PASSWORD_OPEN
};
MUST_USE enum rc account_password(
	struct op *op, const struct account *account, enum account_password *ret);

#endif
