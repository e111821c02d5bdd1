/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/apps.h"

#include "base/array.h"
#include "idp/account/account.h"
#include "idp/account/apps_use.h"
#include "idp/account/sign_in_methods.h"
#include "access/access_decision.h"
#include "directory/names.h"
#include "core/page.h"
#include "web/csrf.h"
#include "directory/directory.h"
#include "idp/account/pages_apps.h"
#include "idp/logout/signed_out.h"
#include "web/pages_common.h"

/* --- the systems a person has rights to --- */

struct launcher {
	struct op *op;
	const struct visit *visit;
	struct web_system *systems;
	size_t n, total; /* shown; systems that the person may enter */
	size_t room;     /* rights that may still be shown */
	struct str asked;
	struct system_uses uses;
};

static size_t add_roles(struct launcher *l, const struct access_decision *e,
	const struct access_role *roles, size_t n, struct web_role_grant *rows)
{
	size_t shown = n < l->room ? n : l->room;

	for (size_t i = 0; i < shown; i++)
		rows[i] = (struct web_role_grant){name_of_role(l->op, &e->system, roles[i].role),
			name_of_office(l->op, roles[i].office), roles[i].until};
	l->room -= shown;
	return shown;
}

/* Empty where people say it in full. */
static struct str full_if_other(struct op *op, const struct system *s)
{
	struct str full = name_of_system(op, s);

	return str_eq(full, name_of_system_short(op, s)) ? STR_NONE : full;
}

static bool is_asked_for(struct launcher *l, const struct system *s)
{
	const struct str texts[] = {
		s->name_th, s->name_en, s->short_th, s->short_en, s->about_th, s->about_en, s->id};

	return !l->asked.n || system_matches(l->op, texts, ARRAY_LEN(texts), l->asked);
}

/* Each account's rights, then once the person's own, which stand with every account. */
static void show_system(struct launcher *l, const struct access_decision *e)
{
	struct op *op = l->op;
	struct web_role_grant *rows;
	size_t total = e->accounts[0].n_own, n = 0;

	for (size_t i = 0; i < e->n_accounts; i++)
		total += e->accounts[i].n_roles - e->accounts[i].n_own;
	rows = arena_array(op->tx.a, total < l->room ? total : l->room, struct web_role_grant);
	for (size_t i = 0; i < e->n_accounts; i++) {
		const struct access_account *by = e->accounts + i;
		bool last = i + 1 == e->n_accounts;

		n += add_roles(l, e, by->roles, by->n_roles - (last ? 0 : by->n_own), rows + n);
	}
	l->systems[l->n++] = (struct web_system){
		.name = name_of_system_short(op, &e->system),
		.full = full_if_other(op, &e->system),
		.mark = system_mark(op, name_of_system_short(op, &e->system)),
		.last = system_last_used(&l->uses, e->system.id),
		.description = name_in_language(op, e->system.about_th, e->system.about_en),
		.owner = name_of_office(op, e->system.office),
		.open_url = e->system.launch_url,
		.grants = {rows, n},
		.more = (int64_t)(total - n),
	};
}

/* A system shows only when access_judge lets in. Each is judged once. */
static enum rc judge_system(struct launcher *l, struct str id)
{
	struct op *op = l->op;
	struct access_decision access;
	struct system system;
	enum rc rc = system_get(op->tx.snap, op->tx.a, id, &system, NULL);

	if (rc == RC_OK)
		rc = access_judge(op, &system, &l->visit->person, &l->visit->accounts, &access);
	if (rc == RC_OK && access.outcome == ACCESS_OK) {
		l->total++;
		if (is_asked_for(l, &access.system))
			show_system(l, &access);
	}
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* Those entered last first; the others as they were. */
static void order_by_use(struct web_system *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct web_system moved = v[i];
		size_t at = i;

		for (; moved.last && at && v[at - 1].last < moved.last; at--)
			v[at] = v[at - 1];
		v[at] = moved;
	}
}

static enum rc find_systems(struct op *op, const struct visit *v,
	const struct session_list *sessions, struct web_apps *model)
{
	struct launcher l = {.op = op,
		.visit = v,
		.room = APPS_RIGHTS_MAX,
		.asked = str_trim(str_sub(op_param(op, "q"), 0, APPS_ASKED_MAX))};
	struct strlist ids;
	enum rc rc = access_systems_of(op, v->person.id, &v->accounts, &ids);

	if (rc == RC_OK)
		rc = system_uses_of(op, sessions, &l.uses);
	if (rc != RC_OK)
		return rc;
	if (!str_is_utf8(l.asked) || str_has_control(l.asked))
		l.asked = STR_NONE;
	l.systems = arena_array(op->tx.a, ids.n, struct web_system);
	for (size_t i = 0; rc == RC_OK && i < ids.n; i++)
		rc = judge_system(&l, ids.v[i]);
	order_by_use(l.systems, l.n);
	model->systems.v = l.systems;
	model->systems.n = l.n;
	model->search = l.total >= APPS_SEARCH_FROM || l.asked.n;
	model->asked = l.asked;
	model->found = (int64_t)l.n;
	model->total = (int64_t)l.total;
	return rc;
}

/* The account that the page names: the session's, else the only one; NULL: several, none chosen. */
static const struct account *account_shown(const struct visit *v)
{
	const struct account_list *accounts = &v->accounts;

	for (size_t i = 0; i < accounts->n; i++)
		if (str_eq(accounts->v[i].id, v->here.s.account))
			return &accounts->v[i];
	return accounts->n == 1 ? &accounts->v[0] : NULL;
}

static enum rc launcher_fill(struct op *op, const struct visit *v, struct web_apps *model)
{
	const struct account_list *accounts = &v->accounts;
	const struct account *shown = account_shown(v);
	struct session_list sessions;
	enum rc rc = session_list(&op->tx, v->person.id, &sessions);

	if (rc != RC_OK)
		return rc;
	if (shown) {
		model->username = shown->username;
		model->office = name_of_office(op, shown->office);
	}
	if (accounts->n)
		model->support_contacts.n = name_contacts(op, accounts, &model->support_contacts.v);
	model->sessions = (int64_t)sessions.n;
	return find_systems(op, v, &sessions, model);
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
	struct signing_out out;
	enum rc rc = signing_out_of_session(op, &here->s, true, &out);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	session_end(&op->tx, here);
	entry.person = entry.actor = here->s.person;
	entry.session = here->s.sid;
	op_audit_add(op, &entry);
	session_forget_cookie(op);
	signed_out_send(op, &out, &model, false);
}

void home_run(struct op *op)
{
	http_redirect(op->x, STR("/apps"));
}
