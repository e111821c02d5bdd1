/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Every kind of client by every way to authenticate, at every endpoint of clients (attack row 6);
 * two ways in one request; and every kind of token where another is asked for (row 7; rows 3 and 5:
 * what a code needs beside it).
 */
#include "flow/assertion_fixture.h"

#include "codec/base64.h"

#define ASSERTED                                                                                   \
	"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&"            \
	"client_assertion="

struct methods_scene {
	struct fixture *w;
	struct signer_key key;
};

static void by_post_method(struct client *c)
{
	c->auth_method = CLIENT_AUTH_POST;
}

static void by_no_method(struct client *c)
{
	c->auth_method = CLIENT_AUTH_NONE;
	c->secret_hash = STR_NONE;
}

static struct methods_scene methods_scene_new(void)
{
	struct methods_scene s = {fixture_standard(FIXTURE_MEM), signer_key_new(JOSE_ES256)};

	fixture_client(s.w, "post", "eplan", by_post_method);
	fixture_client(s.w, "open", "eplan", by_no_method);
	signer_client(s.w, "keys", &s.key, NULL);
	signer_secret_client(s.w, "macs");
	return s;
}

/* ---- ways ---- */

/* What a request carries: Authorization, and parameters that begin with "&". */
struct way {
	const char *header;
	struct str form;
};

static struct way way_basic(struct methods_scene *s, const char *id)
{
	struct fixture *w = s->w;
	struct str pair = text(w, "%s:%s", id, PORTAL_SECRET);

	return (struct way){
		text(w, "Authorization: Basic %.*s\r\n", STR_FMT(base64_encode(w->a, pair))).p,
		STR("")};
}

static struct way way_post(struct methods_scene *s, const char *id)
{
	return (struct way){"", text(s->w, "&client_id=%s&client_secret=%s", id, PORTAL_SECRET)};
}

static struct way way_none(struct methods_scene *s, const char *id)
{
	return (struct way){"", text(s->w, "&client_id=%s", id)};
}

static struct way way_keys(struct methods_scene *s, const char *id)
{
	return (struct way){
		"", text(s->w, "&" ASSERTED "%.*s", STR_FMT(assertion_of(s->w, &s->key, id)))};
}

static struct way way_macs(struct methods_scene *s, const char *id)
{
	struct str claims = claims_of(s->w, id, NULL);

	return (struct way){
		"", text(s->w, "&" ASSERTED "%.*s",
			    STR_FMT(signed_by_secret(s->w, SIGNER_SECRET, NULL, claims)))};
}

static const struct {
	const char *client; /* whose way it is */
	struct way (*make)(struct methods_scene *s, const char *id);
} ways[] = {{"portal", way_basic}, {"post", way_post}, {"open", way_none}, {"keys", way_keys},
	{"macs", way_macs}};

static const struct {
	const char *path, *form;
} endpoints[] = {{"/oauth2/token", "grant_type=authorization_code&code=none"},
	{"/oauth2/introspect", "token=none"}, {"/oauth2/revoke", "token=none"},
	{"/oauth2/par", "response_type=none"}, {"/oauth2/bc-authorize", "scope=openid"}};

static struct raw_answer request_by(
	struct methods_scene *s, size_t endpoint, const char *header, struct str form)
{
	return raw_post(s->w->a, s->w->port, endpoints[endpoint].path, header,
		text(s->w, "%s%.*s", endpoints[endpoint].form, STR_FMT(form)));
}

/* Proven: what is refused then is the request. */
static bool proven(struct methods_scene *s, const struct raw_answer *r)
{
	return r->status != 401 && r->status != 0;
}

static void one_by_the_way_of(struct methods_scene *s, size_t e, size_t client, size_t i)
{
	struct way way = ways[i].make(s, ways[client].client);
	struct raw_answer r = request_by(s, e, way.header, way.form);

	print_message("# %s: %s by the way of %s: %d\n", endpoints[e].path, ways[client].client,
		ways[i].client, r.status);
	/* RFC 7662 2.1: who proves nothing introspects nothing. */
	if (client == i && (e != 1 || ways[i].make != way_none))
		assert_true(proven(s, &r));
	else
		check_json_error(s->w, &r, 401, "invalid_client");
}

static void each_client_by_each_way(void **state)
{
	struct methods_scene s = methods_scene_new();

	for (size_t e = 0; e < COUNT(endpoints); e++)
		for (size_t c = 0; c < COUNT(ways); c++)
			for (size_t i = 0; i < COUNT(ways); i++)
				one_by_the_way_of(&s, e, c, i);
	fixture_free(s.w);
}

static void two_for(struct methods_scene *s, const char *client, size_t i, size_t k)
{
	struct way one = ways[i].make(s, client), two = ways[k].make(s, client);
	struct raw_answer r = request_by(s, 0, one.header[0] ? one.header : two.header,
		text(s->w, "%.*s%.*s", STR_FMT(one.form), STR_FMT(two.form)));

	check_json_error(s->w, &r, 400, "invalid_request");
}

/* RFC 6749 2.3: each two of them, also two that are right. A client_id alone is no way of its own
 * beside another. */
static void two_ways_in_one_request(void **state)
{
	struct methods_scene s = methods_scene_new();

	for (size_t i = 0; i < COUNT(ways); i++)
		for (size_t k = 0; k < COUNT(ways); k++) {
			if (i == k || ways[i].make == way_none || ways[k].make == way_none)
				continue;
			for (size_t c = 0; c < COUNT(ways); c++)
				two_for(&s, ways[c].client, i, k);
		}
	fixture_free(s.w);
}

static void parameters_of_assertions(void **state)
{
	struct methods_scene s = methods_scene_new();
	struct fixture *w = s.w;
	struct str a = assertion_of(w, &s.key, "keys");
	const struct {
		struct str form;
		int status;
		const char *error;
	} rows[] = {
		{text(w, "&client_assertion=%.*s", STR_FMT(a)), 400, "invalid_request"},
		{text(w, "&client_assertion=%.*s&client_assertion_type=", STR_FMT(a)), 400,
			"invalid_request"},
		{text(w,
			 "&client_assertion=%.*s&client_assertion_type=urn:ietf:params:oauth:"
			 "client-assertion-type:saml2-bearer",
			 STR_FMT(a)),
			400, "invalid_request"},
		{STR("&" ASSERTED), 400, "invalid_request"},
		{text(w, "&" ASSERTED "%.*s&client_assertion=%.*s", STR_FMT(a), STR_FMT(a)), 400,
			"invalid_request"},
		/* ensure-client-id-in-token-endpoint: another client's id beside it. */
		{text(w, "&" ASSERTED "%.*s&client_id=post", STR_FMT(a)), 401, "invalid_client"},
		/* ensure-client-assertion-in-token-endpoint: none. */
		{STR("&client_id=keys"), 401, "invalid_client"},
		{STR(""), 401, "invalid_client"},
		{text(w, "&" ASSERTED "%.*s&client_secret=&client_id=keys", STR_FMT(a)), 400,
			"invalid_grant"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = request_by(&s, 0, "", rows[i].form);

		print_message("# %zu\n", i);
		check_json_error(w, &r, rows[i].status, rows[i].error);
	}
	fixture_free(w);
}

/* aud may name the endpoint that is called, and that one only (RFC 9126 2, CIBA Core 7.1). */
static void the_endpoint_as_audience(void **state)
{
	struct methods_scene s = methods_scene_new();

	for (size_t e = 0; e < COUNT(endpoints); e++)
		for (size_t named = 0; named < COUNT(endpoints); named++) {
			struct str aud = text(s.w, "aud=\"" ISSUER "%s\"", endpoints[named].path),
				   a = signed_by(
					   s.w, &s.key, NULL, claims_of(s.w, "keys", aud.p, NULL));
			struct raw_answer r =
				request_by(&s, e, "", text(s.w, "&" ASSERTED "%.*s", STR_FMT(a)));

			assert_int_equal(proven(&s, &r), named == e || named == 0);
		}
	fixture_free(s.w);
}

static void held_to_fapi(struct client *c)
{
	c->pushed_required = true;
}

/* par-test-par-endpoint-url-as-audience-fails, par-test-token-endpoint-url-as-audience-fails,
 * par-test-array-as-audience-fails: of clients that must push, the issuer alone. */
static void fapi_clients_name_the_issuer(void **state)
{
	static const struct {
		const char *aud;
		bool good;
	} rows[] = {{"aud=\"" ISSUER "\"", true}, {"aud=\"" ISSUER "/oauth2/token\"", false},
		{"aud=\"" ISSUER "/oauth2/par\"", false}, {"aud=[\"" ISSUER "\"]", false}};
	struct methods_scene s = methods_scene_new();

	edit_client(s.w, "keys", held_to_fapi);
	for (size_t e = 0; e < COUNT(endpoints); e++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct str a = signed_by(
				s.w, &s.key, NULL, claims_of(s.w, "keys", rows[i].aud, NULL));
			struct raw_answer r =
				request_by(&s, e, "", text(s.w, "&" ASSERTED "%.*s", STR_FMT(a)));

			assert_int_equal(proven(&s, &r), rows[i].good);
		}
	fixture_free(s.w);
}

/* ensure-signed-client-assertion-with-RS256-fails: of clients that must push, also by a key that is
 * for RS256. */
static void fapi_clients_sign_by_no_rs256(void **state)
{
	struct methods_scene s = methods_scene_new();
	struct signer_key rsa = signer_key_new(JOSE_RS256), pss = signer_key_new(JOSE_PS256);
	const struct signer_key keys[] = {s.key, rsa, pss};

	signer_keys(s.w, "keys", signer_jwks(s.w, keys, 3));
	check_proven(s.w, assertion_of(s.w, &rsa, "keys"));
	edit_client(s.w, "keys", held_to_fapi);
	check_unproven(s.w, assertion_of(s.w, &rsa, "keys"), "CLIENT_ASSERTION_HEADER");
	check_proven(s.w, assertion_of(s.w, &pss, "keys"));
	check_proven(s.w, assertion_of(s.w, &s.key, "keys"));
	fixture_free(s.w);
}

/* The modules of fapi-ciba-id1 on client assertions, at both endpoints that they name. */
static void modules_of_fapi_ciba(void **state)
{
	static const struct {
		const char *module;
		const char *change; /* of the claims */
		const char *header, *more;
		bool good;
	} rows[] = {
		{"ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds", NULL, NULL, "",
			true},
		{"client-assertion-signature-algorithm-in-backchannel-authorization-request-is-"
		 "RS256-fails, -in-token-endpoint-request-is-RS256-fails",
			NULL, "{\"alg\":\"RS256\"}", "", false},
		{"ensure-wrong-client-id-in-token-endpoint-request, "
		 "ensure-wrong-client-id-in-backchannel-authorization-request",
			NULL, NULL, "&client_id=post", false},
		{"ensure-different-client-id-and-issuer-in-backchannel-authorization-request",
			"iss=\"post\"", NULL, "", false},
	};
	static const size_t at[] = {0, 4}; /* of endpoints */
	struct methods_scene s = methods_scene_new();
	struct raw_answer r;

	for (size_t e = 0; e < COUNT(at); e++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct str a = signed_by(s.w, &s.key, rows[i].header,
				claims_of(s.w, "keys", rows[i].change, NULL));

			print_message("# %s\n", rows[i].module);
			r = request_by(&s, at[e], "",
				text(s.w, "&" ASSERTED "%.*s%s", STR_FMT(a), rows[i].more));
			assert_int_equal(proven(&s, &r), rows[i].good);
		}
		/* ensure-without-client-assertion-in-token-endpoint-request, -in-backchannel-
		 * authorization-request. */
		r = request_by(&s, at[e], "", STR("&client_id=keys"));
		check_json_error(s.w, &r, 401, "invalid_client");
	}
	fixture_free(s.w);
}

/* Named by a header of the request, the audience would be whatever a caller likes (row 14). */
static void the_host_is_no_audience(void **state)
{
	struct methods_scene s = methods_scene_new();
	struct str a = signed_by(
		s.w, &s.key, NULL, claims_of(s.w, "keys", "aud=\"http://localhost\"", NULL));
	struct raw_answer r = request_by(&s, 0, "X-Forwarded-Host: localhost\r\n",
		text(s.w, "&" ASSERTED "%.*s", STR_FMT(a)));

	check_json_error(s.w, &r, 401, "invalid_client");
	fixture_free(s.w);
}

/* ---- every kind of token in every place ---- */

enum kind { OPAQUE, JWT_ACCESS, ID_TOKEN, REFRESH, CODE, ASSERTION, PUSHED, KINDS };
static const char *const kind_words[KINDS] = {"opaque access token", "JWT access token", "ID token",
	"refresh token", "code", "assertion", "request_uri"};

static void with_jwt_tokens(struct client *c)
{
	c->access_format = TOKEN_JWT;
}

struct tokens {
	struct str v[KINDS];
};

static struct str code_for(struct methods_scene *s, const char *client)
{
	struct browser b = {.w = s->w};

	return login_for_code(&b, client, "&scope=openid+profile+offline_access");
}

static struct tokens tokens_new(struct methods_scene *s)
{
	struct fixture *w = s->w;
	struct raw_answer opaque = redeem(w, "portal", code_for(s, "portal"), CODE_VERIFIER), jwt,
			  pushed;
	struct tokens t;

	fixture_client(w, "jwt", "eplan", with_jwt_tokens);
	jwt = redeem(w, "jwt", code_for(s, "jwt"), CODE_VERIFIER);
	t.v[OPAQUE] = member(w, &opaque, "access_token");
	t.v[ID_TOKEN] = member(w, &opaque, "id_token");
	t.v[REFRESH] = member(w, &opaque, "refresh_token");
	t.v[JWT_ACCESS] = member(w, &jwt, "access_token");
	t.v[CODE] = code_for(s, "portal");
	t.v[ASSERTION] = assertion_of(w, &s->key, "keys");
	pushed = post_form(w, "/oauth2/par", "portal", ask(w, "state=st-1", NULL));
	t.v[PUSHED] = member(w, &pushed, "request_uri");
	for (size_t i = 0; i < KINDS; i++)
		assert_true(t.v[i].n > 0);
	return t;
}

static bool place_userinfo(struct methods_scene *s, struct str token)
{
	return get_bearer(s->w, "/oauth2/userinfo", token).status == 200;
}

static bool place_introspect(struct methods_scene *s, struct str token)
{
	struct raw_answer r = introspect(s->w, "portal", token);

	return is_active(&r);
}

static bool place_refresh(struct methods_scene *s, struct str token)
{
	return refresh(s->w, "portal", token).status == 200;
}

static bool place_code(struct methods_scene *s, struct str token)
{
	return redeem(s->w, "portal", token, CODE_VERIFIER).status == 200;
}

static bool place_assertion(struct methods_scene *s, struct str token)
{
	struct raw_answer r = post_assertion(s->w, "/oauth2/revoke", STR("token=x"), token);

	return r.status == 200;
}

static bool place_hint(struct methods_scene *s, struct str token)
{
	struct browser b = {.w = s->w};
	struct raw_answer r =
		browse_s(&b, text(s->w,
				     "/oauth2/logout?post_logout_redirect_uri=https%%"
				     "3A%%2F%%2Fportal.test%%2Fbye&id_token_hint=%.*s",
				     STR_FMT(token)));

	return r.status == 303;
}

static bool place_request_uri(struct methods_scene *s, struct str token)
{
	struct browser b = {.w = s->w};
	struct raw_answer r = browse_s(&b,
		text(s->w, "/oauth2/authorize?client_id=portal&request_uri=%.*s", STR_FMT(token)));

	return r.status == 303 && str_starts(location(&r), STR("/login"));
}

static const struct {
	const char *what;
	bool (*takes)(struct methods_scene *s, struct str token);
	unsigned kinds; /* bits: what it is for */
} places[] = {
	{"id_token_hint", place_hint, 1 << ID_TOKEN},
	{"client_assertion", place_assertion, 1 << ASSERTION},
	{"userinfo", place_userinfo, 1 << OPAQUE | 1 << JWT_ACCESS},
	{"introspection", place_introspect, 1 << OPAQUE | 1 << REFRESH},
	{"refresh_token", place_refresh, 1 << REFRESH},
	{"code", place_code, 1 << CODE},
	{"request_uri", place_request_uri, 1 << PUSHED},
};

static void each_token_in_each_place(void **state)
{
	struct methods_scene s = methods_scene_new();
	struct tokens t = tokens_new(&s);

	for (size_t p = 0; p < COUNT(places); p++)
		for (size_t kind = 0; kind < KINDS; kind++) {
			bool taken = places[p].takes(&s, t.v[kind]);
			/* Tokens of another client are nothing to it. */
			bool right = places[p].kinds >> kind & 1;

			print_message("# %s as %s: %d\n", kind_words[kind], places[p].what, taken);
			assert_int_equal(taken, right);
		}
	fixture_free(s.w);
}

/* ---- what a code needs beside it (row 5; ensure-authorization-code-is-bound-to-client) ---- */

static struct raw_answer redeem_asserted(
	struct methods_scene *s, struct str code, const char *verifier, struct str assertion)
{
	return post_assertion(s->w, "/oauth2/token",
		text(s->w, "grant_type=authorization_code&code=%.*s&redirect_uri=%s%s%s",
			STR_FMT(code), PORTAL_CB, verifier ? "&code_verifier=" : "",
			verifier ? verifier : ""),
		assertion);
}

static void a_code_needs_client_and_verifier(void **state)
{
	struct methods_scene s = methods_scene_new();
	struct signer_key key = signer_key_new(JOSE_ES256);
	struct raw_answer r;

	signer_client(s.w, "rival", &key, NULL);
	/* The verifier without the client, the client without the verifier, a wrong one. */
	r = redeem_asserted(
		&s, code_for(&s, "keys"), CODE_VERIFIER, assertion_of(s.w, &key, "rival"));
	check_json_error(s.w, &r, 400, "invalid_grant");
	r = redeem_asserted(&s, code_for(&s, "keys"), NULL, assertion_of(s.w, &s.key, "keys"));
	check_json_error(s.w, &r, 400, "invalid_grant");
	r = redeem_asserted(
		&s, code_for(&s, "keys"), CODE_CHALLENGE, assertion_of(s.w, &s.key, "keys"));
	check_json_error(s.w, &r, 400, "invalid_grant");
	r = redeem(s.w, "open", code_for(&s, "keys"), CODE_VERIFIER);
	assert_int_not_equal(r.status, 200);
	r = redeem_asserted(
		&s, code_for(&s, "keys"), CODE_VERIFIER, assertion_of(s.w, &s.key, "keys"));
	assert_int_equal(r.status, 200);
	/* Its refresh token is bound to it, too. */
	r = post_assertion(s.w, "/oauth2/token",
		text(s.w, "grant_type=refresh_token&refresh_token=%.*s",
			STR_FMT(member(s.w, &r, "refresh_token"))),
		assertion_of(s.w, &key, "rival"));
	check_json_error(s.w, &r, 400, "invalid_grant");
	fixture_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_client_by_each_way),
		cmocka_unit_test(two_ways_in_one_request),
		cmocka_unit_test(parameters_of_assertions),
		cmocka_unit_test(the_endpoint_as_audience),
		cmocka_unit_test(fapi_clients_name_the_issuer),
		cmocka_unit_test(fapi_clients_sign_by_no_rs256),
		cmocka_unit_test(modules_of_fapi_ciba),
		cmocka_unit_test(the_host_is_no_audience),
		cmocka_unit_test(each_token_in_each_place),
		cmocka_unit_test(a_code_needs_client_and_verifier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
