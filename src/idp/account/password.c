/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/password.h"

#include "idp/account/account.h"
#include "idp/login/notify.h"
#include "idp/login/method.h"
#include "idp/login/reauthenticate.h"
#include "idp/login/new_secret.h"
#include "directory/names.h"
#include "core/page.h"
#include "directory/password_login.h"
#include "directory/session.h"
#include "idp/login/login_record.h"
#include "idp/account/pages_holder.h"
#include "web/pages_common.h"

#define SELF "/account/password"

/* What became of the form; zero for the page that asks. */
struct password_form_result {
	enum web_set_password_message notice;
	unsigned broken;
};

static const struct auth_method *method_of(const struct op *op)
{
	return auth_method_secret(&op->tx.app->methods);
}

/* Was the session begun by the secret itself? */
static bool by_secret(const struct op *op, const struct visit *v)
{
	const struct auth_method *m = method_of(op);

	return m && str_eq_c(v->here.s.method, m->name);
}

/* Was the person identified by another provider? No guesser of a password was, so that all failed
 * attempts are forgotten, those at codes as well. */
static bool by_identity(const struct op *op, const struct visit *v)
{
	const struct auth_proofs proofs = session_proofs(op->tx.app, &v->here.s);

	return auth_proofs_have(&proofs, AUTH_FEDERATED);
}

static struct str rules_name(const struct op *op)
{
	return settings_policy(op->tx.settings, STR_NONE)->password_rules;
}

static struct str choose_url(struct op *op, struct str account)
{
	struct buf url;

	buf_init(&url, op->tx.a, 128);
	buf_add_c(&url, SELF "?account=");
	buf_add(&url, account);
	return buf_str(&url);
}

static enum rc show_accounts(struct op *op, const struct visit *v, struct web_set_password *model)
{
	struct web_password_account *rows =
		arena_array(op->tx.a, v->accounts.n, struct web_password_account);

	for (size_t i = 0; i < v->accounts.n; i++) {
		const struct account *account = v->accounts.v + i;
		enum account_password state;
		enum rc rc = account_password(op, account, &state);

		if (rc != RC_OK)
			return rc;
		rows[i] = (struct web_password_account){
			.id = account->id,
			.username = account->username,
			.office = name_of_office(op, account->office),
			.choose_url = choose_url(op, account->id),
			.state = (enum web_password_state)state,
		};
	}
	model->accounts.v = rows;
	model->accounts.n = v->accounts.n;
	return RC_OK;
}

/* The account asked for, else the only one whose password can be changed. */
static const struct web_password_account *chosen(
	const struct web_set_password *model, struct str asked)
{
	const struct web_password_account *only = NULL;
	size_t open = 0;

	for (size_t i = 0; i < model->accounts.n; i++) {
		const struct web_password_account *row = model->accounts.v + i;

		if (row->state != WEB_PASSWORD_OPEN)
			continue;
		if (str_eq(row->id, asked))
			return row;
		only = row;
		open++;
	}
	return open == 1 && !asked.n ? only : NULL;
}

static void password_form_show(struct op *op, const struct visit *v, struct str asked,
	const struct password_form_result *o)
{
	struct web_set_password model = {
		.notice = o->notice,
		.by_password = by_secret(op, v),
		.action = STR(SELF "/set"),
		.csrf = v->csrf,
	};
	const struct auth_method *m = method_of(op);
	const struct web_password_account *row;
	enum rc rc;

	if (o->notice == WEB_SET_DONE) { /* no form again: it would be filled in twice */
		model.onward_url = STR("/apps");
		account_page(op, v, SELF, &web_page_set_password, &model);
		return;
	}
	rc = show_accounts(op, v, &model);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	row = m ? chosen(&model, asked) : NULL;
	if (row) {
		model.account = row->id;
		model.username = row->username;
		model.rules.n = new_secret_rules(op, m, rules_name(op), o->broken, &model.rules.v);
	}
	model.support_contacts.n = name_contacts(op, &v->accounts, &model.support_contacts.v);
	account_page(op, v, SELF, &web_page_set_password, &model);
}

void account_password_run(struct op *op)
{
	struct password_form_result o = {.notice = WEB_SET_NONE};
	const struct visit *v = op->visit;

	if (str_eq_c(op_param(op, "done"), "changed"))
		o.notice = WEB_SET_DONE;
	password_form_show(op, v, op_param(op, "account"), &o);
}

/* The person's own account that the form names, when its password can be changed. */
static enum rc find_account(struct op *op, const struct visit *v, const struct account **ret)
{
	struct str id = op_param(op, "account");
	enum account_password state;

	*ret = NULL;
	for (size_t i = 0; i < v->accounts.n; i++) {
		const struct account *account = v->accounts.v + i;
		enum rc rc;

		if (!str_eq(account->id, id))
			continue;
		rc = account_password(op, account, &state);
		if (rc == RC_OK && state == ACCOUNT_PASSWORD_OPEN)
			*ret = account;
		return rc;
	}
	return RC_OK;
}

static bool find_own_account(struct op *op, void *ctx)
{
	struct str *id = ctx;
	const struct account *account;
	struct visit v;

	if (!visit_look(op, &v) || find_account(op, &v, &account) != RC_OK || !account)
		return false;
	*id = op_keep(op, account->id);
	return true;
}

bool account_password_set_blocks(struct op *op)
{
	struct str id;

	op->before = arena_new_of(op->tx.a, struct new_secret);
	return method_of(op) && op_prepare(op, find_own_account, &id) && new_secret_typed(op);
}

/* The hashes are made without the snapshot. */
void account_password_set_before(struct op *op)
{
	struct new_secret *t = arena_new_of(op->tx.a, struct new_secret);
	const struct auth_method *m = method_of(op);
	struct str id;

	op->before = t;
	if (m && op_prepare(op, find_own_account, &id))
		new_secret_look(op, m, id, rules_name(op), t);
}

/* A login by the new password; back here by ThaID, whose session goes on. */
static void go_on(struct op *op, const struct visit *v, const struct account *account)
{
	const struct login_requirement requirement = {
		.return_path = STR("/apps"),
		.username = account->username,
		.notice = LOGIN_FLASH_CHANGED,
	};

	if (!by_secret(op, v)) {
		http_redirect(op->x, STR(SELF "?done=changed"));
		return;
	}
	session_forget_cookie(op);
	reauthenticate(op, &requirement);
}

static enum rc change(struct op *op, const struct visit *v, const struct account *account,
	const struct secret_change *c)
{
	struct audit_entry entry = account_audit(op, v, AUDIT_PASSWORD_CHANGED);
	bool typed = by_secret(op, v);
	const struct auth_method *m = method_of(op);
	enum rc rc = m->secret->change(m, op, c);

	if (rc == RC_OK)
		rc = m->secret->changed(m, op, account->id, by_identity(op, v));
	if (rc == RC_OK)
		rc = password_sessions_end(&op->tx, v->person.id);
	if (rc != RC_OK)
		return rc;
	entry.account = account->id;
	entry.detail = v->here.s.method;
	op_audit_add(op, &entry);
	notify_person(op, &v->person,
		typed ? SECURITY_NOTIFICATION_PASSWORD_CHANGED
		      : SECURITY_NOTIFICATION_PASSWORD_RECOVERED,
		account, STR_NONE, STR_NONE);
	return RC_OK;
}

/* What is said without a change. */
static struct password_form_result password_form_refused(
	const struct op *op, const struct new_secret *t)
{
	if (!new_secret_typed_alike(op))
		return (struct password_form_result){.notice = WEB_SET_MISMATCH};
	if (!t->called || t->change.reason == AUTH_WRONG)
		return (struct password_form_result){WEB_SET_RULES, t->change.broken};
	return (struct password_form_result){.notice = WEB_SET_BUSY};
}

void account_password_set_run(struct op *op)
{
	const struct new_secret *t = op->before;
	const struct account *account;
	const struct visit *v = op->visit;
	struct password_form_result o;
	enum rc rc;

	if (op->turned_away) {
		page_wait(op, 503, WEB_PROBLEM_BUSY, STR(SELF), STR_NONE, op->turned_away, false);
		return;
	}
	rc = find_account(op, v, &account);
	if (rc == RC_OK && account && t->called && t->change.reason == AUTH_REASON_NONE) {
		rc = change(op, v, account, &t->change);
		if (rc == RC_OK) {
			go_on(op, v, account);
			return;
		}
	}
	if (rc != RC_OK && rc != RC_DENIED) {
		op_fail(op, rc);
		return;
	}
	/* RC_DENIED: the secret was changed elsewhere since it was looked at. */
	o = rc == RC_DENIED || !account ? (struct password_form_result){.notice = WEB_SET_ELSEWHERE}
					: password_form_refused(op, t);
	password_form_show(op, v, op_param(op, "account"), &o);
}

void change_password_url_run(struct op *op)
{
	http_redirect(op->x, STR("/account/password"));
}
