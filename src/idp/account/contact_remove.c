/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Removing an email or mobile number: a page asks, its form removes. */
#include "idp/account/contact.h"

#include "codec/thai.h"
#include "idp/account/account.h"
#include "idp/login/contact_set.h"
#include "idp/login/reauthenticate.h"
#include "core/page.h"
#include "directory/contact.h"
#include "directory/directory.h"
#include "idp/account/pages_contact.h"

#define HERE "/account/contact"

const char *const contact_removal_pages[CONTACT_KIND_MAX] = {
	HERE "/email/remove", HERE "/mobile/remove"};

/* Would the account's logins by password lose their only second factor, where one is demanded? */
static enum rc account_needs(struct op *op, const struct visit *v, const struct account *account,
	const struct person *after, bool *ret)
{
	enum account_password state;
	struct office office = {.second_factor_required_from = 0};
	enum rc rc = office_get(op->tx.snap, op->tx.a, account->office, &office, NULL);

	if (rc == RC_OK || rc == RC_NOT_FOUND)
		rc = account_password(op, account, &state);
	if (rc != RC_OK || state != ACCOUNT_PASSWORD_OPEN)
		return rc;
	for (size_t i = 0; i < op->tx.settings->n_policies; i++) {
		const struct login_policy *policy = &op->tx.settings->policies[i];
		int64_t from = office.second_factor_required_from
				       ? office.second_factor_required_from
				       : policy->second_factor_required_from;

		*ret |= policy->second_factors.n && op->tx.now >= from &&
			second_factor_reaches(op, policy, &v->person) &&
			!second_factor_reaches(op, policy, after);
	}
	return RC_OK;
}

static enum rc is_needed(struct op *op, const struct visit *v, enum contact_kind kind, bool *ret)
{
	struct person after = v->person;
	bool verified;
	enum rc rc = RC_OK;

	*ret = false;
	contact_of(&v->person, kind, &verified);
	if (!verified)
		return RC_OK;
	if (kind == CONTACT_EMAIL)
		after.email_verified = false;
	else
		after.mobile_verified = false;
	for (size_t i = 0; rc == RC_OK && i < v->accounts.n; i++)
		rc = account_needs(op, v, v->accounts.v + i, &after, ret);
	return rc;
}

static void show_question(struct op *op, enum contact_kind kind, bool needed)
{
	const struct visit *v = op->visit;
	bool verified;
	struct str address = contact_of(&v->person, kind, &verified);
	struct web_contact_removal model = {
		.kind = (enum web_contact_kind)kind,
		.notice = needed ? WEB_CONTACT_NEEDED : WEB_CONTACT_NONE,
		.address =
			kind == CONTACT_MOBILE ? thai_mobile_national(op->tx.a, address) : address,
		.may_remove = !needed,
		.csrf = v->csrf,
		.action = STR(HERE "/remove"),
		.back_url = STR(HERE),
	};

	account_page(op, v, contact_removal_pages[kind], &web_page_contact_removal, &model);
}

/* What is not there is not asked about. */
static void ask_removal(struct op *op, enum contact_kind kind)
{
	const struct visit *v = op->visit;
	bool verified, needed;
	enum rc rc;

	if (!contact_of(&v->person, kind, &verified).n) {
		http_redirect(op->x, STR(HERE));
		return;
	}
	rc = is_needed(op, v, kind, &needed);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		show_question(op, kind, needed);
}

void contact_email_removal_run(struct op *op)
{
	ask_removal(op, CONTACT_EMAIL);
}

void contact_mobile_removal_run(struct op *op)
{
	ask_removal(op, CONTACT_MOBILE);
}

const char *contact_removal_page(struct op *op)
{
	return contact_removal_pages[contact_form_kind(op)];
}

void contact_remove_run(struct op *op)
{
	const struct visit *v = op->visit;
	enum contact_kind kind = contact_form_kind(op);
	const struct contact_setting taking = {.person = v->person.id,
		.kind = kind,
		.keep_sid = v->here.s.sid,
		.how = "proven",
		.session = v->here.s.sid};
	bool needed, verified;
	enum rc rc = is_needed(op, v, kind, &needed);

	if (rc == RC_OK && needed) {
		show_question(op, kind, needed);
		return;
	}
	/* Pressed twice: it is gone. */
	if (rc == RC_OK && contact_of(&v->person, kind, &verified).n)
		rc = contact_set(op, &taking);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	contact_change_delete(op->tx.batch, op->tx.a, v->person.id, kind, op->tx.now);
	http_redirect(op->x, STR(HERE "?done=removed"));
}
