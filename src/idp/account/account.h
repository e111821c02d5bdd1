/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_ACCOUNT_H
#define PRATU_IDP_ACCOUNT_ACCOUNT_H

/*
 * Account pages: what logged-in people see and change of their own data. Every page and every form
 * begins here and works on the person of the session only, so that an id in a form never reaches
 * the record of another person.
 *
 * A change of a contact, a password or an authentication method requires a login at most
 * settings.reauthentication_max_age seconds old, with everything the person can log in with (a
 * password alone is sufficient only if no second factor reaches the person).
 */
#include "core/op.h"
#include "directory/browser_session.h"
#include "directory/credential.h"
#include "directory/directory.h"
#include "deliver/message.h"

struct account_visit {
	struct session_ref here;
	struct person person;
	uint64_t person_version;
	struct account_list accounts; /* of the person */
	struct str name;              /* as pages show it */
	struct str csrf;              /* of every form of the account pages */
};

enum account_need { ACCOUNT_ANY_LOGIN, ACCOUNT_FRESH_LOGIN };

/*
 * GET: whose page is it? False when the answer is given: a login first (again, where the need says
 * so), which comes back to `path`; the person is suspended; a fault of ours. op->lang is set.
 */
bool account_begin(
	struct op *op, const char *path, enum account_need need, struct account_visit *ret);
/* POST: the same, for a form (op_param reads it) whose "csrf" must be this session's; path is the
 * page that it was sent from. */
bool account_begin_form(
	struct op *op, const char *path, enum account_need need, struct account_visit *ret);

/* The same in a `before` function, without an answer: false means that run will give one. Reads
 * op->tx.snap; call op_read_begin before it. */
bool account_look(struct op *op, enum account_need need, struct account_visit *ret);

/* Answers with an account page; self is its path, for the language switch. */
void account_page(struct op *op, const struct account_visit *v, const char *self,
	enum web_page page, const void *model);

/* An audit entry of something the person did to their own account. */
struct audit_entry account_audit(
	const struct op *op, const struct account_visit *v, enum audit_event event);
/* Notifies the person, and the owner of a contact that was replaced
 * (deliver/security_notification.h). Call it with the changed person. */
void account_notice(struct op *op, const struct person *after, enum security_notification_kind kind,
	struct str username, struct str old_email, struct str old_mobile);

/* The state of password login for an account. */
enum account_password {
	ACCOUNT_PASSWORD_NONE,   /* it has none, and its holder can make none */
	ACCOUNT_PASSWORD_CLOSED, /* forbidden for it or by its office, or it is suspended */
	ACCOUNT_PASSWORD_OPEN
};
MUST_USE enum rc account_password(
	struct op *op, const struct account *account, enum account_password *ret);

#endif
