/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The rules of authorization requests by endpoint: each refusal stands where its rule holds, and
 * what an endpoint has no use for is not looked at. What the authorization endpoint makes of the
 * same rules over HTTP is in tests/flow/authorize.c.
 */
#include "unit/check.h"

#include "idp/oauth/auth_request_rules.h"

#define PAR    AUTH_AT_PAR
#define CIBA   AUTH_AT_CIBA
#define DEVICE AUTH_AT_DEVICE
#define ALL    (PAR | CIBA | DEVICE)

static const struct str redirects[] = {STR_INIT("https://portal.test/cb")};
static const struct str grants[] = {STR_INIT("authorization_code")};
static const struct client portal = {
	.id = STR_INIT("portal"),
	.redirect_uris = {redirects, 1},
	.grant_types = {grants, 1},
	.scope = STR_INIT("openid profile"),
	.default_max_age = 61,
};

static const struct form_pair standard[] = {
	{STR_INIT("redirect_uri"), STR_INIT("https://portal.test/cb")},
	{STR_INIT("response_type"), STR_INIT("code")},
	{STR_INIT("response_mode"), STR_INIT("form_post")},
	{STR_INIT("scope"), STR_INIT("openid email")},
	{STR_INIT("state"), STR_INIT("st-1")},
	{STR_INIT("nonce"), STR_INIT("n-1")},
	{STR_INIT("code_challenge"), STR_INIT("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")},
	{STR_INIT("code_challenge_method"), STR_INIT("S256")},
	{STR_INIT("prompt"), STR_INIT("consent")},
	{STR_INIT("ui_locales"), STR_INIT("en")},
	{STR_INIT("acr_values"), STR_INIT("high")},
	{STR_INIT("claims"), STR_INIT("{\"id_token\":{\"sub\":{\"value\":\"somchai\"}}}")},
};

struct scene {
	struct arena *a;
	struct keyring *keys;
	struct app provider;
	struct settings settings;
	struct http_exchange x;
	struct op op;
};

static int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->a = arena_new(ARENA_MAX);
	s->keys = keyring_new();
	s->settings = (struct settings){.issuer = STR("https://sso.test")};
	s->provider = (struct app){.settings = &s->settings, .keys = s->keys};
	s->x.arena = s->a;
	s->op.x = &s->x;
	s->op.tx.app = &s->provider;
	s->op.tx.settings = &s->settings;
	s->op.tx.a = s->a;
	*state = s;
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	keyring_free(s->keys);
	arena_free(s->a);
	free(s);
	return 0;
}

/* The standard form with one parameter changed (value NULL: left out). */
static void fill_form(struct scene *s, const char *name, const char *value)
{
	struct form_pair *pairs = arena_array(s->a, COUNT(standard) + 1, struct form_pair);
	size_t n = 0;

	for (size_t i = 0; i < COUNT(standard); i++)
		if (!name || !str_eq_c(standard[i].name, name))
			pairs[n++] = standard[i];
	if (value)
		pairs[n++] = (struct form_pair){str_c(name), str_c(value)};
	s->op.form.v = pairs;
	s->op.form.n = n;
}

static const struct oauth_error *read_at(
	struct scene *s, enum auth_endpoint endpoint, struct auth_reading *ret)
{
	*ret = (struct auth_reading){.client = portal, .request.client = portal.id};
	return auth_request_read(&s->op, endpoint, ret);
}

static void each_rule_holds_at_its_endpoints(void **state)
{
	static char long_state[8194], long_nonce[514], long_hint[258];
	static const struct {
		const char *name, *value;
		unsigned endpoints; /* that refuse it */
		enum oauth_error_id error;
	} rows[] = {
		{"redirect_uri", NULL, PAR, OAUTH_ERROR_REDIRECT_MISSING},
		{"redirect_uri", "https://portal.test/cb2", PAR, OAUTH_ERROR_REDIRECT_UNKNOWN},
		{"response_mode", "fragment", PAR, OAUTH_ERROR_RESPONSE_MODE},
		{"state", long_state, PAR, OAUTH_ERROR_STATE_TOO_LONG},
		{"request", "x", PAR | CIBA, OAUTH_ERROR_REQUEST_OBJECT},
		{"registration", "x", PAR | CIBA, OAUTH_ERROR_REGISTRATION},
		{"response_type", NULL, PAR, OAUTH_ERROR_RESPONSE_TYPE_MISSING},
		{"response_type", "token", PAR, OAUTH_ERROR_RESPONSE_TYPE},
		{"scope", "phone", ALL, OAUTH_ERROR_SCOPE_EMPTY},
		{"nonce", long_nonce, PAR, OAUTH_ERROR_NONCE_TOO_LONG},
		{"code_challenge", "short", PAR, OAUTH_ERROR_CHALLENGE_FORM},
		{"code_challenge_method", "plain", PAR, OAUTH_ERROR_CHALLENGE_METHOD},
		{"prompt", "create", PAR, OAUTH_ERROR_PROMPT},
		{"max_age", "-1", ALL, OAUTH_ERROR_MAX_AGE},
		{"acr_values", "1 2 3 4 5 6 7 8 9", ALL, OAUTH_ERROR_ACR_VALUES},
		{"claims", "{", ALL, OAUTH_ERROR_CLAIMS},
		{"authorization_details", "[]", ALL, OAUTH_ERROR_DETAILS_FORM},
		{"authorization_details", "[{\"type\":\"payment_approval\"}]", ALL,
			OAUTH_ERROR_DETAILS_TYPE},
		/* Nothing else is refused. */
		{"client_id", "another", 0, OAUTH_ERROR_MAX},
		{"ui_locales", "xx", 0, OAUTH_ERROR_MAX},
		{"login_hint", long_hint, 0, OAUTH_ERROR_MAX},
		{"id_token_hint", "x", 0, OAUTH_ERROR_MAX},
		{"max_age", "0", 0, OAUTH_ERROR_MAX},
	};
	struct scene *s = *state;

	memset(long_state, 's', sizeof(long_state) - 1);
	memset(long_nonce, 'n', sizeof(long_nonce) - 1);
	memset(long_hint, 'h', sizeof(long_hint) - 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned endpoint = PAR; endpoint <= DEVICE; endpoint <<= 1) {
			bool refused = rows[i].endpoints & endpoint;
			struct auth_reading reading;
			const struct oauth_error *e;

			fill_form(s, rows[i].name, rows[i].value);
			e = read_at(s, endpoint, &reading);
			if (e != (refused ? &oauth_errors[rows[i].error] : NULL))
				fail_msg("%s=%s at %u: %s", rows[i].name,
					rows[i].value ? rows[i].value : "", endpoint,
					e ? e->name : "accepted");
		}
}

/* Conformance fapi2-...-par-authorization-request-containing-request_uri-form-param wants
 * invalid_request (RFC 9126 2.1); elsewhere it is a feature that is not offered. */
static void request_uri_by_endpoint(void **state)
{
	struct scene *s = *state;
	struct auth_reading reading;

	fill_form(s, "request_uri", "urn:ietf:params:oauth:request_uri:x");
	assert_ptr_equal(read_at(s, PAR, &reading), OAUTH(PUSHED_URI));
	assert_ptr_equal(read_at(s, CIBA, &reading), OAUTH(REQUEST_URI));
}

static void a_pushed_request_is_the_whole_request(void **state)
{
	struct scene *s = *state;
	struct auth_reading reading;

	fill_form(s, NULL, NULL);
	assert_null(read_at(s, PAR, &reading));
	assert_true(reading.answerable);
	check_c(reading.request.client, "portal");
	check_c(reading.request.redirect_uri, "https://portal.test/cb");
	check_c(reading.request.response_mode, "form_post");
	check_c(reading.request.scope, "openid");
	check_c(reading.request.state, "st-1");
	check_c(reading.request.nonce, "n-1");
	check_str(reading.request.code_challenge, standard[6].value);
	check_c(reading.request.acr_values, "high");
	check_c(reading.request.hint_person, "somchai");
	check_c(reading.request.lang, "en");
	assert_int_equal(reading.request.max_age, 61);
	assert_true(reading.request.prompt_consent && reading.request.claims.parsed);
	assert_false(reading.request.prompt_none || reading.request.prompt_login);
}

/* There is no browser to send back, and nothing to bind a code to. */
static void requests_without_a_browser_leave_its_parameters(void **state)
{
	static const enum auth_endpoint endpoints[] = {CIBA, DEVICE};
	struct scene *s = *state;
	struct auth_reading reading;

	for (size_t i = 0; i < COUNT(endpoints); i++) {
		fill_form(s, NULL, NULL);
		assert_null(read_at(s, endpoints[i], &reading));
		assert_false(reading.answerable);
		check_c(reading.request.scope, "openid");
		check_c(reading.request.acr_values, "high");
		check_c(reading.request.hint_person, "somchai");
		assert_int_equal(reading.request.redirect_uri.n, 0);
		assert_int_equal(reading.request.response_mode.n, 0);
		assert_int_equal(reading.request.state.n, 0);
		assert_int_equal(reading.request.nonce.n, 0);
		assert_int_equal(reading.request.code_challenge.n, 0);
		assert_int_equal(reading.request.lang.n, 0);
		assert_false(reading.request.prompt_consent);
	}
}

/* Also where the error was found before the state was looked at. */
static void the_state_goes_back_with_every_error(void **state)
{
	struct scene *s = *state;
	struct auth_reading reading;

	fill_form(s, "response_mode", "fragment");
	assert_non_null(read_at(s, PAR, &reading));
	check_c(reading.request.state, "st-1");
	fill_form(s, "redirect_uri", NULL);
	assert_non_null(read_at(s, PAR, &reading));
	assert_false(reading.answerable);
	assert_int_equal(reading.request.state.n, 0);
}

/* Elsewhere the client is authenticated, and client_id is not its proof. */
static void only_authorize_looks_the_client_up(void **state)
{
	struct scene *s = *state;
	struct auth_reading reading;

	fill_form(s, NULL, NULL);
	assert_ptr_equal(read_at(s, AUTH_AT_AUTHORIZE, &reading), OAUTH(CLIENT_ID_MISSING));
	assert_false(reading.answerable);
}

#define scene_test(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(each_rule_holds_at_its_endpoints),
		scene_test(request_uri_by_endpoint),
		scene_test(a_pushed_request_is_the_whole_request),
		scene_test(requests_without_a_browser_leave_its_parameters),
		scene_test(the_state_goes_back_with_every_error),
		scene_test(only_authorize_looks_the_client_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
