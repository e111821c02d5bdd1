/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The login policy: a table of states and what follows. */
#include "unit/idp/policy_state.h"

static void nothing(struct policy_state *s)
{
}

static void cancelled(struct policy_state *s)
{
	no_session(s);
	s->login.cancelled = true;
}

static void no_policy(struct policy_state *s)
{
	s->v.policy = NULL;
}

static void launcher(struct policy_state *s)
{
	s->v.client = NULL;
	s->v.access = NULL;
}

static void launcher_no_session(struct policy_state *s)
{
	no_session(s);
	s->v.client = NULL;
}

static void ask_login(struct policy_state *s)
{
	s->login.request.prompt_login = true;
}

static void asked_login_done(struct policy_state *s)
{
	s->login.request.prompt_login = s->login.login_done = true;
	s->login.person = PERSON;
}

/* Another tab of the same person logged in by a way this system does not take. */
static void done_and_other_method(struct policy_state *s)
{
	asked_login_done(s);
	s->session.method = STR("password");
}

static void done_by_another(struct policy_state *s)
{
	s->login.login_done = true;
	s->login.person = OTHER;
}

static void age_at(struct policy_state *s)
{
	s->login.request.max_age = 100 + 1;
}

static void age_over(struct policy_state *s)
{
	s->login.request.max_age = 99 + 1;
}

static void age_zero(struct policy_state *s)
{
	s->login.request.max_age = 1;
	s->session.auth_time = POLICY_NOW;
}

static void other_method(struct policy_state *s)
{
	s->session.method = STR("password");
}

static void hint_fits(struct policy_state *s)
{
	s->login.request.hint_person = PERSON;
}

static void hint_other(struct policy_state *s)
{
	s->login.request.hint_person = OTHER;
}

static void hint_other_done(struct policy_state *s)
{
	asked_login_done(s);
	s->login.request.hint_person = OTHER;
}

static void strict_reached(struct policy_state *s)
{
	s->v.policy = &strict;
}

static void strict_missed(struct policy_state *s)
{
	s->v.policy = &strict;
	s->session.aal = STR("1");
}

static void strict_missed_done(struct policy_state *s)
{
	asked_login_done(s);
	strict_missed(s);
}

/* No method of the policy reaches it. */
static void wished(struct policy_state *s)
{
	s->login.request.acr_values = STR("high");
}

static void wished_in_reach(struct policy_state *s)
{
	s->session.aal = STR("1");
	s->login.request.acr_values = STR("high mid");
}

static void wished_below(struct policy_state *s)
{
	s->session.aal = STR("3");
	s->login.request.acr_values = STR("mid");
}

static void wished_unknown(struct policy_state *s)
{
	s->login.request.acr_values = STR("nonsense");
}

static void wished_done(struct policy_state *s)
{
	asked_login_done(s);
	wished(s);
}

static const struct str essential_high[] = {STR_INIT("high")};

static void essential(struct policy_state *s)
{
	s->login.request.claims.essential_acr = (struct strlist){essential_high, 1};
}

static void essential_reached(struct policy_state *s)
{
	s->login.request.claims.essential_acr = (struct strlist){essential_mid, 2};
}

static void essential_done(struct policy_state *s)
{
	asked_login_done(s);
	essential(s);
}

static void no_grant(struct policy_state *s)
{
	s->access.outcome = ACCESS_NO_GRANT;
}

static void expired(struct policy_state *s)
{
	s->access.outcome = ACCESS_EXPIRED;
}

static void disabled(struct policy_state *s)
{
	s->access.outcome = ACCESS_DISABLED;
}

static void closed(struct policy_state *s)
{
	s->access.outcome = ACCESS_SYSTEM_SUSPENDED;
}

static void two_accounts(struct policy_state *s)
{
	s->access.n_accounts = 2;
}

static void two_accounts_remembered(struct policy_state *s)
{
	two_accounts(s);
	s->session.account = STR("a2");
}

static void two_accounts_forgotten(struct policy_state *s)
{
	two_accounts(s);
	s->session.account = STR("a9");
}

static void two_accounts_chosen(struct policy_state *s)
{
	two_accounts(s);
	s->login.account_done = true;
	s->login.account = STR("a1");
}

static void chosen_foreign(struct policy_state *s)
{
	s->login.account_done = true;
	s->login.account = STR("a9");
}

static void select_one(struct policy_state *s)
{
	s->login.request.prompt_select = true;
}

static void needs_consent(struct policy_state *s)
{
	s->client.consent_required = true;
}

static void consented(struct policy_state *s)
{
	needs_consent(s);
	s->v.consented = STR("email openid");
}

static void consented_to_less(struct policy_state *s)
{
	consented(s);
	s->login.request.scope = STR("openid phone");
}

static void consent_done(struct policy_state *s)
{
	needs_consent(s);
	s->login.request.prompt_consent = s->login.consent_done = true;
}

static void ask_consent(struct policy_state *s)
{
	consented(s);
	s->login.request.prompt_consent = true;
}

static void details(struct policy_state *s)
{
	s->login.request.transaction.details = STR("[{\"type\":\"payment_approval\"}]");
}

static void details_approved(struct policy_state *s)
{
	details(s);
	s->login.request.transaction.approved = s->session.sid;
}

/* Somebody agreed, and then a session of somebody else began in this browser. */
static void details_approved_by_another(struct policy_state *s)
{
	details(s);
	s->login.request.transaction.approved = STR("another session");
}

/* An earlier consent to the scopes agrees to no transaction. */
static void details_and_consented(struct policy_state *s)
{
	consent_done(s);
	details(s);
}

struct policy_case {
	const char *name;
	void (*spoil)(struct policy_state *s);
	enum policy_step step;
	const char *silent; /* the error under prompt=none; NULL: finishes there too */
	const char *account, *acr;
	const char *check; /* the row that decides */
};

#define R(f, step, ...)                                                                            \
	{                                                                                          \
#f, f, POLICY_##step, __VA_ARGS__                                                  \
	}

static const struct policy_case rows[] = {
	R(nothing, FINISH, NULL, "a1", "mid", "done"),
	R(no_session, LOGIN, "login_required", NULL, NULL, "no_session"),
	R(cancelled, REFUSE, "access_denied", NULL, NULL, "cancelled"),
	R(no_policy, REFUSE, "server_error", NULL, NULL, "no_policy"),
	R(launcher, FINISH, NULL, "", "", "own_page"),
	R(launcher_no_session, LOGIN, "login_required", NULL, NULL, "no_session"),
	R(ask_login, LOGIN, "login_required", NULL, NULL, "prompt_login"),
	R(asked_login_done, FINISH, NULL, "a1", "mid", "done"),
	R(done_and_other_method, LOGIN, "login_required", NULL, NULL, "session_method"),
	R(done_by_another, LOGIN, "login_required", NULL, NULL, "other_person"),
	R(age_at, FINISH, NULL, "a1", "mid", "done"),
	R(age_over, LOGIN, "login_required", NULL, NULL, "max_age"),
	R(age_zero, LOGIN, "login_required", NULL, NULL, "max_age"),
	R(other_method, LOGIN, "login_required", NULL, NULL, "session_method"),
	R(hint_fits, FINISH, NULL, "a1", "mid", "done"),
	R(hint_other, LOGIN, "login_required", NULL, NULL, "id_token_hint"),
	R(hint_other_done, REFUSE, "login_required", NULL, NULL, "hint_unmet"),
	R(strict_reached, FINISH, NULL, "a1", "mid", "done"),
	R(strict_missed, LOGIN, "login_required", NULL, NULL, "level_missing"),
	R(strict_missed_done, REFUSE, "unmet_authentication_requirements", NULL, NULL,
		"level_unmet"),
	R(wished, FINISH, NULL, "a1", "mid", "done"),
	R(wished_in_reach, LOGIN, NULL, NULL, NULL, "level_requested"),
	R(wished_below, FINISH, NULL, "a1", "mid", "done"),
	R(wished_unknown, FINISH, NULL, "a1", "mid", "done"),
	R(wished_done, FINISH, NULL, "a1", "mid", "done"),
	R(essential, LOGIN, "login_required", NULL, NULL, "level_missing"),
	R(essential_reached, FINISH, NULL, "a1", "mid", "done"),
	R(essential_done, REFUSE, "unmet_authentication_requirements", NULL, NULL, "level_unmet"),
	R(no_grant, NO_ACCESS, "access_denied", NULL, NULL, "access"),
	R(expired, NO_ACCESS, "access_denied", NULL, NULL, "access"),
	R(disabled, NO_ACCESS, "access_denied", NULL, NULL, "access"),
	R(closed, NO_ACCESS, "access_denied", NULL, NULL, "access"),
	R(two_accounts, ACCOUNT, "account_selection_required", NULL, NULL, "account"),
	R(two_accounts_remembered, FINISH, NULL, "a2", "mid", "done"),
	R(two_accounts_forgotten, ACCOUNT, "account_selection_required", NULL, NULL, "account"),
	R(two_accounts_chosen, FINISH, NULL, "a1", "mid", "done"),
	R(chosen_foreign, ACCOUNT, "account_selection_required", NULL, NULL, "account"),
	R(select_one, ACCOUNT, "account_selection_required", NULL, NULL, "account"),
	R(needs_consent, CONSENT, "consent_required", NULL, NULL, "consent"),
	R(consented, FINISH, NULL, "a1", "mid", "done"),
	R(consented_to_less, CONSENT, "consent_required", NULL, NULL, "consent"),
	R(consent_done, FINISH, NULL, "a1", "mid", "done"),
	R(ask_consent, CONSENT, "consent_required", NULL, NULL, "consent"),
	R(details, APPROVE, "consent_required", NULL, NULL, "approve"),
	R(details_approved, FINISH, NULL, "a1", "mid", "done"),
	R(details_approved_by_another, APPROVE, "consent_required", NULL, NULL, "approve"),
	R(details_and_consented, APPROVE, "consent_required", NULL, NULL, "approve"),
};

static void each_state(void **state)
{
	for (size_t k = 0; k < COUNT(rows); k++) {
		const struct policy_case *row = &rows[k];
		struct policy_decision d;
		struct policy_state s;

		settle(&s);
		row->spoil(&s);
		d = policy_next(&s.v);
		if (d.step != row->step)
			fail_msg("%s: step %d, not %d", row->name, d.step, row->step);
		assert_string_equal(d.check, row->check);
		if (d.step == POLICY_FINISH) {
			check_c(d.account, row->account);
			check_c(d.acr, row->acr);
		}
		s.login.request.prompt_none = true;
		d = policy_next(&s.v);
		if (!row->silent) {
			assert_int_equal(d.step, POLICY_FINISH);
			continue;
		}
		assert_int_equal(d.step, POLICY_REFUSE);
		assert_string_equal(d.error->code, row->silent);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
