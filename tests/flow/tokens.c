/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stands in the tokens, exactly, and that no token passes for another (OIDC Core 2, RFC 9068,
 * attack row 7). */
#include "flow/helpers.h"

#include "codec/base64.h"
#include "idp/oauth/signing_keys.h"
#include "base/random.h"
#include "crypto/hash.h"

static void with_jwt(struct client *c)
{
	c->access_format = TOKEN_JWT;
	c->audience = STR("https://api.test");
}

static void with_rs256(struct client *c)
{
	c->id_token_alg = JOSE_RS256 - 1;
	c->access_format = TOKEN_JWT;
}

static void with_ps256(struct client *c)
{
	c->id_token_alg = JOSE_PS256 - 1;
	c->access_format = TOKEN_JWT;
}

static struct str header_of(struct fixture *w, struct str token)
{
	struct str rest = token, part = STR_NONE, header;

	assert_true(str_cut(&rest, '.', &part));
	check_ok(base64url_decode(w->a, part, &header));
	return header;
}

static struct str at_hash(struct fixture *w, struct str token)
{
	unsigned char digest[SHA256_SIZE];

	sha256(token, digest);
	return base64url_encode(w->a, (struct str){(const char *)digest, SHA256_SIZE / 2});
}

/* --- contents --- */

static void id_token_exactly(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", "");
	struct str token = member(w, &tokens, "id_token"), want;
	long long now = (long long)(w->now_ms / 1000);

	want = text(w,
		"{\"iss\":\"" ISSUER
		"\",\"sub\":\"somchai000000000000000\",\"aud\":\"portal\",\"iat\":%lld,"
		"\"exp\":%lld,\"nonce\":\"no-1\",\"sid\":\"%.*s\",\"at_hash\":\"%.*s\","
		"\"auth_time\":%lld,\"acr\":\"urn:pratu:acr:thaid\",\"amr\":[\"thaid\"],"
		"\"ial\":\"2.3\",\"aal\":\"2.2\",\"roles\":[\"recorder\"],\"office\":\"100\","
		"\"rights\":[{\"role\":\"recorder\",\"office\":\"100\"}]}",
		now, now + 600, STR_FMT(text_claim(w, token, "sid")),
		STR_FMT(at_hash(w, member(w, &tokens, "access_token"))), now);
	check_str(jwt_payload(w, token), want);
	assert_int_equal(text_claim(w, token, "sid").n, ID_SIZE);
	check_has(header_of(w, token), "\"alg\":\"ES256\"");
	check_has(header_of(w, token), "\"typ\":\"JWT\"");
	check_has(header_of(w, token), "\"kid\":\"");
	check_c(member(w, &tokens, "token_type"), "Bearer");
	check_has(tokens.body, "\"expires_in\":600");
	fixture_free(w);
}

static void no_nonce_no_nonce(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "-nonce", NULL));
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	assert_false(contains(jwt_payload(w, member(w, &r, "id_token")), "nonce"));
	fixture_free(w);
}

/* RFC 9068 2.1, 2.2. */
static void access_token_exactly(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens;
	struct str token, want;
	long long now = (long long)(w->now_ms / 1000);

	fixture_client(w, "jwt", "eplan", with_jwt);
	tokens = tokens_for(&b, "jwt", "");
	token = member(w, &tokens, "access_token");
	want = text(w,
		"{\"iss\":\"" ISSUER
		"\",\"sub\":\"somchai000000000000000\",\"aud\":\"https://api.test\","
		"\"client_id\":\"jwt\",\"iat\":%lld,\"exp\":%lld,\"jti\":\"%.*s\","
		"\"scope\":\"openid profile email\",\"auth_time\":%lld,"
		"\"acr\":\"urn:pratu:acr:thaid\",\"amr\":[\"thaid\"],\"ial\":\"2.3\","
		"\"aal\":\"2.2\",\"roles\":[\"recorder\"],\"office\":\"100\","
		"\"rights\":[{\"role\":\"recorder\",\"office\":\"100\"}]}",
		now, now + 600, STR_FMT(text_claim(w, token, "jti")), now);
	check_str(jwt_payload(w, token), want);
	check_has(header_of(w, token), "\"typ\":\"at+jwt\"");
	fixture_free(w);
}

/* Rights of one system never stand in the tokens of another's client. */
static void rights_of_that_system_only(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens;
	struct str payload;

	fixture_system(w, "gfmis");
	fixture_client(w, "second", "gfmis", with_jwt);
	fixture_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "gfmis", "approver");
	tokens = tokens_for(&b, "portal", "");
	payload = jwt_payload(w, member(w, &tokens, "id_token"));
	check_has(payload, "\"roles\":[\"recorder\"]");
	assert_false(contains(payload, "approver"));
	tokens = tokens_for(&b, "second", "");
	payload = jwt_payload(w, member(w, &tokens, "access_token"));
	check_has(payload, "\"roles\":[\"approver\"]");
	assert_false(contains(payload, "recorder"));
	fixture_free(w);
}

/* At refresh the rights are today's, the login is that of then. */
static void rights_at_refresh(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer first = tokens_for(&b, "portal", ""), second;
	struct str old = member(w, &first, "id_token"), new;

	fixture_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "approver");
	fixture_advance_clock(w, 100);
	second = refresh(w, "portal", member(w, &first, "refresh_token"));
	new = member(w, &second, "id_token");
	check_has(jwt_payload(w, new), "\"roles\":[\"approver\",\"recorder\"]");
	assert_int_equal(number_claim(w, new, "auth_time"), number_claim(w, old, "auth_time"));
	assert_int_equal(number_claim(w, new, "iat"), number_claim(w, old, "iat") + 100);
	check_str(text_claim(w, new, "sid"), text_claim(w, old, "sid"));
	check_str(text_claim(w, new, "at_hash"), at_hash(w, member(w, &second, "access_token")));
	fixture_free(w);
}

/* --- algorithms and keys --- */

static struct str jwks(struct fixture *w)
{
	return raw_get(w->a, w->port, "/oauth2/jwks", NULL).body;
}

static struct str kid_of(struct fixture *w, struct str token)
{
	struct raw_answer r = {.body = header_of(w, token)};

	return member(w, &r, "kid");
}

static void algorithm_of_the_client(void **state)
{
	static const struct {
		const char *client, *header;
	} rows[] = {{"portal", "\"alg\":\"ES256\""}, {"rs", "\"alg\":\"RS256\""},
		{"ps", "\"alg\":\"PS256\""}};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	fixture_all_keys(w);
	fixture_client(w, "rs", "eplan", with_rs256);
	fixture_client(w, "ps", "eplan", with_ps256);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer tokens = tokens_for(&b, rows[i].client, ""), r;
		struct str token = member(w, &tokens, "id_token");

		check_has(header_of(w, token), rows[i].header);
		check_has(jwks(w), text(w, "\"kid\":\"%.*s\"", STR_FMT(kid_of(w, token))).p);
		r = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
		assert_int_equal(r.status, 200);
		r = authorize(&b, ask(w, "prompt=none",
					  text(w, "id_token_hint=%.*s", STR_FMT(token)).p, NULL));
		check_code(w, &r);
	}
	assert_false(contains(jwks(w), "\"d\":") || contains(jwks(w), "\"k\":"));
	fixture_free(w);
}

static void with_es256_and_rs256(struct client *c)
{
	c->access_format = TOKEN_JWT;
	c->access_token_alg = JOSE_RS256;
}

/* The access token is for an API, which has another library than the portal. */
static void algorithm_of_the_access_token(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens, r;

	fixture_all_keys(w);
	fixture_client(w, "two", "eplan", with_es256_and_rs256);
	tokens = tokens_for(&b, "two", "");
	check_has(header_of(w, member(w, &tokens, "id_token")), "\"alg\":\"ES256\"");
	check_has(header_of(w, member(w, &tokens, "access_token")), "\"alg\":\"RS256\"");
	r = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

/* A client whose algorithm has no key gets an error, not a token of another algorithm. */
static void algorithm_without_a_key(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_client(w, "rs", "eplan", with_rs256);
	r = redeem(w, "rs", login_for_code(&b, "rs", ""), CODE_VERIFIER);
	check_json_error(w, &r, 500, "server_error");
	fixture_free(w);
}

static void tick(struct fixture *w)
{
	const struct keys_context context = {
		w->p.store, &w->vault, &w->random->rng, w->now_ms, STR("test")};
	const struct keyring_rotation rule = {90 * 86400, 86400, 700};
	bool changed;

	check_ok(keys_tick(&context, w->a, &rule, JOSE_BIT(JOSE_ES256), &changed));
	check_ok(keys_load(w->p.store, w->a, &w->vault, w->p.keys));
	check_ok(discovery_renew_jwks(&w->p));
}

/* Published before it signs, kept until the last token it signed is over. */
static void rotation(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens;
	struct str old, new, hint;
	size_t day = 0;

	w->settings.session_lifetime = w->settings.session_idle = 100 * 86400;
	for (; occurrences(jwks(w), "\"kid\"") == 1 && day < 100; day++) {
		fixture_advance_clock(w, 86400);
		tick(w);
	}
	assert_int_equal(occurrences(jwks(w), "\"kid\""), 2);
	tokens = tokens_for(&b, "portal", "");
	hint = member(w, &tokens, "id_token");
	old = kid_of(w, hint);
	for (int i = 0; i < 3; i++) {
		tick(w);
		tokens = tokens_for(&b, "portal", "");
		new = kid_of(w, member(w, &tokens, "id_token"));
		if (!str_eq(new, old))
			break;
		fixture_advance_clock(w, 86400);
	}
	assert_false(str_eq(new, old));
	check_has(jwks(w), str_dup_c(w->a, old));
	/* What the old key signed still counts while it is published. */
	tokens = authorize(
		&b, ask(w, "prompt=none", text(w, "id_token_hint=%.*s", STR_FMT(hint)).p, NULL));
	check_code(w, &tokens);
	fixture_advance_clock(w, 86400);
	tick(w);
	assert_false(contains(jwks(w), str_dup_c(w->a, old)));
	fixture_free(w);
}

/* --- cross use: each kind of token at each door --- */

enum bearer_kind {
	CODE,
	OPAQUE,
	JWT,
	REFRESH,
	ID_TOKEN,
	SESSION,
	INTERACTION,
	STEP,
	CLIENT_JWT,
	KINDS
};

static void machine(struct client *c)
{
	static const struct str grants[] = {STR_INIT("client_credentials")};

	c->grant_types = (struct strlist){grants, 1};
	c->access_format = TOKEN_JWT;
	c->scope = STR("report:read");
}

static void collect(struct browser *b, struct str tokens[KINDS])
{
	struct fixture *w = b->w;
	struct raw_answer r;

	fixture_client(w, "jwt", "eplan", with_jwt);
	fixture_client(w, "machine", "eplan", machine);
	r = tokens_for(b, "portal", "");
	tokens[OPAQUE] = member(w, &r, "access_token");
	tokens[REFRESH] = member(w, &r, "refresh_token");
	tokens[ID_TOKEN] = member(w, &r, "id_token");
	r = tokens_for(b, "jwt", "");
	tokens[JWT] = member(w, &r, "access_token");
	tokens[CODE] = login_for_code(b, "portal", "");
	tokens[SESSION] = cookie_of(b, "pratu_session");
	r = authorize(b, ask(w, "prompt=login", NULL));
	tokens[INTERACTION] = url_param(w, location(&r), "i");
	r = browse_s(b, location(&r));
	tokens[STEP] = attribute(w, r.body, "name=\"step\" value=\"");
	r = post_form(w, "/oauth2/token", "machine", STR("grant_type=client_credentials"));
	tokens[CLIENT_JWT] = member(w, &r, "access_token");
}

static void cross_use(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str t[KINDS];
	struct raw_answer r;

	collect(&b, t);
	for (int k = 0; k < KINDS; k++) {
		struct browser thief = {.w = w};
		const char *token = str_dup_c(w->a, t[k]);

		assert_true(t[k].n > 0);
		/* As a bearer token. */
		r = get_bearer(w, "/oauth2/userinfo", t[k]);
		assert_int_equal(r.status == 200, k == OPAQUE || k == JWT);
		/* As a refresh token of the same client. */
		if (k != REFRESH) {
			r = refresh(w, "portal", t[k]);
			check_json_error(w, &r, 400, "invalid_grant");
		}
		/* As a code. */
		if (k != CODE) {
			r = redeem(w, "portal", t[k], CODE_VERIFIER);
			check_json_error(w, &r, 400, "invalid_grant");
		}
		/* As a hint. */
		r = authorize(
			&thief, ask(w, "prompt=none", text(w, "id_token_hint=%s", token).p, NULL));
		check_error(w, &r, "login_required");
		/* As a transaction. */
		if (k != INTERACTION) {
			r = browse_s(&thief, text(w, "/login?i=%s", token));
			check_page(&r, 400);
		}
		/* As a session. */
		if (k != SESSION) {
			thief.names[0] = STR("pratu_session");
			thief.values[0] = t[k];
			thief.n = 1;
			r = browse(&thief, "/apps");
			check_login(&r);
		}
		/* At introspection, an ID token, a code, a cookie are unknown. */
		r = introspect(w, "portal", t[k]);
		assert_int_equal(is_active(&r), k == OPAQUE || k == REFRESH);
	}
	fixture_free(w);
}

/* A JWT of ours with anything changed, and one whose record is gone, is no access token. */
static void jwt_must_be_whole(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM),
		       *stranger = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, s = {.w = stranger};
	struct raw_answer tokens, r;
	struct str good;

	fixture_client(w, "jwt", "eplan", with_jwt);
	fixture_client(stranger, "jwt", "eplan", with_jwt);
	tokens = tokens_for(&b, "jwt", "");
	good = member(w, &tokens, "access_token");
	tokens = tokens_for(&s, "jwt", "");
	const struct str bad[] = {
		member(w, &tokens, "access_token"),
		str_sub(good, 0, good.n - 1),
		text(w, "%.*s.", STR_FMT(good)),
		text(w, "%.*s.%.*s.",
			STR_FMT(base64url_encode(
				w->a, STR("{\"alg\":\"none\",\"typ\":\"at+jwt\"}"))),
			STR_FMT(base64url_encode(w->a, jwt_payload(w, good)))),
		text_claim(w, good, "jti"),
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		r = get_bearer(w, "/oauth2/userinfo", bad[i]);
		assert_int_equal(r.status, 401);
	}
	r = get_bearer(w, "/oauth2/userinfo", good);
	assert_int_equal(r.status, 200);
	r = revoke(w, "jwt", good);
	assert_int_equal(r.status, 200);
	r = get_bearer(w, "/oauth2/userinfo", good);
	assert_int_equal(r.status, 401);
	fixture_free(stranger);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_token_exactly),
		cmocka_unit_test(no_nonce_no_nonce),
		cmocka_unit_test(access_token_exactly),
		cmocka_unit_test(rights_of_that_system_only),
		cmocka_unit_test(rights_at_refresh),
		cmocka_unit_test(algorithm_of_the_client),
		cmocka_unit_test(algorithm_of_the_access_token),
		cmocka_unit_test(algorithm_without_a_key),
		cmocka_unit_test(rotation),
		cmocka_unit_test(cross_use),
		cmocka_unit_test(jwt_must_be_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
