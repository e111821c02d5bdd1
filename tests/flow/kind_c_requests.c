/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind C, what clients really send to the authorization endpoint: long states, parameters twice or
 * without value, hints and levels that are wishes, native clients on localhost.
 */
#include "flow/helpers.h"

#define STATE_ASPNET 1805 /* bytes, as ASP.NET Core makes them */

static char *filled(struct fixture *w, char c, size_t n)
{
	char *s = arena_alloc(w->a, n + 1);

	memset(s, c, n);
	s[n] = '\0';
	return s;
}

static const char *param(struct fixture *w, const char *name, const char *value)
{
	return text(w, "%s=%s", name, value).p;
}

static void states_come_back(void **state)
{
	static const struct {
		char byte;
		size_t n;
	} rows[] = {{'s', 1}, {'s', STATE_ASPNET}, {'s', 8192}, {'=', 5000}};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, in = {.w = w};

	log_in(&in, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *sent = filled(w, rows[i].byte, rows[i].n);
		struct raw_answer r = authorize(&in, ask(w, param(w, "state", sent), NULL));

		(void)check_code(w, &r);
		check_c(url_param(w, location(&r), "state"), sent);
		/* Over a login and its record. */
		b = (struct browser){.w = w};
		r = authorize(&b, ask(w, param(w, "state", sent), NULL));
		r = pass_login(&b, &r);
		(void)check_code(w, &r);
		check_c(url_param(w, location(&r), "state"), sent);
	}
	fixture_free(w);
}

/* Every rule that refuses at the portal's address gives back what was sent. */
static void refusals_carry_the_state(void **state)
{
	static const char *const wrong[] = {"response_type=token", "response_mode=x", "prompt=x",
		"scope=unknown", "max_age=x", "claims=x", "code_challenge=x", "request=x",
		"-response_type", "prompt=none"};
	static const size_t sizes[] = {3, STATE_ASPNET, 8192, 8193, 12000};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	for (size_t k = 0; k < COUNT(sizes); k++)
		for (size_t i = 0; i < COUNT(wrong); i++) {
			const char *sent = filled(w, 's', sizes[k]);
			struct raw_answer r =
				authorize(&b, ask(w, wrong[i], param(w, "state", sent), NULL));

			assert_true(url_param(w, location(&r), "error").n > 0);
			check_c(url_param(w, location(&r), "state"), sent);
		}
	fixture_free(w);
}

/* RFC 6749 3.1: what is read stands once; what is not read is ignored as often as it stands. */
static void parameters_twice(void **state)
{
	static const char *const read[] = {"response_type=code", "scope=openid", "nonce=x",
		"prompt=login", "max_age=1", "login_hint=x", "ui_locales=th", "acr_values=x",
		"claims={}", "code_challenge_method=S256", "response_mode=query"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	for (size_t i = 0; i < COUNT(read); i++) {
		struct str twice = text(w, "%.*s&%s&%s", STR_FMT(ask(w, NULL)), read[i], read[i]);

		r = browse_s(&b, text(w, "/oauth2/authorize?%.*s", STR_FMT(twice)));
		check_error(w, &r, "invalid_request");
	}
	/* Of two states nobody knows which is the portal's. */
	r = browse_s(&b, text(w, "/oauth2/authorize?%.*s&state=other", STR_FMT(ask(w, NULL))));
	check_error_at(w, &r, "invalid_request", "", __FILE__, __LINE__);
	/* Of two addresses or clients none is sent anything. */
	r = browse_s(&b, text(w, "/oauth2/authorize?%.*s&client_id=portal", STR_FMT(ask(w, NULL))));
	check_page(&r, 400);
	r = browse_s(&b, text(w, "/oauth2/authorize?%.*s&redirect_uri=https%%3A%%2F%%2Fevil.test",
				 STR_FMT(ask(w, NULL))));
	check_page(&r, 400);
	r = browse_s(&b, text(w, "/oauth2/authorize?%.*s&utm=1&utm=2&resource=a&resource=b",
				 STR_FMT(ask(w, NULL))));
	check_login(&r);
	fixture_free(w);
}

/* One without value counts as left out (RFC 6749 3.1). */
static void empty_parameters(void **state)
{
	static const char *const names[] = {"state", "nonce", "prompt", "max_age", "login_hint",
		"ui_locales", "id_token_hint", "acr_values", "claims", "response_mode", "request",
		"display", "claims_locales"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct raw_answer r = authorize(&b, ask(w, param(w, names[i], ""), NULL));

		check_login(&r);
	}
	fixture_free(w);
}

static void wishes_do_no_harm(void **state)
{
	static const char *const wishes[] = {"display=touch", "display=x", "ui_locales=xx-YY zz",
		"ui_locales=../../etc", "claims_locales=th en", "login_hint=\"><script>",
		"login_hint=ก", "prompt=login consent", "prompt=select_account", "max_age=0",
		"acr_values=urn:nothing", "id_token_hint=x.y.z", "domain_hint=x",
		"audience=https://api.test"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	for (size_t i = 0; i < COUNT(wishes); i++) {
		struct raw_answer r = authorize(&b, ask(w, wishes[i], NULL)), page;

		check_login(&r);
		page = browse_s(&b, location(&r));
		check_page(&page, 200);
		assert_false(contains(page.body, "<script>\""));
	}
	fixture_free(w);
}

/* A level no login reaches: no login, no error, no loop, however often it is asked. */
static void levels_that_are_wishes(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	for (int i = 0; i < 3; i++) {
		r = authorize(&b, ask(w, "acr_values=urn:pratu:acr:high", NULL));
		(void)check_code(w, &r);
		r = authorize(&b, ask(w, "prompt=none", "acr_values=urn:pratu:acr:high", NULL));
		(void)check_code(w, &r);
	}
	fixture_free(w);
}

static const struct str local[] = {STR_INIT("http://localhost/cb"), STR_INIT("http://127.0.0.1/cb"),
	STR_INIT("http://[::1]/cb")};

static void with_local(struct client *c)
{
	c->redirect_uris = (struct strlist){local, COUNT(local)};
}

static void native_with_local(struct client *c)
{
	with_local(c);
	c->application_type = APPLICATION_NATIVE;
	c->auth_method = CLIENT_AUTH_NONE;
}

/* RFC 8252 7.3, 8.3: the port is what the application could get at that moment. */
static void ports_of_native_clients(void **state)
{
	static const struct {
		const char *uri;
		bool native, web;
	} rows[] = {
		{"http://localhost/cb", true, true},
		{"http://localhost:50123/cb", true, false},
		{"http://127.0.0.1:50123/cb", true, true},
		{"http://[::1]:50123/cb", true, true},
		{"http://localhost:50123/other", false, false},
		{"https://localhost:50123/cb", false, false},
		{"http://localhost.evil.test:1/cb", false, false},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	fixture_client(w, "native", "eplan", native_with_local);
	fixture_client(w, "web", "eplan", with_local);
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		bool native = i % 2, good = native ? rows[i / 2].native : rows[i / 2].web;
		struct raw_answer r =
			authorize(&b, ask(w, param(w, "client_id", native ? "native" : "web"),
					      param(w, "redirect_uri", rows[i / 2].uri), NULL));

		if (good)
			check_login(&r);
		else
			check_page(&r, 400);
	}
	fixture_free(w);
}

static void head_has_no_body(void **state)
{
	static const char *const paths[] = {"/.well-known/openid-configuration", "/oauth2/jwks",
		"/oauth2/userinfo", "/oauth2/authorize"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (size_t i = 0; i < COUNT(paths); i++) {
		struct raw_conn *c = raw_connect(w->a, w->port);
		struct raw_answer r;

		raw_send(c, text(w, "HEAD %s HTTP/1.1\r\nHost: localhost:9999\r\n\r\n", paths[i]));
		r = raw_read(c, true);
		assert_true(r.status == 200 || r.status == 400 || r.status == 401);
		raw_close(c);
	}
	fixture_free(w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_come_back),
		cmocka_unit_test(refusals_carry_the_state),
		cmocka_unit_test(parameters_twice),
		cmocka_unit_test(empty_parameters),
		cmocka_unit_test(wishes_do_no_harm),
		cmocka_unit_test(levels_that_are_wishes),
		cmocka_unit_test(ports_of_native_clients),
		cmocka_unit_test(head_has_no_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
