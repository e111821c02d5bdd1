/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind E, shares: a flood of recovery requests delays others by a turn each and is worked off, and
 * one session writes only so many codes a minute. Before, 200 requests a second were looked at,
 * whosever they were, and a session could write codes and events without end.
 */
#include "flow/recovery_fixture.h"

#include "core/handle.h"
#include "idp/login/recovery_records.h"

#define FLOOD 4200 /* more than one look reads */

static void put_request(struct recovery_fixture *h, struct store_batch *b, int number,
	const char *username, const char *address)
{
	const struct recovery_request ask = {
		.username = str_c(username),
		.address = str_c(address),
		.request = STR("r"),
		.asked = h->w->now_ms / 1000,
	};
	char *tail = arena_alloc(h->w->a, 16);

	memset(tail, 0, 16);
	memcpy(tail, &number, sizeof(number));
	record_put(b, TABLE_RECOVERY_REQUEST, h->w->a,
		store_key_expiring(h->w->a, h->w->now_ms / 1000 + RECOVERY_REQUEST_LIFETIME,
			(struct str){tail, 16}),
		&ask, STORE_ABSENT);
}

/* Each from one network, and behind them, by its key, one from another. */
static void put_flood(struct recovery_fixture *h)
{
	for (int i = 0; i < FLOOD; i += 100) {
		struct store_batch *b = store_batch_new(h->w->a);

		for (int k = i; k < i + 100; k++)
			put_request(h, b, k, "nobody.at.all", "203.0.113.7");
		check_ok(store_commit(h->w->p.store, b));
	}
}

static void a_flood_of_requests_is_worked_off(void **state)
{
	struct recovery_fixture *h = *state;
	struct store_batch *b = store_batch_new(h->w->a);

	put_flood(h);
	put_request(h, b, INT32_MAX, USERNAME, "198.51.100.1");
	check_ok(store_commit(h->w->p.store, b));
	assert_int_equal(records(h->w, TABLE_RECOVERY_REQUEST), FLOOD + 1);
	check_ok(recovery_mailer_scan(h->desk));
	assert_int_equal(records(h->w, TABLE_RECOVERY_REQUEST), 0);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 1);
	assert_int_equal(audits(h->w, AUDIT_RECOVERY_REQUESTED), 1);
}

/* --- codes of one session --- */

static void codes_of_a_session_have_a_ceiling(void **state)
{
	struct recovery_fixture *h = *state;
	struct fixture *w = h->w;
	struct browser b = {.w = w}, other = {.w = w};
	struct raw_answer r;

	w->settings.codes_per_session_and_minute = 3;
	log_in(&b, SOMCHAI_PID);
	for (int i = 0; i < 3; i++) {
		r = authorize(&b, ask(w, NULL));
		check_code(w, &r);
	}
	for (int i = 0; i < 5; i++) {
		r = authorize(&b, ask(w, NULL));
		check_error(w, &r, "temporarily_unavailable");
	}
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 3);
	assert_int_equal(audits(w, AUDIT_AUTHORIZATION_CODE_ISSUED), 3);
	/* The same person on another device has a session and a budget of its own. */
	log_in(&other, SOMCHAI_PID);
	r = authorize(&other, ask(w, NULL));
	check_code(w, &r);
	/* And the launcher of the first one still opens. */
	r = browse(&b, "/apps");
	check_page(&r, 200);
	fixture_advance_clock(w, 60);
	r = authorize(&b, ask(w, NULL));
	check_code(w, &r);
}

/* --- logins begun --- */

static int begin_with_state(struct fixture *w, size_t bytes)
{
	struct browser b = {.w = w};
	char *setting = arena_alloc(w->a, bytes + 7);

	memcpy(setting, "state=", 6);
	memset(setting + 6, 'x', bytes);
	setting[bytes + 6] = '\0';
	return authorize(&b, ask(w, setting, NULL)).status;
}

/* A request may bring 8 KiB of state and 4 of claims, and its record is kept for minutes: the limit
 * of begun logins bounds what an address can store, not only how often. */
static void large_logins_count_more(void **state)
{
	struct recovery_fixture *h = *state;
	struct fixture *w = h->w;
	size_t before = records(w, TABLE_LOGIN);

	w->settings.logins_per_minute = 12;
	for (int i = 0; i < 4; i++)
		assert_int_equal(begin_with_state(w, 1800), 303);
	for (int i = 0; i < 3; i++)
		assert_int_equal(begin_with_state(w, 8000), 303);
	assert_int_equal(begin_with_state(w, 1800), 303);
	assert_int_equal(begin_with_state(w, 8000), 429);
	assert_int_equal(begin_with_state(w, 1800), 429);
	assert_int_equal(records(w, TABLE_LOGIN), before + 8);
	fixture_advance_clock(w, 60);
	assert_int_equal(begin_with_state(w, 8000), 303);
}

#define budget_test(f)                                                                             \
	cmocka_unit_test_setup_teardown(f, recovery_fixture_set_up, recovery_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		budget_test(a_flood_of_requests_is_worked_off),
		budget_test(codes_of_a_session_have_a_ceiling),
		budget_test(large_logins_count_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
