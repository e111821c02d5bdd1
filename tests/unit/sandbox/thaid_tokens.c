/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The simulated ThaID without HTTP: what its tokens say, in every variant, and how they live. */
#include "fixture.h"

/* --- where the person is --- */

static void delivery(void **state)
{
	static const struct {
		const char *setting, *scope;
		bool flat, id_token, claims;
	} cases[] = {
		{"delivery=auto", "pid", true, false, false},
		{"delivery=auto", "openid+pid", false, true, true},
		{"delivery=flat", "openid+pid", true, true, false},
		{"delivery=flat", "pid", true, false, false},
		{"delivery=id_token", "pid", false, true, true},
		{"delivery=both", "pid", true, true, true},
	};
	struct sandbox_fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_value *r, *c;

		set(f, cases[i].setting);
		r = reply(f, cases[i].scope);
		assert_int_equal(json_value_get(r, "pid") != NULL, cases[i].flat);
		assert_int_equal(json_value_get(r, "id_token") != NULL, cases[i].id_token);
		if (cases[i].id_token) {
			c = claims_of(f, r, RC_OK);
			assert_int_equal(json_value_get(c, "pid") != NULL, cases[i].claims);
			json_value_free(c);
		}
		json_value_free(r);
	}
}

static void spelling_and_shapes(void **state)
{
	struct sandbox_fixture *f = *state;
	struct json_value *r = reply(f, "pid+title+name+address");

	check_c(text_of(r, "name"), "นายสมชาย ใจดี");
	check_c(text_of(json_value_get(r, "address"), "formatted"), "1 ถนนสุข");
	check_c(text_of(r, "title"), "นาย");
	assert_null(json_value_get(r, "titleTh"));
	json_value_free(r);
	set(f, "spelling=renamed");
	r = reply(f, "pid+title");
	check_c(text_of(r, "titleTh"), "นาย");
	assert_null(json_value_get(r, "title"));
	json_value_free(r);
	set(f, "spelling=both");
	r = reply(f, "pid+title");
	check_c(text_of(r, "titleTh"), "นาย");
	check_c(text_of(r, "title"), "นาย");
	json_value_free(r);
}

static void expiry(void **state)
{
	static const struct {
		const char *setting;
		int64_t expires_in, expire_in;
	} cases[] = {
		{"expiry_name=expires_in&expiry_value=relative", 900, 0},
		{"expiry_name=expire_in&expiry_value=relative", 0, 900},
		{"expiry_name=both&expiry_value=relative&token_seconds=60", 60, 60},
		{"expiry_name=expires_in&expiry_value=absolute&token_seconds=900", -900, 0},
	};
	struct sandbox_fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t n, want = cases[i].expires_in;
		struct json_value *r;

		set(f, cases[i].setting);
		r = reply(f, "pid");
		if (want < 0)
			want = now_ms / 1000 - want;
		assert_int_equal(json_value_i64(json_value_get(r, "expires_in"), &n) ? n : 0, want);
		assert_int_equal(json_value_i64(json_value_get(r, "expire_in"), &n) ? n : 0,
			cases[i].expire_in);
		json_value_free(r);
	}
}

static void id_token_claims(void **state)
{
	struct sandbox_fixture *f = *state;
	struct json_value *r = reply(f, "openid+pid"), *c = claims_of(f, r, RC_OK);

	check_c(text_of(c, "iss"), "http://localhost:2");
	check_c(text_of(c, "aud"), "one");
	check_c(text_of(c, "nonce"), "N");
	check_c(text_of(c, "sub"), "1234567890121");
	check_str(text_of(c, "at_hash"), jwt_half_hash(f->a, text_of(r, "access_token")));
	json_value_free(c);
	json_value_free(r);
	set(f, "nonce=omit&sub=other");
	r = reply(f, "openid+pid");
	c = claims_of(f, r, RC_OK);
	assert_null(json_value_get(c, "nonce"));
	assert_int_equal(text_of(c, "sub").n, 22);
	json_value_free(c);
	json_value_free(r);
}

static void claim_faults(void **state)
{
	static const char *const faults[] = {
		"wrong_iss", "wrong_aud", "expired", "no_exp", "future"};
	const struct jwt_rules rules = {
		.issuer = STR("http://localhost:2"),
		.audience = STR("one"),
		.now = now_ms / 1000,
		.leeway = 60,
	};
	struct sandbox_fixture *f = *state;

	for (size_t i = 0; i < COUNT(faults); i++) {
		struct json_value *r, *c, *checked;
		const char *why;
		struct buf b;

		buf_init(&b, f->a, 100);
		buf_addf(&b, "claim_fault=%s", faults[i]);
		set(f, buf_str(&b).p);
		r = reply(f, "openid+pid");
		c = claims_of(f, r, RC_OK); /* the signature is good: only the claim is wrong */
		assert_int_not_equal(
			jwt_check(json_value_text(f->a, c), &rules, &checked, &why), RC_OK);
		json_value_free(c);
		json_value_free(r);
	}
}

static void jws_faults(void **state)
{
	static const struct {
		const char *setting;
		enum rc want;
	} cases[] = {
		{"jws_fault=bad_signature", RC_DENIED},
		{"jws_fault=alg_none", RC_INVALID},
		{"jws_fault=alg_hs256", RC_INVALID},
		{"jws_fault=unknown_kid", RC_NOT_FOUND},
		{"jws_fault=embedded_jwk", RC_INVALID},
		{"jws_fault=not_a_jwt", RC_INVALID},
	};
	struct sandbox_fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_value *r;

		set(f, cases[i].setting);
		r = reply(f, "openid+pid");
		claims_of(f, r, cases[i].want);
		json_value_free(r);
	}
}

static void pid_faults(void **state)
{
	struct sandbox_fixture *f = *state;
	struct json_value *r, *c;

	set(f, "pid_fault=missing");
	r = reply(f, "pid");
	assert_null(json_value_get(r, "pid"));
	json_value_free(r);
	set(f, "pid_fault=bad_checksum");
	r = reply(f, "pid");
	check_c(text_of(r, "pid"), "1234567890122");
	json_value_free(r);
	set(f, "pid_fault=conflict");
	r = reply(f, "openid+pid");
	c = claims_of(f, r, RC_OK);
	check_c(text_of(r, "pid"), "1111111111119");
	check_c(text_of(c, "pid"), "1234567890121");
	json_value_free(c);
	json_value_free(r);
}

static void keys_rotate(void **state)
{
	struct sandbox_fixture *f = *state;
	struct json_value *r;

	check_ok(thaid_rotate(f->t, true, false));
	r = reply(f, "openid+pid");
	json_value_free(claims_of(f, r, RC_OK));
	check_ok(thaid_rotate(f->t, true, true));
	claims_of(f, r, RC_NOT_FOUND); /* the old key is gone */
	json_value_free(r);
	check_ok(thaid_rotate(f->t, false, false));
	r = reply(f, "openid+pid");
	claims_of(f, r, RC_NOT_FOUND); /* signed with a key nobody is shown */
	json_value_free(r);
	check_ok(thaid_reset(f->t));
	r = reply(f, "openid+pid");
	json_value_free(claims_of(f, r, RC_OK));
	json_value_free(r);
	for (int i = 0; i < THAID_KEYS_MAX + 2; i++)
		check_ok(thaid_rotate(f->t, true, false));
	r = reply(f, "openid+pid");
	json_value_free(claims_of(f, r, RC_OK));
	json_value_free(r);
}

/* --- tokens --- */

static struct str bearer(struct sandbox_fixture *f, struct str token)
{
	struct buf b;

	buf_init(&b, f->a, 4096);
	buf_add_c(&b, "Bearer ");
	buf_add(&b, token);
	return buf_str(&b);
}

static bool active(struct sandbox_fixture *f, struct str token)
{
	return str_starts(thaid_introspect(f->t, f->a, token), STR("{\"active\":true"));
}

static void token_forms(void **state)
{
	struct sandbox_fixture *f = *state;
	struct json_value *r = reply(f, "pid");
	struct str token = text_of(r, "access_token");

	assert_true(active(f, token) && active(f, bearer(f, token)));
	set(f, "token_form=bare");
	assert_true(active(f, token) && !active(f, bearer(f, token)));
	set(f, "token_form=bearer");
	assert_true(!active(f, token) && active(f, bearer(f, token)));
	assert_false(thaid_revoke(f->t, token));
	assert_true(thaid_revoke(f->t, bearer(f, token)));
	assert_false(active(f, bearer(f, token)));
	assert_false(thaid_revoke(f->t, STR_NONE));
	json_value_free(r);
}

static void tokens_expire(void **state)
{
	struct sandbox_fixture *f = *state;
	struct json_value *r = reply(f, "pid");
	struct str token = text_of(r, "access_token"), body;

	check_ok(thaid_userinfo(f->t, f->a, token, &body));
	check_has(body, "1234567890121");
	now_ms += 900000;
	assert_false(active(f, token));
	check_rc(thaid_userinfo(f->t, f->a, token, &body), RC_DENIED);
	json_value_free(r);
}

static void refreshing(void **state)
{
	struct sandbox_fixture *f = *state;
	struct thaid_error error;
	struct str body;
	struct buf b;
	struct form body_form;
	struct json_value *r = reply(f, "pid");

	buf_init(&b, f->a, 4096);
	buf_add_c(&b, "grant_type=refresh_token&refresh_token=");
	buf_add(&b, text_of(r, "refresh_token"));
	body_form = form(f, buf_str(&b).p);
	check_rc(thaid_token(f->t, f->a, &client_rows[1], &body_form, &body, &error), RC_INVALID);
	assert_string_equal(error.code, "invalid_refresh_token");
	check_ok(thaid_token(f->t, f->a, &client_rows[0], &body_form, &body, &error));
	check_rc(thaid_token(f->t, f->a, &client_rows[0], &body_form, &body, &error), RC_INVALID);
	json_value_free(r);
	set(f, "refresh_token=false");
	r = reply(f, "pid");
	assert_null(json_value_get(r, "refresh_token"));
	json_value_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(delivery),
		T(spelling_and_shapes),
		T(expiry),
		T(id_token_claims),
		T(claim_faults),
		T(jws_faults),
		T(pid_faults),
		T(keys_rotate),
		T(token_forms),
		T(tokens_expire),
		T(refreshing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
