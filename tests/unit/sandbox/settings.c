/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The table of ThaID's variants and faults. */
#include "check.h"
#include "sandbox/common/settings.h"

static struct str written(struct arena *a, const struct thaid_settings *s)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, a, 16384);
	json_writer_init(&w, &b);
	settings_write(s, &w);
	return buf_str(&b);
}

static enum rc merge(struct arena *a, struct thaid_settings *s, const char *json, struct str *why)
{
	struct json_value *v;
	enum rc rc;

	check_ok(json_value_parse(str_c(json), 4096, &v));
	rc = settings_merge(s, a, v, why);
	json_value_free(v);
	return rc;
}

static void reset_gives_what_thaid_does(void **state)
{
	struct thaid_settings s;

	memset(&s, 0xff, sizeof(s));
	settings_reset(&s);
	assert_int_equal(s.delivery, DELIVERY_AUTO);
	assert_int_equal(s.expiry_value, 0);
	assert_true(s.refresh_token);
	assert_int_equal(s.nonce, NONCE_ECHO);
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.token_seconds, 900);
	check_has(written(*state, &s), "\"delivery\":\"auto\"");
	check_has(written(*state, &s), "\"refresh_token\":true");
	check_has(written(*state, &s), "\"login_seconds\":120");
}

/* Every word of every row is read back as it was written. */
static void every_value_survives(void **state)
{
	for (size_t i = 0; i < thaid_setting_count; i++) {
		const struct setting *row = &thaid_setting_table[i];
		struct thaid_settings s;
		struct str why;

		settings_reset(&s);
		for (int k = 0; row->words != NULL && row->words[k] != NULL; k++) {
			check_ok(settings_set(
				&s, *state, str_c(row->name), str_c(row->words[k]), &why));
			check_c(settings_text(&s, row, *state), row->words[k]);
		}
		if (row->kind != SETTING_NUMBER)
			continue;
		check_ok(settings_set(&s, *state, str_c(row->name), STR("7"), &why));
		check_c(settings_text(&s, row, *state), "7");
	}
}

static void faulty_values(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} cases[] = {
		{"delivery", "pigeon", "one of auto flat"},
		{"delivery", "", "one of"},
		{"refresh_token", "yes", "true or false"},
		{"delay_ms", "-1", "from 0 to 600000"},
		{"delay_ms", "600001", "from 0 to 600000"},
		{"delay_ms", "1.5", "whole number"},
		{"nobody", "1", "unknown setting"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct thaid_settings s;
		struct str why;

		settings_reset(&s);
		check_rc(
			settings_set(&s, *state, str_c(cases[i].name), str_c(cases[i].value), &why),
			RC_INVALID);
		check_has(why, cases[i].says);
	}
}

static void merge_is_all_or_nothing(void **state)
{
	struct thaid_settings s;
	struct str why, before;

	settings_reset(&s);
	check_ok(merge(*state, &s,
		"{\"delivery\":\"both\",\"refresh_token\":false,\"delay_ms\":250}", &why));
	assert_int_equal(s.delivery, DELIVERY_BOTH);
	assert_false(s.refresh_token);
	assert_int_equal(s.delay_ms, 250);
	before = written(*state, &s);
	check_rc(merge(*state, &s, "{\"nonce\":\"omit\",\"delivery\":1}", &why), RC_INVALID);
	check_rc(merge(*state, &s, "{\"nonce\":\"omit\",\"x\":true}", &why), RC_INVALID);
	check_rc(merge(*state, &s, "{\"nonce\":null}", &why), RC_INVALID);
	check_rc(merge(*state, &s, "[]", &why), RC_INVALID);
	check_str(written(*state, &s), before);
}

static void a_fault_counts_down(void **state)
{
	struct thaid_settings s;

	settings_reset(&s);
	s.fault = FAULT_503;
	s.fault_at = AT_JWKS;
	s.fault_times = 2;
	assert_int_equal(settings_take_fault(&s, AT_TOKEN), FAULT_NONE);
	assert_int_equal(settings_take_fault(&s, AT_JWKS), FAULT_503);
	assert_int_equal(settings_take_fault(&s, AT_JWKS), FAULT_503);
	assert_int_equal(settings_take_fault(&s, AT_JWKS), FAULT_NONE);
	s.fault = FAULT_500;
	s.fault_at = AT_ALL;
	for (int i = 0; i < 5; i++)
		assert_int_equal(settings_take_fault(&s, AT_REVOKE), FAULT_500);
}

static void a_delay_has_its_place(void **state)
{
	struct thaid_settings s;

	settings_reset(&s);
	s.delay_ms = 100;
	assert_int_equal(settings_delay(&s, AT_TOKEN), 100);
	s.delay_at = AT_AUTH;
	assert_int_equal(settings_delay(&s, AT_TOKEN), 0);
	assert_int_equal(settings_delay(&s, AT_AUTH), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(reset_gives_what_thaid_does),
		arena_test(every_value_survives),
		arena_test(faulty_values),
		arena_test(merge_is_all_or_nothing),
		arena_test(a_fault_counts_down),
		arena_test(a_delay_has_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
