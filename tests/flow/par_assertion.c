/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The pushed authorization request endpoint with private_key_jwt, as FAPI 2.0 wants it: modules of
 * fapi2-security-profile-final by name. What an assertion must be: client_assertion.c.
 */
#include "flow/assertion_fixture.h"

#include "idp/par/pushed_request.h"

static void held_to_fapi(struct client *c)
{
	c->pushed_required = true;
}

static struct str request_of(struct fixture *w)
{
	return ask(w, "client_id=" SIGNER, NULL);
}

static struct raw_answer push_signed(struct fixture *w, struct str assertion)
{
	return post_assertion(w, "/oauth2/par", request_of(w), assertion);
}

static void assertions_at_the_endpoint(void **state)
{
	static const struct {
		const char *module, *change;
		bool good;
	} rows[] = {
		{"oidcc-ensure-client-assertion-with-iss-aud-succeeds", "jti=\"a\"", true},
		{"par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
			"nbf@8", true},
		{"par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
			"nbf@61", false},
		{"par-test-array-as-audience-fails", "aud=[\"" ISSUER "\"]", false},
		{"par-test-par-endpoint-url-as-audience-fails", "aud=\"" ISSUER "/oauth2/par\"",
			false},
		{"par-test-token-endpoint-url-as-audience-fails", "aud=\"" ISSUER "/oauth2/token\"",
			false},
		{"ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", "exp@-300", false},
		{"ensure-client-assertion-with-wrong-aud-fails", "aud=\"https://other.test\"",
			false},
		{"ensure-client-assertion-with-no-sub-fails", "-sub", false},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key key = signer_key_new(JOSE_ES256);
	size_t kept = 0;

	(void)state;
	signer_client(w, SIGNER, &key, NULL);
	edit_client(w, SIGNER, held_to_fapi);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = push_signed(
			w, signed_by(w, &key, NULL, claims_of(w, SIGNER, rows[i].change, NULL)));

		print_message("# %s\n", rows[i].module);
		if (rows[i].good)
			assert_int_equal(r.status, 201);
		else
			check_json_error(w, &r, 401, "invalid_client");
		kept += rows[i].good;
	}
	assert_int_equal(records(w, (enum table)TABLE_PUSHED_REQUEST), kept);
	fixture_free(w);
}

/* happy-flow, as far as it needs no sender constraint: pushed, opened, redeemed, and never a second
 * time with one assertion. */
static void the_whole_way(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b = {.w = w};
	struct signer_key key = signer_key_new(JOSE_ES256);
	struct str assertion, form;
	struct raw_answer r;
	struct buf target;

	(void)state;
	signer_client(w, SIGNER, &key, NULL);
	edit_client(w, SIGNER, held_to_fapi);
	log_in(&b, SOMCHAI_PID);
	assertion = assertion_of(w, &key, SIGNER);
	r = push_signed(w, assertion);
	assert_int_equal(r.status, 201);
	buf_init(&target, w->a, 1024);
	buf_add_c(&target, "/oauth2/authorize?client_id=" SIGNER "&request_uri=");
	percent_encode(&target, member(w, &r, "request_uri"));
	r = push_signed(w, assertion);
	check_json_error(w, &r, 401, "invalid_client");
	r = browse_s(&b, buf_str(&target));
	form = form_of(w, "grant_type", "authorization_code", "code",
		str_dup_c(w->a, check_code(w, &r)), "redirect_uri", PORTAL_CB, "code_verifier",
		CODE_VERIFIER, NULL);
	r = post_assertion(w, "/oauth2/token", form, assertion_of(w, &key, SIGNER));
	assert_int_equal(r.status, 200);
	/* ensure-unsigned-authorization-request-without-using-par-fails */
	r = authorize(&b, request_of(w));
	check_error(w, &r, "invalid_request");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assertions_at_the_endpoint),
		cmocka_unit_test(the_whole_way),
	};

	return cmocka_run_group_tests_name("pushed with assertions", tests, NULL, NULL);
}
