/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/sign_in_methods.h"

#include "idp/account/account.h"
#include "idp/login/notify.h"
#include "idp/login/reauthenticate.h"
#include "directory/names.h"
#include "directory/password_login.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "idp/account/pages_security.h"
#include "idp/login/pages_factor.h"
#include "web/pages_common.h"

#define METHODS "/account/ways"

/* The proof of identity that the launcher offers: what remains when password login is disabled. */
static const struct auth_method *launcher_proof(const struct op *op)
{
	const struct login_policy *policy = settings_policy(op->tx.settings, STR_NONE);

	return auth_method_first(&op->tx.app->methods, policy->primary, AUTH_IDENTIFY | AUTH_PROOF);
}

static bool by_proof(const struct op *op, const struct visit *v)
{
	const struct auth_method *m = auth_method_named(&op->tx.app->methods, v->here.s.method);

	return m && (m->can & AUTH_PROOF);
}

/* Was the session begun by a secret of the holder's choice? */
static bool by_secret(const struct op *op, const struct session *s)
{
	const struct auth_method *m = auth_method_named(&op->tx.app->methods, s->method);

	return m && m->secret;
}

/* The page of the switch: /account/ways/<name>. */
static const char *switch_path(struct op *op)
{
	const struct auth_method *m = launcher_proof(op);
	struct buf path;

	buf_init(&path, op->tx.a, 128);
	buf_addf(&path, METHODS "/%s", m ? m->name : "none");
	return str_dup_c(op->tx.a, buf_str(&path));
}

bool account_may_switch(const struct op *op, const struct session *s)
{
	return by_secret(op, s) && launcher_proof(op);
}

/* --- what there is --- */

struct password_state {
	struct credential_ref credential;
	struct office office;
};

static enum rc password_state_load(
	struct op *op, const struct account *account, struct password_state *ret)
{
	enum rc rc = credential_load(&op->tx, account->id, &ret->credential);

	ret->office = (struct office){.second_factor_required_from = 0};
	if (rc == RC_OK)
		rc = office_get(op->tx.snap, op->tx.a, account->office, &ret->office, NULL);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum web_password_login_state state_of(
	const struct account *account, const struct password_state *h)
{
	const struct credential *c = &h->credential.c;

	if (account->status != STATUS_ACTIVE)
		return WEB_PASSWORD_LOGIN_SUSPENDED;
	if (c->forbidden) {
		if (!str_eq_c(c->forbidden_by, DISABLED_BY_HOLDER))
			return WEB_PASSWORD_LOGIN_ADMIN;
		return str_eq_c(c->forbidden_reason, DISABLED_THAID_ONLY)
			       ? WEB_PASSWORD_LOGIN_THAID_ONLY
			       : WEB_PASSWORD_LOGIN_NOT_ME;
	}
	if (h->office.password == OFFICE_PASSWORD_FORBIDDEN)
		return WEB_PASSWORD_LOGIN_OFFICE;
	if (!c->hash.n)
		return WEB_PASSWORD_LOGIN_NONE;
	return c->initial_until ? WEB_PASSWORD_LOGIN_INITIAL : WEB_PASSWORD_LOGIN_OPEN;
}

static void show_password(struct op *op, const struct login_policy *policy,
	const struct password_state *h, struct web_account_password_login *way)
{
	const struct auth_method *m = auth_method_secret(&op->tx.app->methods);
	int64_t max_age = m ? m->secret->max_age(m, policy->password_rules) : 0;
	int64_t from = h->office.second_factor_required_from ? h->office.second_factor_required_from
							     : policy->second_factor_required_from;

	way->closed_at = h->credential.c.forbidden_at;
	if (way->state == WEB_PASSWORD_LOGIN_INITIAL)
		way->expires = h->credential.c.initial_until;
	if (way->state != WEB_PASSWORD_LOGIN_OPEN)
		return;
	way->set = h->credential.c.set;
	if (max_age && way->set)
		way->expires = way->set + max_age;
	if (policy->second_factors.n) {
		way->code = op->tx.now >= from;
		way->code_from = way->code ? 0 : from;
	}
}

static enum rc show_accounts(struct op *op, const struct visit *v, struct web_auth_methods *model)
{
	const struct login_policy *policy = settings_policy(op->tx.settings, STR_NONE);
	struct web_account_password_login *rows =
		arena_array(op->tx.a, v->accounts.n, struct web_account_password_login);
	const struct auth_method *m = auth_method_secret(&op->tx.app->methods);
	bool offered = m && strlist_has(policy->primary, str_c(m->name));
	size_t n = 0;

	for (size_t i = 0; offered && i < v->accounts.n; i++) {
		const struct account *account = v->accounts.v + i;
		struct password_state h;
		enum rc rc = password_state_load(op, account, &h);

		if (rc != RC_OK)
			return rc;
		rows[n] = (struct web_account_password_login){
			.username = account->username,
			.office = name_of_office(op, account->office),
			.state = state_of(account, &h),
		};
		show_password(op, policy, &h, &rows[n++]);
		if (password_login_open(&h.credential) && launcher_proof(op))
			model->switch_url = str_c(switch_path(op));
	}
	model->accounts.v = rows;
	model->accounts.n = n;
	return RC_OK;
}

/* Where codes go, as far as the launcher's policy takes them. */
static void show_second_factors(
	struct op *op, const struct visit *v, struct web_auth_methods *model)
{
	struct strlist second = settings_policy(op->tx.settings, STR_NONE)->second_factors;
	struct web_target *rows = arena_array(op->tx.a, second.n, struct web_target);
	size_t n = 0;

	for (size_t i = 0; i < second.n; i++) {
		const struct auth_method *m = auth_method_named(&op->tx.app->methods, second.v[i]);
		struct auth_target target;

		if (m && (m->can & AUTH_CONFIRM) &&
			auth_method_available(m, op, &v->person, &target))
			rows[n++] = (struct web_target){
				.factor = second.v[i], .id = second.v[i], .masked = target.masked};
	}
	model->codes = second.n > 0;
	model->targets = (struct web_targets){rows, n};
}

void account_sign_in_methods_run(struct op *op)
{
	struct web_auth_methods model = {.codes = false};
	const struct visit *v = op->visit;
	enum rc rc;

	model.thaid = launcher_proof(op) != NULL;
	model.closed = str_eq_c(op_param(op, "done"), "closed");
	show_second_factors(op, v, &model);
	rc = show_accounts(op, v, &model);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		account_page(op, v, METHODS, &web_page_auth_methods, &model);
}

/* --- the switch --- */

/* The accounts whose password login would be disabled, by name. */
static enum rc find_open(struct op *op, const struct visit *v, struct web_switch *model)
{
	struct web_label *names = arena_array(op->tx.a, v->accounts.n, struct web_label);
	size_t n = 0;

	for (size_t i = 0; i < v->accounts.n; i++) {
		struct password_state h;
		enum rc rc = password_state_load(op, v->accounts.v + i, &h);

		if (rc != RC_OK)
			return rc;
		if (password_login_open(&h.credential))
			names[n++].text = v->accounts.v[i].username;
	}
	model->accounts = (struct web_labels){names, n};
	return RC_OK;
}

void account_switch_run(struct op *op)
{
	struct web_switch model = {.back_url = STR(METHODS)};
	const struct visit *v = op->visit;
	enum rc rc;

	rc = find_open(op, v, &model);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (!model.accounts.n || !launcher_proof(op)) {
		http_redirect(op->x, STR(METHODS));
		return;
	}
	model.proven = by_proof(op, v);
	model.action = model.proven ? STR("/account/ways/close") : STR("/account/ways/prove");
	model.csrf = v->csrf;
	account_page(op, v, switch_path(op), &web_page_switch, &model);
}

void account_switch_prove_run(struct op *op)
{
	const struct auth_method *m = launcher_proof(op);
	const struct visit *v = op->visit;

	if (m)
		reauthenticate(op, &(const struct login_requirement){
					   .return_path = str_c(switch_path(op)),
					   .again = &v->here.s,
					   .only = str_c(m->name),
				   });
	else
		http_redirect(op->x, STR(METHODS));
}

/* *ret_one: the account, when it was one. */
static enum rc close_all(
	struct op *op, const struct visit *v, size_t *ret_n, const struct account **ret_one)
{
	struct audit_entry entry = account_audit(op, v, AUDIT_PASSWORD_LOGIN_DISABLED);

	entry.detail = STR(DISABLED_THAID_ONLY);
	*ret_n = 0;
	for (size_t i = 0; i < v->accounts.n; i++) {
		struct password_state h;
		enum rc rc = password_state_load(op, v->accounts.v + i, &h);

		if (rc != RC_OK)
			return rc;
		if (!password_login_open(&h.credential))
			continue;
		rc = password_login_disable(&op->tx, v->accounts.v + i, &h.credential,
			STR(DISABLED_BY_HOLDER), STR(DISABLED_THAID_ONLY), entry);
		if (rc != RC_OK)
			return rc;
		*ret_one = (*ret_n)++ ? NULL : &v->accounts.v[i];
	}
	return RC_OK;
}

void account_switch_close_run(struct op *op)
{
	const struct account *one = NULL;
	const struct visit *v = op->visit;
	size_t n;
	enum rc rc;

	/* A password never closes itself: ThaID must have been seen to work for this person. */
	if (!by_proof(op, v)) {
		http_redirect(op->x, str_c(switch_path(op)));
		return;
	}
	rc = close_all(op, v, &n, &one);
	if (rc == RC_OK && n)
		rc = password_sessions_end(&op->tx, v->person.id);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (n)
		notify_person(
			op, &v->person, SECURITY_NOTIFICATION_THAID_ONLY, one, STR_NONE, STR_NONE);
	http_redirect(op->x, n ? STR(METHODS "?done=closed") : STR(METHODS));
}
