/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind H: a new password set after ThaID ends the lock of the account, and the page leads on. */
#include "flow/account_fixture.h"

#include "throttle/throttle.h"

#define SELF  "/account/password"
#define FRESH "Wan-Chan7#"

static struct raw_answer enter(struct browser *b, const char *password)
{
	struct raw_answer r = browse(b, "/apps");

	r = browse_s(b, location(&r));
	return type_password(b, &r, USERNAME, password);
}

static bool opens(struct account_fixture *h, const char *password)
{
	return contains(enter(&(struct browser){.w = h->w}, password).body, "one-time-code");
}

/* Somebody guesses until the account is locked; with a wrong code among the guesses, too. */
static void lock(struct account_fixture *h, bool code)
{
	struct browser b = {.w = h->w};
	struct raw_answer r;

	h->c->throttle_options.lock_after = 4;
	if (code) {
		r = enter(&b, PASSWORD);
		send_form(&b, &r, "/login/code", wrong_form(h->c, 1));
	}
	for (int i = 0; i < 4; i++)
		assert_false(opens(h, "Wrong-Guess1#"));
	assert_int_equal(audits(h->w, AUDIT_ACCOUNT_LOCKED), 1);
	assert_false(opens(h, PASSWORD));
}

static struct raw_answer set(struct account_fixture *h)
{
	return submit(&h->b, STR(SELF "/set"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, SELF), "account",
			str_dup_c(h->w->a, h->c->account), "password", FRESH, "repeat", FRESH,
			NULL));
}

static void end_lock(struct account_fixture *h, bool code)
{
	struct raw_answer r;

	lock(h, code);
	fixture_advance_clock(h->w, CHALLENGE_RESEND); /* a code may be sent again */
	log_in(&h->b, SOMCHAI_PID);
	assert_false(opens(h, PASSWORD)); /* ThaID alone does not end it */
	r = set(h);
	assert_int_equal(r.status, 303);
	assert_true(opens(h, FRESH));
}

static void a_new_password_after_thaid_ends_the_lock(void **state)
{
	end_lock(*state, false);
}

static void also_one_with_codes_among_the_attempts(void **state)
{
	end_lock(*state, true);
}

static void a_refused_one_leaves_the_lock(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	lock(h, false);
	log_in(&h->b, SOMCHAI_PID);
	r = submit(&h->b, STR(SELF "/set"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, SELF), "account",
			str_dup_c(h->w->a, h->c->account), "password", FRESH, "repeat", "other",
			NULL));
	check_page(&r, 200);
	assert_false(opens(h, PASSWORD));
}

static void the_page_afterwards_leads_on(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	struct str body;

	log_in(&h->b, SOMCHAI_PID);
	assert_true(contains(account_fixture_page(&h->b, SELF), "name=\"repeat\""));
	r = set(h);
	check_c(location(&r), SELF "?done=changed");
	body = account_fixture_page(&h->b, SELF "?done=changed");
	assert_true(has_notice(body, "done"));
	check_has(body, "data-part=\"onward\" href=\"/apps\"");
	assert_false(contains(body, "name=\"repeat\"") || contains(body, "?account="));
}

#define T(name)                                                                                    \
	cmocka_unit_test_setup_teardown(name, account_fixture_set_up, account_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_new_password_after_thaid_ends_the_lock),
		T(also_one_with_codes_among_the_attempts),
		T(a_refused_one_leaves_the_lock),
		T(the_page_afterwards_leads_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
