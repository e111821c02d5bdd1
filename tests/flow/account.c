/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account pages: whose they are, and the first of them. */
#include "flow/account_fixture.h"

#include "directory/directory.h"

static void nobody_is_sent_to_log_in_and_comes_back(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = browse(&h->b, "/account");

	check_login(&r);
	r = pass_login(&h->b, &r);
	assert_int_equal(r.status, 303);
	check_c(location(&r), "/account");
	account_fixture_page(&h->b, "/account");
}

static void hostile_names(struct person *p)
{
	p->title_th = STR("นาย");
	p->given_th = STR("<b>สมชาย");
	p->family_th = STR("\"><script>alert(1)</script>");
	p->email = STR("somchai@bangtanai.go.th");
	p->email_verified = true;
	p->mobile = STR("+66812345678");
}

static void shows_who_one_is_and_nothing_in_full(void **state)
{
	struct account_fixture *h = *state;
	struct str page;

	edit_person(h->w, SOMCHAI, hostile_names);
	log_in(&h->b, SOMCHAI_PID);
	page = account_fixture_page(&h->b, "/account");
	check_has(page, "นาย&lt;b&gt;สมชาย");
	assert_false(contains(page, "<script>alert") || contains(page, "<b>"));
	check_has(page, "X-XXXX-XXXX0-12-1");
	check_has(page, "<dd>กรมการปกครอง · 15 มกราคม 2570 · IAL 2.3</dd>");
	check_has(page, "so***@bangtanai.go.th");
	check_has(page, "08X-XXX-5678");
	check_has(page, USERNAME);
	assert_false(contains(page, SOMCHAI_PID) || contains(page, "0812345678") ||
		     contains(page, "somchai@bangtanai"));
	check_has(page, "aria-current=\"page\"");
	assert_int_equal(occurrences(page, "aria-current=\"page\""), 1);
	check_has(account_fixture_page(&h->b, "/apps"), "href=\"/account\"");
}

static void close_way(struct credential *c)
{
	c->forbidden = true;
}

static void ways_are_those_that_are_open(void **state)
{
	struct account_fixture *h = *state;

	log_in(&h->b, SOMCHAI_PID);
	check_has(account_fixture_page(&h->b, "/account"), "<li>ชื่อผู้ใช้และรหัสผ่าน");
	otp_fixture_password(h->c, fixture_account(h->w, "second.name", SOMCHAI), PASSWORD, NULL);
	check_has(account_fixture_page(&h->b, "/account"), "(2 บัญชี)");
	otp_fixture_password(
		h->c, fixture_account(h->w, "third.name", SOMCHAI), PASSWORD, close_way);
	check_has(account_fixture_page(&h->b, "/account"), "(2 บัญชี)");
}

static void tells_of_the_login_before(void **state)
{
	struct account_fixture *h = *state;
	struct browser there = {.w = h->w};

	log_in(&h->b, SOMCHAI_PID);
	assert_false(contains(account_fixture_page(&h->b, "/account"), "เข้าสู่ระบบครั้งก่อน"));
	fixture_advance_clock(h->w, 600);
	account_fixture_log_in(h, &there, PASSWORD);
	/* Here it is still the first; there this one was before. */
	assert_false(contains(account_fixture_page(&h->b, "/account"), "เข้าสู่ระบบครั้งก่อน"));
	check_has(account_fixture_page(&there, "/account"), "เข้าสู่ระบบครั้งก่อน");
}

static void somebody_elses_accounts_are_not_there(void **state)
{
	struct account_fixture *h = *state;

	fixture_account(h->w, "malee.s", h->malee);
	log_in(&h->b, SOMCHAI_PID);
	assert_false(contains(account_fixture_page(&h->b, "/account"), "malee"));
}

static void the_suspended_see_nothing(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	fixture_suspend_person(h->w, SOMCHAI);
	r = browse(&h->b, "/account");
	check_page(&r, 403);
	assert_false(contains(r.body, USERNAME));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, account_fixture_set_up, account_fixture_tear_down)
		T(nobody_is_sent_to_log_in_and_comes_back),
		T(shows_who_one_is_and_nothing_in_full),
		T(ways_are_those_that_are_open),
		T(tells_of_the_login_before),
		T(somebody_elses_accounts_are_not_there),
		T(the_suspended_see_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
