/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The library presets: each registers a client that the rules accept, and has a configuration. */
#include "unit/check.h"

#include "directory/operations/client_metadata.h"
#include "directory/operations/client_preset.h"
#include "directory/operations/client_secret.h"

static const struct client_preset *preset_named(const char *name)
{
	const struct client_preset *p = client_presets + 1;

	while (p->name && strcmp(p->name, name) != 0)
		p++;
	assert_non_null(p->name);
	return p;
}

static struct client client_of(struct arena *a, const struct client_preset *p)
{
	bool native = p->application_type == APPLICATION_NATIVE;
	struct client c;

	client_defaults(&c);
	client_preset_lay(a, p, native ? STR("th.go.plan:") : STR("https://plan.example"), &c);
	c.id = STR("my-portal");
	c.name = STR("P");
	c.system = STR("plan");
	return c;
}

static struct str configuration(
	struct arena *a, const struct client_preset *p, const struct client *c, struct str secret)
{
	const struct client_preset_values values = {STR("https://sso.example"), c, secret};
	struct str text;

	check_ok(client_preset_configuration(a, p, &values, &text));
	return text;
}

/* The metadata is a developer's, the configuration may be run by root. */
static void code_is_not_printed(void **state)
{
	static const char *const bad[] = {"a$(id)", "a`id`", "a#{id}", "${HOME}"};
	struct arena *a = arena_new(ARENA_MAX);
	const struct client_preset *p = preset_named("lemonldap-ng");
	struct client c = client_of(a, p);

	(void)state;
	assert_true(client_preset_can_print(&c, STR("s3cr3t#{")) == false);
	assert_true(client_preset_can_print(&c, STR("s3cr3t#")));
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct str value = str_c(bad[i]);
		struct strlist list = {&value, 1};
		struct client scope = c, back = c, out = c, id = c;

		scope.scope = value;
		back.redirect_uris = list;
		out.post_logout_redirect_uris = list;
		id.id = value;
		assert_false(client_preset_can_print(&scope, STR_NONE));
		assert_false(client_preset_can_print(&back, STR_NONE));
		assert_false(client_preset_can_print(&out, STR_NONE));
		assert_false(client_preset_can_print(&id, STR_NONE));
		assert_false(client_preset_can_print(&c, value));
	}
	arena_free(a);
}

/* Where the library takes logout tokens, the address is registered and printed. */
static void back_channel_is_registered_and_printed(void **state)
{
	static const char *const with[] = {"express-openid-connect", "mod_auth_openidc"};
	struct arena *a = arena_new(ARENA_MAX);
	struct client c = client_of(a, preset_named("openid-client"));

	(void)state;
	assert_int_equal(c.backchannel_logout_uri.n, 0);
	for (size_t i = 0; i < COUNT(with); i++) {
		struct str text;

		c = client_of(a, preset_named(with[i]));
		assert_true(str_starts(c.backchannel_logout_uri, STR("https://plan.example/")));
		text = configuration(a, preset_named(with[i]), &c, STR("s3cr3t"));
		check_has(text, str_dup_c(a, c.backchannel_logout_uri));
	}
	arena_free(a);
}

static void each_is_accepted_and_configured(void **state)
{
	size_t n = 0;

	for (const struct client_preset *p = client_presets + 1; p->name; p++, n++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct client c = client_of(a, p);
		struct field_error error = {0};
		struct str text;

		if (client_check(a, &c, &error) != RC_OK)
			fail_msg("%s: %s %s", p->name, error.field, error.why);
		assert_string_equal(client_preset_words[n + 1], p->name);
		assert_true(p->library[0] && p->file[0] && p->note[0]);
		text = configuration(a, p, &c, STR("s3cr3t"));
		assert_non_null(memmem(text.p, text.n, "my-portal", 9));
		assert_null(memmem(text.p, text.n, "{{", 2));
		/* It has the secret of who has one, and where keys are to be published. */
		assert_int_equal(
			memmem(text.p, text.n, "s3cr3t", 6) != NULL, client_has_secret(&c));
		assert_int_equal(
			memmem(text.p, text.n, "https://plan.example/jwks.json", 30) != NULL,
			c.auth_method == CLIENT_AUTH_PRIVATE_KEY);
		arena_free(a);
	}
	(void)state;
	assert_null(client_preset_words[n + 1]);
}

/* RFC 9700 2.1.1: without PKCE only where the library has none, and never without a secret. */
static void what_a_row_sets(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct client c = client_of(a, preset_named("passport"));

	(void)state;
	assert_true(c.pkce_optional);
	assert_int_equal(c.auth_method, CLIENT_AUTH_POST);
	assert_string_equal(id_token_alg_words[c.id_token_alg], "RS256");
	check_c(c.redirect_uris.v[0], "https://plan.example/callback");
	check_c(c.post_logout_redirect_uris.v[0], "https://plan.example/");
	c = client_of(a, preset_named("auth-js"));
	assert_false(c.pkce_optional);
	assert_true(strlist_has(c.id_token_claims, STR("name")));
	c = client_of(a, preset_named("keycloak-js"));
	assert_int_equal(c.access_format, TOKEN_JWT);
	assert_int_equal(c.grant_types.n, 1);
	for (const struct client_preset *p = client_presets + 1; p->name; p++)
		assert_true(p->pkce || p->auth_method != CLIENT_AUTH_NONE);
	arena_free(a);
}

/* What stands between double quotes stays there; a secret brought along is not repeated. */
static void values_are_escaped(void **state)
{
	static const struct str uris[] = {STR_INIT("https://plan.example/a/callback")};
	struct arena *a = arena_new(ARENA_MAX);
	const struct client_preset *p = preset_named("other");
	struct client c = client_of(a, p);
	struct str text;

	(void)state;
	text = configuration(a, p, &c, STR("a\"b\\c"));
	assert_non_null(strstr(str_dup_c(a, text), "\"client_secret\": \"a\\\"b\\\\c\""));
	text = configuration(a, p, &c, STR_NONE);
	assert_non_null(strstr(str_dup_c(a, text), "has already"));
	/* The address before the preset's own path. */
	c.redirect_uris = (struct strlist){uris, 1};
	text = configuration(a, preset_named("express-openid-connect"), &c, STR("x"));
	assert_non_null(strstr(str_dup_c(a, text), "baseURL: \"https://plan.example/a\""));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_accepted_and_configured),
		cmocka_unit_test(back_channel_is_registered_and_printed),
		cmocka_unit_test(code_is_not_printed),
		cmocka_unit_test(what_a_row_sets),
		cmocka_unit_test(values_are_escaped),
	};

	return cmocka_run_group_tests_name("directory/client_preset", tests, NULL, NULL);
}
