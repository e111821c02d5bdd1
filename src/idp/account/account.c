/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/account.h"

#include "idp/login/method.h"
#include "idp/login/reauthenticate.h"
#include "directory/names.h"
#include "core/page.h"
#include "web/csrf.h"
#include "web/device.h"
#include "directory/directory.h"
#include "deliver/security_notification.h"

#define DEVICE_BYTES 128u

/* What any policy could ask of the person was asked: who changes an address takes over codes at
 * every portal, not the launcher's alone. */
static bool is_strong(struct op *op, const struct account_visit *v)
{
	const struct auth_proofs proofs = session_proofs(op->tx.app, &v->here.s);
	bool reached = false;

	if (auth_proofs_have(&proofs, AUTH_FEDERATED) || auth_proofs_multi(&proofs))
		return true;
	for (size_t i = 0; i < op->tx.settings->n_policies; i++)
		reached |= second_factor_reaches(op, &op->tx.settings->policies[i], &v->person);
	return !reached;
}

/* Where the launcher sends no code, its password stays weak: a proof of identity, or empty. */
static struct str only_way(struct op *op, const struct account_visit *v)
{
	const struct login_policy *policy = settings_policy(op->tx.settings, STR_NONE);
	const struct auth_method *m;

	if (is_strong(op, v) || second_factor_reaches(op, policy, &v->person))
		return STR_NONE;
	m = auth_method_first(&op->tx.app->methods, policy->primary, AUTH_IDENTIFY | AUTH_PROOF);
	return m ? str_c(m->name) : STR_NONE;
}

static bool is_fresh(struct op *op, const struct account_visit *v)
{
	return op->tx.now <= v->here.s.auth_time + op->tx.settings->reauthentication_max_age &&
	       is_strong(op, v);
}

static enum rc account_visit_load(struct op *op, struct account_visit *v)
{
	struct str id = v->here.s.person;
	enum rc rc = person_get(op->tx.snap, op->tx.a, id, &v->person, &v->person_version);

	if (rc == RC_NOT_FOUND || (rc == RC_OK && v->person.status != STATUS_ACTIVE))
		return RC_DENIED;
	if (rc == RC_OK)
		rc = accounts_of(op->tx.snap, op->tx.a, id, &v->accounts);
	if (rc != RC_OK)
		return rc;
	v->name = name_of_person(op, &v->person);
	v->csrf = csrf_token(op->tx.a, op->tx.app->vault->form, "account", v->here.s.sid);
	return RC_OK;
}

static void log_in_first(struct op *op, const char *path)
{
	reauthenticate(op, &(const struct login_requirement){.return_path = str_c(path)});
}

static bool account_visit_begin(
	struct op *op, const char *path, enum account_need need, struct account_visit *ret)
{
	struct web_refusal refusal = {.until = 0};
	enum rc rc = session_load(op, &ret->here);

	if (rc == RC_NOT_FOUND) {
		log_in_first(op, path);
		return false;
	}
	op->lang = page_language(op->x, STR_NONE);
	if (rc == RC_OK)
		rc = account_visit_load(op, ret);
	if (rc == RC_DENIED) {
		page_send(op, 403, WEB_PAGE_ACCOUNT_DISABLED, &refusal, NULL);
		return false;
	}
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	if (!session_satisfies(op, &ret->here.s)) {
		log_in_first(op, path);
		return false;
	}
	if (need == ACCOUNT_FRESH_LOGIN && !is_fresh(op, ret)) {
		reauthenticate(op, &(const struct login_requirement){.return_path = str_c(path),
					   .again = &ret->here.s,
					   .only = only_way(op, ret)});
		return false;
	}
	session_touch(op, &ret->here, STR_NONE);
	return true;
}

bool account_begin(
	struct op *op, const char *path, enum account_need need, struct account_visit *ret)
{
	const char *why;

	if (op_form(op, &why) == RC_OK)
		return account_visit_begin(op, path, need, ret);
	page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
	return false;
}

static bool form_is_ours(struct op *op, const struct account_visit *v)
{
	return csrf_check(op->tx.app->vault->form, "account", v->here.s.sid, op_param(op, "csrf"));
}

bool account_look(struct op *op, enum account_need need, struct account_visit *ret)
{
	const char *why;

	if (op_form(op, &why) != RC_OK || session_load(op, &ret->here) != RC_OK ||
		account_visit_load(op, ret) != RC_OK || !session_satisfies(op, &ret->here.s))
		return false;
	return form_is_ours(op, ret) && (need == ACCOUNT_ANY_LOGIN || is_fresh(op, ret));
}

bool account_begin_form(
	struct op *op, const char *path, enum account_need need, struct account_visit *ret)
{
	if (!account_begin(op, path, need, ret))
		return false;
	if (form_is_ours(op, ret))
		return true;
	page_problem(op, 400, WEB_PROBLEM_STALE_FORM, str_c(path), STR("/"));
	return false;
}

void account_page(struct op *op, const struct account_visit *v, const char *self,
	enum web_page page, const void *model)
{
	const struct page_options options = {.self = str_c(self), .user_name = v->name};

	page_send(op, 200, page, model, &options);
}

struct audit_entry account_audit(
	const struct op *op, const struct account_visit *v, enum audit_event event)
{
	struct audit_entry entry = op_audit(op, event);

	entry.person = entry.actor = v->person.id;
	entry.session = v->here.s.sid;
	return entry;
}

void account_notice(struct op *op, const struct person *after, enum security_notification_kind kind,
	struct str username, struct str old_email, struct str old_mobile)
{
	struct buf device;
	struct security_notification n = {
		.kind = kind,
		.person = after,
		.username = username,
		.old_email = old_email,
		.old_mobile = old_mobile,
		.address = op->x->request.peer,
	};

	buf_init(&device, op->tx.a, DEVICE_BYTES);
	web_device_add(&device, WEB_TH, op->x->request.user_agent);
	n.device = buf_str(&device);
	security_notification_put(
		op->tx.app->notices, op->tx.snap, op->tx.batch, op->tx.a, op->tx.now_ms, &n);
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
