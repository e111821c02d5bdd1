/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind E, the trail: what somebody can cause again and again is written once and then counted,
 * durably and truthfully. Before, each wrong name, each download and each refused entry was an
 * event for ever.
 */
#include "flow/otp_fixture.h"

#include "core/audit_fold.h"

static void run_job(struct fixture *w)
{
	check_ok(audit_fold_job(&w->p, w->a));
}

static void guess_name(struct otp_fixture *c, const char *username, const char *from)
{
	struct browser b = {.w = c->w, .from = from};
	struct raw_answer page = login_page(&b, "");

	page = type_password(&b, &page, username, "wrong");
	assert_true(has_notice(page.body, "wrong"));
}

static void guesses_at_nobody_are_folded(void **state)
{
	struct otp_fixture *c = otp_fixture_new();

	(void)state;
	for (int i = 0; i < 5; i++)
		guess_name(c, "nobody.at.all", "127.0.0.9");
	guess_name(c, "nobody.else", "127.0.0.9");
	/* One at once; another address is another event. */
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 1);
	guess_name(c, "nobody.at.all", "127.0.0.10");
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 2);
	/* The count is on disk, and written when the period is over, not before. */
	assert_int_equal(records(c->w, TABLE_AUDIT_FOLD), 2);
	run_job(c->w);
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 2);
	fixture_advance_clock(c->w, AUDIT_FOLD_PERIOD);
	run_job(c->w);
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 3);
	assert_int_equal(audited(c->w, "\"count\":5"), 1);
	assert_int_equal(records(c->w, TABLE_AUDIT_FOLD), 0);
	/* Written once. */
	run_job(c->w);
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 3);
	/* The next one begins again. */
	guess_name(c, "nobody.at.all", "127.0.0.9");
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 4);
	otp_fixture_free(c);
}

/* Of an account that exists each attempt is an event: they are counted and end in a lock. */
static void guesses_at_somebody_are_not(void **state)
{
	struct otp_fixture *c = otp_fixture_new();

	(void)state;
	for (int i = 0; i < 3; i++)
		guess_name(c, USERNAME, "127.0.0.9");
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 3);
	assert_int_equal(records(c->w, TABLE_AUDIT_FOLD), 0);
	otp_fixture_free(c);
}

static void refused_entry_is_folded(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	(void)state;
	fixture_person(w, "malee", "1111111111119");
	w->script.citizen_number = "1111111111119";
	log_in(&b, "1111111111119");
	for (int i = 0; i < 4; i++) {
		struct raw_answer r = authorize(&b, ask(w, NULL));

		check_login(&r);
	}
	assert_int_equal(audited(w, "\"detail\":\"no_grant\""), 1);
	fixture_advance_clock(w, AUDIT_FOLD_PERIOD);
	run_job(w);
	assert_int_equal(audited(w, "\"detail\":\"no_grant\""), 2);
	assert_int_equal(audited(w, "\"count\":3"), 1);
	fixture_free(w);
}

static void downloads_are_folded(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b = {.w = w};

	(void)state;
	log_in(&b, SOMCHAI_PID);
	for (int i = 0; i < 4; i++) {
		struct raw_answer r = browse(&b, "/account/privacy/data");

		assert_int_equal(r.status, 200);
	}
	assert_int_equal(audits(w, AUDIT_DATA_DOWNLOADED), 1);
	fixture_advance_clock(w, AUDIT_FOLD_PERIOD);
	run_job(w);
	assert_int_equal(audits(w, AUDIT_DATA_DOWNLOADED), 2);
	assert_int_equal(audited(w, "\"count\":3"), 1);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guesses_at_nobody_are_folded),
		cmocka_unit_test(guesses_at_somebody_are_not),
		cmocka_unit_test(refused_entry_is_folded),
		cmocka_unit_test(downloads_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
