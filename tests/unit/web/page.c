/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "samples.h"
#include "web/page.h"
#include "base/random.h"
#include "idp/login/pages_login.h"
#include "idp/logout/pages_logout.h"
#include "idp/oauth/pages_oauth.h"
#include "web/pages_common.h"

static struct web *web;

static int page_set_up(void **state)
{
	const struct web_options options = samples_with_pages(&samples_options);
	struct arena *a = arena_new(ARENA_MAX);
	struct buf errors;

	buf_init(&errors, a, WEB_ERRORS_BYTES);
	check_ok(web_new(&options, &errors, &web));
	assert_int_equal(errors.n, 0);
	arena_free(a);
	return 0;
}

static int page_tear_down(void **state)
{
	web_free(web);
	return 0;
}

static struct str header(const struct web_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->n_headers; i++) {
		if (!strcmp(answer->headers[i].name, name))
			return answer->headers[i].value;
	}
	fail_msg("no header %s", name);
	return STR_NONE;
}

static struct web_answer render(struct arena *a, const struct page_type *page, const void *model,
	const struct web_view *view)
{
	struct web_answer answer;

	check_ok(web_render(web, a, page, model, view, &answer));
	return answer;
}

static void test_headers(void **state)
{
	struct web_view view = {.lang = WEB_EN};
	struct web_answer answer = render(*state, &web_page_login, &(struct web_login){0}, &view);

	check_c(header(&answer, "Content-Security-Policy"),
		"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'; "
		"img-src 'self' data:; script-src 'nonce-WlpaWlpaWlpaWlpaWlpaWg'; form-action "
		"'self'");
	check_has(answer.body, "nonce=\"WlpaWlpaWlpaWlpaWlpaWg\"");
	check_c(header(&answer, "Referrer-Policy"), "same-origin");
	check_c(header(&answer, "X-Frame-Options"), "DENY");
	check_c(header(&answer, "Cache-Control"), "no-store");
	check_c(header(&answer, "Content-Language"), "en");
	check_has(header(&answer, "Permissions-Policy"), "camera=()");
	assert_string_equal(answer.content_type, "text/html; charset=utf-8");
}

/* Two answers never carry the same nonce. */
static void test_nonce(void **state)
{
	struct web_options options = samples_with_pages(&(struct web_options){.rng = &rng_system});
	struct web_view view = {0};
	struct web_answer one, two;
	struct web *real;
	struct buf errors;

	buf_init(&errors, *state, WEB_ERRORS_BYTES);
	check_ok(web_new(&options, &errors, &real));
	check_ok(web_render(real, *state, &web_page_login, &(struct web_login){0}, &view, &one));
	check_ok(web_render(real, *state, &web_page_login, &(struct web_login){0}, &view, &two));
	assert_false(str_eq(
		header(&one, "Content-Security-Policy"), header(&two, "Content-Security-Policy")));
	web_free(real);
}

/* Pages that need more say so, and only they do. */
static void test_page_policies(void **state)
{
	static const struct str origin[] = {STR_INIT("https://portal.example")};
	struct web_view view = {.frame_origins = {origin, 1}};
	struct web_answer answer;

	answer = render(*state, &web_page_logged_out, &(struct web_logged_out){0}, &view);
	check_has(header(&answer, "Content-Security-Policy"), "; frame-src https://portal.example");
	view.frame_origins.n = 0;
	answer = render(*state, &web_page_wait, &(struct web_wait){0}, &view);
	check_has(header(&answer, "Content-Security-Policy"), "; connect-src 'self'");
	answer = render(*state, &web_page_form_post, &(struct web_form_post){0}, &view);
	check_c(header(&answer, "Referrer-Policy"), "strict-origin");
	/* Where the portal goes on to is its own business. */
	assert_null(memmem(header(&answer, "Content-Security-Policy").p,
		header(&answer, "Content-Security-Policy").n, "form-action", 11));
}

/* The page that leaves: by itself, and by a link; to where a redirect URI may lead and no further.
 */
static void test_leaving(void **state)
{
	static const struct {
		const char *url;
		bool there;
	} rows[] = {
		{"https://portal.go.th/cb?a=1&b=2", true},
		{"http://[::1]:9000/cb", true},
		{"th.go.example.plan:/callback?code=1", true},
		{"th.go.example.plan://host/cb", true},
		{"javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"JAVASCRIPT.x:alert(1)", false},
		{"1.x:/cb", false},
		{".x:/cb", false},
		{"th.go.x:/a b", false},
		{"th.go.x:/a\"b", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct web_leave model = {.url = str_c(rows[i].url)};
		struct web_view view = {.leave = model.url};
		struct web_answer answer = render(*state, &web_page_leave, &model, &view);
		const char *at = rows[i].there ? rows[i].url : "about:invalid";
		bool shown = memmem(answer.body.p, answer.body.n, at, strcspn(at, "&")) != NULL;

		if (!shown)
			fail_msg("%s", rows[i].url);
		check_has(answer.body, "http-equiv=\"refresh\" content=\"0; url=");
	}
}

/* An origin that is none could add to the policy: refused. */
static void test_origins(void **state)
{
	static const char *const bad[] = {"https://a.example; script-src *", "https://a.example/",
		"https://a.example ", "*", "'unsafe-inline'", "", "data:", "https://a.example,x",
		"app://x", "https://a.example?x", "https://user@a.example"};
	struct web_answer answer;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct str origin = str_c(bad[i]);
		struct web_view view = {.frame_origins = {&origin, 1}};

		check_rc(web_render(web, *state, &web_page_login, &(struct web_login){0}, &view,
				 &answer),
			RC_INVALID);
	}
}

static void test_origin_count(void **state)
{
	struct str origins[WEB_ORIGINS_MAX + 1];
	struct web_view view = {.frame_origins = {origins, WEB_ORIGINS_MAX}};
	struct web_answer answer;

	for (size_t i = 0; i < COUNT(origins); i++)
		origins[i] = STR("https://a.example");
	check_ok(web_render(web, *state, &web_page_login, &(struct web_login){0}, &view, &answer));
	view.frame_origins.n++;
	check_rc(web_render(web, *state, &web_page_login, &(struct web_login){0}, &view, &answer),
		RC_LIMITED);
}

/* A page that grows past its maximum is refused whole. */
static void test_too_large(void **state)
{
	char *text = arena_zalloc(*state, WEB_PAGE_MAX);
	struct web_login login = {.portal = {text, WEB_PAGE_MAX}};
	struct web_view view = {0};
	struct web_answer answer;

	memset(text, 'a', WEB_PAGE_MAX);
	check_rc(web_render(web, *state, &web_page_login, &login, &view, &answer), RC_LIMITED);
}

static void test_return_path(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {{"/", "/"}, {"/login?t=1&x=%20", "/login?t=1&x=%20"}, {"", "/"},
		{"//evil.example", "/"}, {"/\\evil.example", "/"}, {"https://evil.example", "/"},
		{"login", "/"}, {"/a\r\nSet-Cookie: x", "/"}, {"/a b", "/"}, {"/ก", "/"},
		{"/a\"b", "/"}, {"javascript:alert(1)", "/"}};

	for (size_t i = 0; i < COUNT(rows); i++)
		check_c(web_return_path(str_c(rows[i].in)), rows[i].out);
}

static void test_assets(void **state)
{
	size_t n;
	const struct web_asset *assets = web_assets(&n);
	bool css = false;

	assert_true(n >= 3);
	for (size_t i = 0; i < n; i++) {
		struct str path = str_c(assets[i].path);

		assert_true(str_starts(path, STR("/static/")));
		assert_true(assets[i].body.n > 0);
		assert_true(assets[i].gzip.n < assets[i].body.n);
		if (assets[i].gzip.n)
			assert_memory_equal(assets[i].gzip.p, "\x1f\x8b", 2);
		css = css || str_ends(path, STR("/pratu.css"));
	}
	assert_true(css);
}

static void test_problem_of_status(void **state)
{
	assert_int_equal(web_problem_of_status(404), WEB_PROBLEM_NOT_FOUND);
	assert_int_equal(web_problem_of_status(405), WEB_PROBLEM_METHOD);
	assert_int_equal(web_problem_of_status(429), WEB_PROBLEM_TOO_MANY);
	assert_int_equal(web_problem_of_status(503), WEB_PROBLEM_BUSY);
	assert_int_equal(web_problem_of_status(500), WEB_PROBLEM_INTERNAL);
	assert_int_equal(web_problem_of_status(418), WEB_PROBLEM_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(test_headers),
		arena_test(test_nonce),
		arena_test(test_page_policies),
		arena_test(test_leaving),
		arena_test(test_origins),
		arena_test(test_origin_count),
		arena_test(test_too_large),
		arena_test(test_return_path),
		arena_test(test_assets),
		arena_test(test_problem_of_status),
	};

	return cmocka_run_group_tests(tests, page_set_up, page_tear_down);
}
