/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The main job: a portal logs a person in, gets tokens, and a second portal needs no prompt. */
#include "flow/helpers.h"

static void login_gives_code_and_tokens(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b = {.w = w};
	struct raw_answer r = browse_s(&b, authorize_target(w, "portal", "")), tokens;
	struct str url, payload;

	assert_int_equal(r.status, 303);
	assert_true(str_starts(location(&r), STR("/login?i=")));
	r = pass_login(&b, &r);
	assert_int_equal(r.status, 303);
	url = location(&r);
	assert_true(str_starts(url, STR(PORTAL_CB "?code=pratu_ac_")));
	assert_true(str_eq_c(url_param(w, url, "state"), "st-1"));
	assert_true(str_eq_c(url_param(w, url, "iss"), ISSUER));
	tokens = redeem(w, "portal", url_param(w, url, "code"), CODE_VERIFIER);
	assert_int_equal(tokens.status, 200);
	assert_true(str_eq_c(raw_header(&tokens, "Cache-Control"), "no-store"));
	assert_true(str_starts(member(w, &tokens, "access_token"), STR("pratu_at_")));
	assert_true(str_starts(member(w, &tokens, "refresh_token"), STR("pratu_rt_")));
	payload = jwt_payload(w, member(w, &tokens, "id_token"));
	assert_true(contains(payload, "\"nonce\":\"no-1\""));
	assert_true(contains(payload, "\"aud\":\"portal\""));
	assert_true(contains(payload, "\"roles\":[\"recorder\"]"));
	assert_true(contains(payload, "\"acr\":\"urn:pratu:acr:thaid\""));
	assert_false(contains(payload, SOMCHAI_PID));
	fixture_free(w);
}

/* An office may read its own trail. */
static void trail_names_the_office(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	assert_true(login_for_code(&b, "portal", "").n > 0);
	assert_int_equal(audits_of(w, AUDIT_AUTHORIZATION_CODE_ISSUED, STR("100")), 1);
	assert_int_equal(audits_of(w, AUDIT_AUTHORIZATION_CODE_ISSUED, STR("200")), 0);
	fixture_end_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	fixture_advance_clock(w, 1);
	browse_s(&b, authorize_target(w, "portal", ""));
	assert_int_equal(audits_of(w, AUDIT_LOGIN_FAILED, STR("100")), 1);
	fixture_free(w);
}

static void second_portal_without_prompt(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_client(w, "other", "eplan", NULL);
	assert_true(login_for_code(&b, "portal", "").n > 0);
	r = browse_s(&b, authorize_target(w, "other", "&prompt=none"));
	assert_int_equal(r.status, 303);
	assert_true(url_param(w, location(&r), "code").n > 0);
	assert_int_equal(w->script.completed, 1);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_gives_code_and_tokens),
		cmocka_unit_test(trail_names_the_office),
		cmocka_unit_test(second_portal_without_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
