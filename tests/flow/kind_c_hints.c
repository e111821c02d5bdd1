/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind C: an id_token_hint is old by nature. Its key may have left the published set; it verifies
 * as long as a session or refresh token may live. One that cannot be verified costs nothing but
 * itself. A login_hint fills the field.
 */
#include "flow/helpers.h"
#include "flow/otp_fixture.h"
#include "idp/oauth/signing_keys.h"

#define DAY       86400
#define BYE       "https://portal.test/bye"
#define MALEE_PID "1234567890139"

static const struct keyring_rotation rule = {
	.period = 30 * DAY, .overlap = DAY, .linger = DAY, .keep = 90 * DAY};

static void pass_days(struct fixture *w, int days)
{
	const struct keys_context context = {
		w->p.store, &w->vault, &w->random->rng, w->now_ms, STR("test")};
	bool changed;

	for (int i = 0; i < days; i++) {
		struct keys_context at = context;

		fixture_advance_clock(w, DAY);
		at.now_ms = w->now_ms;
		check_ok(keys_tick(&at, w->a, &rule, JOSE_BIT(JOSE_ES256), &changed));
	}
	check_ok(keys_load(w->p.store, w->a, &w->vault, w->p.keys));
	check_ok(discovery_renew_jwks(&w->p));
}

struct hint_scene {
	struct fixture *w;
	struct browser b;
	const char *hint, *kid;
};

static struct str header_kid(struct fixture *w, struct str token)
{
	struct str header, rest = token, part;

	assert_true(str_cut(&rest, '.', &part));
	check_ok(base64url_decode(w->a, part, &header));
	return value_after(header, "\"kid\":\"");
}

/* somchai's ID token, and a session that outlives its key. */
static struct hint_scene hint_scene_new(int days)
{
	struct hint_scene s = {.w = fixture_standard(FIXTURE_MEM)};
	struct raw_answer tokens, r;
	struct str token;

	s.w->settings.session_lifetime = s.w->settings.session_idle = 100 * DAY;
	fixture_grant(s.w, ROLE_GRANT_PERSON, fixture_person(s.w, "malee", MALEE_PID), "eplan",
		"recorder");
	s.b = (struct browser){.w = s.w};
	tokens = tokens_for(&s.b, "portal", "");
	token = member(s.w, &tokens, "id_token");
	s.hint = str_dup_c(s.w->a, token);
	s.kid = str_dup_c(s.w->a, header_kid(s.w, token));
	pass_days(s.w, days);
	r = raw_get(s.w->a, s.w->port, "/oauth2/jwks", NULL);
	assert_false(contains(r.body, s.kid));
	return s;
}

static struct str with_hint(struct hint_scene *s, const char *more)
{
	return ask(s->w, text(s->w, "id_token_hint=%s", s->hint).p, more, NULL);
}

static void key_has_left_the_published_set(void **state)
{
	struct hint_scene s = hint_scene_new(40);
	struct browser hers = {.w = s.w};
	struct raw_answer r = authorize(&s.b, with_hint(&s, "prompt=none"));

	(void)check_code(s.w, &r);
	/* It still says whose login the portal means. */
	log_in(&hers, MALEE_PID);
	r = authorize(&hers, with_hint(&s, "prompt=none"));
	check_error(s.w, &r, "login_required");
	fixture_free(s.w);
}

static void logout_with_an_old_hint(void **state)
{
	struct hint_scene s = hint_scene_new(40);
	struct raw_answer r = browse_s(
		&s.b, text(s.w, "/oauth2/logout?%.*s",
			      STR_FMT(form_of(s.w, "id_token_hint", s.hint,
				      "post_logout_redirect_uri", BYE, "state", "s", NULL))));

	check_c(location(&r), BYE "?state=s");
	assert_int_equal(audits(s.w, AUDIT_LOGOUT), 1);
	fixture_free(s.w);
}

/* After that it is as good as none: the person is asked, and the portal gets the browser back. */
static void key_is_gone(void **state)
{
	struct hint_scene s = hint_scene_new(200);
	struct browser b = {.w = s.w};
	struct raw_answer r, page;

	r = authorize(&b, with_hint(&s, NULL));
	check_login(&r);
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, with_hint(&s, NULL));
	(void)check_code(s.w, &r);
	page = browse_s(
		&b, text(s.w, "/oauth2/logout?%.*s",
			    STR_FMT(form_of(s.w, "id_token_hint", s.hint, "client_id", "portal",
				    "post_logout_redirect_uri", BYE, "state", "s", NULL))));
	check_has(page.body, "/oauth2/logout/confirm");
	r = submit(&b, STR("/oauth2/logout/confirm"),
		form_of(s.w, "csrf",
			str_dup_c(s.w->a, attribute(s.w, page.body, "name=\"csrf\" value=\"")),
			"request",
			str_dup_c(s.w->a, attribute(s.w, page.body, "name=\"request\" value=\"")),
			"answer", "yes", NULL));
	check_c(location(&r), BYE "?state=s");
	fixture_free(s.w);
}

/* A key that is kept signs nothing and opens nothing. */
static void kept_keys_open_nothing(void **state)
{
	struct hint_scene s = hint_scene_new(40);
	struct raw_answer r = get_bearer(s.w, "/oauth2/userinfo", str_c(s.hint));

	assert_int_equal(r.status, 401);
	r = tokens_for(&s.b, "portal", "");
	assert_false(str_eq(header_kid(s.w, member(s.w, &r, "id_token")), str_c(s.kid)));
	fixture_free(s.w);
}

/* Nobody is here: the address is the portal's own, with or without a hint. */
static void logout_of_nobody(void **state)
{
	static const struct {
		const char *client, *uri;
		bool back;
	} rows[] = {
		{"portal", BYE, true},
		{"portal", "https://evil.test/", false},
		{"nobody", BYE, false},
		{"", BYE, false},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = browse_s(
			&b, text(w, "/oauth2/logout?%.*s",
				    STR_FMT(form_of(w, "client_id", rows[i].client,
					    "post_logout_redirect_uri", rows[i].uri, "state", "s",
					    "id_token_hint", i ? "x.y.z" : "", NULL))));

		if (rows[i].back)
			check_c(location(&r), BYE "?state=s");
		else
			check_page(&r, 200);
	}
	fixture_free(w);
}

/* --- login_hint --- */

static void login_hint_fills_the_field(void **state)
{
	static const struct {
		const char *hint, *shown;
	} rows[] = {
		{"somchai.j", "somchai.j"},
		{"somchai@office.go.th", "somchai@office.go.th"},
		{"\"><script>", ""},
		{"a b", ""},
		{"ก", ""},
	};
	struct otp_fixture *c = otp_fixture_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct browser b = {.w = c->w};
		struct raw_answer r =
			authorize(&b, ask(c->w, text(c->w, "login_hint=%s", rows[i].hint).p, NULL));
		struct raw_answer page = browse_s(&b, location(&r));
		const char *field = memmem(page.body.p, page.body.n, "name=\"username\"", 15);
		struct str tag;

		assert_non_null(field);
		tag = (struct str){field, (size_t)(page.body.p + page.body.n - field)};
		tag = str_sub(tag, 0, str_find(tag, '>'));
		check_c(value_after(tag, " value=\""), rows[i].shown);
	}
	otp_fixture_free(c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_has_left_the_published_set),
		cmocka_unit_test(logout_with_an_old_hint),
		cmocka_unit_test(key_is_gone),
		cmocka_unit_test(kept_keys_open_nothing),
		cmocka_unit_test(logout_of_nobody),
		cmocka_unit_test(login_hint_fills_the_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
