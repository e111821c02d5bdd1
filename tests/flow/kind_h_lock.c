/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind H: a lock is announced before it comes, and says how long it lasts when it begins. */
#include "flow/contact_page_fixture.h"

#include "throttle/throttle.h"

#define LOCK_AFTER 6
#define LEFT       "data-part=\"tries-left\""

static struct raw_answer enter(struct fixture *w, const char *username, const char *password)
{
	struct browser b = {.w = w};
	struct raw_answer r = browse(&b, "/apps");

	fixture_advance_clock(w, 60);
	r = browse_s(&b, location(&r));
	return type_password(&b, &r, username, password);
}

static void lock_after(struct otp_fixture *c, int n)
{
	c->throttle_options.free = 1000;
	c->throttle_options.lock_after = n;
	c->throttle_options.lock = 900;
}

static void announced(struct otp_fixture *c, const char *username)
{
	for (int left = LOCK_AFTER - 1; left > 0; left--) {
		struct raw_answer r = enter(c->w, username, "Wrong-Guess1#");

		check_page(&r, 200);
		assert_true(has_notice(r.body, "wrong"));
		assert_int_equal(contains(r.body, LEFT), left <= 3);
		if (left <= 3)
			check_has(r.body, text(c->w, "อีก %d ครั้ง", left).p);
	}
}

/* The last one says at once that it is locked, for how long, and counts down. */
static void said(struct otp_fixture *c, const char *username)
{
	struct raw_answer r = enter(c->w, username, "Wrong-Guess1#");

	assert_true(has_notice(r.body, "limited"));
	check_has(r.body, "data-countdown=\"900\"");
	check_has(r.body, "15 นาที");
	assert_false(contains(r.body, LEFT));
}

static void the_last_three_attempts_are_announced(void **state)
{
	struct contact_page_fixture *h = *state;

	lock_after(h->c, LOCK_AFTER);
	announced(h->c, USERNAME);
	said(h->c, USERNAME);
}

static void a_name_without_an_account_reads_the_same(void **state)
{
	struct contact_page_fixture *h = *state;

	lock_after(h->c, LOCK_AFTER);
	announced(h->c, "nobody.here");
	said(h->c, "nobody.here");
}

/* The right password begins anew, and nothing is announced. */
static void not_after_the_right_password(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r;

	lock_after(h->c, 20);
	enter(h->w, USERNAME, "Wrong-Guess1#");
	r = enter(h->w, USERNAME, PASSWORD);
	check_has(r.body, "one-time-code");
	assert_false(contains(r.body, LEFT));
}

/* A login has five codes, but the account may be locked before. */
static void a_wrong_code_says_what_the_account_has_left(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page = code_page(&b); /* the password was one attempt */

	lock_after(h->c, 4);
	for (int left = 2; left > 0; left--) {
		page = send_and_follow(&b, &page, "/login/code", wrong_form(h->c, left));
		assert_true(has_notice(page.body, "wrong"));
		check_has(page.body, text(h->w, "ลองได้อีก %d ครั้ง", left).p);
	}
	page = send_and_follow(&b, &page, "/login/code", wrong_form(h->c, 3));
	assert_true(has_notice(page.body, "limited"));
	check_has(page.body, "15 นาที");
}

/* The code of a new contact is counted against the same account. */
static void so_does_the_code_of_a_contact(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, EMAIL);

	r = post(&h->b, &r, "begin", "email", "address", NEW);
	lock_after(h->c, 3);
	for (int left = 2; left > 0; left--) {
		r = page(&h->b, EMAIL);
		post(&h->b, &r, "code", "email", "code", code_wrong(h->c, left));
		check_has(page(&h->b, EMAIL).body, text(h->w, "ลองได้อีก %d ครั้ง", left).p);
	}
	r = page(&h->b, EMAIL);
	post(&h->b, &r, "code", "email", "code", code_wrong(h->c, 3));
	assert_true(has_notice(page(&h->b, EMAIL).body, "limited"));
}

#define T(name)                                                                                    \
	cmocka_unit_test_setup_teardown(                                                           \
		name, contact_page_fixture_set_up, contact_page_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_last_three_attempts_are_announced),
		T(a_name_without_an_account_reads_the_same),
		T(not_after_the_right_password),
		T(a_wrong_code_says_what_the_account_has_left),
		T(so_does_the_code_of_a_contact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
