/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What was proven in a login: what is known of the account behind it, and the session at its end.
 */
#include "obs/log.h"
#include "obs/metrics.h"
#include "idp/login/method.h"
#include "idp/login/contact_set.h"
#include "idp/login/reauthenticate.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "directory/credential.h"
#include "directory/standing.h"

void flow_forget_login(struct flow *f)
{
	f->proofs = (struct auth_proofs){.n = 0};
	method_forget(f);
	f->login.method.email = f->login.method.email_id = STR_NONE;
	f->login.method.email_given = false;
	f->login.method.must_change = MUST_CHANGE_NO;
	f->login.method.second_factor_skipped = false;
	f->has_login = f->just_proven = false;
}

/* What the policy and the account's office say of logins by password. */
static enum rc load_rules(struct op *op, const struct login_policy *policy,
	const struct account *account, struct account_rules *ret)
{
	struct office office;
	enum rc rc;

	*ret = (struct account_rules){.from = policy ? policy->second_factor_required_from : 0};
	rc = office_get(op->tx.snap, op->tx.a, account->office, &office, NULL);
	if (rc == RC_OK) {
		ret->forbidden = office.password == OFFICE_PASSWORD_FORBIDDEN;
		if (office.second_factor_required_from)
			ret->from = office.second_factor_required_from;
	}
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* RC_NOT_FOUND: gone, suspended or another's by now: what was proven counts no more. */
static enum rc load_account(struct op *op, struct str id, struct str person_id,
	struct account *account, struct person *person)
{
	enum rc rc = account_get(op->tx.snap, op->tx.a, id, account, NULL);

	if (rc == RC_OK)
		rc = person_get(op->tx.snap, op->tx.a, person_id, person, NULL);
	if (rc != RC_OK)
		return rc;
	if (person->status != STATUS_ACTIVE || !str_eq(account->person, person_id))
		return RC_NOT_FOUND;
	rc = account_standing(op->tx.snap, op->tx.a, account);
	return rc == RC_DENIED ? RC_NOT_FOUND : rc;
}

static enum rc still_valid(
	struct op *op, const struct auth_proof *proof, const struct person *person)
{
	const struct auth_method *m = auth_method_named(&op->tx.app->methods, proof->method);

	if (!m)
		return RC_NOT_FOUND;
	return m->still_valid ? m->still_valid(m, op, proof, person) : RC_OK;
}

/* Changed, issued again or closed since it was proven: not the holder's proof any more. */
static enum rc check_first(struct op *op, struct flow *f)
{
	enum rc rc;

	if (f->just_proven)
		return RC_OK;
	rc = still_valid(op, &f->proofs.v[0], &f->person);
	f->rules.forbidden |= rc == RC_DENIED;
	if (rc == RC_EXPIRED)
		f->login.notice = LOGIN_FLASH_CHANGED;
	return rc == RC_DENIED ? RC_OK : rc == RC_EXPIRED ? RC_NOT_FOUND : rc;
}

/* Those beside the first that still hold; one by an address that is not the person's any more, or
 * not proven, is none. */
static enum rc check_others(struct op *op, struct flow *f)
{
	size_t n = f->proofs.n;

	f->proofs.n = 1;
	for (size_t i = 1; i < n; i++) {
		const struct auth_proof proof = f->proofs.v[i];
		enum rc rc = still_valid(op, &proof, &f->person);

		if (rc == RC_OK)
			f->proofs.v[f->proofs.n++] = proof;
		else if (rc != RC_EXPIRED && rc != RC_DENIED && rc != RC_NOT_FOUND)
			return rc;
	}
	return RC_OK;
}

static enum rc load_second(struct op *op, struct flow *f)
{
	const struct login_policy *policy = flow_policy(op, f);
	int64_t left = policy->grace_logins - f->person.grace_logins_used;

	f->rules.usable = second_factor_reaches(op, policy, &f->person);
	f->rules.asked = method_to_enrol(op, policy) != NULL;
	f->rules.grace_logins = left > 0 ? left : 0;
	return check_others(op, f);
}

/* The link was mailed to an address that is not the person's any more, or no proof any more. */
static bool is_stale_letter(const struct flow *f)
{
	return f->has_recovery &&
	       (!f->person.email_verified || f->person.email_changed >= f->reset.made);
}

static enum rc load_login(struct op *op, struct flow *f)
{
	enum rc rc;

	f->has_login = false;
	if (!f->proofs.n || f->login.login_done)
		return RC_OK;
	rc = load_account(
		op, f->proofs.v[0].account, f->proofs.v[0].person, &f->account, &f->person);
	if (rc == RC_OK)
		rc = load_rules(op, flow_policy(op, f), &f->account, &f->rules);
	if (rc == RC_OK)
		rc = is_stale_letter(f) ? RC_NOT_FOUND : check_first(op, f);
	if (rc == RC_NOT_FOUND) {
		flow_forget_login(f);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (f->rules.forbidden) {
		flow_forget_login(f);
		f->login.notice = LOGIN_FLASH_FORBIDDEN;
		return RC_OK;
	}
	f->has_login = true;
	return load_second(op, f);
}

/* Is the method that began the session closed for this account? */
static enum rc check_open(struct op *op, const struct auth_method *m, struct str account)
{
	const struct auth_proof proof = {.method = str_c(m->name), .account = account};

	return m->still_valid ? m->still_valid(m, op, &proof, NULL) : RC_OK;
}

/* The account is gone, another's or suspended, or the way is closed: the session serves no more. */
enum rc login_rules_of_session(struct op *op, const struct login_policy *policy,
	const struct session *session, struct account_rules *ret, bool *ret_has)
{
	const struct auth_method *m = session_account_method(op->tx.app, session);
	struct account account;
	struct person person;
	enum rc rc;

	*ret_has = m != NULL;
	if (!m)
		return RC_OK;
	rc = load_account(op, session_proven_account(session), session->person, &account, &person);
	if (rc == RC_OK)
		rc = load_rules(op, policy, &account, ret);
	if (rc == RC_OK)
		rc = check_open(op, m, account.id);
	if (rc != RC_NOT_FOUND && rc != RC_DENIED)
		return rc;
	*ret = (struct account_rules){.forbidden = true};
	return RC_OK;
}

static enum rc load_session_rules(struct op *op, struct flow *f)
{
	f->has_session_rules = false;
	if (!f->has_session)
		return RC_OK;
	f->session_proofs = session_proofs(op->tx.app, &f->session.s);
	return login_rules_of_session(
		op, flow_policy(op, f), &f->session.s, &f->session_rules, &f->has_session_rules);
}

/* And what holds for each account that could be entered by that session. */
static enum rc load_ways(struct op *op, struct flow *f)
{
	size_t n = f->has_session_rules && f->has_access ? f->access.n_accounts : 0;
	const struct auth_method *m = n ? session_account_method(op->tx.app, &f->session.s) : NULL;
	enum rc rc = RC_OK;

	f->access_rules = arena_array(op->tx.a, n, struct account_rules);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct account *account = &f->access.accounts[i].account;

		rc = load_rules(op, flow_policy(op, f), account, &f->access_rules[i]);
		if (rc == RC_OK && account->id.n)
			rc = check_open(op, m, account->id);
		if (rc == RC_DENIED) {
			f->access_rules[i].forbidden = true;
			rc = RC_OK;
		}
	}
	return rc;
}

enum rc flow_load_logins(struct op *op, struct flow *f)
{
	enum rc rc = load_login(op, f);

	if (rc == RC_OK)
		rc = load_session_rules(op, f);
	return rc == RC_OK ? load_ways(op, f) : rc;
}

struct str flow_login_step(struct op *op, const struct flow *f, const char *step)
{
	struct buf name;

	buf_init(&name, op->tx.a, 128);
	buf_addf(&name, "%s:", step);
	buf_add(&name, f->has_login ? f->account.id : STR("nobody"));
	return buf_str(&name);
}

bool flow_begin_step(struct op *op, struct flow *f, const char *step)
{
	enum rc rc;

	if (!flow_begin(op, f))
		return false;
	rc = flow_load_facts(op, f);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	if (f->login.reset.n && !f->has_login) {
		recovery_show_over(op, f);
		return false;
	}
	return flow_check_step(op, f, flow_login_step(op, f, step), op_param(op, "step"));
}

void login_denied(const struct op *op, const char *why)
{
	log_emit(LOG_EVENT_LOGIN_FAILED, LOG_S("request", op->x->request.id), LOG_C("why", why));
	metric_add(METRIC_LOGINS_FAILED, 1);
}

void flow_refused_login(
	struct op *op, const struct flow *f, struct str person, struct str account, const char *why)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN_FAILED);

	login_denied(op, why);
	entry.person = person;
	entry.account = account;
	entry.client = f->client.id;
	entry.system = f->client.system;
	entry.detail = str_c(why);
	/* Guesses at an account are counted and locked; those at no account anybody can send. */
	if (person.n || account.n)
		op_audit_add(op, &entry);
	else
		op_audit_fold(op, &entry);
}

/* One respite less. */
static enum rc count_skip(struct op *op, const struct flow *f)
{
	struct person old, p;
	uint64_t version;
	enum rc rc = person_get(op->tx.snap, op->tx.a, f->proofs.v[0].person, &old, &version);

	if (rc != RC_OK)
		return rc;
	p = old;
	p.grace_logins_used++;
	person_put(op->tx.batch, op->tx.a, op->tx.app->vault, &old, version, &p);
	return RC_OK;
}

/* Each method that was proven hears of it. */
static enum rc session_started(struct op *op, const struct flow *f)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < f->proofs.n; i++) {
		const struct auth_proof *own = &f->proofs.v[i];
		const struct auth_method *m = auth_method_named(&op->tx.app->methods, own->method);

		if (m && m->session_started)
			rc = m->session_started(m, op, own, &f->proofs);
	}
	return rc;
}

enum rc flow_open_session(
	struct op *op, struct flow *f, const struct person *person, const struct session *what)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN);
	struct session draft = *what;
	enum rc rc;

	draft.method = f->proofs.v[0].method;
	draft.proven_account = f->proofs.v[0].account;
	draft.amr = auth_proofs_amr(&f->proofs, op->tx.a);
	draft.methods = proofs_methods(&f->proofs, op->tx.a);
	rc = session_begin(op, &draft, f->has_session ? &f->session : NULL, &f->session);
	if (rc == RC_OK)
		rc = session_started(op, f);
	if (rc != RC_OK)
		return rc;
	page_adopt_language(op->x, person->lang);
	f->has_session = true;
	f->login.login_done = true;
	f->login.account_done = false;
	f->login.person = draft.person;
	entry.person = draft.person;
	entry.account = draft.account;
	entry.session = f->session.s.sid;
	entry.client = f->client.id;
	entry.detail = draft.method;
	op_audit_add(op, &entry);
	metric_add(METRIC_LOGINS, 1);
	return RC_OK;
}

struct str flow_proven_account(const struct op *op, const struct flow *f)
{
	return session_account_method(op->tx.app, &f->session.s)
		       ? session_proven_account(&f->session.s)
		       : STR_NONE;
}

enum rc flow_begin_session(struct op *op, struct flow *f)
{
	const struct login_policy *policy = flow_policy(op, f);
	struct session draft = {
		.person = f->proofs.v[0].person,
		.account = f->proofs.v[0].account,
		.auth_time = op->tx.now,
		.ial = policy->password_ial,
		.aal = policy_aal(policy, &f->proofs),
	};
	enum rc rc = flow_open_session(op, f, &f->person, &draft);

	if (rc == RC_OK && f->login.method.second_factor_skipped)
		rc = count_skip(op, f);
	if (rc == RC_OK)
		flow_forget_login(f);
	return rc;
}

/* --- of a stored session --- */

/* The one that began the session, when it is not registered any more, says no more than another
 * provider's word; any other then proves nothing. */
static void add_named(
	const struct app *p, const struct session *s, struct auth_proofs *proofs, struct str name)
{
	const struct auth_method *m = auth_method_named(&p->methods, name);
	const struct auth_proof proof = {
		.method = name,
		.kind = m ? (int)m->kind : AUTH_FEDERATED,
	};

	if (!m && !str_eq(name, s->method))
		return;
	(void)auth_proofs_add(proofs, &proof);
}

static const struct auth_method *method_by_amr(const struct app *p, struct str amr)
{
	for (size_t i = 0; i < p->methods.n; i++)
		if (str_eq_c(amr, p->methods.v[i].amr))
			return &p->methods.v[i];
	return NULL;
}

/* A session from before its methods were kept: the one that began it, and one for each amr value
 * that is another method's. */
static void add_by_amr(const struct app *p, const struct session *s, struct auth_proofs *proofs)
{
	add_named(p, s, proofs, s->method);
	for (size_t i = 0; i < s->amr.n; i++) {
		const struct auth_method *m = method_by_amr(p, s->amr.v[i]);

		if (m && !str_eq_c(s->method, m->name))
			add_named(p, s, proofs, str_c(m->name));
	}
}

struct auth_proofs session_proofs(const struct app *p, const struct session *s)
{
	struct auth_proofs proofs = {.n = 0};

	for (size_t i = 0; i < s->methods.n; i++)
		add_named(p, s, &proofs, s->methods.v[i]);
	if (!proofs.n)
		add_by_amr(p, s, &proofs);
	return proofs;
}

const struct auth_method *session_account_method(const struct app *p, const struct session *s)
{
	const struct auth_method *m = auth_method_named(&p->methods, s->method);

	return m && m->kind != AUTH_FEDERATED ? m : NULL;
}

struct strlist proofs_methods(const struct auth_proofs *proofs, struct arena *a)
{
	struct str *names = arena_array(a, AUTH_PROOFS_MAX, struct str);

	for (size_t i = 0; i < proofs->n; i++)
		names[i] = proofs->v[i].method;
	return (struct strlist){names, proofs->n};
}
