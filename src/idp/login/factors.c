/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Logins by a factor: what is known of the account behind one, and the session at its end. */
#include "obs/log.h"
#include "obs/metrics.h"
#include "idp/login/connector.h"
#include "idp/login/contact_set.h"
#include "idp/login/reauthenticate.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "directory/session.h"
#include "idp/login/login_record.h"
#include "directory/directory.h"

struct factor *provider_factor(const struct app *p, struct str name)
{
	for (size_t i = 0; i < p->n_factors; i++)
		if (str_eq_c(name, p->factors[i]->type->name))
			return p->factors[i];
	return NULL;
}

void flow_forget_login(struct flow *f)
{
	f->login.method.primary = f->login.method.primary_person = f->login.method.primary_account =
		STR_NONE;
	f->login.method.primary_credential_version = STR_NONE;
	f->login.method.second = f->login.method.second_factor_done = STR_NONE;
	f->login.method.second_factor_address = STR_NONE;
	f->login.method.email = f->login.method.email_id = STR_NONE;
	f->login.method.email_given = false;
	f->login.method.must_change = MUST_CHANGE_NO;
	f->login.method.second_factor_skipped = false;
	f->has_login = f->just_proven = false;
}

bool second_factor_reaches(
	struct op *op, const struct login_policy *policy, const struct person *person)
{
	struct factor_target target;

	for (size_t i = 0; policy && i < policy->second_factors.n; i++) {
		struct factor *x = provider_factor(op->tx.app, policy->second_factors.v[i]);

		if (x && x->type->can_use && x->type->can_use(x, op, person, &target))
			return true;
	}
	return false;
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
	if (account->status != STATUS_ACTIVE || person->status != STATUS_ACTIVE ||
		!str_eq(account->person, person_id))
		return RC_NOT_FOUND;
	return RC_OK;
}

/* Changed, issued again or disabled since it was proven: no longer a proof of the holder. */
static enum rc check_holds(struct op *op, struct flow *f)
{
	struct factor *x = provider_factor(op->tx.app, f->login.method.primary);
	enum rc rc;

	if (!x || f->just_proven)
		return x ? RC_OK : RC_NOT_FOUND;
	rc = x->type->holds(
		op, f->login.method.primary_account, f->login.method.primary_credential_version);
	f->rules.forbidden |= rc == RC_DENIED;
	if (rc == RC_EXPIRED)
		f->login.notice = LOGIN_FLASH_CHANGED;
	return rc == RC_DENIED ? RC_OK : rc == RC_EXPIRED ? RC_NOT_FOUND : rc;
}

struct str flow_proven_address(const struct flow *f, struct str factor)
{
	const struct person *p = &f->person;

	if (str_eq_c(factor, "otp_email"))
		return p->email_verified ? p->email : STR_NONE;
	if (str_eq_c(factor, "otp_sms"))
		return p->mobile_verified ? p->mobile : STR_NONE;
	return STR_NONE;
}

static void load_second(struct op *op, struct flow *f)
{
	const struct login_policy *policy = flow_policy(op, f);
	int64_t left = policy->grace_logins - f->person.grace_logins_used;

	/* Passed by an address that is not the person's any more, or not proven. */
	if (!str_eq(f->login.method.second_factor_address,
		    flow_proven_address(f, f->login.method.second_factor_done)))
		f->login.method.second_factor_done = STR_NONE;
	f->rules.usable = second_factor_reaches(op, policy, &f->person);
	f->rules.asked = strlist_has(policy->second_factors, STR("otp_email")) &&
			 contact_factor(op, CONTACT_EMAIL);
	f->rules.grace_logins = left > 0 ? left : 0;
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
	if (!f->login.method.primary.n || f->login.login_done)
		return RC_OK;
	rc = load_account(op, f->login.method.primary_account, f->login.method.primary_person,
		&f->account, &f->person);
	if (rc == RC_OK)
		rc = load_rules(op, flow_policy(op, f), &f->account, &f->rules);
	if (rc == RC_OK)
		rc = is_stale_letter(f) ? RC_NOT_FOUND : check_holds(op, f);
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
	load_second(op, f);
	return RC_OK;
}

/* The account is gone, another's or suspended, or the way is closed: the session serves no more. */
enum rc login_rules_of_session(struct op *op, const struct login_policy *policy,
	const struct session *session, struct account_rules *ret, bool *ret_has)
{
	struct factor *x = provider_factor(op->tx.app, session->method);
	struct account account;
	struct person person;
	enum rc rc;

	*ret_has = x != NULL;
	if (!x)
		return RC_OK;
	rc = load_account(op, session->account, session->person, &account, &person);
	if (rc == RC_OK)
		rc = load_rules(op, policy, &account, ret);
	if (rc == RC_OK)
		rc = x->type->holds(op, account.id, STR_NONE);
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
	return login_rules_of_session(
		op, flow_policy(op, f), &f->session.s, &f->session_rules, &f->has_session_rules);
}

/* And what holds for each account that could be entered by that session. */
static enum rc load_account_logins(struct op *op, struct flow *f)
{
	const struct factor *x = provider_factor(op->tx.app, f->session.s.method);
	size_t n = f->has_session_rules && f->has_access ? f->access.n_accounts : 0;
	enum rc rc = RC_OK;

	f->access_rules = arena_array(op->tx.a, n, struct account_rules);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct account *account = &f->access.accounts[i].account;

		rc = load_rules(op, flow_policy(op, f), account, &f->access_rules[i]);
		if (rc == RC_OK && account->id.n)
			rc = x->type->holds(op, account->id, STR_NONE);
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
	return rc == RC_OK ? load_account_logins(op, f) : rc;
}

struct factor_binding flow_binding(struct op *op, const struct flow *f)
{
	struct str site = flow_portal(op, f);

	if (!site.n) /* the launcher */
		site = web_organisation(op->tx.app->web, op->lang);
	return (struct factor_binding){
		.transaction = f->key,
		.client = f->client.id,
		.purpose = f->login.reset.n ? OTP_FOR_RECOVERY : OTP_FOR_LOGIN,
		.site = site,
		.person = f->person,
	};
}

struct str flow_login_step(struct op *op, const struct flow *f, const char *step)
{
	struct buf name;

	buf_init(&name, op->tx.a, 64);
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
	op_audit_add(op, &entry);
}

static struct strlist methods_of(struct op *op, const struct flow *f)
{
	struct str *amr = arena_array(op->tx.a, 2, struct str);
	const struct factor *primary = provider_factor(op->tx.app, f->login.method.primary);
	const struct factor *second =
		provider_factor(op->tx.app, f->login.method.second_factor_done);
	size_t n = 0;

	if (primary)
		amr[n++] = str_c(primary->type->amr);
	if (second)
		amr[n++] = str_c(second->type->amr);
	return (struct strlist){amr, n};
}

/* One respite less. */
static enum rc count_skip(struct op *op, const struct flow *f)
{
	struct person old, p;
	uint64_t version;
	enum rc rc =
		person_get(op->tx.snap, op->tx.a, f->login.method.primary_person, &old, &version);

	if (rc != RC_OK)
		return rc;
	p = old;
	p.grace_logins_used++;
	person_put(op->tx.batch, op->tx.a, op->tx.app->vault, &old, version, &p);
	return RC_OK;
}

enum rc flow_begin_session(struct op *op, struct flow *f)
{
	const struct login_policy *policy = flow_policy(op, f);
	struct factor *x = provider_factor(op->tx.app, f->login.method.primary);
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN);
	struct session draft = {
		.person = f->login.method.primary_person,
		.account = f->login.method.primary_account,
		.method = f->login.method.primary,
		.auth_time = op->tx.now,
		.amr = methods_of(op, f),
		.ial = policy->password_ial,
		.aal = f->login.method.second_factor_done.n ? policy->second_factor_aal
							    : policy->password_aal,
	};
	enum rc rc = session_begin(op, &draft, f->has_session ? &f->session : NULL, &f->session);

	if (rc == RC_OK && f->login.method.second_factor_skipped)
		rc = count_skip(op, f);
	if (rc != RC_OK)
		return rc;
	rc = x->type->finished(x, op, draft.account, f->login.method.second_factor_done.n > 0);
	if (rc != RC_OK)
		return rc;
	page_adopt_language(op->x, f->person.lang);
	f->has_session = true;
	f->login.login_done = true;
	f->login.account_done = false;
	f->login.person = draft.person;
	flow_forget_login(f);
	entry.person = draft.person;
	entry.account = draft.account;
	entry.session = f->session.s.sid;
	entry.client = f->client.id;
	entry.detail = draft.method;
	op_audit_add(op, &entry);
	metric_add(METRIC_LOGINS, 1);
	return RC_OK;
}
