/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "codec/uri.h"
#include "directory/operations/client_metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static enum rc lay(
	struct arena *a, const char *json, struct client *c, struct field_error *ret_error)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;

	if (json_value_parse(str_c(json), CLIENT_METADATA_MAX, &v) != RC_OK)
		fail_msg("%s: no JSON", json);
	return client_from_metadata(a, v, c, ret_error);
}

/* The metadata over the defaults, with an id as client_add gives one. */
static enum rc metadata_parse(
	struct arena *a, const char *json, struct client *ret, struct field_error *ret_error)
{
	client_defaults(ret);
	ret->id = STR("made-id");
	return lay(a, json, ret, ret_error);
}

#define BASE    "\"client_name\":\"P\",\"system\":\"plan\""
#define WEB     BASE ",\"redirect_uris\":[\"https://p.example/cb\"]"
#define MACHINE "\"client_name\":\"M\",\"grant_types\":[\"client_credentials\"]"
#define NATIVE                                                                                     \
	BASE ",\"application_type\":\"native\",\"token_endpoint_auth_method\":\"none\","           \
	     "\"redirect_uris\":[\"th.go.app:/cb\"]"

#define CIBA                                                                                       \
	BASE ",\"grant_types\":[\"urn:openid:params:grant-type:ciba\"],"                           \
	     "\"backchannel_token_delivery_mode\":"
#define NOTIFIED "\"backchannel_client_notification_endpoint\":"

static const char *const accepted[] = {
	"{" CIBA "\"poll\"}",
	"{" CIBA "\"poll\",\"backchannel_user_code_parameter\":true}",
	"{" CIBA "\"poll\",\"token_endpoint_auth_method\":\"private_key_jwt\","
	"\"jwks_uri\":\"https://p.example/jwks\","
	"\"backchannel_authentication_request_signing_alg\":\"PS256\"}",
	"{" CIBA "\"ping\"," NOTIFIED "\"https://p.example/ciba\"}",
	"{" BASE ",\"grant_types\":[\"urn:openid:params:grant-type:ciba\",\"refresh_token\"],"
	"\"backchannel_token_delivery_mode\":\"poll\",\"scope\":\"openid offline_access\"}",
	"{" WEB "}",
	"{" WEB ",\"client_id\":\"portal-1.x_Y\"}",
	"{" WEB ",\"client_name#th\":\"พอร์ทัล\"}",
	"{" WEB ",\"require_pkce\":false}",
	"{" WEB ",\"require_pkce\":null,\"default_max_age\":null,\"subject_type\":null}",
	"{" WEB ",\"require_pkce\":true,\"token_endpoint_auth_method\":\"none\"}",
	"{" WEB ",\"token_endpoint_auth_method\":\"client_secret_post\"}",
	"{" WEB ",\"grant_types\":[\"authorization_code\",\"refresh_token\"],"
	"\"response_types\":[\"code\"],\"scope\":\"openid offline_access\"}",
	"{" WEB ",\"id_token_signed_response_alg\":\"PS256\",\"subject_type\":\"public\"}",
	"{" WEB ",\"access_token_format\":\"jwt\",\"audience\":\"https://api.example\","
	"\"access_token_lifetime\":60,\"refresh_token_lifetime\":86400}",
	"{" WEB ",\"default_max_age\":0,\"require_auth_time\":true,"
	"\"default_acr_values\":[\"a\",\"b\"]}",
	"{" WEB ",\"contacts\":[\"a@b.example\"],\"client_uri\":\"https://p.example/\","
	"\"initiate_login_uri\":\"https://p.example/start\"}",
	"{" WEB ",\"introspects\":[\"https://api.example\"],\"consent_required\":true}",
	"{" WEB ",\"status\":\"suspended\"}",
	"{" WEB ",\"id_token_signed_response_alg\":\"ES256\"}",
	"{" WEB ",\"id_token_signed_response_alg\":null}",
	"{" WEB ",\"access_token_format\":\"jwt\",\"access_token_signed_response_alg\":\"ES256\"}",
	"{" WEB ",\"id_token_claims\":[\"name\",\"name#en\",\"email\"]}",
	"{" WEB ",\"require_pushed_authorization_requests\":true}",
	"{" WEB ",\"authorization_details_types\":[\"payment_approval\"]}",
	"{" MACHINE "}",
	"{" MACHINE ",\"response_types\":[]}",
	"{" NATIVE "}",
	"{" WEB ",\"backchannel_logout_uri\":\"https://other.example/out?x=1\","
	"\"backchannel_logout_session_required\":true}",
	"{" WEB ",\"backchannel_logout_uri\":\"https://10.0.0.7/out\"}",
	"{" WEB ",\"frontchannel_logout_uri\":\"https://p.example/out?x=1\","
	"\"frontchannel_logout_session_required\":true}",
	"{" WEB ",\"backchannel_logout_uri\":null,\"frontchannel_logout_uri\":null}",
	"{" BASE ",\"redirect_uris\":[\"http://127.0.0.1/cb\",\"http://localhost:8091/cb\"]}",
};

static void accepts(void **state)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct field_error error = {0};
		struct client c;

		if (metadata_parse(a, accepted[i], &c, &error) != RC_OK)
			fail_msg("%s: refused: %s %s", accepted[i], error.field, error.why);
		arena_free(a);
	}
}

static const struct {
	const char *json, *field; /* field NULL: the whole, why then holds `says` */
	const char *says;
} refused[] = {
	{"[]", NULL, "not a JSON object"},
	{"{}", "client_name", "required"},
	{"{\"client_name\":\"P\"}", "redirect_uris", "empty"},
	{"{\"client_name\":\"P\",\"redirect_uris\":[\"https://p.example/cb\"]}", "system",
		"missing"},
	{"{" WEB ",\"client_nmae\":\"x\"}", NULL, "client_nmae"},
	{"{" WEB ",\"pkce_optional\":true}", "pkce_optional", "require_pkce"},
	{"{" WEB ",\"client_secret\":\"mine\"}", "client_secret", "cannot be chosen"},
	{"{" WEB ",\"secret_hash\":\"AAAA\"}", "secret_hash", "cannot be set"},
	{"{" WEB ",\"created\":1}", "created", "cannot be set"},
	{"{" WEB ",\"software_id\":\"x\"}", "software_id", "not offered"},
	{"{" CIBA "\"push\"}", "backchannel_token_delivery_mode", ""},
	{"{" CIBA "\"ping\"}", "backchannel_client_notification_endpoint", "missing"},
	{"{" CIBA "\"poll\"," NOTIFIED "\"https://p.example/ciba\"}",
		"backchannel_client_notification_endpoint", "no use"},
	{"{" CIBA "\"ping\"," NOTIFIED "\"http://p.example/ciba\"}",
		"backchannel_client_notification_endpoint", ""},
	{"{" CIBA "\"poll\",\"token_endpoint_auth_method\":\"none\"}", "grant_types", "no secret"},
	{"{" CIBA "\"poll\",\"backchannel_authentication_request_signing_alg\":\"ES256\"}",
		"backchannel_authentication_request_signing_alg", "keys"},
	{"{" CIBA "\"poll\",\"token_endpoint_auth_method\":\"private_key_jwt\","
	 "\"jwks_uri\":\"https://p.example/jwks\","
	 "\"backchannel_authentication_request_signing_alg\":\"RS256\"}",
		"backchannel_authentication_request_signing_alg", "RS256"},
	{"{" WEB ",\"backchannel_authentication_request_signing_alg\":\"ES256\"}",
		"backchannel_authentication_request_signing_alg", "no use"},
	{"{" WEB ",\"backchannel_user_code_parameter\":true}", "backchannel_user_code_parameter",
		"no use"},
	{"{" BASE ",\"grant_types\":[\"urn:openid:params:grant-type:ciba\"]}",
		"backchannel_token_delivery_mode", "missing"},
	{"{" WEB ",\"backchannel_token_delivery_mode\":\"poll\"}",
		"backchannel_token_delivery_mode", "no use"},
	{"{\"client_name\":\"P\",\"grant_types\":[\"urn:openid:params:grant-type:ciba\"],"
	 "\"backchannel_token_delivery_mode\":\"poll\"}",
		"system", "missing"},
	/* oidcc-3rd_party-init-login-nohttps */
	{"{" WEB ",\"initiate_login_uri\":\"http://p.example/start\"}", "initiate_login_uri",
		"http"},
	{"{" WEB ",\"backchannel_logout_uri\":\"http://p.example/out\"}", "backchannel_logout_uri",
		"http"},
	{"{" WEB ",\"backchannel_logout_uri\":\"https://p.example/out#f\"}",
		"backchannel_logout_uri", "fragment"},
	{"{" WEB ",\"backchannel_logout_uri\":\"https://u@p.example/out\"}",
		"backchannel_logout_uri", ""},
	{"{" WEB ",\"backchannel_logout_uri\":\"https://p.example:22/out\"}",
		"backchannel_logout_uri", "port"},
	{"{" WEB ",\"backchannel_logout_uri\":7}", "backchannel_logout_uri", "must be"},
	{"{" WEB ",\"backchannel_logout_session_required\":true}",
		"backchannel_logout_session_required", "no backchannel_logout_uri"},
	{"{" MACHINE ",\"backchannel_logout_uri\":\"https://p.example/out\"}",
		"backchannel_logout_uri", "no use"},
	{"{" WEB ",\"frontchannel_logout_uri\":\"https://q.example/out\"}",
		"frontchannel_logout_uri", "redirect_uris"},
	{"{" WEB ",\"frontchannel_logout_uri\":\"https://p.example:8443/out\"}",
		"frontchannel_logout_uri", "redirect_uris"},
	{"{" WEB ",\"frontchannel_logout_uri\":\"http://p.example/out\"}",
		"frontchannel_logout_uri", "http"},
	{"{" WEB ",\"frontchannel_logout_uri\":\"https://p.example/out#f\"}",
		"frontchannel_logout_uri", "fragment"},
	{"{" WEB ",\"frontchannel_logout_session_required\":true}",
		"frontchannel_logout_session_required", "no frontchannel_logout_uri"},
	{"{" MACHINE ",\"frontchannel_logout_uri\":\"https://p.example/out\"}",
		"frontchannel_logout_uri", "no use"},
	{"{" WEB ",\"client_id\":\"a b\"}", "client_id", "64 letters"},
	{"{" WEB ",\"client_id\":\"\"}", "client_id", "required"},
	{"{" WEB ",\"client_id\":\"../x\"}", "client_id", "64 letters"},
	{"{\"client_name\":\"\",\"system\":\"plan\","
	 "\"redirect_uris\":[\"https://p.example/cb\"]}",
		"client_name", "required"},
	{"{\"client_name\":7,\"system\":\"plan\","
	 "\"redirect_uris\":[\"https://p.example/cb\"]}",
		"client_name", "must be"},
	{"{" WEB ",\"grant_types\":[]}", "grant_types", "empty"},
	{"{" WEB ",\"grant_types\":[\"implicit\"]}", "grant_types", "implicit"},
	{"{" WEB ",\"grant_types\":[\"password\"]}", "grant_types", "password"},
	{"{" WEB ",\"grant_types\":[\"authorization_code\",\"authorization_code\"]}", "grant_types",
		"twice"},
	{"{\"client_name\":\"P\",\"grant_types\":[\"refresh_token\"]}", "grant_types", "without"},
	{"{" WEB ",\"response_types\":[]}", "response_types", "empty"},
	{"{" WEB ",\"response_types\":[\"token\"]}", "response_types", "alone"},
	{"{" WEB ",\"response_types\":[\"code\",\"id_token\"]}", "response_types", "alone"},
	{"{" WEB ",\"response_types\":[\"code id_token\"]}", "response_types", "alone"},
	{"{" MACHINE ",\"response_types\":[\"code\"]}", "response_types", "agree"},
	{"{" MACHINE ",\"redirect_uris\":[\"https://p.example/cb\"]}", "redirect_uris", "no use"},
	{"{" MACHINE ",\"token_endpoint_auth_method\":\"none\"}", "grant_types", "no secret"},
	{"{" WEB ",\"token_endpoint_auth_method\":\"private_key_jwt\"}", "jwks_uri", "missing"},
	{"{" WEB ",\"token_endpoint_auth_method\":\"tls_client_auth\"}",
		"token_endpoint_auth_method", "one of"},
	{"{" WEB ",\"token_endpoint_auth_method\":\"none\",\"require_pkce\":false}", "require_pkce",
		"always needs"},
	{"{" WEB ",\"token_endpoint_auth_method\":\"none\",\"introspects\":[\"a\"]}", "introspects",
		"secret"},
	{"{" WEB ",\"require_pkce\":\"no\"}", "require_pkce", "true or false"},
	{"{" BASE ",\"redirect_uris\":[]}", "redirect_uris", "empty"},
	{"{" BASE ",\"redirect_uris\":\"https://p.example/cb\"}", "redirect_uris", "array"},
	{"{" BASE ",\"redirect_uris\":[\"http://p.example/cb\"]}", "redirect_uris", "entry 1"},
	{"{" BASE ",\"redirect_uris\":[\"https://p.example/cb\",\"https://p.example/#f\"]}",
		"redirect_uris", "entry 2"},
	{"{" BASE ",\"redirect_uris\":[\"https://p.example/cb\",\"https://p.example/cb\"]}",
		"redirect_uris", "twice"},
	{"{" BASE ",\"redirect_uris\":[\"https://*.example/cb\"]}", "redirect_uris", "entry 1"},
	{"{" BASE ",\"redirect_uris\":[\"th.go.app:/cb\"]}", "redirect_uris", "entry 1"},
	{"{" WEB ",\"post_logout_redirect_uris\":[\"javascript:alert(1)\"]}",
		"post_logout_redirect_uris", "entry 1"},
	{"{" BASE ",\"application_type\":\"native\",\"redirect_uris\":[\"th.go.app:/cb\"]}",
		"token_endpoint_auth_method", "native"},
	{"{" WEB ",\"application_type\":\"spa\"}", "application_type", "one of"},
	{"{" WEB ",\"scope\":\"openid offline_access\"}", "scope", "refresh_token"},
	{"{" WEB ",\"scope\":\"openid openid\"}", "scope", "twice"},
	{"{" WEB ",\"scope\":\"a\\\\b\"}", "scope", "scope 1"},
	{"{" WEB ",\"scope\":\"openid ก\"}", "scope", "scope 2"},
	{"{" WEB ",\"id_token_signed_response_alg\":\"HS256\"}", "id_token_signed_response_alg",
		"one of"},
	{"{" WEB ",\"id_token_signed_response_alg\":\"none\"}", "id_token_signed_response_alg",
		"one of"},
	{"{" WEB ",\"id_token_signed_response_alg\":7}", "id_token_signed_response_alg", "one of"},
	{"{" WEB ",\"access_token_signed_response_alg\":\"none\"}",
		"access_token_signed_response_alg", "one of"},
	{"{" WEB ",\"id_token_claims\":[\"nick\"]}", "id_token_claims", "\"nick\""},
	{"{" WEB ",\"id_token_claims\":[\"roles\"]}", "id_token_claims", "no claim of a scope"},
	{"{" WEB ",\"id_token_claims\":[\"pid\"]}", "id_token_claims", "at userinfo only"},
	{"{" WEB ",\"id_token_claims\":[\"name\",\"name\"]}", "id_token_claims", "twice"},
	{"{" WEB ",\"require_pushed_authorization_requests\":1}",
		"require_pushed_authorization_requests", "true or false"},
	{"{" WEB ",\"authorization_details_types\":[\"none\"]}", "authorization_details_types",
		"\"none\", which is no type"},
	{"{" WEB ",\"authorization_details_types\":[\"payment_approval\",\"payment_approval\"]}",
		"authorization_details_types", "twice"},
	{"{" WEB ",\"token_endpoint_auth_method\":\"none\","
	 "\"authorization_details_types\":[\"payment_approval\"]}",
		"authorization_details_types", "without a secret"},
	{"{" WEB ",\"subject_type\":\"pairwise\"}", "subject_type", "public"},
	{"{" WEB ",\"access_token_format\":\"paseto\"}", "access_token_format", "one of"},
	{"{" WEB ",\"access_token_lifetime\":59}", "access_token_lifetime", "60"},
	{"{" WEB ",\"access_token_lifetime\":-1}", "access_token_lifetime", "between"},
	{"{" WEB ",\"access_token_lifetime\":86401}", "access_token_lifetime", "between"},
	{"{" WEB ",\"refresh_token_lifetime\":1}", "refresh_token_lifetime", "60"},
	{"{" WEB ",\"default_max_age\":-1}", "default_max_age", "31535999"},
	{"{" WEB ",\"default_max_age\":31536000}", "default_max_age", "31535999"},
	{"{" WEB ",\"default_max_age\":\"1\"}", "default_max_age", "31535999"},
	{"{" WEB ",\"client_uri\":\"http://p.example/\"}", "client_uri", ""},
	{"{" WEB ",\"logo_uri\":\"data:image/png;base64,AA\"}", "logo_uri", ""},
	{"{" WEB ",\"audience\":\"a b\"}", "audience", "space"},
	{"{" WEB ",\"introspects\":[\"a\",\"a\"]}", "introspects", "twice"},
};

static void refuses(void **state)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct field_error error = {0};
		struct client c;

		if (metadata_parse(a, refused[i].json, &c, &error) != RC_INVALID)
			fail_msg("%s: accepted", refused[i].json);
		if (!str_eq(str_c(error.field), str_c(refused[i].field)))
			fail_msg("%s: blames %s", refused[i].json, error.field);
		if (!strstr(error.why, refused[i].says))
			fail_msg("%s: says %s", refused[i].json, error.why);
		arena_free(a);
	}
}

static void has_safe_defaults(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct field_error error;
	struct client c;

	assert_int_equal(metadata_parse(a, "{" WEB "}", &c, &error), RC_OK);
	assert_int_equal(c.auth_method, CLIENT_AUTH_BASIC);
	assert_false(c.pkce_optional);
	/* OIDC Registration 2. */
	assert_string_equal(id_token_alg_words[c.id_token_alg], "RS256");
	assert_int_equal(c.access_token_alg, 0);
	assert_int_equal(c.id_token_claims.n, 0);
	assert_int_equal(c.access_format, TOKEN_OPAQUE);
	assert_int_equal(c.grant_types.n, 1);
	assert_true(str_eq_c(c.grant_types.v[0], "authorization_code"));
	assert_int_equal(c.response_types.n, 1);
	assert_int_equal(c.default_max_age, 0);
	assert_false(c.consent_required);
	arena_free(a);
}

static void follows_grant_types(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct field_error error;
	struct client c;

	assert_int_equal(metadata_parse(a, "{" MACHINE "}", &c, &error), RC_OK);
	assert_int_equal(c.response_types.n, 0);
	arena_free(a);
}

static void bounds_lists(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct field_error error;
	struct client c;

	for (int n = 20; n <= 21; n++) {
		struct buf json;

		buf_init(&json, a, 10000);
		buf_add_c(&json, "{" BASE ",\"redirect_uris\":[");
		for (int i = 0; i < n; i++)
			buf_addf(&json, "%s\"https://p.example/%d\"", i ? "," : "", i);
		buf_add_c(&json, "]}");
		assert_int_equal(
			metadata_parse(a, json.p, &c, &error), n == 20 ? RC_OK : RC_INVALID);
	}
	for (int n = 64; n <= 65; n++) {
		struct buf json;

		buf_init(&json, a, 10000);
		buf_add_c(&json, "{" WEB ",\"scope\":\"");
		for (int i = 0; i < n; i++)
			buf_addf(&json, "%ss%d", i ? " " : "", i);
		buf_add_c(&json, "\"}");
		assert_int_equal(
			metadata_parse(a, json.p, &c, &error), n == 64 ? RC_OK : RC_INVALID);
	}
	arena_free(a);
}

static void update_keeps_what_is_not_named(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct field_error error;
	struct client c;

	assert_int_equal(
		metadata_parse(a,
			"{" WEB ",\"default_max_age\":5,\"tos_uri\":\"https://p.example/t\"}", &c,
			&error),
		RC_OK);
	assert_int_equal(c.default_max_age, 6);
	assert_int_equal(lay(a, "{\"client_name\":\"Q\",\"tos_uri\":null}", &c, &error), RC_OK);
	assert_true(str_eq_c(c.name, "Q"));
	assert_true(str_eq_c(c.redirect_uris.v[0], "https://p.example/cb"));
	assert_int_equal(c.tos_uri.n, 0);
	assert_int_equal(c.default_max_age, 6);
	/* What stays must fit what is changed. */
	assert_int_equal(
		lay(a, "{\"grant_types\":[\"client_credentials\"]}", &c, &error), RC_INVALID);
	assert_string_equal(error.field, "redirect_uris");
	arena_free(a);
}

/* A stored client keeps the algorithm it has; null is the specification's default. */
static void changes_the_algorithm_when_named(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct field_error error;
	struct client c;

	assert_int_equal(metadata_parse(a, "{" WEB "}", &c, &error), RC_OK);
	c.id_token_alg = 0; /* as stored before there was another default */
	assert_int_equal(lay(a, "{\"client_name\":\"Q\"}", &c, &error), RC_OK);
	assert_string_equal(id_token_alg_words[c.id_token_alg], "ES256");
	assert_int_equal(lay(a, "{\"id_token_signed_response_alg\":\"PS256\"}", &c, &error), RC_OK);
	assert_string_equal(id_token_alg_words[c.id_token_alg], "PS256");
	assert_int_equal(lay(a, "{\"id_token_signed_response_alg\":null}", &c, &error), RC_OK);
	assert_string_equal(id_token_alg_words[c.id_token_alg], "RS256");
	(void)state;
	arena_free(a);
}

static struct str written(struct arena *a, const struct client *c)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, a, CLIENT_METADATA_MAX);
	json_writer_init(&w, &out);
	json_write_object(&w);
	client_to_metadata(c, &w);
	json_write_object_end(&w);
	return buf_str(&out);
}

static void writes_what_it_reads(void **state)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct field_error error = {0};
		struct client c, again = {0};
		struct str text;

		assert_int_equal(metadata_parse(a, accepted[i], &c, &error), RC_OK);
		c.secret_hash = STR("01234567890123456789012345678901");
		c.created = 1;
		c.old_secret_until = 5;
		text = written(a, &c);
		assert_null(strstr(text.p, "secret_hash"));
		if (lay(a, text.p, &again, &error) != RC_OK)
			fail_msg("%s: %s %s", text.p, error.field, error.why);
		assert_true(str_eq(text, written(a, &again)));
		assert_int_equal(c.pkce_optional, again.pkce_optional);
		assert_int_equal(c.default_max_age, again.default_max_age);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(has_safe_defaults),
		cmocka_unit_test(follows_grant_types),
		cmocka_unit_test(bounds_lists),
		cmocka_unit_test(update_keeps_what_is_not_named),
		cmocka_unit_test(changes_the_algorithm_when_named),
		cmocka_unit_test(writes_what_it_reads),
	};

	return cmocka_run_group_tests_name("rights/client_metadata", tests, NULL, NULL);
}
