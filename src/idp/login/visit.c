/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/visit.h"

#include "core/module.h"
#include "core/page.h"
#include "directory/names.h"
#include "directory/standing.h"
#include "idp/login/flow.h"
#include "idp/login/method.h"
#include "idp/login/reauthenticate.h"
#include "idp/login/pages_outcome.h"
#include "web/pages_common.h"

static struct str page_of(struct op *op, const struct route *r)
{
	if (r->page_of)
		return str_c(r->page_of(op));
	return str_c(r->page ? r->page : r->path);
}

/*
 * Was everything proven that any policy could ask of the person? A changed contact receives the
 * codes of every portal, not of the launcher alone: whoever proved a code by email must not enter a
 * portal that wants one by SMS by changing the mobile number. As everywhere, a policy accepts the
 * second factors that it names, whatever their kind (proofs_satisfy).
 */
static bool is_strong(struct op *op, const struct visit *v)
{
	const struct auth_proofs proofs = session_proofs(op->tx.app, &v->here.s);
	const struct settings *s = op->tx.settings;

	if (auth_proofs_have(&proofs, AUTH_FEDERATED))
		return true;
	for (size_t i = 0; i < s->n_policies; i++)
		if (second_factor_reaches(op, &s->policies[i], &v->person) &&
			!proofs_satisfy(&s->policies[i], &proofs))
			return false;
	return true;
}

/* Would every policy whose second factors reach the person accept this one? */
static bool satisfies_all(struct op *op, const struct person *person, struct str method)
{
	const struct settings *s = op->tx.settings;

	for (size_t i = 0; i < s->n_policies; i++)
		if (second_factor_reaches(op, &s->policies[i], person) &&
			!strlist_has(s->policies[i].second_factors, method))
			return false;
	return true;
}

/* The launcher's second factors that make a session strong. *ret_all: it has no others. */
static struct strlist strong_factors(struct op *op, const struct person *person, bool *ret_all)
{
	const struct strlist named = settings_policy(op->tx.settings, STR_NONE)->second_factors;
	struct str *v = arena_array(op->tx.a, named.n, struct str);
	struct auth_target target;
	size_t n = 0;

	*ret_all = true;
	for (size_t i = 0; i < named.n; i++) {
		const struct auth_method *m = auth_method_named(&op->tx.app->methods, named.v[i]);

		if (!m || !(m->can & AUTH_CONFIRM) ||
			!auth_method_available(m, op, person, &target))
			continue;
		if (satisfies_all(op, person, named.v[i]))
			v[n++] = named.v[i];
		else
			*ret_all = false;
	}
	return (struct strlist){v, n};
}

/* The login that makes the visit's session fresh. Where no second factor of the launcher's makes it
 * strong, a proof of identity does, where the launcher offers one; where it does not, a login
 * would lead back here and to the next one, so the page says that there is none. */
static void log_in_again(struct op *op, const struct route *r, const struct visit *v)
{
	struct login_requirement again = {.return_path = page_of(op, r), .again = &v->here.s};
	const struct auth_method *m;
	bool all;

	again.confirm = strong_factors(op, &v->person, &all);
	if (!again.confirm.n && !is_strong(op, v)) {
		m = auth_method_first(&op->tx.app->methods,
			settings_policy(op->tx.settings, STR_NONE)->primary,
			AUTH_IDENTIFY | AUTH_PROOF);
		if (!m) {
			page_problem(op, 403, WEB_PROBLEM_NO_WAY, STR_NONE, STR("/"));
			return;
		}
		again.only = str_c(m->name);
	}
	if (all)
		again.confirm.n = 0;
	reauthenticate(op, &again);
}

static bool is_fresh(struct op *op, const struct visit *v)
{
	return op->tx.now <= v->here.s.auth_time + op->tx.settings->reauthentication_max_age &&
	       is_strong(op, v);
}

/* An account of a suspended office is shown, and treated, as a suspended one. */
static enum rc judge_accounts(struct op *op, struct account_list *list)
{
	struct account *v = arena_array(op->tx.a, list->n, struct account);

	for (size_t i = 0; i < list->n; i++) {
		enum rc rc = account_standing(op->tx.snap, op->tx.a, list->v + i);

		v[i] = list->v[i];
		if (rc == RC_DENIED)
			v[i].status = STATUS_SUSPENDED;
		else if (rc != RC_OK)
			return rc;
	}
	list->v = v;
	return RC_OK;
}

static enum rc load_person(struct op *op, struct visit *v)
{
	struct str id = v->here.s.person;
	enum rc rc = person_get(op->tx.snap, op->tx.a, id, &v->person, &v->person_version);

	if (rc == RC_NOT_FOUND || (rc == RC_OK && v->person.status != STATUS_ACTIVE))
		return RC_DENIED;
	if (rc == RC_OK)
		rc = accounts_of(op->tx.snap, op->tx.a, id, &v->accounts);
	if (rc == RC_OK)
		rc = judge_accounts(op, &v->accounts);
	if (rc == RC_OK)
		v->name = name_of_person(op, &v->person);
	return rc;
}

static bool is_form(const struct op *op)
{
	return op->x->request.method == HTTP_POST;
}

/* The login page shows that a session was there and ended, and that a form was not carried out. */
static enum login_flash why_again(const struct op *op)
{
	if (!http_cookie(op->x, SESSION_COOKIE).n)
		return LOGIN_FLASH_NONE;
	return is_form(op) ? LOGIN_FLASH_NOT_SAVED : LOGIN_FLASH_TIMED_OUT;
}

static void log_in_first(struct op *op, const struct route *r)
{
	reauthenticate(op, &(const struct login_requirement){
				   .return_path = page_of(op, r), .notice = why_again(op)});
}

/* False when the answer is given. */
static bool enter_session(struct op *op, const struct route *r, struct visit *v)
{
	const char *why;
	enum rc rc;

	if (op_form(op, &why) != RC_OK) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return false;
	}
	rc = session_load(op, &v->here);
	if (rc == RC_NOT_FOUND) {
		log_in_first(op, r);
		return false;
	}
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	op->lang = page_language(op->x, STR_NONE);
	v->csrf = op_form_token(op, v->here.s.sid);
	return true;
}

/* A suspended person: who they are, whom to ask, and the way out for somebody else at this PC. */
static void refuse_suspended(struct op *op, struct visit *v)
{
	struct web_refusal model = {
		.user = name_of_person_id(op, v->here.s.person),
		.sign_out_action = STR("/apps/logout"),
		.csrf = v->csrf,
	};
	struct account_list accounts;

	if (accounts_of(op->tx.snap, op->tx.a, v->here.s.person, &accounts) == RC_OK)
		model.support_contacts.n = name_contacts(op, &accounts, &model.support_contacts.v);
	page_send(op, 403, &web_page_account_disabled, &model, NULL);
}

/* The person behind the session, with a login that serves the pages. */
static bool enter_person(struct op *op, const struct route *r, struct visit *v)
{
	enum rc rc = load_person(op, v);

	if (rc == RC_DENIED) {
		refuse_suspended(op, v);
		return false;
	}
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	if (!session_satisfies(op, &v->here.s)) {
		log_in_first(op, r);
		return false;
	}
	if (r->login == LOGIN_FRESH && !is_fresh(op, v)) {
		log_in_again(op, r, v);
		return false;
	}
	rc = tabs_hidden(op, v->person.id, &op->hidden_tabs);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	session_touch(op, &v->here, STR_NONE);
	return true;
}

static bool form_is_ours(struct op *op, const struct visit *v)
{
	return op_form_token_valid(op, v->here.s.sid, op_param(op, "csrf"));
}

static bool enter_self(struct op *op, const struct route *r)
{
	struct visit *v = arena_new_of(op->tx.a, struct visit);

	if (!enter_session(op, r, v))
		return false;
	if (r->login != LOGIN_ENDING && !enter_person(op, r, v))
		return false;
	if (is_form(op) && !form_is_ours(op, v)) {
		page_problem(op, 400, WEB_PROBLEM_STALE_FORM, page_of(op, r), STR("/"));
		return false;
	}
	op->visit = v;
	return true;
}

/* The same, and what the module that knows permissions says. */
static bool enter_permission(struct op *op, const struct route *r)
{
	enum rc rc;

	if (!enter_self(op, r))
		return false;
	rc = permission_held(op, op->visit->person.id, r->permission);
	if (rc == RC_DENIED)
		page_problem(op, 403, WEB_PROBLEM_FORBIDDEN, STR_NONE, STR("/"));
	else if (rc != RC_OK)
		op_fail(op, rc);
	return rc == RC_OK;
}

bool visit_look(struct op *op, struct visit *ret)
{
	const struct route *r = op_route(op);
	const char *why;

	if (op_form(op, &why) != RC_OK || session_load(op, &ret->here) != RC_OK ||
		load_person(op, ret) != RC_OK || !session_satisfies(op, &ret->here.s))
		return false;
	if (r->guard == GUARD_PERMISSION &&
		permission_held(op, ret->person.id, r->permission) != RC_OK)
		return false;
	return (!is_form(op) || form_is_ours(op, ret)) &&
	       (r->login != LOGIN_FRESH || is_fresh(op, ret));
}

/* --- what a client asked for elsewhere --- */

/* The login as it would be, and what it needs to know; NULL: it cannot be read. */
static struct flow *errand_flow(struct op *op, const struct login_errand *errand)
{
	struct flow *f = arena_new_of(op->tx.a, struct flow);

	f->login.request = *errand->request;
	f->login.consent_done = true;
	f->client = *errand->client;
	if (flow_load_session(op, f) != RC_OK || flow_load_facts(op, f) != RC_OK)
		return NULL;
	if (errand->account.n && f->has_access &&
		access_account_find(&f->access, errand->account)) {
		f->login.account = errand->account;
		f->login.account_done = true;
	}
	return f;
}

static void errand_result(struct op *op, const struct flow *f, const struct policy_decision *d,
	struct auth_result *ret)
{
	*ret = (struct auth_result){
		.request = &f->login.request,
		.client = &f->client,
		.session = &f->session.s,
		.account = d->account,
		.office = access_account_office(access_account_find(&f->access, d->account)),
		.acr = d->acr,
		.ial = d->ial,
		.aal = d->aal,
		.proven_account = flow_proven_account(op, f),
		.methods = proofs_methods(&f->session_proofs, op->tx.a),
	};
}

bool errand_answered(struct op *op, const struct login_errand *errand, struct auth_result *ret,
	const struct oauth_error **ret_e)
{
	struct flow *f = errand_flow(op, errand);
	struct policy_decision d;

	*ret_e = f ? NULL : OAUTH(INTERNAL);
	if (!f)
		return false;
	d = flow_decide(op, f);
	if (d.step == POLICY_REFUSE)
		*ret_e = d.error;
	if (d.step != POLICY_FINISH)
		return false;
	errand_result(op, f, &d, ret);
	return true;
}

void errand_log_in(struct op *op, const struct login_errand *errand)
{
	struct flow *f = errand_flow(op, errand);

	if (f)
		flow_continue(op, f);
	else
		op_fail(op, RC_CORRUPT);
}

const struct guard_rule login_guards[] = {
	{GUARD_SELF, enter_self},
	{GUARD_PERMISSION, enter_permission},
	{GUARD_UNDECLARED, NULL},
};
