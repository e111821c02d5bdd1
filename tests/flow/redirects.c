/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Attack row 1: every known way to write a foreign redirect URI, at every endpoint that takes one.
 * There is never a Location and never a link or form that leads there. */
#include "flow/helpers.h"
#include "redirect_mutations.h"

static void example(struct client *c)
{
	static const struct str uris[] = {STR_INIT(REDIRECT_REGISTERED)};

	c->redirect_uris = c->post_logout_redirect_uris = (struct strlist){uris, 1};
	c->auth_method = CLIENT_AUTH_BASIC;
}

static void check_no_way_out(
	struct fixture *w, const struct raw_answer *r, struct str uri, const char *where)
{
	static const char *const openers[] = {"href=\"", "action=\"", "src=\"", "url="};
	bool bad = raw_header(r, "Location").n > 0 || raw_header(r, "Refresh").n > 0 ||
		   r->status == 0 || r->status >= 500;

	for (size_t i = 0; i < COUNT(openers) && !bad; i++) {
		struct str rest = r->body;
		const char *at;

		while ((at = rest.n ? memmem(rest.p, rest.n, openers[i], strlen(openers[i]))
				    : NULL)) {
			struct str link;

			rest = str_sub(rest, (size_t)(at - rest.p) + strlen(openers[i]), rest.n);
			link = unescaped(w, str_sub(rest, 0, str_find(rest, '"')));
			bad |= str_eq(link, uri) || contains(link, "evil") ||
			       contains(link, "portal.example.go.th");
		}
	}
	if (!bad)
		return;
	print_error(
		"%s sends to [%.*s]: %d\n%.*s", where, STR_FMT(uri), r->status, STR_FMT(r->text));
	fail();
}

static struct str request(struct fixture *w, struct str uri, const char *more)
{
	struct buf form;

	buf_init(&form, w->a, 16384);
	buf_add(&form, ask(w, "client_id=example", "-redirect_uri",
			       more[0] ? more : "response_type=code", NULL));
	form_add(&form, STR("redirect_uri"), uri);
	return buf_str(&form);
}

static struct fixture *with_example(void)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	fixture_client(w, "example", "eplan", example);
	return w;
}

static void authorize_sends_nowhere(void **state)
{
	/* A good request, errors found before and after the login, and the form. */
	static const char *const more[] = {
		"", "response_type=token", "prompt=none", "response_mode=form_post"};
	struct fixture *w = with_example();
	struct browser b = {.w = w};

	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++) {
		struct str uri = redirect_mutations[i].uri;
		struct raw_answer r;

		for (size_t k = 0; k < COUNT(more); k++) {
			r = authorize(&b, request(w, uri, more[k]));
			check_no_way_out(w, &r, uri, more[k]);
			r = submit(&b, STR("/oauth2/authorize"), request(w, uri, more[k]));
			check_no_way_out(w, &r, uri, more[k]);
		}
	}
	fixture_free(w);
}

/* Where it is pushed it is refused; beside a request_uri it is not looked at. */
static void pushed_sends_nowhere(void **state)
{
	struct fixture *w = with_example();
	struct browser b = {.w = w};

	(void)state;
	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++) {
		struct str uri = redirect_mutations[i].uri;
		struct raw_answer r = post_form(w, "/oauth2/par", "example", request(w, uri, ""));
		struct buf target;

		assert_int_equal(r.status, 400);
		assert_false(contains(r.body, "request_uri\":"));
		r = post_form(
			w, "/oauth2/par", "example", request(w, STR(REDIRECT_REGISTERED), ""));
		assert_int_equal(r.status, 201);
		buf_init(&target, w->a, 16384);
		buf_add_c(&target, "/oauth2/authorize?client_id=example&");
		form_add(&target, STR("redirect_uri"), uri);
		form_add(&target, STR("request_uri"), member(w, &r, "request_uri"));
		r = browse_s(&b, buf_str(&target));
		/* Bytes that are no text are no query. */
		if (str_is_utf8(uri) && !memchr(uri.p, 0, uri.n) && uri.n < 4096)
			assert_true(str_starts(location(&r), STR(REDIRECT_REGISTERED "?code=")));
		else if (r.status != 303)
			check_no_way_out(w, &r, uri, "beside a request_uri");
	}
	fixture_free(w);
}

static void token_takes_no_other(void **state)
{
	struct fixture *w = with_example();
	struct browser b = {.w = w};
	struct raw_answer r;
	struct str code;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, request(w, STR(REDIRECT_REGISTERED), ""));
	code = url_param(w, location(&r), "code");
	assert_true(code.n > 0);
	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++) {
		struct buf form;

		buf_init(&form, w->a, 16384);
		form_add(&form, STR("grant_type"), STR("authorization_code"));
		form_add(&form, STR("code"), code);
		form_add(&form, STR("code_verifier"), STR(CODE_VERIFIER));
		form_add(&form, STR("redirect_uri"), redirect_mutations[i].uri);
		r = post_form(w, "/oauth2/token", "example", buf_str(&form));
		assert_int_equal(r.status, 400);
	}
	r = post_form(w, "/oauth2/token", "example",
		form_of(w, "grant_type", "authorization_code", "code", str_dup_c(w->a, code),
			"code_verifier", CODE_VERIFIER, "redirect_uri", REDIRECT_REGISTERED, NULL));
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

static struct str logout_request(struct fixture *w, struct str hint, struct str uri)
{
	struct buf form;

	buf_init(&form, w->a, 16384);
	form_add(&form, STR("post_logout_redirect_uri"), uri);
	form_add(&form, STR("state"), STR("bye"));
	form_add(&form, hint.n ? STR("id_token_hint") : STR("client_id"),
		hint.n ? hint : STR("example"));
	return buf_str(&form);
}

static void logout_sends_nowhere(void **state)
{
	struct fixture *w = with_example();
	struct browser b = {.w = w}, stranger = {.w = w};
	struct raw_answer r;
	struct str hint;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, request(w, STR(REDIRECT_REGISTERED), ""));
	r = post_form(w, "/oauth2/token", "example",
		form_of(w, "grant_type", "authorization_code", "code",
			str_dup_c(w->a, url_param(w, location(&r), "code")), "code_verifier",
			CODE_VERIFIER, "redirect_uri", REDIRECT_REGISTERED, NULL));
	hint = member(w, &r, "id_token");
	assert_true(hint.n > 0);
	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++) {
		struct str uri = redirect_mutations[i].uri;

		r = submit(&stranger, STR("/oauth2/logout"), logout_request(w, hint, uri));
		check_no_way_out(w, &r, uri, "logout with a hint");
		r = submit(&b, STR("/oauth2/logout"), logout_request(w, STR_NONE, uri));
		check_no_way_out(w, &r, uri, "logout question");
	}
	r = submit(&stranger, STR("/oauth2/logout"),
		logout_request(w, hint, STR(REDIRECT_REGISTERED)));
	check_c(location(&r), REDIRECT_REGISTERED "?state=bye");
	fixture_free(w);
}

/* The language switch goes back to pages of ours only. */
static void language_sends_nowhere(void **state)
{
	struct fixture *w = with_example();
	struct browser b = {.w = w};

	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++) {
		struct buf target;
		struct raw_answer r;

		buf_init(&target, w->a, 16384);
		buf_add_c(&target, "/language?lang=en&");
		form_add(&target, STR("return"), redirect_mutations[i].uri);
		r = browse_s(&b, buf_str(&target));
		if (r.status == 303)
			assert_true(str_starts(location(&r), STR("/")) &&
				    !str_starts(location(&r), STR("//")) &&
				    !contains(location(&r), "\\"));
	}
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authorize_sends_nowhere),
		cmocka_unit_test(pushed_sends_nowhere),
		cmocka_unit_test(token_takes_no_other),
		cmocka_unit_test(logout_sends_nowhere),
		cmocka_unit_test(language_sends_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
