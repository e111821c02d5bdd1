/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind H: signing out claims only what happens, and the portal is never lost. */
#include "flow/account_fixture.h"

#define OPEN   "data-part=\"open-portals\""
#define PORTAL "data-part=\"portal\""

/* --- what stays open is said --- */

static void check_portal_listed(struct raw_answer r)
{
	check_page(&r, 200);
	check_has(r.body, OPEN);
	assert_int_equal(occurrences(r.body, PORTAL), 1);
	assert_false(contains(r.body, "ทุกระบบที่เข้าผ่านประตู"));
}

static void launcher_sign_out_lists_the_portals(void **state)
{
	struct account_fixture *h = *state;

	tokens_for(&h->b, "portal", "");
	check_portal_listed(submit(&h->b, STR("/apps/logout"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/apps"), NULL)));
	assert_false(account_fixture_is_logged_in(&h->b));
}

static void without_a_portal_nothing_is_listed(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	r = submit(&h->b, STR("/apps/logout"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/apps"), NULL));
	check_page(&r, 200);
	assert_false(contains(r.body, OPEN));
}

static void everywhere_lists_those_of_every_device_once(void **state)
{
	struct account_fixture *h = *state;
	struct browser there = {.w = h->w};

	fixture_client(h->w, "second", "eplan", NULL);
	tokens_for(&h->b, "portal", "");
	tokens_for(&there, "portal", "");
	tokens_for(&there, "second", "");
	struct raw_answer r = submit(&h->b, STR("/account/sessions/everywhere"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account/sessions"), NULL));

	check_page(&r, 200);
	assert_int_equal(occurrences(r.body, PORTAL), 2);
}

static void the_question_of_a_portal_lists_them(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	tokens_for(&h->b, "portal", "");
	r = browse(&h->b, "/oauth2/logout");
	check_portal_listed(r);
	r = submit(&h->b, STR("/oauth2/logout/confirm"),
		form_of(h->w, "csrf",
			str_dup_c(h->w->a, attribute(h->w, r.body, "name=\"csrf\" value=\"")),
			"answer", "yes", NULL));
	check_portal_listed(r);
}

/* --- every signed-in page leads on --- */

static void account_pages_lead_back_and_out(void **state)
{
	static const char *const pages[] = {"/account", "/account/contact", "/account/password",
		"/account/ways", "/account/privacy", "/account/activity", "/account/sessions"};
	struct account_fixture *h = *state;

	tokens_for(&h->b, "portal", "");
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct str body = account_fixture_page(&h->b, pages[i]);

		check_has(body, "href=\"/apps\" data-part=\"to-systems\"");
		check_has(body, "href=\"https://portal.test/login\" data-part=\"to-portal\"");
		check_has(body, "form=\"sign-out\"");
		check_has(body, "<form id=\"sign-out\" method=\"post\" action=\"/apps/logout\">");
	}
}

static void nobody_came_from_a_foreign_portal(void **state)
{
	static const char *const names[] = {"unknown", "https://evil.test", ""};
	struct account_fixture *h = *state;

	log_in(&h->b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct raw_answer r = raw_get(h->w->a, h->w->port, "/account",
			text(h->w, "Cookie: pratu_session=%.*s; pratu_portal=%s\r\n",
				STR_FMT(cookie_of(&h->b, "pratu_session")), names[i])
				.p);

		check_page(&r, 200);
		assert_false(contains(r.body, "data-part=\"to-portal\""));
	}
}

/* --- the portal is never lost --- */

static void an_expired_login_knows_its_portal(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = browse_s(&h->b, authorize_target(h->w, "portal", ""));
	struct str login = location(&r);
	struct browser elsewhere = {.w = h->w};

	fixture_advance_clock(h->w, h->w->settings.login_lifetime + 1);
	r = browse_s(&h->b, login);
	check_page(&r, 400);
	check_has(r.body, "https://portal.test/login");
	/* Also where the cookie is not, and after the sweep. */
	r = browse_s(&elsewhere, login);
	check_page(&r, 400);
	check_has(r.body, "https://portal.test/login");
}

static void a_used_login_leads_to_the_portal(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = browse_s(&h->b, authorize_target(h->w, "portal", "")), done;
	struct browser elsewhere = {.w = h->w};
	struct str login = location(&r);

	done = pass_login(&h->b, &r);
	check_code(h->w, &done);
	r = browse_s(&h->b, login);
	check_portal_start(&r);
	/* A form of ours may have led there: its policy must not hold it. */
	check_has(r.body, "data-part=\"leave\"");
	/* Nobody is logged in there: a page with the way to it. */
	r = browse_s(&elsewhere, login);
	check_page(&r, 400);
	check_has(r.body, "https://portal.test/login");
}

static void five_wrong_codes_stay_the_reason(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer page = code_page(&h->b), r = {.status = 0};

	for (int i = 0; i < 5; i++) {
		fixture_advance_clock(h->w, 30);
		r = send_form(&h->b, &page, "/login/code", "code=000000");
	}
	check_page(&r, 429);
	for (int i = 0; i < 2; i++) {
		r = send_form(&h->b, &page, "/login/code", "code=000000");
		check_page(&r, 400);
		check_has(r.body, "กรอกรหัส OTP ผิดครบจำนวนครั้งแล้ว");
		check_has(r.body, "https://portal.test/login");
	}
}

/* The portal named beside the handle decides nothing but a link. */
/* Whatever is behind the handle: our addresses and ThaID's state have what the record says. */
static void what_is_behind_the_handle_goes_nowhere(void **state)
{
	static const char *const marks[] = {"", "~", "~Zm9yZ2Vk", "~&x=1", "~%26forged%3D1",
		"~%22%3E%3Cforged%3E", "~.1.forged", "~forged%0D%0ASet-Cookie:%20a=b",
		"~%E0%B8%81"};
	struct account_fixture *h = *state;
	struct raw_answer r = browse_s(&h->b, authorize_target(h->w, "portal", "")), page;
	struct str login = location(&r), right, handle;

	page = browse_s(&h->b, login);
	right = attribute(h->w, page.body, "action=\"");
	handle = str_sub(login, 0, str_find(login, '~'));
	assert_true(handle.n < login.n);
	for (size_t i = 0; i < COUNT(marks); i++) {
		struct str target;

		page = browse_s(&h->b, text(h->w, "%.*s%s", STR_FMT(handle), marks[i]));
		check_page(&page, 200);
		assert_true(str_eq(attribute(h->w, page.body, "action=\""), right));
		target = text(h->w, "%.*s%s", (int)str_find(right, '~'), right.p, marks[i]);
		r = submit(&h->b, target,
			form_of(h->w, "step",
				str_dup_c(h->w->a,
					attribute(h->w, page.body, "name=\"step\" value=\"")),
				NULL));
		check_has(location(&r), "https://upstream.test/auth?");
		assert_true(str_starts(url_param(h->w, location(&r), "state"),
			text(h->w, "%.*s.",
				STR_FMT(str_sub(right, str_find(right, '=') + 1, right.n)))));
	}
}

static void a_forged_portal_is_not_entered(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = browse(&h->b, "/apps");
	struct str login = location(&r);

	/* "portal" in base64url. */
	r = browse_s(&h->b, text(h->w, "%.*s~cG9ydGFs", STR_FMT(login)));
	check_page(&r, 200);
	assert_false(contains(r.body, "portal.test"));
	r = browse(&h->b, "/login?i=pratu_in_nonsense~cG9ydGFs");
	check_page(&r, 400);
	check_has(r.body, "https://portal.test/login");
	r = browse(&h->b, "/login?i=pratu_in_nonsense~ZXZpbA");
	check_page(&r, 400);
	assert_false(contains(r.body, "portal.test"));
}

/* --- refusals --- */

static void a_refusal_names_the_person_and_lets_them_out(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer page, r;
	struct str action, csrf;

	log_in(&h->b, MALEE_PID);
	r = browse_s(&h->b, authorize_target(h->w, "portal", ""));
	check_login(&r);
	page = browse_s(&h->b, location(&r));
	check_page(&page, 403);
	check_has(page.body, "data-part=\"signed-in-as\"");
	check_has(page.body, "data-part=\"not-you\"");
	action = attribute(h->w, page.body, "method=\"post\" action=\"");
	csrf = attribute(h->w, page.body, "name=\"csrf\" value=\"");
	/* Not without the token of the session. */
	r = submit(&h->b, action, STR("csrf=wrong"));
	check_page(&r, 400);
	assert_true(account_fixture_is_logged_in(&h->b));
	r = submit(&h->b, action, form_of(h->w, "csrf", str_dup_c(h->w->a, csrf), NULL));
	check_page(&r, 200);
	assert_int_equal(cookie_of(&h->b, "pratu_session").n, 0);
	/* Somebody else logs in where the first one was refused. */
	r = browse_s(&h->b, attribute(h->w, r.body, "data-part=\"again\" href=\""));
	check_page(&r, 200);
	check_has(r.body, "data-page=\"login\"");
	/* Twice: nobody is there any more. */
	r = submit(&h->b, action, form_of(h->w, "csrf", str_dup_c(h->w->a, csrf), NULL));
	check_page(&r, 400);
}

int main(void)
{
#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, account_fixture_set_up, account_fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(launcher_sign_out_lists_the_portals),
		TEST(without_a_portal_nothing_is_listed),
		TEST(everywhere_lists_those_of_every_device_once),
		TEST(the_question_of_a_portal_lists_them),
		TEST(account_pages_lead_back_and_out),
		TEST(nobody_came_from_a_foreign_portal),
		TEST(an_expired_login_knows_its_portal),
		TEST(a_used_login_leads_to_the_portal),
		TEST(five_wrong_codes_stay_the_reason),
		TEST(what_is_behind_the_handle_goes_nowhere),
		TEST(a_forged_portal_is_not_entered),
		TEST(a_refusal_names_the_person_and_lets_them_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
