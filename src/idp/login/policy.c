/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/policy.h"

#include "idp/oauth/scope.h"
#include "directory/credential.h"
#include "idp/login/interaction.h"

/* Why the session at hand does not do, or false: it does. */
static bool too_old(const struct policy_view *v)
{
	int64_t seconds = v->i->max_age - 1;

	if (seconds < 0)
		return false;
	/* OIDC Core 3.1.2.1: max_age=0 is the same as prompt=login, also within the second. */
	return seconds == 0 || v->now > v->session->auth_time + seconds;
}

static bool second_factor_required(const struct policy_view *v, const struct policy_password *p)
{
	return v->policy->second_factors.n && v->now >= p->from;
}

static bool rules_met(const struct policy_view *v, const struct policy_password *p)
{
	return !p->forbidden && (!second_factor_required(v, p) || v->session->amr.n > 1);
}

/* A session begun by password under another policy, or before the date, may lack the code. */
static bool method_allowed(const struct policy_view *v)
{
	if (!strlist_has(v->policy->primary, v->session->method))
		return false;
	if (v->i->only.n && !str_eq(v->i->only, v->session->method))
		return false;
	return !v->of_session || rules_met(v, v->of_session);
}

/* The office whose account is entered has its word, too, where another one's was logged in by. */
static bool account_allowed(const struct policy_view *v, const struct access_account *access)
{
	if (!v->of_accounts || !access->account.id.n)
		return true;
	return rules_met(v, &v->of_accounts[access - v->access->accounts]);
}

static bool reached(const struct policy_view *v, struct str acr)
{
	const struct level *level = settings_level(v->settings, acr);

	return level && level_reached(level, v->session->ial, v->session->aal);
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
	struct str rest = v->i->acr_values, acr;

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
	if (v->essential_acr.n && !any_reached(v, v->essential_acr))
		return true;
	return v->policy->acr.n && !reached(v, v->policy->acr);
}

static bool acr_requested(const struct policy_view *v)
{
	bool known;

	return !first_acr_satisfied(v, &known).n && known;
}

static bool must_log_in(const struct policy_view *v)
{
	const struct interaction *i = v->i;

	if (!v->session || !method_allowed(v))
		return true;
	if (i->login_done)
		/* Somebody else logged in in this browser meanwhile. */
		return !str_eq(i->person, v->session->person);
	if (i->prompt_login || too_old(v))
		return true;
	if (i->hint_person.n && !str_eq(i->hint_person, v->session->person))
		return true;
	return level_missing(v) || acr_requested(v);
}

static struct str choose_acr(const struct policy_view *v)
{
	const struct level *level;
	struct str acr;
	bool known;

	for (size_t i = 0; i < v->essential_acr.n; i++)
		if (reached(v, v->essential_acr.v[i]))
			return v->essential_acr.v[i];
	acr = first_acr_satisfied(v, &known);
	if (acr.n)
		return acr;
	level = settings_reached(v->settings, v->session->ial, v->session->aal);
	return level ? level->acr : STR_NONE;
}

/* The way in that needs no question, or NULL. */
static const struct access_account *settled_account(const struct policy_view *v)
{
	const struct interaction *i = v->i;

	if (i->account_done)
		return access_account_find(v->access, i->account);
	if (i->prompt_select)
		return NULL;
	if (v->access->n_accounts == 1)
		return v->access->accounts;
	return v->session->account.n ? access_account_find(v->access, v->session->account) : NULL;
}

static bool must_consent(const struct policy_view *v)
{
	if (v->i->consent_done)
		return false;
	if (v->i->prompt_consent)
		return true;
	return v->client->consent_required && !scope_within(v->i->scope, v->consented);
}

static struct policy_decision policy_refuse(const struct oauth_error *e)
{
	return (struct policy_decision){.step = POLICY_REFUSE, .error = e};
}

/* prompt=none: no page, so the step's error goes to the portal (OIDC Core 3.1.2.6). */
static struct policy_decision policy_ask(
	const struct policy_view *v, enum policy_step step, const struct oauth_error *silent)
{
	if (v->i->prompt_none)
		return policy_refuse(silent);
	return (struct policy_decision){.step = step, .error = silent};
}

static bool second_factor_done(const struct policy_view *v)
{
	/* A code by a factor that the policy does not name (any more) is none. */
	return !v->policy->second_factors.n ||
	       strlist_has(v->policy->second_factors, v->i->second_factor_done);
}

static bool second_factor_wanted(const struct policy_view *v)
{
	if (second_factor_done(v))
		return false;
	return second_factor_required(v, v->login) || (v->login->usable && !v->i->email_given);
}

/* Before the day an email is asked for, which may be put off so often. One that was given just now
 * is no second factor of this login. */
static bool email_wanted(const struct policy_view *v)
{
	if (second_factor_done(v) || v->login->usable || !v->login->asked || v->i->email_given)
		return false;
	return !v->i->second_factor_skipped || v->login->grace_logins <= 0;
}

/* A login by password under way: what is still to be done before a session begins. What makes a
 * person log in again (a change) comes before what is asked once a session. */
static enum policy_step login_step(const struct policy_view *v)
{
	const struct policy_password *p = v->login;

	if (!p || p->forbidden || v->i->only.n || !strlist_has(v->policy->primary, v->i->primary))
		return POLICY_LOGIN;
	if (second_factor_wanted(v))
		return p->usable ? POLICY_SECOND_FACTOR : POLICY_SECOND_FACTOR_UNAVAILABLE;
	if (v->i->must_change != MUST_CHANGE_NO)
		return POLICY_CHANGE;
	return email_wanted(v) ? POLICY_ENROL_EMAIL : POLICY_BEGIN;
}

/* The account chosen needs a better login than the one at hand. */
static struct policy_decision stronger_login(
	const struct policy_view *v, const struct access_account *access)
{
	struct policy_decision d = policy_ask(v, login_step(v), OAUTH(LOGIN_REQUIRED));

	d.forbidden = v->of_accounts[access - v->access->accounts].forbidden;
	return d;
}

/* A forgotten password: the link, a second proof, a new password. Never a session. */
static enum policy_step recovery_step(const struct policy_view *v)
{
	if (!v->policy || !v->login || v->login->forbidden ||
		!strlist_has(v->policy->primary, v->i->primary))
		return POLICY_RECOVERY_OVER;
	return v->i->second_factor_done.n ? POLICY_CHANGE : POLICY_SECOND_FACTOR;
}

struct policy_decision policy_next(const struct policy_view *v)
{
	const struct access_account *access;

	if (v->i->reset.n)
		return (struct policy_decision){.step = recovery_step(v)};
	if (v->i->cancelled)
		return policy_refuse(OAUTH(CANCELLED));
	if (!v->policy)
		return policy_refuse(OAUTH(INTERNAL));
	if (must_log_in(v))
		return policy_ask(v, login_step(v), OAUTH(LOGIN_REQUIRED));
	if (!v->client)
		return (struct policy_decision){.step = POLICY_FINISH};
	/* A fresh login that still falls short: trying again would not help. */
	if (v->i->hint_person.n && !str_eq(v->i->hint_person, v->session->person))
		return policy_refuse(OAUTH(LOGIN_REQUIRED));
	if (level_missing(v))
		return policy_refuse(OAUTH(LEVEL));
	if (v->access->outcome != ACCESS_OK)
		return policy_ask(v, POLICY_NO_ACCESS, OAUTH(NO_GRANT));
	access = settled_account(v);
	if (!access)
		return policy_ask(v, POLICY_ACCOUNT, OAUTH(ACCOUNT_SELECTION_REQUIRED));
	if (!account_allowed(v, access))
		return stronger_login(v, access);
	if (must_consent(v))
		return policy_ask(v, POLICY_CONSENT, OAUTH(CONSENT_REQUIRED));
	return (struct policy_decision){
		.step = POLICY_FINISH,
		.account = access->account.id,
		.acr = choose_acr(v),
	};
}
