/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind B: a form that another site posts brings no cookie of ours (SameSite=Lax), so nothing is
 * known of the browser, and nothing is claimed. And what scripts of portals may read (CORS), and
 * the cookies of neighbours.
 */
#include "flow/helpers.h"

#define BYE "https://portal.test/bye"

/* As Chromium sends a form of another site: without cookies. */
static struct raw_answer cross_site(struct fixture *w, const char *path, struct str form)
{
	return raw_post(w->a, w->port, path,
		"Origin: https://portal.test\r\nSec-Fetch-Site: cross-site\r\n", form);
}

static void authorize_comes_again(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = cross_site(w, "/oauth2/authorize", ask(w, "prompt=none", "state=a&b /?%+~", NULL));
	assert_int_equal(r.status, 303);
	assert_true(str_starts(location(&r), STR("/oauth2/authorize?")));
	assert_int_equal(records(w, TABLE_LOGIN), 0);
	assert_int_equal(raw_header(&r, "Set-Cookie").n, 0);
	r = browse_s(&b, location(&r));
	(void)check_code(w, &r);
	check_c(url_param(w, location(&r), "state"), "a&b /?%+~");
	fixture_free(w);
}

/* What is wrong in any browser is answered at once. */
static void refusals_need_no_cookie(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r =
		cross_site(w, "/oauth2/authorize", ask(w, "response_type=token", NULL));

	check_error(w, &r, "unsupported_response_type");
	r = cross_site(w, "/oauth2/authorize", ask(w, "client_id=nobody", NULL));
	check_page(&r, 400);
	fixture_free(w);
}

/* The last request that an address carries, and the first that is posted again by a page. */
static void too_long_for_an_address(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	size_t room =
		HTTP_TARGET_MAX - strlen("/oauth2/authorize?") - ask(w, NULL).n - strlen("&pad=");
	struct raw_answer r;
	char *pad = arena_alloc(w->a, room + 2);
	struct str form;

	log_in(&b, SOMCHAI_PID);
	memset(pad, 'p', room + 1);
	pad[room + 1] = '\0';
	for (int more = 0; more < 2; more++) {
		form = ask(w, text(w, "pad=%.*s", (int)room + more, pad).p, NULL);
		r = cross_site(w, "/oauth2/authorize", form);
		if (!more) {
			assert_int_equal(r.status, 303);
			assert_int_equal(location(&r).n, HTTP_TARGET_MAX);
			r = browse_s(&b, location(&r));
		} else {
			check_page(&r, 200);
			check_c(attribute(w, r.body, "name=\"state\" value=\""), "st-1");
			/* Its answer leads to the portal. */
			assert_false(
				contains(raw_header(&r, "Content-Security-Policy"), "form-action"));
			check_c(attribute(w, r.body, "method=\"post\" action=\""),
				"/oauth2/authorize?again=1");
			r = submit(&b, attribute(w, r.body, "action=\""), form);
		}
		(void)check_code(w, &r);
	}
	/* Nobody is here: the second post ends it, without going round. */
	r = cross_site(w, "/oauth2/authorize?again=1", form);
	check_login(&r);
	fixture_free(w);
}

static void logout_comes_again(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), r;
	const char *hint = str_dup_c(w->a, member(w, &tokens, "id_token"));

	r = cross_site(w, "/oauth2/logout",
		form_of(w, "id_token_hint", hint, "post_logout_redirect_uri", BYE, "state", "s",
			NULL));
	assert_int_equal(r.status, 303);
	assert_true(str_starts(location(&r), STR("/oauth2/logout?")));
	assert_int_equal(audits(w, AUDIT_LOGOUT), 0);
	r = browse_s(&b, location(&r));
	check_c(location(&r), BYE "?state=s");
	assert_int_equal(audits(w, AUDIT_LOGOUT), 1);
	r = browse(&b, "/apps");
	check_login(&r);
	fixture_free(w);
}

/* Without a hint, by POST: asked where somebody is signed in, and never told "signed out". */
static void logout_claims_nothing(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, nobody = {.w = w};
	struct raw_answer r = cross_site(w, "/oauth2/logout", STR(""));

	assert_int_equal(r.status, 303);
	log_in(&b, SOMCHAI_PID);
	r = browse_s(&b, location(&r));
	check_has(r.body, "/oauth2/logout/confirm");
	r = browse(&nobody, "/oauth2/logout");
	check_page(&r, 200);
	check_has(r.body, "ไม่มีผู้เข้าสู่ระบบ");
	assert_false(contains(r.body, "เรียบร้อยแล้ว"));
	/* In a frame of another site no cookie comes either. */
	r = raw_get(w->a, w->port,
		"/oauth2/logout?client_id=portal&post_logout_redirect_uri=https%3A%2F%2F"
		"portal.test%2Fbye",
		"Sec-Fetch-Dest: iframe\r\nSec-Fetch-Site: cross-site\r\n");
	check_page(&r, 400);
	fixture_free(w);
}

/* --- cookies of neighbours --- */

static struct raw_answer with_cookies(struct fixture *w, struct str cookies, const char *more)
{
	return raw_get(
		w->a, w->port, "/apps", text(w, "Cookie: %.*s\r\n%s", STR_FMT(cookies), more).p);
}

static void neighbours_do_not_hide_ours(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str many = STR_NONE, own, big;
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	own = text(w, "pratu_session=%.*s", STR_FMT(cookie_of(&b, "pratu_session")));
	for (int i = 0; i < 150; i++)
		many = text(w, "%.*sn%d=v; ", STR_FMT(many), i);
	r = with_cookies(w, text(w, "%.*s%.*s", STR_FMT(many), STR_FMT(own)), "");
	assert_int_equal(r.status, 200);
	big = text(w, "%012000d", 0);
	r = with_cookies(w, text(w, "n=%.*s; %.*s", STR_FMT(big), STR_FMT(own)), "");
	assert_int_equal(r.status, 200);
	r = with_cookies(w,
		text(w, "n=%.*s; %.*s; m=%.*s", STR_FMT(str_sub(big, 0, 6000)), STR_FMT(own),
			STR_FMT(str_sub(big, 0, 6000))),
		"");
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

/* More than any header holds: a page that says so and deletes them; nothing else ends it. */
static void too_many_cookies_are_deleted(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r = with_cookies(w, text(w, "n=%020000d", 0), "Accept: text/html\r\n");

	assert_int_equal(r.status, 431);
	check_c(raw_header(&r, "Clear-Site-Data"), "\"cookies\"");
	check_has(r.body, "มีคุกกี้มากเกินไป");
	/* Another header is too long: no cookie is to blame. */
	r = raw_get(w->a, w->port, "/apps", text(w, "Accept: text/html\r\nX: %020000d\r\n", 0).p);
	assert_int_equal(r.status, 431);
	assert_int_equal(raw_header(&r, "Clear-Site-Data").n, 0);
	fixture_free(w);
}

/* --- scripts of portals --- */

static struct raw_answer preflight(struct fixture *w, const char *path, const char *asked)
{
	return raw_exchange(w->a, w->port,
		text(w,
			"OPTIONS %s HTTP/1.1\r\nHost: localhost:9999\r\n"
			"Origin: https://portal.test\r\nAccess-Control-Request-Method: GET\r\n"
			"Access-Control-Request-Headers: %s\r\n\r\n",
			path, asked));
}

static void preflight_allows_what_is_asked(void **state)
{
	static const struct {
		const char *asked;
		bool back;
	} rows[] = {
		{"authorization,traceparent,x-requested-with", true},
		{"Content-Type", true},
		{"x-a, x_b", true},
		{"x-a;x", false},
		{"x-a: 1", false},
		{"x\"a", false},
		{"ก", false},
		{"", false},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = preflight(w, "/oauth2/userinfo", rows[i].asked);
		struct str allowed = raw_header(&r, "Access-Control-Allow-Headers");

		assert_int_equal(r.status, 204);
		check_c(raw_header(&r, "Access-Control-Allow-Origin"), "*");
		assert_int_equal(raw_header(&r, "Access-Control-Allow-Credentials").n, 0);
		if (str_eq_c(allowed, rows[i].asked) != rows[i].back)
			fail_msg("%s: %.*s", rows[i].asked, STR_FMT(allowed));
		if (!rows[i].back)
			check_has(allowed, "Authorization");
	}
	fixture_free(w);
}

static void scripts_may_read_why(void **state)
{
	static const struct {
		const char *header;
		int status;
		const char *error;
	} rows[] = {
		{"", 401, "invalid_token"},
		{"Authorization: Bearer nonsense\r\n", 401, "invalid_token"},
		{"Authorization: bearer nonsense\r\n", 401, "invalid_token"},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = raw_get(w->a, w->port, "/oauth2/userinfo",
			text(w, "Origin: https://portal.test\r\n%s", rows[i].header).p);
		struct str exposed = raw_header(&r, "Access-Control-Expose-Headers");

		assert_int_equal(r.status, rows[i].status);
		check_c(member(w, &r, "error"), rows[i].error);
		assert_true(member(w, &r, "error_description").n > 0);
		check_has(raw_header(&r, "Content-Type"), "application/json");
		check_has(raw_header(&r, "WWW-Authenticate"), "Bearer");
		check_has(exposed, "WWW-Authenticate");
		check_has(exposed, "Retry-After");
		check_has(exposed, "X-Request-Id");
		/* RFC 6750 3.1: no code in the header where there was no token. */
		assert_int_equal(contains(raw_header(&r, "WWW-Authenticate"), "error="), i > 0);
	}
	fixture_free(w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(authorize_comes_again),
		cmocka_unit_test(refusals_need_no_cookie),
		cmocka_unit_test(too_long_for_an_address),
		cmocka_unit_test(logout_comes_again),
		cmocka_unit_test(logout_claims_nothing),
		cmocka_unit_test(neighbours_do_not_hide_ours),
		cmocka_unit_test(too_many_cookies_are_deleted),
		cmocka_unit_test(preflight_allows_what_is_asked),
		cmocka_unit_test(scripts_may_read_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
