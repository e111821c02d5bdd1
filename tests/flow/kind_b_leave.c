/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind B, the browser is no HTTP client: what answers a form of ours never redirects to another
 * site. Chromium holds form-action against each step of such a redirect; tests/e2e/test_kind_b_*.py
 * look at it there. Here: every way out, and that links and single sign-on keep their one redirect.
 */
#include "flow/mock_scene.h"

#define CSP "Content-Security-Policy"

/* A form without what the browser of these tests does for a page that leaves. */
static struct raw_answer post(struct browser *b, struct str target, struct str form)
{
	struct fixture *w = b->w;
	struct str cookies = STR_NONE;

	for (size_t i = 0; i < b->n; i++)
		cookies = text(w, "%.*s%s%.*s=%.*s", STR_FMT(cookies), cookies.n ? "; " : "",
			STR_FMT(b->names[i]), STR_FMT(b->values[i]));
	return raw_post(w->a, w->port, str_dup_c(w->a, target),
		text(w, "Cookie: %.*s\r\n", STR_FMT(cookies)).p, form);
}

/* The address of the page's link. */
static struct str link_of(struct fixture *w, const struct raw_answer *r)
{
	const char *part = memmem(r->body.p, r->body.n, "\" data-part=\"leave\"", 19);
	const char *start = part;

	assert_non_null(part);
	while (start > r->body.p && start[-1] != '"')
		start--;
	return unescaped(w, (struct str){start, (size_t)(part - start)});
}

/* The page: strict, leaves by itself, and has a link for who must press. */
static void check_leaves(struct fixture *w, const struct raw_answer *r, const char *start)
{
	check_page(r, 200);
	assert_true(str_starts(leaves_to(w, r), str_c(start)));
	assert_true(str_eq(link_of(w, r), leaves_to(w, r)));
	check_has(raw_header(r, CSP), "form-action 'self'");
	assert_false(contains(raw_header(r, CSP), "http"));
	check_c(raw_header(r, "Cache-Control"), "no-store");
}

static struct raw_answer press_page(
	struct browser *b, const struct raw_answer *page, const char *more)
{
	struct fixture *w = b->w;
	struct str step = attribute(w, page->body, "name=\"step\" value=\"");

	return post(b, attribute(w, page->body, "action=\""),
		text(w, "%.*s%s", STR_FMT(form_of(w, "step", str_dup_c(w->a, step), NULL)), more));
}

static void with_consent(struct client *c)
{
	c->consent_required = true;
}

static void to_the_upstream(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL)), page = browse_s(&b, location(&r));

	r = press_page(&b, &page, "");
	check_leaves(w, &r, "https://upstream.test/auth?");
	fixture_free(w);
}

/* A second factor that begins elsewhere, begun by the form of the first. */
static void to_the_second_factor(void **state)
{
	struct mock_scene *s;
	struct raw_answer r, page;
	struct str typed;

	assert_int_equal(mock_scene_set_up(state), 0);
	s = *state;
	s->mock.first = AUTH_REDIRECT;
	page = login_page(&s->b, "");
	typed = form_of(s->w, "username", USERNAME, "password", PASSWORD, NULL);
	r = send_form(&s->b, &page, "/login/password", str_dup_c(s->w->a, typed));
	assert_true(url_param(s->w, location(&r), "state").n > 0);
	/* The browser of these tests went on from the page. */
	check_has(r.body, "data-part=\"leave\"");
	mock_scene_tear_down(state);
}

static void consent_given_and_refused(void **state)
{
	static const struct {
		const char *answer, *member;
	} rows[] = {{"&answer=allow", "code"}, {"&answer=deny", "error"}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b = {.w = w};
		struct raw_answer r, page;

		fixture_client(w, "careful", "eplan", with_consent);
		log_in(&b, SOMCHAI_PID);
		r = authorize(&b, ask(w, "client_id=careful", NULL));
		page = browse_s(&b, location(&r));
		check_has(raw_header(&page, CSP), "form-action 'self'");
		r = press_page(&b, &page, rows[i].answer);
		check_leaves(w, &r, PORTAL_CB "?");
		assert_true(url_param(w, leaves_to(w, &r), rows[i].member).n > 0);
		check_c(url_param(w, leaves_to(w, &r), "state"), "st-1");
		fixture_free(w);
	}
}

static const struct str app_uris[] = {STR_INIT("th.go.plan:/cb"), STR_INIT("http://[::1]/cb")};

static void as_app(struct client *c)
{
	c->application_type = APPLICATION_NATIVE;
	c->auth_method = CLIENT_AUTH_NONE;
	c->consent_required = true;
	c->redirect_uris = (struct strlist){app_uris, COUNT(app_uris)};
}

static void applications(void **state)
{
	static const char *const uris[] = {"th.go.plan:/cb", "http://[::1]:49152/cb"};

	for (size_t i = 0; i < COUNT(uris); i++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b = {.w = w};
		struct raw_answer r, page;

		fixture_client(w, "app", "eplan", as_app);
		log_in(&b, SOMCHAI_PID);
		r = authorize(
			&b, ask(w, "client_id=app", text(w, "redirect_uri=%s", uris[i]).p, NULL));
		page = browse_s(&b, location(&r));
		r = press_page(&b, &page, "&answer=allow");
		check_leaves(w, &r, text(w, "%s?code=", uris[i]).p);
		fixture_free(w);
	}
}

/* Where the portal's server goes on to is not ours to know. */
static void form_post_is_held_by_no_policy(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "response_mode=form_post", NULL));
	check_page(&r, 200);
	check_c(attribute(w, r.body, "action=\""), PORTAL_CB);
	assert_false(contains(raw_header(&r, CSP), "form-action"));
	check_has(raw_header(&r, CSP), "default-src 'none'");
	fixture_free(w);
}

static void logout_question(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer page, r;

	log_in(&b, SOMCHAI_PID);
	page = browse(&b, "/oauth2/logout?client_id=portal&state=s&post_logout_redirect_uri="
			  "https%3A%2F%2Fportal.test%2Fbye");
	check_has(raw_header(&page, CSP), "form-action 'self'");
	r = post(&b, STR("/oauth2/logout/confirm"),
		form_of(w, "csrf",
			str_dup_c(w->a, attribute(w, page.body, "name=\"csrf\" value=\"")),
			"request",
			str_dup_c(w->a, attribute(w, page.body, "name=\"request\" value=\"")),
			"answer", "yes", NULL));
	check_leaves(w, &r, "https://portal.test/bye?state=s");
	fixture_free(w);
}

/* A page of ours redirects to GET /login after a form: what finishes there came from the form. */
static void login_finished_elsewhere(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, raw;
	struct raw_answer r = authorize(&b, ask(w, NULL));
	struct str login = location(&r);

	log_in(&b, SOMCHAI_PID); /* in another tab */
	raw = b;
	r = raw_get(w->a, w->port, str_dup_c(w->a, login),
		text(w, "Cookie: pratu_browser=%.*s; pratu_session=%.*s\r\n",
			STR_FMT(cookie_of(&raw, "pratu_browser")),
			STR_FMT(cookie_of(&raw, "pratu_session")))
			.p);
	check_leaves(w, &r, PORTAL_CB "?code=");
	fixture_free(w);
}

/* No form of ours is in their way: one redirect. */
static void links_and_single_sign_on_redirect(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, other = {.w = w};
	struct raw_answer r, page;

	r = authorize(&other, ask(w, "prompt=none", NULL));
	assert_int_equal(leaves_to(w, &r).n, 0);
	check_error(w, &r, "login_required");
	r = authorize(&other, ask(w, NULL));
	page = browse_s(&other, location(&r));
	r = raw_get(w->a, w->port,
		str_dup_c(w->a, text(w, "/login/cancel%.*s",
					STR_FMT(attribute(w, page.body, "href=\"/login/cancel")))),
		text(w, "Cookie: pratu_browser=%.*s\r\n",
			STR_FMT(cookie_of(&other, "pratu_browser")))
			.p);
	assert_int_equal(r.status, 303);
	check_error(w, &r, "access_denied");
	log_in(&b, SOMCHAI_PID);
	r = raw_get(w->a, w->port, text(w, "/oauth2/authorize?%.*s", STR_FMT(ask(w, NULL))).p,
		text(w, "Cookie: pratu_session=%.*s\r\n", STR_FMT(cookie_of(&b, "pratu_session")))
			.p);
	assert_int_equal(r.status, 303);
	(void)check_code(w, &r);
	/* A portal's form, with our cookie: its policy is its own. */
	r = post(&b, STR("/oauth2/authorize"), ask(w, NULL));
	assert_int_equal(r.status, 303);
	(void)check_code(w, &r);
	fixture_free(w);
}

/* "cb?" and "cb?a&" are registered so: what is added makes no empty parameter. */
static const struct str odd_uris[] = {
	STR_INIT("https://portal.test/cb?"), STR_INIT("https://portal.test/cb?a=1&")};

static void with_odd_uris(struct client *c)
{
	c->redirect_uris = (struct strlist){odd_uris, COUNT(odd_uris)};
}

static void query_ends_oddly(void **state)
{
	static const char *const starts[] = {
		"https://portal.test/cb?code=", "https://portal.test/cb?a=1&code="};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	edit_client(w, "portal", with_odd_uris);
	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct raw_answer r = authorize(
			&b, ask(w, text(w, "redirect_uri=%.*s", STR_FMT(odd_uris[i])).p, NULL));

		assert_true(str_starts(location(&r), str_c(starts[i])));
	}
	fixture_free(w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_the_upstream),
		cmocka_unit_test(to_the_second_factor),
		cmocka_unit_test(consent_given_and_refused),
		cmocka_unit_test(applications),
		cmocka_unit_test(form_post_is_held_by_no_policy),
		cmocka_unit_test(logout_question),
		cmocka_unit_test(login_finished_elsewhere),
		cmocka_unit_test(links_and_single_sign_on_redirect),
		cmocka_unit_test(query_ends_oddly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
