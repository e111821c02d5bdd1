/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind E, the trail: what somebody can cause again and again is written once and then counted,
 * durably and truthfully. Before, each wrong name, each download and each refused entry was an
 * event for ever.
 */
#include "flow/otp_fixture.h"

#include "base/array.h"
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
	/* Each is on disk; they are counted when the period is over, not before. */
	assert_int_equal(records(c->w, TABLE_AUDIT_FOLD), 7);
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

/* An attempt of its own, as a worker has it: read, and not committed yet. */
struct guess {
	struct tx tx;
	struct actor actor;
};

static void begin_guess(struct fixture *w, struct guess *g, const char *from)
{
	struct audit_entry entry;

	g->actor = (struct actor){.kind = ACTOR_PERSON, .address = str_c(from)};
	tx_init(&g->tx, &w->p, &g->actor, w->a);
	check_ok(tx_begin(&g->tx));
	entry = tx_audit(&g->tx, AUDIT_LOGIN_FAILED);
	entry.detail = STR("wrong_password");
	tx_audit_fold(&g->tx, &entry);
	tx_end(&g->tx);
}

static void commit_guess(struct fixture *w, struct guess *g)
{
	check_ok(store_commit(w->p.store, g->tx.batch));
}

static void guess_from(struct fixture *w, const char *from)
{
	struct guess g;

	begin_guess(w, &g, from);
	commit_guess(w, &g);
}

/* Guesses at a name that nobody has must not run again for each other: whoever sends many at once
 * would learn from "busy" and from the time that the name is nobody's. */
static void folded_at_once_they_do_not_conflict(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct guess at_once[2 * TX_ATTEMPTS_MAX];

	(void)state;
	guess_from(w, "127.0.0.9");
	for (size_t i = 0; i < ARRAY_LEN(at_once); i++)
		begin_guess(w, &at_once[i], "127.0.0.9");
	for (size_t i = 0; i < ARRAY_LEN(at_once); i++)
		commit_guess(w, &at_once[i]);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 1);
	fixture_advance_clock(w, AUDIT_FOLD_PERIOD);
	run_job(w);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 2);
	assert_int_equal(audited(w, "\"count\":16"), 1);
	/* Nor the first ones, of which each is an event. */
	for (size_t i = 0; i < ARRAY_LEN(at_once); i++)
		begin_guess(w, &at_once[i], "127.0.0.9");
	for (size_t i = 0; i < ARRAY_LEN(at_once); i++)
		commit_guess(w, &at_once[i]);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 2 + ARRAY_LEN(at_once));
	fixture_free(w);
}

/* One that was begun before the period ended and is written after the job has looked is not lost.
 */
static void late_ones_are_counted(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct guess late;

	(void)state;
	guess_from(w, "127.0.0.9");
	begin_guess(w, &late, "127.0.0.9");
	fixture_advance_clock(w, AUDIT_FOLD_PERIOD);
	run_job(w);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 1);
	commit_guess(w, &late);
	run_job(w);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 2);
	assert_int_equal(audited(w, "\"count\":1"), 1);
	assert_int_equal(records(w, TABLE_AUDIT_FOLD), 0);
	fixture_free(w);
}

/* A subscriber has 2^64 addresses: they are one. */
static void addresses_of_a_network_are_folded(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);

	(void)state;
	guess_from(w, "2001:db8:1:2::1");
	guess_from(w, "2001:db8:1:2::2");
	guess_from(w, "2001:db8:1:2:ffff:ffff:ffff:ffff");
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 1);
	assert_int_equal(audited(w, "\"address\":\"2001:db8:1:2::1\""), 1);
	guess_from(w, "2001:db8:1:3::1");
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 2);
	guess_from(w, "2001:db8:1:3::1");
	fixture_advance_clock(w, AUDIT_FOLD_PERIOD);
	run_job(w);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 4);
	assert_int_equal(audited(w, "\"address\":\"2001:db8:1:2::/64\""), 1);
	assert_int_equal(audited(w, "\"count\":2"), 1);
	/* All from one: that one. */
	assert_int_equal(audited(w, "\"address\":\"2001:db8:1:3::1\""), 2);
	fixture_free(w);
}

/* More than one commit of the job takes, of one event and of two beside it. */
static void many_are_one_count(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct guess many;

	(void)state;
	guess_from(w, "127.0.0.8");
	guess_from(w, "127.0.0.9");
	guess_from(w, "127.0.0.10");
	begin_guess(w, &many, "127.0.0.9");
	check_ok(tx_begin(&many.tx));
	for (int i = 0; i < 1234; i++) {
		struct audit_entry entry = tx_audit(&many.tx, AUDIT_LOGIN_FAILED);

		entry.detail = STR("wrong_password");
		tx_audit_fold(&many.tx, &entry);
	}
	tx_end(&many.tx);
	commit_guess(w, &many);
	fixture_advance_clock(w, AUDIT_FOLD_PERIOD);
	run_job(w);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 4);
	assert_int_equal(audited(w, "\"count\":1234"), 1);
	assert_int_equal(records(w, TABLE_AUDIT_FOLD), 0);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guesses_at_nobody_are_folded),
		cmocka_unit_test(guesses_at_somebody_are_not),
		cmocka_unit_test(folded_at_once_they_do_not_conflict),
		cmocka_unit_test(late_ones_are_counted),
		cmocka_unit_test(addresses_of_a_network_are_folded),
		cmocka_unit_test(many_are_one_count),
		cmocka_unit_test(refused_entry_is_folded),
		cmocka_unit_test(downloads_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
