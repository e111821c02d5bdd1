/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whole logins: what is sent, what is believed. */
#include "thaid_fixture.h"

#include "codec/base64.h"
#include "codec/uri.h"
#include "federation/rp/rp.h"
#include "crypto/hash.h"

static struct form query_of(struct thaid_fixture *w, struct str url)
{
	struct uri uri;
	struct form form;
	const char *why;

	assert_int_equal(uri_parse(url, &uri), RC_OK);
	assert_int_equal(
		form_parse(w->a, uri.query, (struct strlist){NULL, 0}, &form, &why), RC_OK);
	return form;
}

static struct form body_of(struct thaid_fixture *w, const char *path, size_t i)
{
	struct form form;
	const char *why;

	assert_int_equal(form_parse(w->a, str_c(script_seen(w->server, path, i).body),
				 (struct strlist){NULL, 0}, &form, &why),
		RC_OK);
	return form;
}

static void expect(const struct form *form, const char *name, const char *want)
{
	if (!str_eq_c(form_get(form, name), want))
		fail_msg("%s is \"%.*s\"", name, STR_FMT(form_get(form, name)));
}

static void where_the_browser_goes(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	struct form form;

	thaid_fixture_begin(w);
	assert_true(
		str_starts(w->url, thaid_fixture_format(w, "%s/api/v2/oauth2/auth/?", w->issuer)));
	form = query_of(w, w->url);
	assert_int_equal(form.n, 6);
	expect(&form, "response_type", "code");
	expect(&form, "client_id", "client-1");
	expect(&form, "redirect_uri", CALLBACK);
	expect(&form, "scope",
		"openid pid title given_name middle_name family_name title_en given_name_en "
		"middle_name_en family_name_en ial");
	expect(&form, "state", "the-state");
	assert_true(str_eq(form_get(&form, "nonce"), w->trip.nonce));
	assert_int_equal(w->trip.nonce.n, 43);
	assert_int_equal(w->trip.verifier.n, 0);
	thaid_fixture_close(w);
}

static void pkce_where_it_is_set(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  pkce: true\n");
	struct auth_identity who;
	struct form form;
	const char *why;

	thaid_fixture_begin(w);
	form = query_of(w, w->url);
	expect(&form, "code_challenge_method", "S256");
	assert_true(str_eq(
		form_get(&form, "code_challenge"), sha256_base64url(w->a, w->trip.verifier)));
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	assert_int_equal(thaid_fixture_complete(w, &who, &why), AUTH_REASON_NONE);
	form = body_of(w, TOKEN_PATH, 0);
	assert_true(str_eq(form_get(&form, "code_verifier"), w->trip.verifier));
	thaid_fixture_close(w);
}

static void a_login(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	struct auth_identity who;
	struct form form;

	thaid_fixture_begin(w);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	thaid_fixture_run(w, "login", &who, AUTH_REASON_NONE, NULL);
	assert_true(str_eq_c(auth_identity_value(&who, AUTH_CITIZEN_NUMBER), PID));
	assert_true(str_eq_c(who.title_th, "นาย"));
	assert_true(str_eq_c(who.given_th, "สมชาย"));
	assert_true(str_eq_c(who.family_th, "ใจดี"));
	assert_true(str_eq_c(who.ial, "2.3"));
	assert_int_equal(who.auth_time, 1699999990);
	form = body_of(w, TOKEN_PATH, 0);
	assert_int_equal(form.n, 3);
	expect(&form, "grant_type", "authorization_code");
	expect(&form, "code", "the-code");
	expect(&form, "redirect_uri", CALLBACK);
	assert_int_equal(w->n_log, 0);
	thaid_fixture_close(w);
}

static void the_secret_in_a_header(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	const char *header;
	struct str pair;

	thaid_fixture_expect(w, "basic", NULL, 0, AUTH_REASON_NONE, NULL);
	header = script_header(script_seen(w->server, TOKEN_PATH, 0), "Authorization");
	assert_memory_equal(header, "Basic ", 6);
	assert_int_equal(base64_decode(w->a, str_c(header + 6), &pair), RC_OK);
	assert_true(str_eq_c(pair, "client-1:" SECRET)); /* raw, not percent-encoded */
	assert_string_equal(script_header(script_seen(w->server, TOKEN_PATH, 0), "Content-Type"),
		"application/x-www-form-urlencoded");
	assert_string_equal(
		script_header(script_seen(w->server, REVOKE_PATH, 0), "Authorization"), header);
	/* keys are fetched without it */
	assert_string_equal(
		script_header(script_seen(w->server, JWKS_PATH, 0), "Authorization"), "");
	thaid_fixture_close(w);
}

static void the_secret_in_the_form(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  client_auth: client_secret_post\n");
	struct form form;

	thaid_fixture_expect(w, "post", NULL, 0, AUTH_REASON_NONE, NULL);
	form = body_of(w, TOKEN_PATH, 0);
	assert_int_equal(form.n, 5);
	expect(&form, "client_id", "client-1");
	expect(&form, "client_secret", SECRET);
	assert_string_equal(
		script_header(script_seen(w->server, TOKEN_PATH, 0), "Authorization"), "");
	thaid_fixture_close(w);
}

static void an_extra_header(void **state)
{
	struct thaid_fixture *w =
		thaid_fixture_open("  header_name: x-imauth-apikey\n  header_value: apikey\n");

	thaid_fixture_expect(w, "header", NULL, 0, AUTH_REASON_NONE, NULL);
	assert_string_equal(
		script_header(script_seen(w->server, TOKEN_PATH, 0), "x-imauth-apikey"), APIKEY);
	thaid_fixture_close(w);
}

struct token_case {
	const char *name;
	struct claim_change change;
	enum auth_reason want;
	const char *why;
};

static const struct token_case tokens[] = {
	{"nonce missing", {"nonce", NULL}, AUTH_REASON_NONE, NULL},
	{"nonce of another login", {"nonce", "\"AAAA\""}, AUTH_UNTRUSTED, "wrong_nonce"},
	{"nonce empty", {"nonce", "\"\""}, AUTH_UNTRUSTED, "wrong_nonce"},
	{"nonce a number", {"nonce", "1"}, AUTH_UNTRUSTED, "wrong_nonce"},
	{"nonce null", {"nonce", "null"}, AUTH_UNTRUSTED, "wrong_nonce"},
	{"issuer of others", {"iss", "\"https://evil.example\""}, AUTH_UNTRUSTED, "wrong_issuer"},
	{"issuer missing", {"iss", NULL}, AUTH_UNTRUSTED, "wrong_issuer"},
	{"for another client", {"aud", "\"client-2\""}, AUTH_UNTRUSTED, "wrong_audience"},
	{"audience a list of one", {"aud", "[\"client-1\"]"}, AUTH_REASON_NONE, NULL},
	{"for several clients", {"aud", "[\"client-1\",\"client-2\"]"}, AUTH_UNTRUSTED,
		"wrong_audience"},
	{"audience missing", {"aud", NULL}, AUTH_UNTRUSTED, "wrong_audience"},
	{"expired within the leeway", {"exp", "1699999941"}, AUTH_REASON_NONE, NULL},
	{"expired", {"exp", "1699999940"}, AUTH_UNTRUSTED, "id_token_expired"},
	{"expiry missing", {"exp", NULL}, AUTH_UNTRUSTED, "bad_claims"},
	{"issued in the future", {"iat", "1700000061"}, AUTH_UNTRUSTED, "bad_claims"},
	{"issue missing", {"iat", NULL}, AUTH_UNTRUSTED, "bad_claims"},
	{"at_hash missing", {"at_hash", NULL}, AUTH_REASON_NONE, NULL},
	{"at_hash of another token", {"at_hash", "\"AAAAAAAAAAAAAAAAAAAAAA\""}, AUTH_UNTRUSTED,
		"wrong_at_hash"},
	{"citizen number missing", {"pid", NULL}, AUTH_UNTRUSTED, "pid_missing"},
	{"citizen number with a wrong digit", {"pid", "\"1234567890123\""}, AUTH_UNTRUSTED,
		"pid_invalid"},
};

static void id_tokens(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");

	for (size_t i = 0; i < COUNT(tokens); i++)
		thaid_fixture_expect(
			w, tokens[i].name, &tokens[i].change, 1, tokens[i].want, tokens[i].why);
	thaid_fixture_close(w);
}

static void the_nonce_setting(void **state)
{
	static const struct claim_change none = {"nonce", NULL};
	struct thaid_fixture *w = thaid_fixture_open("  nonce: required\n");
	struct auth_identity who;

	thaid_fixture_expect(w, "there", NULL, 0, AUTH_REASON_NONE, NULL);
	thaid_fixture_expect(w, "missing", &none, 1, AUTH_UNTRUSTED, "nonce_missing");
	/* flat members cannot carry one */
	script_clear(w->server);
	thaid_fixture_begin(w);
	thaid_fixture_script(w, thaid_fixture_answer(w, STR_NONE, ",\"pid\":\"" PID "\""));
	thaid_fixture_run(w, "flat", &who, AUTH_UNTRUSTED, "nonce_missing");
	thaid_fixture_close(w);

	w = thaid_fixture_open("");
	thaid_fixture_expect(w, "allowed", &none, 1, AUTH_REASON_NONE, NULL);
	assert_true(thaid_fixture_logged(w, "upstream_nonce_missing"));
	thaid_fixture_close(w);
}

static struct str b64(struct thaid_fixture *w, const char *text)
{
	return base64url_encode(w->a, str_c(text));
}

/* Tokens nobody's key signed. */
static void forged_id_tokens(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	struct auth_identity who;
	const char *kid, *claims = "{\"pid\":\"" PID "\"}";
	struct str forged[6];
	char *spoiled;
	static const char *const words[] = {"bad_id_token", "bad_id_token", "bad_id_token",
		"unknown_kid", "bad_signature", "bad_id_token"};

	thaid_fixture_begin(w);
	kid = thaid_fixture_format(w, "%.*s", STR_FMT(jwk_kid(w->keys[0]))).p;
	forged[0] = thaid_fixture_format(
		w, "%.*s.%.*s.AA", STR_FMT(b64(w, "{\"alg\":\"none\"}")), STR_FMT(b64(w, claims)));
	forged[1] = thaid_fixture_format(w, "%.*s.%.*s.%043d",
		STR_FMT(b64(
			w, thaid_fixture_format(w, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid).p)),
		STR_FMT(b64(w, claims)), 0);
	forged[2] = STR("garbage");
	forged[3] = thaid_fixture_id_token(w, w->keys[1], NULL, 0);
	forged[4] = thaid_fixture_id_token(w, w->keys[0], NULL, 0);
	forged[5] = thaid_fixture_format(w, "%.*s.e30", STR_FMT(forged[4]));
	forged[4] = str_dup(w->a, forged[4]);
	/* Another letter of base64url: a flipped bit would be none in one of ten. */
	spoiled = (char *)forged[4].p + forged[4].n - 5;
	*spoiled = *spoiled == 'A' ? 'B' : 'A';
	for (size_t i = 0; i < COUNT(forged); i++) {
		script_clear(w->server);
		thaid_fixture_script(w, thaid_fixture_answer(w, forged[i], ",\"pid\":\"" PID "\""));
		thaid_fixture_run(w, words[i], &who, AUTH_UNTRUSTED, words[i]);
	}
	thaid_fixture_close(w);
}

static void the_person_beside_the_id_token(void **state)
{
	static const struct claim_change none[] = {{"pid", NULL}, {"given_name", NULL}};
	struct thaid_fixture *w = thaid_fixture_open("");
	struct auth_identity who;

	thaid_fixture_begin(w);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], none, 2),
			   ",\"pid\":\"" PID "\",\"given_name\":\"มานะ\",\"family_name\":\"x\""));
	thaid_fixture_run(w, "merged", &who, AUTH_REASON_NONE, NULL);
	assert_true(str_eq_c(auth_identity_value(&who, AUTH_CITIZEN_NUMBER), PID));
	assert_true(str_eq_c(who.given_th, "มานะ"));
	assert_true(str_eq_c(who.family_th, "ใจดี"));
	script_clear(w->server);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0),
			   ",\"pid\":\"" PID2 "\""));
	thaid_fixture_run(w, "two people", &who, AUTH_UNTRUSTED, "pid_conflict");
	thaid_fixture_close(w);
}

static const char *const empty_id_tokens[] = {"", ",\"id_token\":null", ",\"id_token\":\"\""};

static void flat_members(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  scopes: [pid, given_name, family_name]\n");
	struct auth_identity who;

	for (size_t i = 0; i < COUNT(empty_id_tokens); i++) {
		script_clear(w->server);
		thaid_fixture_begin(w);
		thaid_fixture_script(w,
			thaid_fixture_answer(w, STR_NONE,
				thaid_fixture_format(w,
					",\"scope\":\"pid given_name\",\"expires_in\":1700000900,"
					"\"pid\":\"" PID "\",\"given_name\":\"สมชาย\"%s",
					empty_id_tokens[i])
					.p));
		thaid_fixture_run(w, "flat", &who, AUTH_REASON_NONE, NULL);
		assert_true(str_eq_c(auth_identity_value(&who, AUTH_CITIZEN_NUMBER), PID));
		assert_true(str_eq_c(who.given_th, "สมชาย"));
		assert_int_equal(script_count(w->server, JWKS_PATH), 0);
	}
	assert_int_equal(w->n_log, 0);
	thaid_fixture_close(w);
}

static void version_1_by_configuration(void **state)
{
	struct thaid_fixture *w =
		thaid_fixture_open("  authorize: /api/v1/oauth2/auth/\n"
				   "  token: /api/v1/oauth2/token/\n"
				   "  introspect: \"\"\n"
				   "  revoke: \"\"\n"
				   "  scopes: [pid, th_fullname, th_fname, th_lname, dob]\n"
				   "  header_name: x-imauth-apikey\n"
				   "  header_value: apikey\n"
				   "  claims:\n"
				   "    given_th: [th_fname]\n"
				   "    family_th: [th_lname]\n"
				   "    birthdate: [dob]\n");
	struct auth_identity who;
	struct form form;

	thaid_fixture_begin(w);
	assert_true(
		str_starts(w->url, thaid_fixture_format(w, "%s/api/v1/oauth2/auth/?", w->issuer)));
	form = query_of(w, w->url);
	expect(&form, "scope", "pid th_fullname th_fname th_lname dob");
	script_body(w->server, "/api/v1/oauth2/token/",
		STR("{\"access_token\":\"at\",\"expire_in\":900,\"pid\":\"" PID
		    "\",\"th_fname\":\"สมชาย\",\"th_lname\":\"ใจดี\",\"dob\":\"2523-01-00\"}"));
	thaid_fixture_run(w, "v1", &who, AUTH_REASON_NONE, NULL);
	assert_true(str_eq_c(who.given_th, "สมชาย"));
	assert_true(str_eq_c(who.family_th, "ใจดี"));
	assert_true(str_eq_c(who.birthdate, "1980-01-00"));
	assert_string_equal(script_header(script_seen(w->server, "/api/v1/oauth2/token/", 0),
				    "X-Imauth-Apikey"),
		APIKEY);
	thaid_fixture_close(w);
}

static void endpoints_on_another_host(void **state)
{
	struct script_server *elsewhere = script_start();
	char yaml[256];
	struct thaid_fixture *w;

	snprintf(yaml, sizeof(yaml), "  token: http://127.0.0.1:%d/t\n  authorize: %s\n",
		script_port(elsewhere), "https://login.example/a?kind=thaid");
	w = thaid_fixture_open(yaml);
	thaid_fixture_begin(w);
	assert_true(
		str_starts(w->url, STR("https://login.example/a?kind=thaid&response_type=code&")));
	thaid_fixture_script(w, STR("{}"));
	script_body(elsewhere, "/t",
		thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	thaid_fixture_run(w, "there", &(struct auth_identity){0}, AUTH_REASON_NONE, NULL);
	thaid_fixture_close(w);
	script_stop(elsewhere);
}

/* The connector cannot be made; the sentence says what lacks. */
static void options_that_do_not_fit(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	const struct thaid_options *good = conf_values(w->conf);
	struct thaid *c;
	const char *why;

	for (int i = 0; i < 9; i++) {
		struct thaid_options o = *good;

		switch (i) {
		case 0: o.client_secret = NULL; break;
		case 1: o.client_id = STR_NONE; break;
		case 2: o.issuer = STR("https://thaid.example/"); break;
		case 3: o.token = STR_NONE; break;
		case 4: o.jwks = STR_NONE; break;
		case 5: o.authorize = STR("no url"); break;
		case 6: o.header_name = STR("a b"); break;
		case 7: o.client_id = STR("a:b"); break;
		default: o.introspect = STR_NONE; o.check_active = true;
		}
		why = NULL;
		assert_int_equal(thaid_new(&o, w->http, &c, &why), RC_INVALID);
		assert_non_null(why);
	}
	thaid_fixture_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_the_browser_goes),
		cmocka_unit_test(pkce_where_it_is_set),
		cmocka_unit_test(a_login),
		cmocka_unit_test(the_secret_in_a_header),
		cmocka_unit_test(the_secret_in_the_form),
		cmocka_unit_test(an_extra_header),
		cmocka_unit_test(id_tokens),
		cmocka_unit_test(the_nonce_setting),
		cmocka_unit_test(forged_id_tokens),
		cmocka_unit_test(the_person_beside_the_id_token),
		cmocka_unit_test(flat_members),
		cmocka_unit_test(version_1_by_configuration),
		cmocka_unit_test(endpoints_on_another_host),
		cmocka_unit_test(options_that_do_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
