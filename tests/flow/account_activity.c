/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account page of what happened lately. */
#include "flow/account_fixture.h"

#define SELF "/account/activity"

/* A try at somchai's password that fails. */
static void fail_password(struct account_fixture *h, const char *username)
{
	struct browser b = {.w = h->w};
	struct raw_answer r = browse(&b, "/apps");

	r = browse_s(&b, location(&r));
	type_password(&b, &r, username, "Nobody-Knows1!");
}

static void logins_refusals_and_changes_newest_first(void **state)
{
	struct account_fixture *h = *state;
	struct str page;
	struct raw_answer r;

	fail_password(h, USERNAME);
	fixture_advance_clock(h->w, 60);
	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 60);
	r = submit(&h->b, STR("/account/password/set"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account/password"), "account",
			str_dup_c(h->w->a, h->c->account), "password", "Wan-Chan7#", "repeat",
			"Wan-Chan7#", NULL));
	assert_int_equal(r.status, 303);
	page = account_fixture_page(&h->b, SELF);
	assert_int_equal(occurrences(page, "data-part=\"event\""), 3);
	check_has(page, "เข้าสู่ระบบไม่สำเร็จ");
	check_has(page, "รหัสผ่านไม่ถูกต้อง");
	check_has(page, "ชื่อผู้ใช้ " USERNAME);
	check_has(page, "127.0.0.1");
	assert_true(strstr(page.p, "data-part=\"event-name\">เปลี่ยนรหัสผ่าน") <
		    strstr(page.p, "data-part=\"event-name\">เข้าสู่ระบบ<"));
	assert_true(strstr(page.p, "data-part=\"event-name\">เข้าสู่ระบบ<") <
		    strstr(page.p, "data-part=\"event-name\">เข้าสู่ระบบไม่สำเร็จ"));
}

/* A guess at an account shows to its holder alone; one at nobody's to nobody. */
static void only_ones_own(void **state)
{
	struct account_fixture *h = *state;
	struct browser hers = {.w = h->w};
	struct str page;

	fail_password(h, USERNAME);
	fail_password(h, "nobody.here");
	log_in(&hers, MALEE_PID);
	page = account_fixture_page(&hers, SELF);
	assert_int_equal(occurrences(page, "data-part=\"event\""), 1);
	assert_false(contains(page, USERNAME) || contains(page, "ไม่สำเร็จ"));
	assert_int_equal(audits(h->w, AUDIT_LOGIN_FAILED), 2);
	assert_int_equal(audited(h->w, "\"account\":\""), 1);
}

static void entering_a_portal_writes_nothing(void **state)
{
	struct account_fixture *h = *state;
	size_t before;

	log_in(&h->b, SOMCHAI_PID);
	before = records(h->w, TABLE_EVENT);
	for (int i = 0; i < 3; i++) {
		struct raw_answer r = browse_s(&h->b, authorize_target(h->w, "portal", ""));

		check_code(h->w, &r);
	}
	assert_int_equal(audits(h->w, AUDIT_AUTHORIZATION_CODE_ISSUED), 3);
	assert_int_equal(records(h->w, TABLE_EVENT), before);
}

static void the_page_stops_at_fifty(void **state)
{
	struct account_fixture *h = *state;

	for (int i = 0; i < 55; i++) {
		struct browser b = {.w = h->w};

		log_in(&b, SOMCHAI_PID);
		fixture_advance_clock(h->w, 2);
	}
	log_in(&h->b, SOMCHAI_PID);
	assert_int_equal(occurrences(account_fixture_page(&h->b, SELF), "data-part=\"event\""), 50);
}

static void nobody_sees_it_unasked(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = browse(&h->b, SELF);

	check_login(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, account_fixture_set_up, account_fixture_tear_down)
		T(logins_refusals_and_changes_newest_first),
		T(only_ones_own),
		T(entering_a_portal_writes_nothing),
		T(the_page_stops_at_fifty),
		T(nobody_sees_it_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
