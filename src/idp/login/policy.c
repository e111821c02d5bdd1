/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/policy.h"

#include "base/array.h"
#include "access/scope.h"
#include "directory/credential.h"
#include "idp/login/login_record.h"

/* Why the session at hand does not do, or false: it does. */
static bool too_old(const struct policy_view *v)
{
	int64_t seconds = v->login->request.max_age - 1;

	if (seconds < 0)
		return false;
	/* OIDC Core 3.1.2.1: max_age=0 is the same as prompt=login, also within the second. */
	return seconds == 0 || v->now > v->session->auth_time + seconds;
}

/* Does one beside the first stand on the policy's list of second factors? */
static bool has_named(const struct login_policy *policy, const struct auth_proofs *proofs)
{
	for (size_t i = 1; i < proofs->n; i++)
		if (strlist_has(policy->second_factors, proofs->v[i].method))
			return true;
	return false;
}

bool proofs_satisfy(const struct login_policy *policy, const struct auth_proofs *proofs)
{
	return has_named(policy, proofs);
}

struct str policy_aal(const struct login_policy *policy, const struct auth_proofs *proofs)
{
	return proofs_satisfy(policy, proofs) ? policy->second_factor_aal : policy->password_aal;
}

static bool second_factor_required(const struct policy_view *v, const struct account_rules *p)
{
	return v->policy->second_factors.n && v->now >= p->from;
}

static bool rules_met(const struct policy_view *v, const struct account_rules *p)
{
	return !p->forbidden &&
	       (!second_factor_required(v, p) || proofs_satisfy(v->policy, v->session_proofs));
}

/* A session begun by password under another policy, or before the date, may lack the code that this
 * policy names: a code by email enters no portal that wants one by SMS. */
static bool method_allowed(const struct policy_view *v)
{
	if (!strlist_has(v->policy->primary, v->session->method))
		return false;
	if (v->login->request.only.first.n &&
		!str_eq(v->login->request.only.first, v->session->method))
		return false;
	return !v->session_rules || rules_met(v, v->session_rules);
}

/* The office whose account is entered has its word, too, where another one's was logged in by. */
static bool account_allowed(const struct policy_view *v, const struct access_account *access)
{
	if (!v->access_rules || !access->account.id.n)
		return true;
	return rules_met(v, &v->access_rules[access - v->access->accounts]);
}

/* What the session is worth here. A proof by one of our methods counts as this policy says, not as
 * the one says under which the session began; another provider's word counts as it was given. */
static struct str session_aal(const struct policy_view *v)
{
	return v->session_rules ? policy_aal(v->policy, v->session_proofs) : v->session->aal;
}

static struct str session_ial(const struct policy_view *v)
{
	return v->session_rules ? v->policy->password_ial : v->session->ial;
}

static bool reached(const struct policy_view *v, struct str acr)
{
	const struct level *level = settings_level(v->settings, acr);

	return level && level_reached(level, session_ial(v), session_aal(v));
}

static bool any_reached(const struct policy_view *v, struct strlist acrs)
{
	for (size_t i = 0; i < acrs.n; i++)
		if (reached(v, acrs.v[i]))
			return true;
	return false;
}

/* The first level asked for in acr_values that is reached; voluntary (OIDC Core 5.5.1.1). */
static struct str first_acr_satisfied(const struct policy_view *v, bool *known)
{
	struct str rest = v->login->request.acr_values, acr;

	*known = false;
	while (str_cut(&rest, ' ', &acr)) {
		*known |= settings_level(v->settings, acr) != NULL;
		if (acr.n && reached(v, acr))
			return acr;
	}
	return STR_NONE;
}

/* Levels that must be reached, whatever it takes. */
static bool level_missing(const struct policy_view *v)
{
	if (v->login->request.claims.essential_acr.n &&
		!any_reached(v, v->login->request.claims.essential_acr))
		return true;
	return v->policy->acr.n && !reached(v, v->policy->acr);
}

/* Could a login by one of the policy's methods reach the level? */
static bool in_reach(const struct policy_view *v, const struct level *level)
{
	const struct login_policy *p = v->policy;

	for (size_t i = 0; i < p->primary.n; i++) {
		const struct auth_method *m = auth_method_named(v->methods, p->primary.v[i]);
		struct str aal = p->second_factors.n ? p->second_factor_aal : p->password_aal;

		if (m && level_reached(level, m->ial ? str_c(m->ial) : p->password_ial,
				 m->aal ? str_c(m->aal) : aal))
			return true;
	}
	return false;
}

/*
 * A level of acr_values is worth another login where one can reach it (RFC 9470 5). It is a wish:
 * one that no login reaches would ask a person to log in again and again, and with prompt=none
 * there is no login (OIDC Core 3.1.2.1, 5.5.1.1).
 */
static bool acr_requested(const struct policy_view *v)
{
	struct str rest = v->login->request.acr_values, acr;
	bool known;

	if (v->login->request.prompt_none || first_acr_satisfied(v, &known).n)
		return false;
	while (str_cut(&rest, ' ', &acr)) {
		const struct level *level = settings_level(v->settings, acr);

		if (level && in_reach(v, level))
			return true;
	}
	return false;
}

static struct str choose_acr(const struct policy_view *v)
{
	const struct level *level;
	struct str acr;
	bool known;

	for (size_t i = 0; i < v->login->request.claims.essential_acr.n; i++)
		if (reached(v, v->login->request.claims.essential_acr.v[i]))
			return v->login->request.claims.essential_acr.v[i];
	acr = first_acr_satisfied(v, &known);
	if (acr.n)
		return acr;
	level = settings_reached(v->settings, session_ial(v), session_aal(v));
	return level ? level->acr : STR_NONE;
}

/* The way in that needs no question, or NULL. */
static const struct access_account *settled_account(const struct policy_view *v)
{
	const struct login *login = v->login;

	if (login->account_done)
		return access_account_find(v->access, login->account);
	if (login->request.prompt_select)
		return NULL;
	if (v->access->n_accounts == 1)
		return v->access->accounts;
	return v->session->account.n ? access_account_find(v->access, v->session->account) : NULL;
}

static bool must_consent(const struct policy_view *v)
{
	if (v->login->consent_done)
		return false;
	if (v->login->request.prompt_consent)
		return true;
	return v->client->consent_required && !scope_within(v->login->request.scope, v->consented);
}

/* Never remembered: the person agrees to this request, in this session. */
static bool must_approve(const struct policy_view *v)
{
	const struct login *login = v->login;

	return login->request.transaction.details.n &&
	       !(login->request.transaction.approved.n &&
		       str_eq(login->request.transaction.approved, v->session->sid));
}

static bool second_factor_done(const struct policy_view *v)
{
	/* A code by a factor that the policy does not name (any more) is none. */
	return !v->policy->second_factors.n || has_named(v->policy, v->proofs);
}

/* The account to be entered is another one than logs in, and its office wants a second factor: what
 * is asked once a session is asked now, or the same login would be asked for again and again. */
static bool way_requires_second_factor(const struct policy_view *v)
{
	const struct access_account *way = NULL;

	if (v->session && v->access && v->access_rules && v->proofs->n &&
		str_eq(v->session->person, v->proofs->v[0].person))
		way = settled_account(v);
	return way && way->account.id.n &&
	       second_factor_required(v, &v->access_rules[way - v->access->accounts]);
}

static bool second_factor_wanted(const struct policy_view *v)
{
	if (second_factor_done(v))
		return false;
	return second_factor_required(v, v->rules) || way_requires_second_factor(v) ||
	       (v->rules->usable && !v->login->method.email_given);
}

/* Before that day the login asks for an email address; it may be postponed a number of times. One
 * that was given just now is no second factor of this login. */
static bool email_wanted(const struct policy_view *v)
{
	if (second_factor_done(v) || v->rules->usable || !v->rules->asked ||
		v->login->method.email_given)
		return false;
	return !v->login->method.second_factor_skipped || v->rules->grace_logins <= 0;
}

/* --- conditions of the checks --- */

static bool is_recovery(const struct policy_view *v)
{
	return v->login->reset.n > 0;
}

static bool is_cancelled(const struct policy_view *v)
{
	return v->login->cancelled;
}

static bool is_without_policy(const struct policy_view *v)
{
	return !v->policy;
}

static bool is_without_session(const struct policy_view *v)
{
	return !v->session;
}

static bool is_method_refused(const struct policy_view *v)
{
	return !method_allowed(v);
}

static bool is_other_person(const struct policy_view *v)
{
	return v->login->login_done && !str_eq(v->login->person, v->session->person);
}

static bool is_login_asked(const struct policy_view *v)
{
	return !v->login->login_done && v->login->request.prompt_login;
}

static bool is_too_old(const struct policy_view *v)
{
	return !v->login->login_done && too_old(v);
}

static bool is_not_the_hinted(const struct policy_view *v)
{
	struct str hinted = v->login->request.hint_person;

	return hinted.n && !str_eq(hinted, v->session->person);
}

static bool is_hint_open(const struct policy_view *v)
{
	return !v->login->login_done && is_not_the_hinted(v);
}

static bool is_level_open(const struct policy_view *v)
{
	return !v->login->login_done && level_missing(v);
}

static bool is_level_wish_open(const struct policy_view *v)
{
	return !v->login->login_done && acr_requested(v);
}

static bool is_own_page(const struct policy_view *v)
{
	return !v->client;
}

static bool is_entry_refused(const struct policy_view *v)
{
	return v->access->outcome != ACCESS_OK;
}

static bool is_way_open(const struct policy_view *v)
{
	return !settled_account(v);
}

static bool is_account_refused(const struct policy_view *v)
{
	return !account_allowed(v, settled_account(v));
}

/* Was the login under way begun by a method of the policy's? */
static bool is_first_allowed(const struct policy_view *v)
{
	return v->proofs->n && strlist_has(v->policy->primary, v->proofs->v[0].method);
}

static bool is_first_factor_open(const struct policy_view *v)
{
	const struct account_rules *rules = v->rules;

	return !rules || rules->forbidden || v->login->request.only.first.n || !is_first_allowed(v);
}

static bool is_second_factor_missing(const struct policy_view *v)
{
	return second_factor_wanted(v) && !v->rules->usable;
}

static bool is_change_ordered(const struct policy_view *v)
{
	return v->login->method.must_change != MUST_CHANGE_NO;
}

static bool is_link_dead(const struct policy_view *v)
{
	return !v->policy || !v->rules || v->rules->forbidden || !is_first_allowed(v);
}

static bool is_second_proof_open(const struct policy_view *v)
{
	return !auth_proofs_multi(v->proofs);
}

/* --- what a decision carries beside its step --- */

static void fill_answer(const struct policy_view *v, struct policy_decision *d)
{
	d->account = settled_account(v)->account.id;
	d->acr = choose_acr(v);
	d->ial = session_ial(v);
	d->aal = session_aal(v);
}

static void fill_forbidden(const struct policy_view *v, struct policy_decision *d)
{
	d->forbidden = v->access_rules[settled_account(v) - v->access->accounts].forbidden;
}

/* --- the policy --- */

/* A login under way: what is still to be done before a session begins. What makes a person log in
 * again (a change) comes before what is asked once a session. */
static const struct policy_check login_checks[] = {
	{"first_factor",
		"No first factor is passed that the policy takes and the account's office allows.",
		is_first_factor_open, POLICY_LOGIN},
	{"second_factor_unavailable",
		"A second factor is compulsory and none of the policy's reaches the person.",
		is_second_factor_missing, POLICY_SECOND_FACTOR_UNAVAILABLE},
	{"second_factor",
		"One reaches the person, or is compulsory, and none is passed that the policy "
		"names.",
		second_factor_wanted, POLICY_SECOND_FACTOR},
	{"change_secret", "The secret that was proven opens nothing until it is changed.",
		is_change_ordered, POLICY_CHANGE},
	{"enrol_email",
		"No second factor reaches the person, an email would, and it was neither given nor "
		"postponed.",
		email_wanted, POLICY_ENROL_EMAIL},
	{"proven", "All that the policy wants is proven.", NULL, POLICY_BEGIN},
};

/* A forgotten password: the link, a second proof, a new password. Never a session. */
static const struct policy_check recovery_checks[] = {
	{"link_dead", "The link was used, is too old, or its account takes no password any more.",
		is_link_dead, POLICY_RECOVERY_OVER},
	{"second_proof", "The mailbox is one proof; another is wanted.", is_second_proof_open,
		POLICY_SECOND_FACTOR},
	{"new_secret", "Both proofs are there.", NULL, POLICY_CHANGE},
};

const struct policy_check policy_checks[] = {
	{"recovery", "The login began with the link of a recovery mail.", is_recovery,
		.then = recovery_checks},
	{"cancelled", "The person gave up.", is_cancelled, POLICY_REFUSE, OAUTH(CANCELLED)},
	{"no_policy", "The system's login policy is not configured any more.", is_without_policy,
		POLICY_REFUSE, OAUTH(INTERNAL)},
	{"no_session", "Nobody is logged in in this browser.", is_without_session,
		.error = OAUTH(LOGIN_REQUIRED), .then = login_checks},
	{"session_method",
		"The session was begun by a method that the policy or the request does not take, "
		"or lacks a second factor that is compulsory by now.",
		is_method_refused, .error = OAUTH(LOGIN_REQUIRED), .then = login_checks},
	{"other_person", "Somebody else logged in in this browser since this login was finished.",
		is_other_person, .error = OAUTH(LOGIN_REQUIRED), .then = login_checks},
	/* Down to level_requested: for sessions that were there before this login. */
	{"prompt_login", "`prompt=login`.", is_login_asked, .error = OAUTH(LOGIN_REQUIRED),
		.then = login_checks},
	{"max_age", "The session is older than `max_age`.", is_too_old,
		.error = OAUTH(LOGIN_REQUIRED), .then = login_checks},
	{"id_token_hint", "The session is not the hinted person's.", is_hint_open,
		.error = OAUTH(LOGIN_REQUIRED), .then = login_checks},
	{"level_missing",
		"An essential `acr`, or the level of the system's policy, is not reached.",
		is_level_open, .error = OAUTH(LOGIN_REQUIRED), .then = login_checks},
	{"level_requested",
		"No level of `acr_values` is reached, a method of the policy could reach one, and "
		"not `prompt=none`.",
		is_level_wish_open, .error = OAUTH(LOGIN_REQUIRED), .then = login_checks},
	{"own_page", "A page of ours wants the login; no client waits.", is_own_page,
		POLICY_FINISH},
	/* A fresh login that still falls short: trying again would not help. */
	{"hint_unmet", "The login just finished is not the hinted person's.", is_not_the_hinted,
		POLICY_REFUSE, OAUTH(LOGIN_REQUIRED)},
	{"level_unmet", "The login just finished does not reach a level that is essential.",
		level_missing, POLICY_REFUSE, OAUTH(LEVEL)},
	{"access", "The person has no valid role in the system.", is_entry_refused,
		POLICY_NO_ACCESS, OAUTH(NO_GRANT)},
	{"account", "Several accounts may be used and none is chosen, or `prompt=select_account`.",
		is_way_open, POLICY_ACCOUNT, OAUTH(ACCOUNT_SELECTION_REQUIRED)},
	{"account_rules",
		"The office of the chosen account does not take the session's method, or wants a "
		"second factor.",
		is_account_refused, .error = OAUTH(LOGIN_REQUIRED), .then = login_checks,
		.fill = fill_forbidden},
	{"consent", "The client needs consent to a scope, or `prompt=consent`.", must_consent,
		POLICY_CONSENT, OAUTH(CONSENT_REQUIRED)},
	{"approve", "The request has `authorization_details` that the person has not agreed to.",
		must_approve, POLICY_APPROVE, OAUTH(CONSENT_REQUIRED)},
	{"done", "Nothing is left to do.", NULL, POLICY_FINISH, .fill = fill_answer},
};

/* The last row of each table has no condition. */
static const struct policy_check *first_that_applies(
	const struct policy_check *check, const struct policy_view *v)
{
	while (check->applies && !check->applies(v))
		check++;
	return check;
}

struct policy_decision policy_next(const struct policy_view *v)
{
	const struct policy_check *check = first_that_applies(policy_checks, v);
	struct policy_decision d = {
		.check = check->name,
		.step = check->then ? first_that_applies(check->then, v)->step : check->step,
		.error = check->error,
	};

	if (check->fill)
		check->fill(v, &d);
	/* OIDC Core 3.1.2.6: no page, so the step's error goes to the client. */
	if (v->login->request.prompt_none && d.error)
		d.step = POLICY_REFUSE;
	return d;
}

/* --- the reference --- */

static const char *const step_words[] = {
	[POLICY_LOGIN] = "log in",
	[POLICY_SECOND_FACTOR] = "second factor",
	[POLICY_SECOND_FACTOR_UNAVAILABLE] = "page: no second factor",
	[POLICY_ENROL_EMAIL] = "enrol an email address",
	[POLICY_CHANGE] = "new password",
	[POLICY_BEGIN] = "begin the session, then from the top",
	[POLICY_ACCOUNT] = "choose an account",
	[POLICY_CONSENT] = "consent",
	[POLICY_APPROVE] = "agree to the details",
	[POLICY_NO_ACCESS] = "page: no access",
	[POLICY_RECOVERY_OVER] = "page: link expired",
	[POLICY_REFUSE] = "error to the client",
	[POLICY_FINISH] = "answer: code to the client, or the page that asked",
};
_Static_assert(ARRAY_LEN(step_words) == POLICY_STEP_MAX, "a word a step");

static void add_checks(struct buf *out, const struct policy_check *checks)
{
	const struct policy_check *check = checks;

	buf_add_c(out, "| check | applies when | next step | error |\n|---|---|---|---|\n");
	do
		buf_addf(out, "| `%s` | %s | %s | %s%s%s |\n", check->name, check->condition,
			check->then == login_checks      ? "see *Login*"
			: check->then == recovery_checks ? "see *Recovery*"
							 : step_words[check->step],
			check->error ? "`" : "", check->error ? check->error->code : "",
			check->error ? "`" : "");
	while (check++->applies);
}

void policy_reference(struct buf *out)
{
	buf_add_c(out,
		"# The login policy\n\nWhat a login needs next. The first check that applies "
		"decides; after each step the table is read from the top.\nWith `prompt=none` "
		"no page is shown: the client gets the error of the row instead.\n\n");
	add_checks(out, policy_checks);
	buf_add_c(out,
		"\n## Login\n\nThe person must log in: what is still to be proven. The error "
		"is that of the row that led here.\n\n");
	add_checks(out, login_checks);
	buf_add_c(out, "\n## Recovery\n\nA new password in place of a forgotten one. It never ends "
		       "with a session.\n\n");
	add_checks(out, recovery_checks);
}
