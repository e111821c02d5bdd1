/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/apps.h"

#include "idp/account/account.h"
#include "idp/account/sign_in_methods.h"
#include "access/access_decision.h"
#include "directory/names.h"
#include "core/page.h"
#include "web/csrf.h"
#include "directory/directory.h"
#include "idp/account/pages_apps.h"
#include "idp/login/pages_outcome.h"
#include "web/pages_common.h"

/* --- the systems a person has rights to --- */

struct launcher {
	struct op *op;
	struct str seen[APPS_MAX];
	size_t n;
	struct web_system *systems;
};

static void show_system(struct launcher *l, const struct access_decision *e)
{
	struct op *op = l->op;
	struct web_role_grant *grants;
	size_t total = 0, n = 0;

	for (size_t i = 0; i < e->n_accounts; i++)
		total += e->accounts[i].n_roles;
	grants = arena_array(op->tx.a, total, struct web_role_grant);
	for (size_t i = 0; i < e->n_accounts; i++)
		for (size_t k = 0; k < e->accounts[i].n_roles; k++) {
			const struct access_role *r = e->accounts[i].roles + k;

			grants[n++] = (struct web_role_grant){name_of_role(op, &e->system, r->role),
				name_of_office(op, r->office), r->until};
		}
	l->systems[l->n - 1] = (struct web_system){
		.name = name_of_system(op, &e->system),
		.description = name_in_language(op, e->system.about_th, e->system.about_en),
		.owner = name_of_office(op, e->system.office),
		.open_url = e->system.launch_url,
		.grants = {grants, n},
	};
}

static bool is_new(const struct launcher *l, struct str system)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->seen[i], system))
			return false;
	return l->n < APPS_MAX;
}

/* The systems named by one subject's grants; a system shows only when access_decide lets in. */
static enum rc add_subject(
	struct launcher *l, enum role_grant_subject kind, struct str subject, struct str person)
{
	struct role_grant_list grants;
	struct system system;
	struct access_decision access;
	enum rc rc = role_grants_of(l->op->tx.snap, l->op->tx.a, kind, subject, STR_NONE, &grants);

	for (size_t i = 0; rc == RC_OK && i < grants.n; i++) {
		if (!is_new(l, grants.v[i].system))
			continue;
		rc = system_get(l->op->tx.snap, l->op->tx.a, grants.v[i].system, &system, NULL);
		if (rc == RC_OK)
			rc = access_decide(l->op, &system, person, &access);
		if (rc == RC_NOT_FOUND || (rc == RC_OK && access.outcome != ACCESS_OK)) {
			rc = RC_OK;
			continue;
		}
		if (rc != RC_OK)
			break;
		l->seen[l->n++] = grants.v[i].system;
		show_system(l, &access);
	}
	return rc;
}

static enum rc find_systems(struct op *op, struct str person, const struct account_list *accounts,
	struct web_apps *model)
{
	struct launcher l = {
		.op = op, .systems = arena_array(op->tx.a, APPS_MAX, struct web_system)};
	enum rc rc = add_subject(&l, ROLE_GRANT_PERSON, person, person);

	for (size_t i = 0; rc == RC_OK && i < accounts->n; i++)
		rc = add_subject(&l, ROLE_GRANT_ACCOUNT, accounts->v[i].id, person);
	model->systems.v = l.systems;
	model->systems.n = l.n;
	return rc;
}

static enum rc launcher_fill(struct op *op, const struct visit *v, struct web_apps *model)
{
	const struct account_list *accounts = &v->accounts;
	struct session_list sessions;
	enum rc rc = session_list(&op->tx, v->person.id, &sessions);

	if (rc != RC_OK)
		return rc;
	if (accounts->n) {
		model->username = accounts->v[0].username;
		model->office = name_of_office(op, accounts->v[0].office);
		model->support_contacts.n = name_contacts(op, accounts, &model->support_contacts.v);
	}
	model->sessions = (int64_t)sessions.n;
	return find_systems(op, v->person.id, accounts, model);
}

void apps_run(struct op *op)
{
	const struct visit *v = op->visit;
	struct web_apps model = {
		.name = v->name, .csrf = v->csrf, .logout_action = STR("/apps/logout")};
	enum rc rc = launcher_fill(op, v, &model);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (account_may_switch(op, &v->here.s))
		model.thaid_url = STR("/account/ways");
	account_page(op, v, "/apps", &web_page_apps, &model);
}

void apps_logout_run(struct op *op)
{
	const struct session_ref *here = &op->visit->here;
	struct web_logged_out model = {.login_url = STR("/apps")};
	struct audit_entry entry = op_audit(op, AUDIT_LOGOUT);

	session_end(&op->tx, &here->s, here->key);
	entry.person = entry.actor = here->s.person;
	entry.session = here->s.sid;
	op_audit_add(op, &entry);
	session_forget_cookie(op);
	page_send(op, 200, &web_page_logged_out, &model, NULL);
}

void home_run(struct op *op)
{
	http_redirect(op->x, STR("/apps"));
}
