/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "web/csrf.h"

static const unsigned char key[CSRF_KEY_SIZE] = {1, 2, 3};
static const unsigned char other_key[CSRF_KEY_SIZE] = {1, 2, 4};

#define LONG_256 257

static void test_form(void **state)
{
	struct str token = csrf_token(*state, key, "logout", STR("session-1"));

	assert_int_equal(token.n, 64);
	assert_true(csrf_check(key, "logout", STR("session-1"), token));
	assert_false(csrf_check(other_key, "logout", STR("session-1"), token));
	assert_false(csrf_check(key, "end", STR("session-1"), token));
	assert_false(csrf_check(key, "logout", STR("session-2"), token));
	assert_false(csrf_check(key, "logout", STR("session-1"), STR_NONE));
	assert_false(csrf_check(key, "logout", STR("session-1"), str_sub(token, 0, 63)));
	check_str(token, csrf_token(*state, key, "logout", STR("session-1")));
}

/* Every character of the token counts. */
static void test_every_character(void **state)
{
	struct str token = step_token(*state, key, STR("thaid"), STR("i-1"));
	char *copy = str_dup_c(*state, token);

	for (size_t i = 0; i < token.n; i++) {
		copy[i] ^= 1;
		assert_false(step_check(key, STR("thaid"), STR("i-1"), str_c(copy)));
		copy[i] ^= 1;
	}
	assert_true(step_check(key, STR("thaid"), STR("i-1"), str_c(copy)));
}

/* Forms and steps of one name, and parts shifted against each other, give different tokens. */
static void test_apart(void **state)
{
	struct str form = csrf_token(*state, key, "approved", STR("x"));
	struct str step = step_token(*state, key, STR("approved"), STR("x"));

	assert_false(str_eq(form, step));
	assert_false(step_check(key, STR("approved"), STR("x"), form));
	assert_false(csrf_check(key, "approved", STR("x"), step));
	assert_false(step_check(key, STR("approve"), STR("dx"), step));
	assert_false(step_check(key, STR("approvedx"), STR(""), step));
}

/* Nothing is made for, and nothing passes with, an empty or over-long name or owner. */
static void test_bounds(void **state)
{
	char text[LONG_256];
	struct str owner = {text, 256}, name = {text, 128};
	struct str none = step_token(*state, key, STR(""), STR("x"));

	memset(text, 'a', sizeof(text));
	assert_int_equal(none.n, 0);
	assert_false(step_check(key, STR(""), STR("x"), none));
	assert_false(step_check(key, STR("x"), STR(""), STR_NONE));
	assert_int_equal(step_token(*state, key, name, owner).n, 64);
	owner.n++;
	assert_int_equal(step_token(*state, key, name, owner).n, 0);
	owner.n--;
	name.n++;
	assert_int_equal(step_token(*state, key, name, owner).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(test_form),
		arena_test(test_every_character),
		arena_test(test_apart),
		arena_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
