/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind H: pages say why, for how long, and lead on. */
#include "flow/account_fixture.h"

#include "throttle/throttle.h"

static bool headed(const struct raw_answer *r, const char *name, const char *value)
{
	return str_eq_c(raw_header(r, name), value);
}

/* --- 429 --- */

static void too_many_says_when_and_why(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = {.status = 303};

	h->w->settings.logins_per_minute = 3;
	for (int i = 0; i < 9 && r.status == 303; i++)
		r = browse_s(&(struct browser){.w = h->w}, authorize_target(h->w, "portal", ""));
	check_page(&r, 429);
	assert_true(raw_header(&r, "Retry-After").n > 0);
	check_has(r.body, "data-part=\"wait\"");
	check_has(r.body, "data-countdown=\"");
	check_has(r.body, "ท่านไม่ได้ทำสิ่งใดผิด");
	/* The same request again, by a link and by itself. */
	check_has(r.body, "href=\"/oauth2/authorize?");
	check_has(r.body, "data-retry=\"");
	check_has(r.body, "https://portal.test/login");
	assert_false(contains(r.body, "ต้องรอนานขึ้น"));
}

/* --- time-out --- */

static void a_form_after_the_session_ended_is_said_not_saved(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	const char *csrf;

	log_in(&h->b, SOMCHAI_PID);
	csrf = account_fixture_csrf(&h->b, "/account/contact");
	fixture_advance_clock(h->w, h->w->settings.session_idle + 1);
	r = submit(&h->b, STR("/account/contact/begin"),
		form_of(h->w, "csrf", csrf, "address", "a@b.test", NULL));
	check_login(&r);
	r = browse_s(&h->b, location(&r));
	assert_true(has_notice(r.body, "not_saved"));
}

static void a_page_after_the_session_ended_is_said_timed_out(void **state)
{
	struct account_fixture *h = *state;
	struct browser first = {.w = h->w};
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, h->w->settings.session_idle + 1);
	r = browse(&h->b, "/account");
	r = browse_s(&h->b, location(&r));
	assert_true(has_notice(r.body, "timed_out"));
	/* Nobody who comes for the first time reads that. */
	r = browse(&first, "/account");
	r = browse_s(&first, location(&r));
	assert_false(has_notice(r.body, "timed_out"));
}

static void the_page_says_when_it_times_out(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	struct str body;

	log_in(&h->b, SOMCHAI_PID);
	body = account_fixture_page(&h->b, "/account");
	check_has(body,
		text(h->w, "data-session-left=\"%lld\"", (long long)h->w->settings.session_idle).p);
	check_has(body, "data-stay=\"/account/stay\"");
	/* "Stay signed in": the session was used. */
	fixture_advance_clock(h->w, h->w->settings.session_idle - 100);
	r = browse(&h->b, "/account/stay");
	assert_int_equal(r.status, 200);
	check_str(r.body, text(h->w, "{\"left\":%lld}", (long long)h->w->settings.session_idle));
	fixture_advance_clock(h->w, 200);
	assert_true(account_fixture_is_logged_in(&h->b));
	fixture_advance_clock(h->w, h->w->settings.session_idle + 1);
	r = browse(&h->b, "/account/stay");
	check_login(&r);
}

/* Pages of a login have their time, too: it is said, the script warns, and the way to begin again
 * is there. */
static void the_pages_of_a_login_say_how_long(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer page = login_page(&h->b, "");

	check_has(page.body,
		text(h->w, "data-session-left=\"%lld\"", (long long)h->w->settings.login_lifetime)
			.p);
	check_has(page.body, "data-part=\"login-end\"");
	check_has(page.body, "https://portal.test/login");
	fixture_advance_clock(h->w, h->w->settings.login_lifetime + 1);
	page = send_form(&h->b, &page, "/login/password", "username=a&password=b");
	check_page(&page, 400);
	check_has(page.body, "ยังไม่ได้บันทึก");
}

/* --- codes --- */

static void a_code_asked_for_too_early_is_no_accusation(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer page = code_page(&h->b);

	page = send_and_follow(&h->b, &page, "/login/code/send", "factor=otp_email");
	check_page(&page, 200);
	assert_true(has_notice(page.body, "resend"));
	assert_false(has_notice(page.body, "limited"));
	check_has(page.body, "data-opens=\"resend\"");
	assert_false(contains(page.body, "มากเกินไป"));
}

/* --- errors stand at their field --- */

static void a_wrong_password_stands_at_its_field(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer page = login_page(&h->b, "");

	assert_false(contains(page.body, "aria-invalid"));
	assert_false(contains(page.body, "<title>ข้อผิดพลาด:"));
	page = type_password(&h->b, &page, USERNAME, "wrong-password-1A");
	check_has(page.body, "<title>ข้อผิดพลาด: ");
	assert_true(has_notice(page.body, "wrong"));
	assert_int_equal(occurrences(page.body, "id=\"error\""), 1);
	assert_int_equal(
		occurrences(page.body, "aria-describedby=\"error\" aria-invalid=\"true\""), 2);
	check_has(page.body, "autofocus");
	/* Who turned the password off is led to ThaID by the same sentence as everybody. */
	check_has(page.body, "หากท่านเลือกใช้ ThaiD แทนรหัสผ่านไว้แล้ว กรุณากดปุ่ม ThaiD");
}

/* --- help --- */

static void nobody_is_left_without_help(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer page = login_page(&h->b, "");

	check_has(page.body, "data-part=\"first-help\"");
	check_has(page.body, "data-part=\"thaid-steps\"");
	check_has(page.body, "ที่ว่าการอำเภอ");
}

static void thaid_is_explained_only_where_it_is_offered(void **state)
{
	static const struct str password[] = {STR_INIT("password")};
	struct account_fixture *h = *state;
	struct raw_answer page;

	h->c->policy.primary = (struct strlist){password, 1};
	page = login_page(&h->b, "");
	check_page(&page, 200);
	check_has(page.body, "data-part=\"first-help\"");
	assert_false(
		contains(page.body, "data-part=\"thaid-steps\"") || contains(page.body, "ThaiD"));
}

/* --- a Host that is not ours --- */

static void the_page_of_a_wrong_host_is_dressed_and_leads_home(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = raw_exchange(h->w->a, h->w->port,
		STR("GET /apps HTTP/1.1\r\nHost: 10.0.0.1\r\nAccept: text/html\r\n\r\n"));
	struct str css;

	assert_int_equal(r.status, 421);
	check_has(r.body, "href=\"" ISSUER "\"");
	css = attribute(h->w, r.body, "<link rel=\"stylesheet\" href=\"");
	r = raw_exchange(h->w->a, h->w->port,
		text(h->w, "GET %.*s HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", STR_FMT(css)));
	assert_int_equal(r.status, 200);
	assert_true(headed(&r, "Content-Type", "text/css; charset=utf-8"));
}

static void password_managers_find_the_page(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = browse(&h->b, "/.well-known/change-password");

	assert_int_equal(r.status, 303);
	check_c(location(&r), "/account/password");
}

/* --- consent --- */

static void with_all_scopes(struct client *c)
{
	c->scope = STR("openid profile email phone");
}

static void known_by_mail(struct person *p)
{
	p->email = STR("somchai@office.test");
	p->email_verified = false;
	p->given_en = STR("Somchai");
}

static void consent_lists_every_claim_with_its_value(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r, tokens;

	edit_client(h->w, "portal", with_all_scopes);
	edit_person(h->w, SOMCHAI, known_by_mail);
	log_in(&h->b, SOMCHAI_PID);
	r = browse_s(&h->b, authorize_target(h->w, "portal", "&prompt=consent"));
	check_login(&r);
	r = browse_s(&h->b, location(&r));
	check_page(&r, 200);
	check_has(r.body, "<dd>somchai@office.test</dd>");
	check_has(r.body, "<dd>ยังไม่ยืนยัน</dd>");
	check_has(r.body, "<dd>Somchai</dd>");
	/* What no scope names goes too: who, how sure, and the rights. */
	check_has(r.body, "<dt>รหัสประจำตัวในระบบ</dt>");
	check_has(r.body, "<dt>ระดับการพิสูจน์ตัวตน</dt>");
	check_has(r.body, "<dt>สิทธิ์การใช้งาน</dt>");
	/* And it is what the portal gets. */
	r = press(&h->b, &r, "answer", "allow");
	tokens = redeem(h->w, "portal", check_code(h->w, &r), CODE_VERIFIER);
	r = get_bearer(h->w, "/oauth2/userinfo", member(h->w, &tokens, "access_token"));
	check_has(r.body, "\"email\":\"somchai@office.test\"");
	check_has(r.body, "\"given_name#en\":\"Somchai\"");
}

/* Asked for: one account is chosen too, and the way back is there. */
static void choosing_an_account_can_be_cancelled(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	r = browse_s(&h->b, authorize_target(h->w, "portal", "&prompt=select_account"));
	r = browse_s(&h->b, location(&r));
	check_page(&r, 200);
	check_has(r.body, "data-part=\"cancel\"");
	assert_false(contains(r.body, "มากกว่าหนึ่งบัญชี"));
}

/* Every page that says no has the other language and a code to read out. */
static void error_pages_have_a_language_and_a_code(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = raw_get(h->w->a, h->w->port, "/nope", "Accept: text/html\r\n");

	assert_int_equal(r.status, 404);
	check_has(r.body, "href=\"/language?lang=en");
	check_has(r.body, "data-part=\"report-code\"");
}

int main(void)
{
#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, account_fixture_set_up, account_fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(too_many_says_when_and_why),
		TEST(a_form_after_the_session_ended_is_said_not_saved),
		TEST(a_page_after_the_session_ended_is_said_timed_out),
		TEST(the_page_says_when_it_times_out),
		TEST(the_pages_of_a_login_say_how_long),
		TEST(a_code_asked_for_too_early_is_no_accusation),
		TEST(a_wrong_password_stands_at_its_field),
		TEST(nobody_is_left_without_help),
		TEST(thaid_is_explained_only_where_it_is_offered),
		TEST(the_page_of_a_wrong_host_is_dressed_and_leads_home),
		TEST(password_managers_find_the_page),
		TEST(consent_lists_every_claim_with_its_value),
		TEST(choosing_an_account_can_be_cancelled),
		TEST(error_pages_have_a_language_and_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
