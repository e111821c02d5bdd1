/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The login policy: a random walk over its states, and what must hold in each. */
#include "unit/idp/policy_state.h"

static const struct str fallback[] = {STR_INIT("thaid"), STR_INIT("password")};
static const struct str second[] = {STR_INIT("otp_email")};
static const struct login_policy coded = {
	.name = STR_INIT("coded"), .primary = {fallback, 2}, .second_factors = {second, 1}};
static const struct login_policy uncoded = {.name = STR_INIT("uncoded"), .primary = {fallback, 2}};

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

static struct account_rules random_rules(void)
{
	return (struct account_rules){.forbidden = pick(4) == 0,
		.from = POLICY_NOW - 1 + (int64_t)pick(3),
		.usable = coin(),
		.asked = coin(),
		.grace_logins = (int64_t)pick(2)};
}

static struct auth_proofs random_proofs(struct str first)
{
	struct str other = ONE_OF("", "otp_email", "otp_sms");
	struct auth_proofs proofs = {.n = first.n > 0};

	proofs.v[0] = (struct auth_proof){.method = first, .kind = AUTH_KNOWLEDGE};
	if (first.n && other.n)
		proofs.v[proofs.n++] =
			(struct auth_proof){.method = other, .kind = AUTH_POSSESSION};
	return proofs;
}

static bool second_proven(const struct policy_state *s)
{
	return s->proofs.n > 1 && strlist_has(s->v.policy->second_factors, s->proofs.v[1].method);
}

static void random_login(struct policy_state *s)
{
	s->rules = random_rules();
	s->session_rules = random_rules();
	s->proofs = random_proofs(ONE_OF("password", "password", ""));
	s->session_proofs = random_proofs(STR("password"));
	s->login.method.second_factor_skipped = coin();
	s->login.method.email_given = pick(4) == 0;
	s->login.method.must_change = coin() ? MUST_CHANGE_EXPIRED : MUST_CHANGE_NO;
	if (s->proofs.n && coin())
		s->v.rules = &s->rules;
	if (str_eq_c(s->session.method, "password")) {
		s->v.session_rules = &s->session_rules;
		s->v.access_rules = s->access_rules;
		s->access_rules[0] = random_rules();
		s->access_rules[1] = random_rules();
	}
}

static void random_state(struct policy_state *s)
{
	settle(s);
	s->login.request.prompt_none = coin();
	s->login.request.prompt_login = coin();
	s->login.request.prompt_consent = coin();
	s->login.request.prompt_select = coin();
	s->login.login_done = coin();
	s->login.account_done = coin();
	s->login.consent_done = coin();
	s->login.request.transaction.details = coin() ? STR_NONE : STR("[]");
	s->login.request.transaction.approved = ONE_OF("", "sid", "other");
	s->login.cancelled = pick(8) == 0;
	s->login.reset = pick(10) ? STR_NONE : STR("link");
	s->login.request.only.first = pick(10) ? STR_NONE : STR("thaid");
	s->login.person = coin() ? PERSON : OTHER;
	s->login.request.hint_person = coin() ? STR_NONE : coin() ? PERSON : OTHER;
	s->login.account = ONE_OF("", "a1", "a2", "a9");
	s->login.request.max_age = (int64_t)pick(200);
	s->login.request.acr_values = ONE_OF("", "high", "mid low", "nonsense", " low  high");
	s->login.request.scope = ONE_OF("openid", "openid email", "profile");
	s->client.consent_required = coin();
	s->session.account = ONE_OF("", "a1", "a2", "a9");
	s->session.auth_time = POLICY_NOW - (int64_t)pick(200);
	s->session.method = ONE_OF("thaid", "thaid", "password");
	s->session.ial = ONE_OF("", "1.1", "2.3", "3", "x");
	s->session.aal = ONE_OF("", "1", "2.2", "3", "x");
	s->access.outcome = coin() ? ACCESS_OK : (enum access_outcome)pick(5);
	s->access.n_accounts = s->access.outcome == ACCESS_OK ? 1 + pick(2) : 0;
	s->v.policy = pick(20) ? policies[pick(4)] : NULL;
	random_login(s);
	if (coin())
		s->login.request.claims.essential_acr =
			(struct strlist){essential_mid, 1 + pick(2)};
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
static void check_session_login(const struct policy_state *s, const struct account_rules *p)
{
	assert_false(p->forbidden);
	assert_true(
		!s->v.policy->second_factors.n || POLICY_NOW < p->from || s->session_proofs.n == 2);
}

/* A session begins only when all is done. */
static void check_begin(const struct policy_state *s)
{
	const struct account_rules *p = s->v.rules;

	assert_non_null(p);
	assert_false(p->forbidden);
	assert_int_equal(s->login.method.must_change, MUST_CHANGE_NO);
	assert_true(!s->login.request.only.first.n &&
		    strlist_has(s->v.policy->primary, s->proofs.v[0].method));
	if (!s->v.policy->second_factors.n || second_proven(s))
		return;
	assert_true(POLICY_NOW < p->from);
	if (!s->login.method.email_given)
		assert_true(!p->usable && (!p->asked || (s->login.method.second_factor_skipped &&
								p->grace_logins > 0)));
}

/* A forgotten password leads to a new one, by a second proof, and nowhere else. */
static void check_reset(const struct policy_state *s, enum policy_step step)
{
	if (step == POLICY_RECOVERY_OVER)
		return;
	assert_true(s->v.rules && !s->v.rules->forbidden);
	assert_int_equal(step, s->proofs.n > 1 ? POLICY_CHANGE : POLICY_SECOND_FACTOR);
}

static void check_finish(const struct policy_state *s, const struct policy_decision *d)
{
	const struct login *login = &s->login;

	assert_false(login->cancelled);
	assert_non_null(s->v.session);
	assert_non_null(s->v.policy);
	assert_true(strlist_has(s->v.policy->primary, s->session.method));
	assert_true(!login->request.only.first.n ||
		    str_eq(login->request.only.first, s->session.method));
	/* A session that serves, or a login within this very transaction by this very person. */
	if (login->login_done)
		assert_true(str_eq(login->person, s->session.person));
	else {
		assert_false(login->request.prompt_login);
		assert_true(!login->request.max_age ||
			    (login->request.max_age > 1 && POLICY_NOW - s->session.auth_time <=
								   login->request.max_age - 1));
	}
	if (s->v.session_rules)
		check_session_login(s, s->v.session_rules);
	if (!s->v.client)
		return;
	assert_true(!login->request.hint_person.n ||
		    str_eq(login->request.hint_person, s->session.person));
	assert_int_equal(s->access.outcome, ACCESS_OK);
	assert_true(d->account.n > 0 && access_account_find(&s->access, d->account));
	if (s->v.access_rules)
		check_session_login(s, &s->access_rules[str_eq_c(d->account, "a2")]);
	if (login->account_done)
		check_str(d->account, login->account);
	else
		assert_false(login->request.prompt_select);
	if (!login->consent_done) {
		assert_false(login->request.prompt_consent);
		assert_true(!s->client.consent_required ||
			    scope_within(login->request.scope, s->v.consented));
	}
	if (s->v.policy->acr.n)
		assert_true(level_met(s, "mid"));
	if (s->login.request.claims.essential_acr.n)
		assert_true(level_met(s, "high") ||
			    (s->login.request.claims.essential_acr.n == 2 && level_met(s, "mid")));
	assert_true(!d->acr.n || level_met(s, str_eq_c(d->acr, "high")  ? "high"
					      : str_eq_c(d->acr, "mid") ? "mid"
									: "low"));
}

#define CHECKS_MAX 32

static size_t row_of(const char *name)
{
	for (size_t i = 0; i < CHECKS_MAX; i++) {
		if (!strcmp(policy_checks[i].name, name))
			return i;
		if (!policy_checks[i].applies)
			break;
	}
	fail_msg("%s is no row of the policy", name);
	return 0;
}

static void random_walk(void **state)
{
	size_t seen[POLICY_STEP_MAX] = {0}, decided[CHECKS_MAX] = {0};

	for (int n = 0; n < 600000; n++) {
		struct policy_decision d, again;
		struct policy_state s;

		random_state(&s);
		d = policy_next(&s.v);
		again = policy_next(&s.v);
		assert_memory_equal(&d.step, &again.step, sizeof(d.step));
		seen[d.step]++;
		decided[row_of(d.check)]++;
		if (s.login.reset.n) {
			check_reset(&s, d.step);
			continue;
		}
		if (d.step == POLICY_FINISH)
			check_finish(&s, &d);
		else if (d.step == POLICY_BEGIN)
			check_begin(&s);
		else
			assert_non_null(d.error);
		if (s.login.request.prompt_none)
			assert_true(d.step == POLICY_FINISH || d.step == POLICY_REFUSE);
		if (d.step == POLICY_NO_ACCESS)
			assert_true(s.v.session && s.access.outcome != ACCESS_OK);
		if (d.step == POLICY_ACCOUNT || d.step == POLICY_CONSENT ||
			d.step == POLICY_APPROVE)
			assert_true(s.v.session && s.access.outcome == ACCESS_OK);
	}
	for (int step = 0; step < POLICY_STEP_MAX; step++)
		assert_true(seen[step] > 100);
	/* A row that never decides is none. */
	for (size_t i = 0; i == 0 || policy_checks[i - 1].applies; i++)
		if (!decided[i])
			fail_msg("%s never decides", policy_checks[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
