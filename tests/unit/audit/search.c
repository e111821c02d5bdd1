/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "trail.h"

#include "audit/search.h"

#define EVENTS 5000
#define MINUTE 60000

/* One event a minute; persons, offices and systems in turns. */
static int search_set_up(void **state)
{
	struct trail *t = trail_new();
	struct store_batch *b = store_batch_new(t->a);

	for (int i = 0; i < EVENTS; i++) {
		char person[16], office[16], system[16];
		struct audit_entry e = {.now_ms = T0 + (int64_t)i * MINUTE};

		e.event = i % 2 ? AUDIT_LOGIN : AUDIT_LOGOUT;
		snprintf(person, sizeof(person), "p%d", i % 100);
		snprintf(office, sizeof(office), "o%d", i % 7);
		snprintf(system, sizeof(system), "s\"%d", i % 3);
		e.person = str_c(person);
		e.office = str_c(office);
		e.system = str_c(system);
		e.reason = STR("\",\"person\":\"p1000\",\"x\":\"");
		audit_append(b, TRAIL, t->a, &e);
	}
	assert_rc(RC_OK, store_commit(t->s, b));
	*state = t;
	return 0;
}

static int search_tear_down(void **state)
{
	trail_free(*state);
	return 0;
}

struct got {
	uint64_t numbers[EVENTS];
	size_t n;
};

static bool search_keep(void *data, const struct audit_found *found)
{
	struct got *got = data;

	assert_true(str_starts(found->json, STR("{\"n\":")));
	assert_int_equal(found->t, T0 + (int64_t)(found->number - 1) * MINUTE);
	got->numbers[got->n++] = found->number;
	return true;
}

static const enum audit_event logins[] = {AUDIT_LOGIN};
static const enum audit_event both[] = {AUDIT_LOGOUT, AUDIT_LOGIN};

static const struct {
	struct audit_filter f;
	size_t n;
	uint64_t first, last;
} searches[] = {
	{{.limit = 10000}, EVENTS, 1, EVENTS},
	{{.limit = 10}, 10, 1, 10},
	{{.limit = 10, .newest_first = true}, 10, EVENTS, EVENTS - 9},
	{{.limit = 10000, .newest_first = true}, EVENTS, EVENTS, 1},
	{{.limit = 10000, .person = STR_INIT("p5")}, 50, 6, 4906},
	{{.limit = 10000, .person = STR_INIT("p5"), .newest_first = true}, 50, 4906, 6},
	{{.limit = 10000, .person = STR_INIT("p50")}, 50, 51, 4951},
	{{.limit = 10000, .person = STR_INIT("p")}, 0, 0, 0},
	{{.limit = 10000, .person = STR_INIT("p1000")}, 0, 0, 0},
	{{.limit = 10000, .account = STR_INIT("p5")}, 0, 0, 0},
	{{.limit = 10000, .system = STR_INIT("s\"1")}, 1667, 2, 5000},
	{{.limit = 10000, .office = STR_INIT("o0"), .system = STR_INIT("s\"0")}, 239, 1, 4999},
	{{.limit = 10000, .events = logins, .n_events = 1}, 2500, 2, 5000},
	{{.limit = 10000, .events = both, .n_events = 2}, EVENTS, 1, EVENTS},
	{{.limit = 10000, .from_ms = T0 + 100 * MINUTE}, 4900, 101, EVENTS},
	{{.limit = 10000, .from_ms = T0 + 100 * MINUTE + 1}, 4899, 102, EVENTS},
	{{.limit = 10000, .to_ms = T0 + 100 * MINUTE}, 100, 1, 100},
	{{.limit = 10000, .to_ms = T0 + 100 * MINUTE, .newest_first = true}, 100, 100, 1},
	{{.limit = 10000, .from_ms = T0 + 4000 * MINUTE, .to_ms = T0 + 4001 * MINUTE}, 1, 4001,
		4001},
	{{.limit = 10000,
		 .from_ms = T0 + 4000 * MINUTE,
		 .to_ms = T0 + 4010 * MINUTE,
		 .newest_first = true},
		10, 4010, 4001},
	{{.limit = 10000, .from_ms = T0 + (int64_t)EVENTS * MINUTE}, 0, 0, 0},
	{{.limit = 10000, .to_ms = 1}, 0, 0, 0},
	{{.limit = 10000, .after = 4990}, 10, 4991, 5000},
	{{.limit = 10000, .after = 5000}, 0, 0, 0},
	{{.limit = 10000, .after = 11, .newest_first = true}, 10, 10, 1},
	{{.limit = 10000, .after = 1, .newest_first = true}, 0, 0, 0},
	{{.limit = 5, .after = 200, .from_ms = T0 + 100 * MINUTE}, 5, 201, 205},
};

static void finds(void **state)
{
	struct trail *t = *state;

	for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		struct got got = {.n = 0};
		uint64_t last = 99;

		assert_rc(
			RC_OK, audit_search(t->s, place, &searches[i].f, search_keep, &got, &last));
		assert_int_equal(got.n, searches[i].n);
		assert_int_equal(last, searches[i].last);
		if (got.n)
			assert_int_equal(got.numbers[0], searches[i].first);
	}
}

/* Pages of 7 give what one search gives. */
static void pages(void **state)
{
	struct trail *t = *state;
	struct audit_filter f = {.limit = 7, .office = STR("o3"), .newest_first = true};
	struct got got = {.n = 0};
	uint64_t last = 1;

	while (last) {
		assert_rc(RC_OK, audit_search(t->s, place, &f, search_keep, &got, &last));
		f.after = last;
	}
	assert_int_equal(got.n, 714);
	for (size_t i = 1; i < got.n; i++)
		assert_int_equal(got.numbers[i], got.numbers[i - 1] - 7);
}

static void refuses(void **state)
{
	struct trail *t = *state;
	static const enum audit_event none[] = {AUDIT_EVENT_MAX};
	struct got got = {.n = 0};
	struct audit_filter f = {.limit = 0};
	uint64_t last;

	assert_rc(RC_INVALID, audit_search(t->s, place, &f, search_keep, &got, &last));
	f.limit = AUDIT_SEARCH_MAX + 1;
	assert_rc(RC_INVALID, audit_search(t->s, place, &f, search_keep, &got, &last));
	f.limit = 1;
	f.events = none;
	f.n_events = 1;
	assert_rc(RC_INVALID, audit_search(t->s, place, &f, search_keep, &got, &last));
	f.n_events = 0;
	f.person = (struct str){.p = arena_zalloc(t->a, 1000), .n = AUDIT_MEMBER_MAX + 1};
	assert_rc(RC_INVALID, audit_search(t->s, place, &f, search_keep, &got, &last));
	assert_int_equal(got.n, 0);
}

static bool search_count(void *data, const struct audit_found *found)
{
	assert_true(found->number > EVENTS);
	++*(size_t *)data;
	return true;
}

/* A trail begun by an earlier version: the event is found by its present name, in both spellings,
 * and no event whose name only begins alike. */
static void finds_by_the_present_name(void **state)
{
	struct trail *t = *state;
	struct store_batch *b = store_batch_new(t->a);
	static const enum audit_event failed[] = {AUDIT_LOGIN_FAILED};
	const struct audit_filter f = {.limit = EVENTS, .events = failed, .n_events = 1};
	const struct audit_entry e = {
		.event = AUDIT_LOGIN_FAILED, .now_ms = T0, .person = STR("x")};
	size_t n = 0;
	uint64_t last;

	store_append(
		b, TRAIL, STR("\"t\":1700000000000,\"event\":\"login_refused\",\"person\":\"x\""));
	store_append(b, TRAIL,
		STR("\"t\":1700000000000,\"event\":\"login_refused_x\",\"person\":\"x\""));
	audit_append(b, TRAIL, t->a, &e);
	assert_rc(RC_OK, store_commit(t->s, b));
	assert_rc(RC_OK, audit_search(t->s, place, &f, search_count, &n, &last));
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(pages),
		cmocka_unit_test(refuses),
		cmocka_unit_test(finds_by_the_present_name),
	};

	return cmocka_run_group_tests(tests, search_set_up, search_tear_down);
}
