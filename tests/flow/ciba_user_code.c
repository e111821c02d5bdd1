/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The user code (CIBA Core 7.1): who has one is asked by nobody without it. missing_user_code,
 * invalid_user_code; guesses silence the client that makes them.
 */
#include "flow/ciba_fixture.h"

#define PAGE "/account/requests"

static void sends_code(struct client *c)
{
	ciba_client(c);
	c->ciba_user_code = true;
}

static int user_code_set_up(void **state)
{
	struct account_fixture *h;

	ciba_fixture_set_up(state);
	h = *state;
	fixture_client(h->w, "counter", "eplan", sends_code);
	log_in(&h->b, SOMCHAI_PID);
	return 0;
}

static struct raw_answer type_code(struct browser *b, const char *code)
{
	return submit(b, STR(PAGE "/code"),
		form_of(b->w, "csrf", account_fixture_csrf(b, PAGE), "code", code, NULL));
}

static struct raw_answer remove_code(struct browser *b)
{
	return submit(b, STR(PAGE "/code"),
		form_of(b->w, "csrf", account_fixture_csrf(b, PAGE), "remove", "1", NULL));
}

static struct raw_answer ask_with(struct fixture *w, const char *client, const char *more)
{
	return bc_ask_by(
		w, client, str_dup_c(w->a, text(w, "scope=openid&" TO_SOMCHAI "%s", more)));
}

static void nobody_asks_without_it(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = ask_with(h->w, "counter", "&user_code=1234");

	assert_int_equal(r.status, 200); /* none is set: whatever was sent */
	r = type_code(&h->b, "12 34๕");
	check_c(location(&r), PAGE "?done=code_form"); /* a space is no part of a code */
	r = type_code(&h->b, "1234๕");
	check_c(location(&r), PAGE "?done=code_set");
	check_has(browse(&h->b, PAGE "?done=code_set").body, "ท่านตั้งรหัสไว้แล้ว");
	assert_int_equal(audits(h->w, AUDIT_CIBA_USER_CODE_SET), 1);
	r = ask_with(h->w, "counter", "");
	check_json_error(h->w, &r, 400, "missing_user_code");
	r = ask_with(h->w, "counter", "&user_code=1234");
	check_json_error(h->w, &r, 400, "invalid_user_code");
	r = ask_with(h->w, "counter", "&user_code=12345");
	assert_int_equal(r.status, 200);
	/* A client that is not registered for it reaches nobody who has one. */
	r = ask_with(h->w, "kiosk", "&user_code=12345");
	check_json_error(h->w, &r, 400, "missing_user_code");
	r = type_code(&h->b, ""); /* a field left empty, by a browser without "required" */
	check_c(location(&r), PAGE "?done=code_form");
	r = ask_with(h->w, "counter", "");
	check_json_error(h->w, &r, 400, "missing_user_code");
	r = remove_code(&h->b);
	check_c(location(&r), PAGE "?done=code_removed");
	assert_int_equal(ask_with(h->w, "kiosk", "").status, 200);
}

/* Durably counted, as refusals are: five in a row silence the client, and an approval forgets them.
 */
static void guesses_are_bounded(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	type_code(&h->b, "abcd1234");
	for (int i = 0; i < 5; i++) {
		r = ask_with(h->w, "counter", "&user_code=nope");
		check_json_error(h->w, &r, 400, "invalid_user_code");
	}
	r = ask_with(h->w, "counter", "&user_code=abcd1234");
	check_json_error(h->w, &r, 403, "access_denied");
	assert_int_equal(audits(h->w, AUDIT_CIBA_BLOCKED), 1);
	fixture_advance_clock(h->w, 3600);
	assert_int_equal(ask_with(h->w, "counter", "&user_code=abcd1234").status, 200);
}

static void codes_that_cannot_be(void **state)
{
	static const char *const bad[] = {"123", "12345678901234567", "ก123", "a\tbcd", "    "};
	struct account_fixture *h = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct raw_answer r = type_code(&h->b, bad[i]);

		check_c(location(&r), PAGE "?done=code_form");
	}
	assert_true(has_notice(browse(&h->b, PAGE "?done=code_form").body, "code_form"));
	assert_int_equal(records(h->w, (enum table)TABLE_CIBA_USER_CODE), 0);
}

/* A change of what protects the person wants a fresh login; the form its token. */
static void setting_it_wants_a_fresh_login(void **state)
{
	struct account_fixture *h = *state;
	const char *csrf = account_fixture_csrf(&h->b, PAGE);
	struct raw_answer r =
		submit(&h->b, STR(PAGE "/code"), form_of(h->w, "csrf", "x", "code", "1234", NULL));

	check_page(&r, 400);
	fixture_advance_clock(h->w, 601);
	r = submit(&h->b, STR(PAGE "/code"), form_of(h->w, "csrf", csrf, "code", "1234", NULL));
	check_login(&r);
	assert_int_equal(records(h->w, (enum table)TABLE_CIBA_USER_CODE), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, user_code_set_up, account_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nobody_asks_without_it),
		T(guesses_are_bounded),
		T(codes_that_cannot_be),
		T(setting_it_wants_a_fresh_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
