/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The copy of the audit trail by person: which events, whose, in which order, how many. */
#include "unit/check.h"

#include "core/event.h"
#include "directory/records.h"
#include "base/clock.h"
#include "support/store/mem.h"

#define START   INT64_C(1800000000) /* seconds */
#define DAY     86400
#define SOMCHAI STR("somchai000000000000000")
#define MALEE   STR("malee00000000000000000")

struct event_fixture {
	struct arena *a;
	struct store *store;
	struct store_snapshot *snap;
	int64_t now;
};

static int64_t event_now_ms(void *data)
{
	return ((struct event_fixture *)data)->now * 1000;
}

static struct clock ticking = {.now_ms = event_now_ms};

static int open_place(void **state)
{
	struct event_fixture *p = calloc(1, sizeof(*p));

	p->a = arena_new(ARENA_MAX_CLI);
	p->now = START;
	ticking.data = p;
	check_ok(store_open_mem(app_schema(), &ticking, &p->store));
	*state = p;
	return 0;
}

static int close_place(void **state)
{
	struct event_fixture *p = *state;

	store_snapshot_end(p->snap);
	store_close(p->store);
	arena_free(p->a);
	free(p);
	return 0;
}

static void event_add(
	struct event_fixture *p, enum audit_event event, struct str person, const char *detail)
{
	struct store_batch *b = store_batch_new(p->a);
	const struct audit_entry e = {.event = event,
		.now_ms = p->now * 1000,
		.person = person,
		.detail = str_c(detail),
		.address = STR("192.0.2.7")};

	store_snapshot_end(p->snap);
	p->snap = NULL;
	event_audit(b, p->a, &e);
	check_ok(store_commit(p->store, b));
}

static struct event_list read(struct event_fixture *p, struct str person, size_t max)
{
	struct event_list list;

	store_snapshot_end(p->snap);
	check_ok(store_snapshot_begin(p->store, &p->snap));
	check_ok(events_of(p->snap, p->a, person, p->now, max, &list));
	return list;
}

static uint64_t stored(struct event_fixture *p, enum table table)
{
	uint64_t n;

	read(p, SOMCHAI, 1);
	check_ok(store_count(p->snap, table, &n));
	return n;
}

static void the_newest_first_and_only_ones_own(void **state)
{
	struct event_fixture *p = *state;
	struct event_list list;

	event_add(p, AUDIT_LOGIN, SOMCHAI, "thaid");
	event_add(p, AUDIT_LOGIN, MALEE, "thaid");
	p->now += 3 * DAY;
	event_add(p, AUDIT_PASSWORD_CHANGED, SOMCHAI, "");
	p->now += 5;
	event_add(p, AUDIT_LOGOUT, SOMCHAI, "");
	list = read(p, SOMCHAI, 50);
	assert_int_equal(list.n, 3);
	check_c(list.v[0].name, "logout");
	check_c(list.v[1].name, "password_changed");
	check_c(list.v[2].name, "login");
	check_c(list.v[2].detail, "thaid");
	check_c(list.v[2].address, "192.0.2.7");
	assert_int_equal(list.v[2].time, START);
	assert_int_equal(read(p, SOMCHAI, 2).n, 2);
	check_c(read(p, SOMCHAI, 1).v[0].name, "logout");
	assert_int_equal(read(p, MALEE, 50).n, 1);
}

/* What changes a login is found under whatever came after it; without it, all places are theirs. */
static void the_grave_ones_keep_a_fifth(void **state)
{
	struct event_fixture *p = *state;
	struct event_list list;

	for (int i = 0; i < 20; i++) {
		event_add(p, i < 5 ? AUDIT_PASSWORD_CHANGED : AUDIT_LOGIN, SOMCHAI, "");
		p->now += 2 * DAY;
	}
	list = read(p, SOMCHAI, 10);
	assert_int_equal(list.n, 10);
	check_c(list.v[7].name, "login");
	check_c(list.v[8].name, "password_changed");
	check_c(list.v[9].name, "password_changed");
	assert_int_equal(list.v[8].time, START + 8 * DAY);
	for (int i = 0; i < 12; i++) {
		event_add(p, AUDIT_LOGIN, MALEE, "");
		p->now += 60;
	}
	assert_int_equal(read(p, MALEE, 10).n, 10);
}

static void not_what_is_not_listed_and_nobodys(void **state)
{
	struct event_fixture *p = *state;

	event_add(p, AUDIT_AUTHORIZATION_CODE_ISSUED, SOMCHAI, "");
	event_add(p, AUDIT_LOGIN_FAILED, STR_NONE, "wrong_password");
	assert_int_equal(stored(p, TABLE_EVENT), 0);
	assert_int_equal(stored(p, TABLE_AUDIT), 2);
}

/* Guesses fill no disk: once in ten minutes; the trail has them all. */
static void what_others_can_cause_is_kept_seldom(void **state)
{
	struct event_fixture *p = *state;

	p->now -= p->now % 600;
	for (int i = 0; i < 600; i++, p->now++)
		event_add(p, AUDIT_LOGIN_FAILED, SOMCHAI, "wrong_password");
	assert_int_equal(stored(p, TABLE_EVENT), 1);
	assert_int_equal(stored(p, TABLE_AUDIT), 600);
	assert_int_equal(read(p, SOMCHAI, 50).v[0].time, p->now - 1);
	event_add(p, AUDIT_LOGIN_FAILED, SOMCHAI, "wrong_password");
	assert_int_equal(stored(p, TABLE_EVENT), 2);
}

static void it_dies_after_its_days(void **state)
{
	struct event_fixture *p = *state;

	event_add(p, AUDIT_LOGIN, SOMCHAI, "thaid");
	p->now += EVENT_DAYS * DAY;
	assert_int_equal(read(p, SOMCHAI, 50).n, 1);
	p->now += 2 * DAY;
	assert_int_equal(read(p, SOMCHAI, 50).n, 0);
}

/* A copy stored by an earlier version, under the name of its day. */
static void former_names_are_read(void **state)
{
	struct event_fixture *p = *state;
	struct store_batch *b = store_batch_new(p->a);
	const struct event event = {.time = START, .detail = STR("wrong_password")};
	struct buf key;

	buf_init(&key, p->a, STORE_KEY_MAX);
	buf_add(&key, store_key_expiring(p->a, (START / DAY + EVENT_DAYS + 1) * DAY, SOMCHAI));
	buf_add(&key, (struct str){"\0\0\0\1", 4});
	buf_add_c(&key, "login_refused");
	record_put(b, TABLE_EVENT, p->a, buf_str(&key), &event, STORE_ANY);
	check_ok(store_commit(p->store, b));
	assert_int_equal(read(p, SOMCHAI, 50).n, 1);
	assert_true(str_eq_c(read(p, SOMCHAI, 50).v[0].name, "login_failed"));
}

static void a_clock_that_was_ahead_hides_nothing(void **state)
{
	struct event_fixture *p = *state;

	event_add(p, AUDIT_LOGIN, SOMCHAI, "thaid");
	p->now -= DAY;
	assert_int_equal(read(p, SOMCHAI, 50).n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)
		T(the_newest_first_and_only_ones_own),
		T(the_grave_ones_keep_a_fifth),
		T(not_what_is_not_listed_and_nobodys),
		T(what_others_can_cause_is_kept_seldom),
		T(it_dies_after_its_days),
		T(former_names_are_read),
		T(a_clock_that_was_ahead_hides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
