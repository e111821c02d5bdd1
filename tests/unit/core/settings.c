/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Levels of assurance, and scopes: pure rules. */
#include "unit/check.h"

#include "access/scope.h"
#include "core/settings.h"

static void order_of_assurance(void **state)
{
	static const char *const ascending[] = {
		"", "1", "1.1", "1.2", "1.10", "2", "2.1", "2.3", "3", "3.0.1", "10"};
	static const char *const same[][2] = {{"2", "2.0"}, {"2.3", "2.3.0"}, {"", ""}};
	static const char *const odd[] = {"x", "2.x", "-1", "2,3", "99999999999999999999", " 2"};

	for (size_t i = 0; i < COUNT(ascending); i++)
		for (size_t k = 0; k < COUNT(ascending); k++) {
			int want = i < k ? -1 : i > k;

			assert_int_equal(
				assurance_cmp(str_c(ascending[i]), str_c(ascending[k])), want);
		}
	for (size_t i = 0; i < COUNT(same); i++)
		assert_int_equal(assurance_cmp(str_c(same[i][0]), str_c(same[i][1])), 0);
	/* What is no level is below every level. */
	for (size_t i = 0; i < COUNT(odd); i++) {
		assert_true(assurance_cmp(str_c(odd[i]), STR("1")) < 0 ||
			    str_eq_c(str_c(odd[i]), "2.x"));
		assert_true(assurance_cmp(str_c(odd[i]), STR("2.3")) < 0);
		assert_true(assurance_cmp(STR("2.3"), str_c(odd[i])) > 0);
	}
}

static const struct level levels[] = {
	{STR_INIT("high"), STR_INIT("2.3"), STR_INIT("3")},
	{STR_INIT("mid"), STR_INIT("2.3"), STR_INIT("2.2")},
	{STR_INIT("low"), STR_INIT("1.1"), STR_INIT("")},
};
static const struct login_policy policies[] = {
	{.name = STR_INIT("first")}, {.name = STR_INIT("second")}};
static const struct settings settings = {
	.levels = levels, .n_levels = 3, .policies = policies, .n_policies = 2};

static void levels_reached(void **state)
{
	static const struct {
		const char *ial, *aal, *reached;
	} rows[] = {{"2.3", "3", "high"}, {"2.3", "2.9", "mid"}, {"2.2", "3", "low"},
		{"1.1", "", "low"}, {"1.0", "3", NULL}, {"", "", NULL}, {"3", "10", "high"}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct level *level =
			settings_reached(&settings, str_c(rows[i].ial), str_c(rows[i].aal));

		assert_int_equal(level != NULL, rows[i].reached != NULL);
		if (level)
			check_c(level->acr, rows[i].reached);
	}
	assert_null(settings_level(&settings, STR("none")));
	assert_null(settings_level(&settings, STR("")));
	assert_ptr_equal(settings_level(&settings, STR("low")), &levels[2]);
	assert_ptr_equal(settings_policy(&settings, STR("")), &policies[0]);
	assert_ptr_equal(settings_policy(&settings, STR("second")), &policies[1]);
	assert_null(settings_policy(&settings, STR("third")));
	assert_null(settings_policy(&(const struct settings){.n_levels = 0}, STR("")));
}

static void scopes(void **state)
{
	static const struct {
		const char *asked, *allowed, *common;
		bool within;
	} rows[] = {
		{"openid", "openid email", "openid", true},
		{"email openid", "openid email", "email openid", true},
		{"openid openid", "openid", "openid", true},
		{"openid phone", "openid", "openid", false},
		{"phone", "openid", "", false},
		{"", "openid", "", true},
		{"  openid  ", "openid", "openid", true},
		{"open", "openid", "", false},
		{"openid", "open id", "", false},
		{"openidx", "openid", "", false},
		{"openid", "", "", false},
	};
	struct str common;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str asked = str_c(rows[i].asked), allowed = str_c(rows[i].allowed);

		assert_true(scope_common(*state, asked, allowed, &common));
		check_c(common, rows[i].common);
		assert_int_equal(scope_within(asked, allowed), rows[i].within);
	}
	assert_true(scope_has(STR("a b c"), "b"));
	assert_false(scope_has(STR("a b c"), "a b"));
	assert_false(scope_has(STR("a b c"), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(order_of_assurance),
		arena_test(levels_reached),
		arena_test(scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
