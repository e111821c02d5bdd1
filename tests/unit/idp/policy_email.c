/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The policy of a login by password by somebody whom no code reaches: before the day an email is
 * asked for, and may be put off. */
#include "unit/check.h"

#include "idp/login/policy.h"
#include "directory/credential.h"
#include "idp/login/login_record.h"

#define NOW 1800000000

static const struct str ways[] = {STR_INIT("thaid"), STR_INIT("password")};
static const struct str second[] = {STR_INIT("otp_email")};
static const struct login_policy coded = {
	.name = STR_INIT("coded"), .primary = {ways, 2}, .second_factors = {second, 1}};
static const struct settings settings;

/* A login by password without a code, before the day and on it. */
struct respite {
	const char *name;
	int64_t from;
	bool usable, asked, skipped, given;
	int64_t grace_logins;
	int must_change;
	enum policy_step step;
};

static const struct respite respites[] = {
	{"asked", NOW + 1, 0, 1, 0, 0, 3, 0, POLICY_ENROL_EMAIL},
	{"asked without a respite left", NOW + 1, 0, 1, 0, 0, 0, 0, POLICY_ENROL_EMAIL},
	{"put off", NOW + 1, 0, 1, 1, 0, 1, 0, POLICY_BEGIN},
	{"put off, but none was left", NOW + 1, 0, 1, 1, 0, 0, 0, POLICY_ENROL_EMAIL},
	{"given", NOW + 1, 1, 1, 0, 1, 0, 0, POLICY_BEGIN},
	{"given by this very request", NOW + 1, 0, 1, 0, 1, 0, 0, POLICY_BEGIN},
	{"given, then the day came", NOW, 1, 1, 0, 1, 3, 0, POLICY_SECOND_FACTOR},
	{"an email would not help", NOW + 1, 0, 0, 0, 0, 3, 0, POLICY_BEGIN},
	{"has one", NOW + 1, 1, 1, 0, 0, 3, 0, POLICY_SECOND_FACTOR},
	{"has one, put off all the same", NOW + 1, 1, 1, 1, 0, 3, 0, POLICY_SECOND_FACTOR},
	{"the day", NOW, 0, 1, 0, 0, 3, 0, POLICY_SECOND_FACTOR_UNAVAILABLE},
	{"the day, put off", NOW, 0, 1, 1, 0, 3, 0, POLICY_SECOND_FACTOR_UNAVAILABLE},
	{"the change comes first", NOW + 1, 0, 1, 0, 0, 3, MUST_CHANGE_INITIAL, POLICY_CHANGE},
};

static void an_email_is_asked_for_before_the_day(void **state)
{
	for (size_t i = 0; i < sizeof(respites) / sizeof(respites[0]); i++) {
		const struct respite *r = respites + i;
		const struct account_rules rules = {.from = r->from,
			.usable = r->usable,
			.asked = r->asked,
			.grace_logins = r->grace_logins};
		const struct login login = {.method = {.second_factor_skipped = r->skipped,
						    .email_given = r->given,
						    .must_change = r->must_change}};
		const struct auth_proofs proofs = {
			.v = {{.method = STR("password"), .kind = AUTH_KNOWLEDGE}}, .n = 1};
		const struct policy_view view = {.login = &login,
			.proofs = &proofs,
			.rules = &rules,
			.policy = &coded,
			.settings = &settings,
			.now = NOW};

		if (policy_next(&view).step != r->step)
			fail_msg("%s: step %d", r->name, (int)policy_next(&view).step);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_email_is_asked_for_before_the_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
