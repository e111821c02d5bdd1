/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Signed backchannel authentication requests (CIBA Core 7.1.1) and client assertions at both
 * endpoints: the modules of fapi-ciba-id1-test-plan by name.
 */
#include "flow/assertion_fixture.h"
#include "flow/ciba_fixture.h"

#define BANK "bank"

static struct signer_key key, other_key, rsa_key;
static struct str keys_of_bank;

static void signs(struct client *c)
{
	ciba_client(c);
	c->auth_method = CLIENT_AUTH_PRIVATE_KEY;
	c->jwks = keys_of_bank;
	c->ciba_request_alg = JOSE_ES256;
	c->secret_hash = STR_NONE;
}

static int signed_set_up(void **state)
{
	struct account_fixture *h;

	ciba_fixture_set_up(state);
	h = *state;
	if (!key.jwk) {
		key = signer_key_new(JOSE_ES256);
		other_key = signer_key_new(JOSE_ES256);
		rsa_key = signer_key_new(JOSE_RS256);
	}
	keys_of_bank = signer_jwks(h->w, (const struct signer_key[]){key, rsa_key}, 2);
	fixture_client(h->w, BANK, "eplan", signs);
	keys_of_bank = signer_jwks(h->w, &other_key, 1);
	fixture_client(h->w, "bank2", "eplan", signs);
	return 0;
}

/* The claims of a good request object, changed as claims_of changes. */
#define OBJECT(w, ...)                                                                             \
	claims_of(w, BANK, "-sub", "nbf@0", "scope=\"openid\"", "login_hint=\"" USERNAME "\"",     \
		__VA_ARGS__)

static struct raw_answer ask_by(struct fixture *w, struct str request, struct str assertion)
{
	return post_assertion(
		w, BC_AUTHORIZE, text(w, "request=%.*s", STR_FMT(request)), assertion);
}

static struct raw_answer ask_signed(struct fixture *w, struct str claims)
{
	return ask_by(w, signed_by(w, &key, NULL, claims), assertion_of(w, &key, BANK));
}

static void check_refused(struct fixture *w, struct str request, const char *what)
{
	struct raw_answer r = ask_by(w, request, assertion_of(w, &key, BANK));

	if (r.status != 400 || !str_eq_c(member(w, &r, "error"), "invalid_request"))
		fail_msg("%s: %d %.*s", what, r.status, STR_FMT(r.body));
}

static struct raw_answer poll_signed(struct fixture *w, struct str id, struct str assertion)
{
	return post_assertion(w, "/oauth2/token",
		form_of(w, "grant_type", CIBA_GRANT, "auth_req_id", str_dup_c(w->a, id), NULL),
		assertion);
}

/* The whole of it: what is in the object holds. */
static void a_signed_request(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = ask_signed(h->w, OBJECT(h->w, "binding_message=\"AB-12\"", NULL));
	struct str id = member(h->w, &r, "auth_req_id");

	assert_int_equal(r.status, 200);
	log_in(&h->b, SOMCHAI_PID);
	check_has(browse_s(&h->b, bc_page(&h->b)).body, "AB-12");
	bc_answer(&h->b, bc_page(&h->b), "approve");
	r = poll_signed(h->w, id, assertion_of(h->w, &key, BANK));
	assert_int_equal(r.status, 200);
	check_c(text_claim(h->w, member(h->w, &r, "id_token"), "aud"), BANK);
}

/* ensure-requested-expiry-as-string-succeeds: as a number, too */
static void requested_expiry_as_number_and_string(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = ask_signed(h->w, OBJECT(h->w, "requested_expiry=30", NULL));

	assert_int_equal(json_number(h->w, &r, "expires_in"), 30);
	r = ask_signed(h->w, OBJECT(h->w, "requested_expiry=\"40\"", NULL));
	assert_int_equal(json_number(h->w, &r, "expires_in"), 40);
	r = ask_signed(h->w, OBJECT(h->w, "requested_expiry=1.5", NULL));
	assert_int_equal(r.status, 400);
	r = ask_signed(h->w, OBJECT(h->w, "requested_expiry=true", NULL));
	assert_int_equal(r.status, 400);
}

/* ensure-request-object-missing-{aud,iss,exp,iat,nbf,jti}-fails */
static void missing_claims(void **state)
{
	static const char *const claims[] = {"-aud", "-iss", "-exp", "-iat", "-nbf", "-jti"};
	struct account_fixture *h = *state;

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		check_refused(h->w, signed_by(h->w, &key, NULL, OBJECT(h->w, claims[i], NULL)),
			claims[i]);
}

/* RFC 9101 10.8: what asks for a person is no proof of the client, and the other way round. */
static void a_request_is_no_assertion(void **state)
{
	struct account_fixture *h = *state;
	struct str request = signed_by(h->w, &key, NULL, OBJECT(h->w, NULL));
	struct raw_answer r = ask_by(h->w, request, request);

	check_json_error(h->w, &r, 401, "invalid_client");
	check_refused(h->w, signed_by(h->w, &key, NULL, OBJECT(h->w, "sub=\"" BANK "\"", NULL)),
		"the client as subject");
}

/* ensure-request-object-bad-{aud,iss}-fails, expired-exp, exp-is-70-minutes-in-future,
 * nbf-is-10-minutes-in-future, nbf-is-70-minutes-in-past */
static void bad_claims(void **state)
{
	static const char *const bad[] = {"aud=\"https://other.test\"", "iss=\"bank2\"",
		"client_id=\"bank2\"", "exp@-31", "exp@4200", "nbf@600", "nbf@-4200", "iat@600",
		"jti=\"\"", "request=\"x\"", "request_uri=\"https://x.test\""};
	static const char *const good[] = {
		"exp@3600", "nbf@8", "nbf@-3600", "aud=[\"" ISSUER "\"]"};
	struct account_fixture *h = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(
			h->w, signed_by(h->w, &key, NULL, OBJECT(h->w, bad[i], NULL)), bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct raw_answer r = ask_signed(h->w, OBJECT(h->w, good[i], NULL));

		if (r.status != 200)
			fail_msg("%s: %.*s", good[i], STR_FMT(r.body));
		if (!account_fixture_is_logged_in(&h->b))
			log_in(&h->b, SOMCHAI_PID);
		bc_answer(&h->b, bc_page(&h->b), "approve");
	}
}

/* ensure-request-object-signature-algorithm-is-{none,bad,RS256}-fails,
 * signed-by-other-client-fails, ensure-unsigned-backchannel-authorization-request-fails */
static void signatures(void **state)
{
	struct account_fixture *h = *state;
	struct str claims = OBJECT(h->w, "jti=\"j\"", NULL), good, bad;
	struct raw_answer r;
	char *bytes;

	check_refused(h->w, signed_by(h->w, &key, "{\"alg\":\"none\"}", claims), "none");
	check_refused(h->w, signed_by(h->w, &rsa_key, NULL, claims), "RS256");
	check_refused(h->w, signed_by(h->w, &other_key, NULL, claims), "other client");
	good = signed_by(h->w, &key, NULL, claims);
	bytes = str_dup_c(h->w->a, good);
	bytes[good.n - 10] ^= 1;
	bad = str_c(bytes);
	check_refused(h->w, bad, "bad signature");
	check_refused(h->w, STR("x"), "no JWT");
	r = post_assertion(h->w, BC_AUTHORIZE, STR("scope=openid&" TO_SOMCHAI),
		assertion_of(h->w, &key, BANK));
	check_json_error(h->w, &r, 400, "invalid_request");
	/* Parameters beside the object might be somebody else's. */
	r = post_assertion(h->w, BC_AUTHORIZE,
		text(h->w, "request=%.*s&scope=openid", STR_FMT(good)),
		assertion_of(h->w, &key, BANK));
	check_json_error(h->w, &r, 400, "invalid_request");
	/* A client that is not registered for it. */
	r = bc_ask_by(h->w, "kiosk", str_dup_c(h->w->a, text(h->w, "request=%.*s", STR_FMT(good))));
	check_json_error(h->w, &r, 400, "invalid_request");
}

/* ensure-authorization-request-with-multiple-hints-fails, in the object */
static void hints_in_the_object(void **state)
{
	struct account_fixture *h = *state;

	check_refused(h->w, signed_by(h->w, &key, NULL, OBJECT(h->w, "id_token_hint=\"x\"", NULL)),
		"two");
	check_refused(h->w, signed_by(h->w, &key, NULL, OBJECT(h->w, "-login_hint", NULL)), "none");
}

/* login_hint_token: a JWT of the client with a login_hint; expired_login_hint_token. */
static void login_hint_tokens(void **state)
{
	static const struct {
		const char *change;
		int status;
		const char *error;
	} rows[] = {
		{"x=1", 200, ""},
		{"exp@-31", 400, "expired_login_hint_token"},
		{"login_hint=\"nobody\"", 400, "unknown_user_id"},
		{"-login_hint", 400, "invalid_request"},
		{"iss=\"bank2\"", 400, "invalid_request"},
	};
	struct account_fixture *h = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str hint = signed_by(h->w, &key, NULL, OBJECT(h->w, rows[i].change, NULL));
		const char *claim =
			str_dup_c(h->w->a, text(h->w, "login_hint_token=\"%.*s\"", STR_FMT(hint)));
		struct raw_answer r = ask_signed(h->w, OBJECT(h->w, "-login_hint", claim, NULL));

		if (r.status != rows[i].status ||
			(rows[i].error[0] && !str_eq_c(member(h->w, &r, "error"), rows[i].error)))
			fail_msg("%s: %.*s", rows[i].change, STR_FMT(r.body));
	}
}

/* ensure-without-client-assertion-in-{token-endpoint,backchannel-authorization}-request;
 * ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds;
 * ensure-different-client-id-and-issuer-in-backchannel-…; ensure-wrong-client-id-in-… */
static void client_assertions(void **state)
{
	struct account_fixture *h = *state;
	struct str claims = OBJECT(h->w, "jti=\"j\"", NULL);
	struct str request = signed_by(h->w, &key, NULL, claims);
	struct raw_answer r = post_form(h->w, BC_AUTHORIZE, NULL,
		text(h->w, "client_id=" BANK "&request=%.*s", STR_FMT(request)));

	check_json_error(h->w, &r, 401, "invalid_client");
	r = ask_by(h->w, request, assertion_of(h->w, &other_key, "bank2")); /* iss is not bank2 */
	check_json_error(h->w, &r, 400, "invalid_request");
	r = post_assertion(h->w, BC_AUTHORIZE,
		text(h->w, "client_id=bank2&request=%.*s", STR_FMT(request)),
		assertion_of(h->w, &key, BANK));
	check_json_error(h->w, &r, 401, "invalid_client");
	r = ask_by(h->w, request,
		signed_by(h->w, &key, NULL,
			claims_of(h->w, BANK, "aud=\"" ISSUER "/oauth2/token\"", NULL)));
	assert_int_equal(r.status, 200);
	r = poll_signed(h->w, member(h->w, &r, "auth_req_id"),
		signed_by(h->w, &key, NULL,
			claims_of(h->w, BANK, "aud=\"" ISSUER "/oauth2/token\"", NULL)));
	check_json_error(h->w, &r, 400, "authorization_pending");
	r = post_form(h->w, "/oauth2/token", NULL,
		STR("grant_type=" CIBA_GRANT "&client_id=" BANK "&auth_req_id=x"));
	check_json_error(h->w, &r, 401, "invalid_client");
}

static struct signer_key plain_rsa;

/* Signs its requests only, by a key that says nothing of an algorithm. */
static void shop(struct client *c)
{
	ciba_client(c);
	c->jwks = keys_of_bank;
	c->ciba_request_alg = JOSE_PS256;
}

static struct str without_alg(struct fixture *w, struct str jwks)
{
	static const struct str member = STR_INIT("\"alg\":\"PS256\",");
	size_t at = (size_t)((const char *)memmem(jwks.p, jwks.n, member.p, member.n) - jwks.p);

	return text(w, "%.*s%.*s", STR_FMT(str_sub(jwks, 0, at)),
		STR_FMT(str_sub(jwks, at + member.n, jwks.n)));
}

/* RFC 7517 4.4: alg is optional; the key is for what the client is registered for. */
static void a_key_that_names_no_algorithm(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	if (!plain_rsa.jwk)
		plain_rsa = signer_key_new(JOSE_PS256);
	keys_of_bank = without_alg(h->w, signer_jwks(h->w, &plain_rsa, 1));
	fixture_client(h->w, "shop", "eplan", shop);
	r = post_form(h->w, BC_AUTHORIZE, "shop",
		text(h->w, "request=%.*s",
			STR_FMT(signed_by(h->w, &plain_rsa, NULL,
				claims_of(h->w, "shop", "-sub", "nbf@0", "scope=\"openid\"",
					"login_hint=\"" USERNAME "\"", NULL)))));
	assert_int_equal(r.status, 200);
}

#define T(f) cmocka_unit_test_setup_teardown(f, signed_set_up, account_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_signed_request),
		T(requested_expiry_as_number_and_string),
		T(a_key_that_names_no_algorithm),
		T(missing_claims),
		T(a_request_is_no_assertion),
		T(bad_claims),
		T(signatures),
		T(hints_in_the_object),
		T(login_hint_tokens),
		T(client_assertions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
