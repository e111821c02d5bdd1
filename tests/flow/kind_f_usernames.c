/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind F: what people type as a username. White space, width and invisible characters never matter:
 * not for the account that is found, not for what is counted, and what was typed stays in the
 * field.
 */
#include "flow/recovery_fixture.h"

#define SPELLINGS                                                                                  \
	" somchai.j", "somchai.j ", "somchai.j\xc2\xa0", "\xe2\x80\x8bSomchai.J\xef\xbb\xbf",      \
		"\tSOMCHAI.J\r\n", "\xe3\x80\x80somchai.j", "ｓｏｍｃｈａｉ．ｊ",                  \
		"som\xe2\x80\x8b"                                                                  \
		"chai.j"

static const char *const spellings[] = {SPELLINGS};

static int64_t counted(struct otp_fixture *c, enum attempt_kind kind, struct str name)
{
	struct attempt_subject subject = attempt_subject(c->w->p.vault, kind, name);
	struct attempts_found found;
	struct store_snapshot *snap;
	int64_t count = 0;

	check_ok(store_snapshot_begin(c->w->p.store, &snap));
	check_ok(
		attempts_get(snap, c->w->a, &subject, c->w->now_ms / 1000, ATTEMPT_PERIOD, &found));
	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++)
		count += found.buckets[i].count;
	store_snapshot_end(snap);
	return count;
}

static void the_account_is_found(void **state)
{
	struct recovery_fixture *h = *state;

	for (size_t i = 0; i < COUNT(spellings); i++) {
		struct browser b = {.w = h->w};
		struct raw_answer page = login_page(&b, "");

		page = type_password(&b, &page, spellings[i], PASSWORD);
		if (!contains(page.body, "name=\"code\"") &&
			!contains(page.body, "factor\" value=\"otp_"))
			fail_msg("not found: [%s]", spellings[i]);
	}
}

static void what_was_typed_stays_in_the_field(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page = login_page(&b, "");

	page = type_password(&b, &page, " somchai.j\xc2\xa0", "wrong");
	check_has(page.body, "value=\"somchai.j\"");
	page = type_password(&b, &page, "ｓｏｍｃｈａｉ．ｊ", "wrong");
	check_has(page.body, "value=\"somchai.j\"");
	page = type_password(&b, &page, "สมชาย ใจดี ", "wrong");
	check_has(page.body, "value=\"สมชาย ใจดี\"");
	page = type_password(&b, &page, "\"><script>", "wrong");
	check_has(page.body, "value=\"&quot;&gt;&lt;script&gt;\"");
}

/* However it is spelled, it is one account that is guessed at. */
static void spellings_are_counted_as_one(void **state)
{
	struct recovery_fixture *h = *state;

	for (size_t i = 0; i < COUNT(spellings); i++) {
		struct browser b = {.w = h->w};
		struct raw_answer page = login_page(&b, "");

		page = type_password(&b, &page, spellings[i], "wrong");
		assert_true(has_notice(page.body, "wrong"));
	}
	assert_int_equal(counted(h->c, ATTEMPT_ACCOUNT, h->c->account), COUNT(spellings));
}

/* A name that is nobody's is counted under its one form, too. */
static void spellings_of_nobody_are_counted_as_one(void **state)
{
	static const char *const names[] = {"nobody.x", " nobody.x", "NOBODY.X\xc2\xa0",
		"ｎｏｂｏｄｙ．ｘ", "\xe2\x80\x8bnobody.x"};
	struct recovery_fixture *h = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		struct browser b = {.w = h->w};
		struct raw_answer page = login_page(&b, "");

		page = type_password(&b, &page, names[i], "wrong");
		assert_true(has_notice(page.body, "wrong"));
	}
	assert_int_equal(counted(h->c, ATTEMPT_NAME, STR("nobody.x")), COUNT(names));
}

static void a_recovery_finds_the_account(void **state)
{
	struct recovery_fixture *h = *state;

	assert_true(link_for(h, "\xc2\xa0Somchai.J \xe2\x80\x8b").n > 0);
}

#define test_of(f)                                                                                 \
	cmocka_unit_test_setup_teardown(f, recovery_fixture_set_up, recovery_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(the_account_is_found),
		test_of(what_was_typed_stays_in_the_field),
		test_of(spellings_are_counted_as_one),
		test_of(spellings_of_nobody_are_counted_as_one),
		test_of(a_recovery_finds_the_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
