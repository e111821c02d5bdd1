/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The simulated ThaID without HTTP: login requests, decisions, the way back, codes. */
#include "fixture.h"

/* --- authorization requests --- */

static void faults_stay_on_the_page(void **state)
{
	static const struct {
		const char *query, *error;
	} cases[] = {
		{"response_type=code&client_id=nobody&redirect_uri=" BACK "&state=S&scope=pid",
			"unauthorized_client"},
		{"response_type=code&client_id=one&redirect_uri=" BACK "/&state=S&scope=pid",
			"invalid_request"},
		{"response_type=code&client_id=one&state=S&scope=pid", "invalid_request"},
		{"response_type=token&client_id=one&redirect_uri=" BACK "&state=S&scope=pid",
			"unsupported_response_type"},
		{"response_type=code&client_id=one&redirect_uri=" BACK "&state=S&scope=pid+gender",
			"invalid_scope"},
		{"response_type=code&client_id=one&redirect_uri=" BACK "&state=S", "invalid_scope"},
		{"response_type=code&client_id=one&redirect_uri=" BACK "&state=S&scope=th_fullname",
			"invalid_scope"},
		{"response_type=code&client_id=one&redirect_uri=" BACK "&scope=pid",
			"invalid_request"},
	};
	struct sandbox_fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct form q = form(f, cases[i].query);
		struct thaid_error e;
		struct str id;

		check_rc(thaid_begin(f->t, f->a, THAID_API_V2, &q, &id, &e), RC_INVALID);
		assert_string_equal(e.code, cases[i].error);
		assert_int_equal(e.status, 400);
	}
}

static void the_phone_finds_a_login(void **state)
{
	struct sandbox_fixture *f = *state;
	struct thaid_login_view v = begin(f, REQUEST "pid"), found;
	struct buf qr;

	assert_int_equal(v.reference.n, 6);
	buf_init(&qr, f->a, 200);
	buf_addf(&qr, " http://x/phone?qr=%.*s&a=b ", STR_FMT(v.qr));
	check_ok(thaid_scan(f->t, f->a, buf_str(&qr), &found));
	check_str(found.id, v.id);
	check_ok(thaid_scan(f->t, f->a, v.qr, &found));
	check_ok(thaid_scan(f->t, f->a, v.reference, &found));
	check_rc(thaid_scan(f->t, f->a, STR_NONE, &found), RC_NOT_FOUND);
	/* The browser's own handle is no way in for the phone. */
	check_rc(thaid_scan(f->t, f->a, v.id, &found), RC_NOT_FOUND);
	assert_int_equal(thaid_pending(f->t, f->a, &found, 1), 1);
}

static void a_login_is_decided_once(void **state)
{
	struct sandbox_fixture *f = *state;
	struct thaid_login_view v = begin(f, REQUEST "pid");
	struct str url;

	check_rc(thaid_return(f->t, f->a, v.id, &url), RC_CONFLICT);
	check_rc(thaid_approve(f->t, v.reference, STR("0000000000000")), RC_NOT_FOUND);
	check_rc(thaid_approve(f->t, STR("NOBODY"), STR("1234567890121")), RC_NOT_FOUND);
	check_ok(thaid_refuse(f->t, v.reference));
	check_rc(thaid_approve(f->t, v.reference, STR("1234567890121")), RC_CONFLICT);
	check_ok(thaid_return(f->t, f->a, v.id, &url));
	check_c(param(url, "error="), "user_denied");
	check_c(param(url, "state="), "S");
	assert_int_equal(param(url, "code=").n, 0);
	set(f, "refusal=access_denied");
	check_ok(thaid_return(f->t, f->a, v.id, &url));
	check_c(param(url, "error="), "access_denied");
}

static void a_login_expires(void **state)
{
	struct sandbox_fixture *f = *state;
	struct thaid_login_view v = begin(f, REQUEST "pid");
	struct str url;

	now_ms += 119999;
	assert_int_equal(thaid_pending(f->t, f->a, &v, 1), 1);
	now_ms += 1;
	assert_int_equal(thaid_pending(f->t, f->a, &v, 1), 0);
	check_rc(thaid_approve(f->t, v.reference, STR("1234567890121")), RC_EXPIRED);
	check_rc(thaid_return(f->t, f->a, v.id, &url), RC_EXPIRED);
}

static void ways_back(void **state)
{
	static const struct {
		const char *how, *code, *error, *state;
	} cases[] = {
		{"return=normal", "yes", NULL, "S"},
		{"return=no_state", "yes", NULL, NULL},
		{"return=wrong_state", "yes", NULL, "not-the-state-that-was-sent"},
		{"return=no_code", NULL, NULL, "S"},
		{"return=code_and_error", "yes", "user_denied", "S"},
		{"return=server_error", NULL, "server_error", "S"},
	};
	struct sandbox_fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct thaid_login_view v = begin(f, REQUEST "pid");
		struct str url;

		set(f, cases[i].how);
		check_ok(thaid_approve(f->t, v.reference, STR("1234567890121")));
		check_ok(thaid_return(f->t, f->a, v.id, &url));
		assert_int_equal(param(url, "code=").n > 0, cases[i].code != NULL);
		check_str(param(url, "error="), str_c(cases[i].error));
		check_str(param(url, "state="), str_c(cases[i].state));
	}
}

/* --- codes --- */

static void a_code_is_good_once(void **state)
{
	struct sandbox_fixture *f = *state;
	struct str code = approved_code(f, "pid"), body;
	struct thaid_error error;
	struct json_value *v;

	check_ok(token(f, code, &body, &error));
	check_ok(json_value_parse(body, 65536, &v));
	check_has(thaid_introspect(f->t, f->a, text_of(v, "access_token")), "\"active\":true");
	check_rc(token(f, code, &body, &error), RC_INVALID);
	assert_string_equal(error.code, "duplicate_request");
	/* RFC 6749 4.1.2: what the first use gave is taken back. */
	check_c(thaid_introspect(f->t, f->a, text_of(v, "access_token")), "{\"active\":false}");
	json_value_free(v);
}

static void codes_that_are_refused(void **state)
{
	struct sandbox_fixture *f = *state;
	struct thaid_error error;
	struct form other;
	struct str body, code;

	check_rc(token(f, STR("x"), &body, &error), RC_INVALID);
	check_rc(token(f, STR_NONE, &body, &error), RC_INVALID);
	code = approved_code(f, "pid");
	now_ms += 60000;
	check_rc(token(f, code, &body, &error), RC_INVALID);
	set(f, "code_replayed=true");
	check_rc(token(f, approved_code(f, "pid"), &body, &error), RC_INVALID);
	assert_string_equal(error.code, "duplicate_request");
	set(f, "code_replayed=false");
	code = approved_code(f, "pid");
	other = form(f, "grant_type=authorization_code&code=x&redirect_uri=" BACK);
	check_rc(thaid_token(f->t, f->a, &client_rows[1], &other, &body, &error), RC_INVALID);
	other = form(f, "grant_type=password");
	check_rc(thaid_token(f->t, f->a, &client_rows[0], &other, &body, &error), RC_INVALID);
	assert_string_equal(error.code, "unsupported_grant_type");
	check_ok(token(f, code, &body, &error));
}

static void the_oldest_login_gives_way(void **state)
{
	struct sandbox_fixture *f = *state;
	struct thaid_login_view first = begin(f, REQUEST "pid"), v;

	for (int i = 0; i < THAID_LOGINS_MAX; i++) {
		struct form q = form(f, REQUEST "pid");
		struct thaid_error e;
		struct str id;

		check_ok(thaid_begin(f->t, f->a, THAID_API_V2, &q, &id, &e));
	}
	check_rc(thaid_login_get(f->t, f->a, first.id, &v), RC_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(faults_stay_on_the_page),
		T(the_phone_finds_a_login),
		T(a_login_is_decided_once),
		T(a_login_expires),
		T(ways_back),
		T(a_code_is_good_once),
		T(codes_that_are_refused),
		T(the_oldest_login_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
