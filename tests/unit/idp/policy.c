/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The login policy: a table of states and what follows, and a random walk over invariants. */
#include "unit/check.h"

#include "idp/login/policy.h"
#include "idp/oauth/scope.h"
#include "directory/credential.h"

#define NOW    1800000000
#define PERSON STR("somchai000000000000000")
#define OTHER  STR("malee00000000000000000")
static const struct level levels[] = {
	{STR_INIT("high"), STR_INIT("2.3"), STR_INIT("3")},
	{STR_INIT("mid"), STR_INIT("2.3"), STR_INIT("2.2")},
	{STR_INIT("low"), STR_INIT("1.1"), STR_INIT("1")},
};
static const struct str primary[] = {STR_INIT("thaid")};
static const struct login_policy lax = {STR_INIT("lax"), {primary, 1}, STR_INIT("")};
static const struct login_policy strict = {STR_INIT("strict"), {primary, 1}, STR_INIT("mid")};
static const struct str fallback[] = {STR_INIT("thaid"), STR_INIT("password")};
static const struct str second[] = {STR_INIT("otp_email")};
static const struct str methods[] = {STR_INIT("pwd"), STR_INIT("otp")};
static const struct login_policy coded = {
	.name = STR_INIT("coded"), .primary = {fallback, 2}, .second_factors = {second, 1}};
static const struct login_policy uncoded = {.name = STR_INIT("uncoded"), .primary = {fallback, 2}};
static const struct settings settings = {.levels = levels, .n_levels = 3};

static struct access_account access_accounts[] = {
	{.account = {.id = STR_INIT("a1")}},
	{.account = {.id = STR_INIT("a2")}},
};

/* A state in which everything is settled; each row spoils one thing. */
struct policy_state {
	struct interaction i;
	struct client client;
	struct session session;
	struct access_decision access;
	struct policy_password login, of_session, of_accounts[2];
	struct policy_view v;
};

static void settle(struct policy_state *s)
{
	*s = (struct policy_state){
		.client = {.id = STR("portal")},
		.session = {.person = PERSON,
			.auth_time = NOW - 100,
			.method = STR("thaid"),
			.ial = STR("2.3"),
			.aal = STR("2.2")},
		.access = {.outcome = ACCESS_OK, .accounts = access_accounts, .n_accounts = 1},
	};
	s->i.scope = STR("openid");
	s->v = (struct policy_view){.i = &s->i,
		.client = &s->client,
		.session = &s->session,
		.access = &s->access,
		.policy = &lax,
		.settings = &settings,
		.now = NOW};
}

static void nothing(struct policy_state *s)
{
}

static void no_session(struct policy_state *s)
{
	s->v.session = NULL;
	s->v.access = NULL;
}

static void cancelled(struct policy_state *s)
{
	no_session(s);
	s->i.cancelled = true;
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
	s->i.prompt_login = true;
}

static void asked_login_done(struct policy_state *s)
{
	s->i.prompt_login = s->i.login_done = true;
	s->i.person = PERSON;
}

/* Another tab of the same person logged in by a way this system does not take. */
static void done_and_other_method(struct policy_state *s)
{
	asked_login_done(s);
	s->session.method = STR("password");
}

static void done_by_another(struct policy_state *s)
{
	s->i.login_done = true;
	s->i.person = OTHER;
}

static void age_at(struct policy_state *s)
{
	s->i.max_age = 100 + 1;
}

static void age_over(struct policy_state *s)
{
	s->i.max_age = 99 + 1;
}

static void age_zero(struct policy_state *s)
{
	s->i.max_age = 1;
	s->session.auth_time = NOW;
}

static void other_method(struct policy_state *s)
{
	s->session.method = STR("password");
}

static void hint_fits(struct policy_state *s)
{
	s->i.hint_person = PERSON;
}

static void hint_other(struct policy_state *s)
{
	s->i.hint_person = OTHER;
}

static void hint_other_done(struct policy_state *s)
{
	asked_login_done(s);
	s->i.hint_person = OTHER;
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

static void wished(struct policy_state *s)
{
	s->i.acr_values = STR("high");
}

static void wished_unknown(struct policy_state *s)
{
	s->i.acr_values = STR("nonsense");
}

static void wished_done(struct policy_state *s)
{
	asked_login_done(s);
	wished(s);
}

static const struct str essential_high[] = {STR_INIT("high")};
static const struct str essential_mid[] = {STR_INIT("high"), STR_INIT("mid")};

static void essential(struct policy_state *s)
{
	s->v.essential_acr = (struct strlist){essential_high, 1};
}

static void essential_reached(struct policy_state *s)
{
	s->v.essential_acr = (struct strlist){essential_mid, 2};
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
	s->i.account_done = true;
	s->i.account = STR("a1");
}

static void chosen_foreign(struct policy_state *s)
{
	s->i.account_done = true;
	s->i.account = STR("a9");
}

static void select_one(struct policy_state *s)
{
	s->i.prompt_select = true;
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
	s->i.scope = STR("openid phone");
}

static void consent_done(struct policy_state *s)
{
	needs_consent(s);
	s->i.prompt_consent = s->i.consent_done = true;
}

static void ask_consent(struct policy_state *s)
{
	consented(s);
	s->i.prompt_consent = true;
}

struct policy_case {
	const char *name;
	void (*spoil)(struct policy_state *s);
	enum policy_step step;
	const char *silent; /* the error under prompt=none; NULL: finishes there too */
	const char *account, *acr;
};

#define ROW(f, ...)                                                                                \
	{                                                                                          \
#f, f, __VA_ARGS__                                                                 \
	}

static const struct policy_case rows[] = {
	ROW(nothing, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(no_session, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(cancelled, POLICY_REFUSE, "access_denied", NULL, NULL),
	ROW(no_policy, POLICY_REFUSE, "server_error", NULL, NULL),
	ROW(launcher, POLICY_FINISH, NULL, "", ""),
	ROW(launcher_no_session, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(ask_login, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(asked_login_done, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(done_and_other_method, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(done_by_another, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(age_at, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(age_over, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(age_zero, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(other_method, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(hint_fits, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(hint_other, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(hint_other_done, POLICY_REFUSE, "login_required", NULL, NULL),
	ROW(strict_reached, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(strict_missed, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(strict_missed_done, POLICY_REFUSE, "unmet_authentication_requirements", NULL, NULL),
	ROW(wished, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(wished_unknown, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(wished_done, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(essential, POLICY_LOGIN, "login_required", NULL, NULL),
	ROW(essential_reached, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(essential_done, POLICY_REFUSE, "unmet_authentication_requirements", NULL, NULL),
	ROW(no_grant, POLICY_NO_ACCESS, "access_denied", NULL, NULL),
	ROW(expired, POLICY_NO_ACCESS, "access_denied", NULL, NULL),
	ROW(disabled, POLICY_NO_ACCESS, "access_denied", NULL, NULL),
	ROW(closed, POLICY_NO_ACCESS, "access_denied", NULL, NULL),
	ROW(two_accounts, POLICY_ACCOUNT, "account_selection_required", NULL, NULL),
	ROW(two_accounts_remembered, POLICY_FINISH, NULL, "a2", "mid"),
	ROW(two_accounts_forgotten, POLICY_ACCOUNT, "account_selection_required", NULL, NULL),
	ROW(two_accounts_chosen, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(chosen_foreign, POLICY_ACCOUNT, "account_selection_required", NULL, NULL),
	ROW(select_one, POLICY_ACCOUNT, "account_selection_required", NULL, NULL),
	ROW(needs_consent, POLICY_CONSENT, "consent_required", NULL, NULL),
	ROW(consented, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(consented_to_less, POLICY_CONSENT, "consent_required", NULL, NULL),
	ROW(consent_done, POLICY_FINISH, NULL, "a1", "mid"),
	ROW(ask_consent, POLICY_CONSENT, "consent_required", NULL, NULL),
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
		if (d.step == POLICY_FINISH) {
			check_c(d.account, row->account);
			check_c(d.acr, row->acr);
		}
		s.i.prompt_none = true;
		d = policy_next(&s.v);
		if (!row->silent) {
			assert_int_equal(d.step, POLICY_FINISH);
			continue;
		}
		assert_int_equal(d.step, POLICY_REFUSE);
		assert_string_equal(d.error->code, row->silent);
	}
}

/* --- what must hold in any state --- */

static uint64_t seed = 88172645463325252u;

static uint64_t pick(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static bool coin(void)
{
	return pick(2);
}

static struct str one_of(const char *const *words, size_t n)
{
	return str_c(words[pick(n)]);
}

#define ONE_OF(...)                                                                                \
	one_of((const char *const[]){__VA_ARGS__},                                                 \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static const struct login_policy *const policies[] = {&lax, &strict, &coded, &uncoded};

static struct policy_password random_password(void)
{
	return (struct policy_password){.forbidden = pick(4) == 0,
		.from = NOW - 1 + (int64_t)pick(3),
		.usable = coin(),
		.asked = coin(),
		.grace_logins = (int64_t)pick(2)};
}

static void random_login(struct policy_state *s)
{
	s->login = random_password();
	s->of_session = random_password();
	s->i.primary = ONE_OF("password", "password", "");
	s->i.second_factor_done = ONE_OF("", "otp_email", "otp_sms");
	s->i.second_factor_skipped = coin();
	s->i.email_given = pick(4) == 0;
	s->i.must_change = coin() ? MUST_CHANGE_EXPIRED : MUST_CHANGE_NO;
	s->session.amr = (struct strlist){methods, 1 + pick(2)};
	if (s->i.primary.n && coin())
		s->v.login = &s->login;
	if (str_eq_c(s->session.method, "password")) {
		s->v.of_session = &s->of_session;
		s->v.of_accounts = s->of_accounts;
		s->of_accounts[0] = random_password();
		s->of_accounts[1] = random_password();
	}
}

static void random_state(struct policy_state *s)
{
	settle(s);
	s->i.prompt_none = coin();
	s->i.prompt_login = coin();
	s->i.prompt_consent = coin();
	s->i.prompt_select = coin();
	s->i.login_done = coin();
	s->i.account_done = coin();
	s->i.consent_done = coin();
	s->i.cancelled = pick(8) == 0;
	s->i.reset = pick(10) ? STR_NONE : STR("link");
	s->i.only = pick(10) ? STR_NONE : STR("thaid");
	s->i.person = coin() ? PERSON : OTHER;
	s->i.hint_person = coin() ? STR_NONE : coin() ? PERSON : OTHER;
	s->i.account = ONE_OF("", "a1", "a2", "a9");
	s->i.max_age = (int64_t)pick(200);
	s->i.acr_values = ONE_OF("", "high", "mid low", "nonsense", " low  high");
	s->i.scope = ONE_OF("openid", "openid email", "profile");
	s->client.consent_required = coin();
	s->session.account = ONE_OF("", "a1", "a2", "a9");
	s->session.auth_time = NOW - (int64_t)pick(200);
	s->session.method = ONE_OF("thaid", "thaid", "password");
	s->session.ial = ONE_OF("", "1.1", "2.3", "3", "x");
	s->session.aal = ONE_OF("", "1", "2.2", "3", "x");
	s->access.outcome = coin() ? ACCESS_OK : (enum access_outcome)pick(5);
	s->access.n_accounts = s->access.outcome == ACCESS_OK ? 1 + pick(2) : 0;
	s->v.policy = pick(20) ? policies[pick(4)] : NULL;
	random_login(s);
	if (coin())
		s->v.essential_acr = (struct strlist){essential_mid, 1 + pick(2)};
	s->v.consented = ONE_OF("", "openid", "openid email");
	if (pick(4) == 0)
		no_session(s);
	if (pick(8) == 0)
		s->v.client = NULL;
}

static bool level_met(const struct policy_state *s, const char *acr)
{
	const struct level *level = settings_level(&settings, str_c(acr));

	return level_reached(level, s->session.ial, s->session.aal);
}

/* A session begun by password serves while the office allows it, with a code once that is due. */
static void check_session_login(const struct policy_state *s, const struct policy_password *p)
{
	assert_false(p->forbidden);
	assert_true(!s->v.policy->second_factors.n || NOW < p->from || s->session.amr.n == 2);
}

/* A session begins only when all is done. */
static void check_begin(const struct policy_state *s)
{
	const struct policy_password *p = s->v.login;

	assert_non_null(p);
	assert_false(p->forbidden);
	assert_int_equal(s->i.must_change, MUST_CHANGE_NO);
	assert_true(!s->i.only.n && strlist_has(s->v.policy->primary, s->i.primary));
	if (!s->v.policy->second_factors.n ||
		strlist_has(s->v.policy->second_factors, s->i.second_factor_done))
		return;
	assert_true(NOW < p->from);
	if (!s->i.email_given)
		assert_true(!p->usable &&
			    (!p->asked || (s->i.second_factor_skipped && p->grace_logins > 0)));
}

/* A forgotten password leads to a new one, by a second proof, and nowhere else. */
static void check_reset(const struct policy_state *s, enum policy_step step)
{
	if (step == POLICY_RECOVERY_OVER)
		return;
	assert_true(s->v.login && !s->v.login->forbidden);
	assert_int_equal(step, s->i.second_factor_done.n ? POLICY_CHANGE : POLICY_SECOND_FACTOR);
}

static void check_finish(const struct policy_state *s, const struct policy_decision *d)
{
	const struct interaction *i = &s->i;

	assert_false(i->cancelled);
	assert_non_null(s->v.session);
	assert_non_null(s->v.policy);
	assert_true(strlist_has(s->v.policy->primary, s->session.method));
	assert_true(!i->only.n || str_eq(i->only, s->session.method));
	/* A session that serves, or a login within this very transaction by this very person. */
	if (i->login_done)
		assert_true(str_eq(i->person, s->session.person));
	else {
		assert_false(i->prompt_login);
		assert_true(!i->max_age ||
			    (i->max_age > 1 && NOW - s->session.auth_time <= i->max_age - 1));
	}
	if (s->v.of_session)
		check_session_login(s, s->v.of_session);
	if (!s->v.client)
		return;
	assert_true(!i->hint_person.n || str_eq(i->hint_person, s->session.person));
	assert_int_equal(s->access.outcome, ACCESS_OK);
	assert_true(d->account.n > 0 && access_account_find(&s->access, d->account));
	if (s->v.of_accounts)
		check_session_login(s, &s->of_accounts[str_eq_c(d->account, "a2")]);
	if (i->account_done)
		check_str(d->account, i->account);
	else
		assert_false(i->prompt_select);
	if (!i->consent_done) {
		assert_false(i->prompt_consent);
		assert_true(!s->client.consent_required || scope_within(i->scope, s->v.consented));
	}
	if (s->v.policy->acr.n)
		assert_true(level_met(s, "mid"));
	if (s->v.essential_acr.n)
		assert_true(
			level_met(s, "high") || (s->v.essential_acr.n == 2 && level_met(s, "mid")));
	assert_true(!d->acr.n || level_met(s, str_eq_c(d->acr, "high")  ? "high"
					      : str_eq_c(d->acr, "mid") ? "mid"
									: "low"));
}

static void random_walk(void **state)
{
	size_t seen[POLICY_STEP_MAX] = {0};

	for (int n = 0; n < 600000; n++) {
		struct policy_decision d, again;
		struct policy_state s;

		random_state(&s);
		d = policy_next(&s.v);
		again = policy_next(&s.v);
		assert_memory_equal(&d.step, &again.step, sizeof(d.step));
		seen[d.step]++;
		if (s.i.reset.n) {
			check_reset(&s, d.step);
			continue;
		}
		if (d.step == POLICY_FINISH)
			check_finish(&s, &d);
		else if (d.step == POLICY_BEGIN)
			check_begin(&s);
		else
			assert_non_null(d.error);
		if (s.i.prompt_none)
			assert_true(d.step == POLICY_FINISH || d.step == POLICY_REFUSE);
		if (d.step == POLICY_NO_ACCESS)
			assert_true(s.v.session && s.access.outcome != ACCESS_OK);
		if (d.step == POLICY_ACCOUNT || d.step == POLICY_CONSENT)
			assert_true(s.v.session && s.access.outcome == ACCESS_OK);
	}
	for (int step = 0; step < POLICY_STEP_MAX; step++)
		assert_true(seen[step] > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state),
		cmocka_unit_test(random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
