/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/throttle.h"

#include "unit/factors/factor_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct throttle_options options = {.free = 3,
	.delay_max = 8,
	.lock_after = 10,
	.lock = 900,
	.lock_max = 3600,
	.address_limit = 1000,
	.address_period = 600,
	.target_limit = 4,
	.target_period = 3600};

static const struct throttle_attempt account = {.account = STR_INIT("account-id-of-22-chars"),
	.person = STR_INIT("person-id-of-22-chars."),
	.name = STR_INIT("somchai"),
	.address = STR_INIT("203.0.113.7")};
static const struct throttle_attempt unknown = {
	.name = STR_INIT("nobody"), .address = STR_INIT("203.0.113.7")};

static const struct actor nobody = {.kind = ACTOR_PERSON};

/* One attempt now: 0 when let through, else the seconds to wait. */
static int64_t attempt(
	struct factor_fixture *s, struct throttle *g, const struct throttle_attempt *who)
{
	struct throttle_ticket ticket;
	int64_t wait = -1;
	enum rc rc = throttle_begin(g, s->arena, who, &ticket, &wait);

	if (rc == RC_OK)
		return 0;
	check_rc(rc, RC_LIMITED);
	assert_true(wait >= 1);
	return wait;
}

/* An attempt, and the login is finished; code: a one-time code was proven, too. */
static void finish_login(
	struct factor_fixture *s, const struct throttle_attempt *who, struct throttle *g, bool code)
{
	struct throttle_ticket ticket;
	struct tx tx;
	int64_t wait;

	check_ok(throttle_begin(g, s->arena, who, &ticket, &wait));
	tx_init(&tx, &s->app, &nobody, s->arena);
	check_ok(tx_begin(&tx));
	check_ok(throttle_success(&tx, &ticket, code));
	tx_end(&tx);
	check_ok(store_commit(s->store, tx.batch));
}

static void success(
	struct factor_fixture *s, const struct throttle_attempt *who, struct throttle *g)
{
	finish_login(s, who, g, true);
}

/* Who ends sessions sees a login that finishes between his look and his commit. */
static void a_login_that_finishes_beside_is_seen(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);
	struct attempt_subject subject =
		attempt_subject(&s->vault, ATTEMPT_ACCOUNT, account.account);

	for (int code = 0; code < 2; code++) {
		struct store_batch *b = store_batch_new(s->arena);
		struct store_snapshot *snap;

		attempt(s, g, &account);
		check_ok(store_snapshot_begin(s->store, &snap));
		check_ok(attempts_guard(snap, b, s->arena, &subject, s->now_ms / 1000));
		store_snapshot_end(snap);
		finish_login(s, &account, g, code);
		store_put(b, TABLE_META, STR("x"), STR("y"), STORE_ANY);
		check_rc(store_commit(s->store, b), RC_CONFLICT);
	}
	throttle_free(g);
}

/* Two that finish at once: the second looks again. */
static void two_that_finish_see_each_other(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (int codes = 0; codes < 4; codes++) {
		struct throttle_ticket ticket;
		struct tx tx;
		int64_t wait;

		check_ok(throttle_begin(g, s->arena, &account, &ticket, &wait));
		tx_init(&tx, &s->app, &nobody, s->arena);
		check_ok(tx_begin(&tx));
		check_ok(throttle_success(&tx, &ticket, codes & 1));
		tx_end(&tx);
		finish_login(s, &account, g, codes & 2);
		check_rc(store_commit(s->store, tx.batch), RC_CONFLICT);
	}
	throttle_free(g);
}

static enum rc target(
	struct factor_fixture *s, struct throttle *g, struct str target, int64_t *ret_wait)
{
	struct tx tx;
	enum rc rc;

	tx_init(&tx, &s->app, &nobody, s->arena);
	check_ok(tx_begin(&tx));
	rc = throttle_take(g, &tx, THROTTLE_CODES, target, ret_wait);
	tx_end(&tx);
	return rc == RC_OK ? store_commit(s->store, tx.batch) : rc;
}

/* What a stubborn guesser meets: the wait after each attempt made as soon as it may be. */
static const int64_t waits[] = {0, 0, 1, 2, 4, 8, 8, 8, 8, 900, 8, 8, 8, 8, 8, 8, 8, 8, 8, 1800, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 3600, 8, 8, 8, 8, 8, 8, 8, 8, 8, 3600, 8};

static void guess_stubbornly(
	struct factor_fixture *s, struct throttle *g, const struct throttle_attempt *who)
{
	for (size_t i = 0; i < COUNT(waits); i++) {
		assert_int_equal(attempt(s, g, who), 0);
		if (!waits[i])
			continue;
		assert_int_equal(attempt(s, g, who), waits[i]);
		s->now_ms += waits[i] * 1000 - 1;
		assert_int_equal(attempt(s, g, who), 1);
		s->now_ms++;
	}
}

static void delays_and_locks(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	guess_stubbornly(s, g, &account);
	assert_int_equal(factor_fixture_count(s, TABLE_AUDIT), 4); /* one event a lock */
	throttle_free(g);
}

/* The same numbers to the second, and as many records but for the audit trail. */
static void unknown_names_meet_the_same(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);
	struct throttle_attempt upper = unknown;

	guess_stubbornly(s, g, &unknown);
	assert_int_equal(factor_fixture_count(s, TABLE_AUDIT), 0);
	upper.name = STR("NOBODY");
	assert_int_equal(attempt(s, g, &upper), 0);
	assert_int_equal(attempt(s, g, &unknown), 8);
	upper.name = STR("nobody2");
	assert_int_equal(attempt(s, g, &upper), 0);
	throttle_free(g);
}

/* One count, by whichever name and from wherever. */
static void aliases_share_the_count(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);
	struct throttle_attempt other = account;

	other.name = STR("somchai@example.go.th");
	other.address = STR("198.51.100.9");
	assert_int_equal(attempt(s, g, &account), 0);
	assert_int_equal(attempt(s, g, &other), 0);
	other.address = STR_NONE;
	assert_int_equal(attempt(s, g, &other), 0);
	assert_int_equal(attempt(s, g, &account), 1);
	throttle_free(g);
}

static void success_forgets(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (int i = 0; i < 20; i++)
		success(s, &account, g);
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(s, g, &account), 0);
	assert_int_equal(attempt(s, g, &account), 1);
	throttle_free(g);
}

/* Codes that were guessed stay counted by a login that needed none. */
static void codes_are_not_washed_away(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);
	struct throttle_attempt code = account;

	code.code = true;
	assert_int_equal(attempt(s, g, &code), 0);
	assert_int_equal(attempt(s, g, &code), 0);
	for (int i = 0; i < 3; i++) {
		finish_login(s, &account, g, false);
		s->now_ms += 1000;
	}
	assert_int_equal(attempt(s, g, &code), 0);
	assert_int_equal(attempt(s, g, &code), 1);
	s->now_ms += 1000;
	finish_login(s, &account, g, true);
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(s, g, &account), 0);
	throttle_free(g);
}

static void a_success_in_the_next_day_forgets(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	s->now_ms = (INT64_C(1800000000) / 86400 + 1) * 86400000 - 1;
	assert_int_equal(attempt(s, g, &account), 0);
	assert_int_equal(attempt(s, g, &account), 0);
	s->now_ms++;
	success(s, &account, g);
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(s, g, &account), 0);
	throttle_free(g);
}

/* The count goes with the days, and dies one to two days after the last attempt. */
static void expires(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (int i = 0; i < 4; i++) {
		assert_int_equal(attempt(s, g, &account), 0);
		s->now_ms += 86400000;
	}
	assert_int_equal(attempt(s, g, &account), 0);
	assert_int_equal(attempt(s, g, &account), 4);
	s->now_ms += INT64_C(2) * 86400000;
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(s, g, &account), 0);
	assert_int_equal(attempt(s, g, &account), 1);
	throttle_free(g);
}

static void nothing_is_left_after_the_sweep(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);
	size_t deleted;
	int64_t wait;

	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(s, g, &account), 0);
	check_ok(target(s, g, STR("+66812345678"), &wait));
	assert_int_equal(factor_fixture_count(s, TABLE_ATTEMPTS), 3); /* account, network, target */
	s->now_ms += INT64_C(2) * 86400000;
	check_ok(store_sweep(s->store, 100, &deleted));
	assert_int_equal(factor_fixture_count(s, TABLE_ATTEMPTS), 0);
	throttle_free(g);
}

/* A clock that steps back by an hour or over midnight opens no lock and makes none longer. */
static void the_clock_steps_back(void **state)
{
	static const int64_t steps[] = {1, 500, 3600000, 23 * 3600000};
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (size_t i = 0; i < COUNT(steps); i++) {
		success(s, &account, g);
		for (int n = 0; n < 3; n++)
			assert_int_equal(attempt(s, g, &account), 0);
		for (int n = 3; n < 10; n++) {
			s->now_ms += 8000;
			assert_int_equal(attempt(s, g, &account), 0);
		}
		s->now_ms -= steps[i];
		assert_int_equal(attempt(s, g, &account), 900);
		s->now_ms += 899999;
		assert_int_equal(attempt(s, g, &account), 1);
		s->now_ms += 1;
		assert_int_equal(attempt(s, g, &account), 0);
		assert_int_equal(attempt(s, g, &account), 8);
		s->now_ms += 8000;
	}
	throttle_free(g);
}

static struct throttle_attempt from(const char *address, int n)
{
	static char name[16];
	struct throttle_attempt who = {.address = str_c(address)};

	snprintf(name, sizeof(name), "name%d", n);
	who.name = str_c(name);
	return who;
}

static void networks_are_limited(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle_options few = options;
	struct throttle *g = throttle_new(&s->app, &few);
	struct throttle_attempt who;

	few.address_limit = 5;
	s->now_ms = INT64_C(1800000000000);
	for (int i = 0; i < 5; i++) {
		who = from(i % 2 ? "203.0.113.7" : "203.0.113.200", i);
		assert_int_equal(attempt(s, g, &who), 0);
	}
	who = from("203.0.113.1", 5);
	assert_int_equal(attempt(s, g, &who), 600);
	who = from("::ffff:203.0.113.1", 5);
	assert_int_equal(attempt(s, g, &who), 600);
	who = from("203.0.114.1", 5); /* the next /24; and the refused one above was not counted */
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(s, g, &who), 0);
	for (int i = 10; i < 15; i++) {
		who = from(i % 2 ? "2001:db8:1:2::1" : "2001:db8:1:2:ffff::", i);
		assert_int_equal(attempt(s, g, &who), 0);
	}
	who = from("2001:db8:1:2:3::", 15);
	assert_int_equal(attempt(s, g, &who), 600);
	who = from("2001:db8:1:3::", 15);
	assert_int_equal(attempt(s, g, &who), 0);
	/* half a period on, half of the five of before still count */
	s->now_ms += 900000;
	for (int i = 20; i < 23; i++) {
		who = from("203.0.113.7", i);
		assert_int_equal(attempt(s, g, &who), 0);
	}
	who = from("203.0.113.7", 23);
	assert_int_equal(attempt(s, g, &who), 300);
	throttle_free(g);
}

/* Of tries from addresses "<first><number><last>", each at a name of its own. */
static size_t admitted(struct factor_fixture *s, struct throttle *g, const char *first,
	const char *last, int tries)
{
	static int names = 100;
	size_t n = 0;

	for (int i = 0; i < tries; i++) {
		char text[64];
		struct throttle_attempt who;

		snprintf(text, sizeof(text), "%s%02x%s", first, i, last);
		who = from(text, names++);
		n += attempt(s, g, &who) == 0;
	}
	return n;
}

/* Kind D: before, each /64 of one subscriber had the whole limit. */
static void wide_networks_have_budgets_of_their_own(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle_options few = options;
	struct throttle *g = throttle_new(&s->app, &few);

	few.address_limit = 3;
	s->now_ms = INT64_C(1800000000000);
	/* /64s of one /56, /56s of one /48, and addresses made of one IPv4 address. */
	assert_int_equal(admitted(s, g, "2001:db8:1:2", "::1", 40), 3 * 4);
	assert_int_equal(admitted(s, g, "2001:db8:1:", "00::1", 80), 3 * 16 - 3 * 4);
	assert_int_equal(admitted(s, g, "2002:cb00:7107:", "::1", 20), 3);
	assert_int_equal(admitted(s, g, "2001:db8:2:", "::1", 3), 3);
	throttle_free(g);
}

static void targets_are_limited(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);
	int64_t wait = 0;

	for (int i = 0; i < 4; i++)
		check_ok(target(s, g, STR("+66812345678"), &wait));
	check_rc(target(s, g, STR("+66812345678"), &wait), RC_LIMITED);
	assert_int_equal(wait, 3600);
	check_ok(target(s, g, STR("+66812345679"), &wait));
	s->now_ms += INT64_C(7200) * 1000;
	check_ok(target(s, g, STR("+66812345678"), &wait));
	throttle_free(g);
}

/* Inventing names makes so many records and no more. */
static void invented_names_are_bounded(void **state)
{
	struct factor_fixture *s = *state;
	struct attempt_subject first, again;
	bool met = false;

	first = attempt_subject(&s->vault, ATTEMPT_NAME, STR("name"));
	for (uint32_t i = 0; !met && i < 32 * ATTEMPT_NAME_SUBJECTS; i++) {
		char text[16];

		snprintf(text, sizeof(text), "x%u", i);
		again = attempt_subject(&s->vault, ATTEMPT_NAME, str_c(text));
		met = memcmp(&first, &again, sizeof(first)) == 0;
	}
	assert_true(met);
	again = attempt_subject(&s->vault, ATTEMPT_ACCOUNT, STR("name"));
	assert_memory_not_equal(&first, &again, sizeof(first));
}

#define THREADS 64
#define GUESSES 200

struct throttle_race {
	struct factor_fixture *site;
	struct throttle *throttles[2]; /* two, as two processes would have: no lock in common */
	const struct throttle_attempt
		*who; /* NULL: a crowd of one network, each at a name of his own */
	atomic_int next, passed, limited, other;
};

/* All of 2001:db8:7:7::/64. */
static struct throttle_attempt one_of_a_crowd(struct arena *a, int n)
{
	char *name = arena_alloc(a, 32), *address = arena_alloc(a, 64);

	snprintf(name, 32, "crowd%d", n);
	snprintf(address, 64, "2001:db8:7:7:%x:%x::%x", n * 77 % 65536, n, n % 9);
	return (struct throttle_attempt){.name = str_c(name), .address = str_c(address)};
}

static void *guess_throttled(void *data)
{
	struct throttle_race *r = data;
	struct arena *a = arena_new(ARENA_MAX);
	int n;

	while ((n = atomic_fetch_add(&r->next, 1)) < GUESSES) {
		struct throttle_attempt who = r->who ? *r->who : one_of_a_crowd(a, n);
		struct throttle_ticket ticket;
		int64_t wait;
		enum rc rc = throttle_begin(r->throttles[n % 2], a, &who, &ticket, &wait);

		atomic_fetch_add(rc == RC_OK        ? &r->passed
				 : rc == RC_LIMITED ? &r->limited
						    : &r->other,
			1);
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

static void race_throttle(struct factor_fixture *s, struct throttle *first, struct throttle *second,
	const struct throttle_attempt *who, int64_t most)
{
	struct throttle_race r = {.site = s, .throttles = {first, second}, .who = who};
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, guess_throttled, &r), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&r.other), 0);
	assert_int_equal(atomic_load(&r.passed), most);
	assert_int_equal(atomic_load(&r.limited), GUESSES - most);
}

static void parallel_guesses_never_pass_the_limit(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *first = throttle_new(&s->app, &options);
	struct throttle *second = throttle_new(&s->app, &options);
	struct throttle_attempt anywhere = account;

	anywhere.address = STR_NONE; /* nothing but its own count stands in a guesser's way */
	race_throttle(s, first, second, &anywhere, options.free);
	s->now_ms += INT64_C(3) * 86400000;
	race_throttle(s, first, first, &account, options.free);
	s->now_ms += INT64_C(3) * 86400000;
	race_throttle(s, first, second, &account, options.free);
	race_throttle(s, first, second, &unknown, options.free);
	throttle_free(first);
	throttle_free(second);
}

/* Two hundred addresses of one network, two hundred names. */
static void a_crowd_of_one_network_is_limited(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle_options few = options;
	struct throttle *first = throttle_new(&s->app, &few);
	struct throttle *second = throttle_new(&s->app, &few);
	int64_t wait;

	few.address_limit = 17;
	s->now_ms = INT64_C(1800000000000);
	race_throttle(s, first, second, NULL, 17);
	check_rc(throttle_address(first, s->arena, STR("2001:db8:7:7::"), &wait), RC_LIMITED);
	check_ok(throttle_address(first, s->arena, STR("2001:db8:7:8::"), &wait));
	throttle_free(first);
	throttle_free(second);
}

/* --- the defaults (docs/decisions/0019) --- */

static struct throttle_options defaults(struct factor_fixture *s, struct conf **ret)
{
	const struct conf_item table = {
		sizeof(struct throttle_options), throttle_conf_options, throttle_n_conf_options};
	char path[96];
	struct buf errors;
	FILE *file;

	snprintf(path, sizeof(path), "%s/empty.yaml", s->directory);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	buf_init(&errors, s->arena, 4096);
	check_ok(conf_load(path, &table, &errors, ret));
	return *(const struct throttle_options *)conf_values(*ret);
}

/* Two slips at the password and one at the code, then right: nobody waits. */
static void an_honest_login_does_not_wait(void **state)
{
	struct factor_fixture *s = *state;
	struct conf *conf;
	struct throttle_options usual = defaults(s, &conf);
	struct throttle *g = throttle_new(&s->app, &usual);

	for (int i = 0; i < 4; i++)
		assert_int_equal(attempt(s, g, &account), 0);
	success(s, &account, g);
	throttle_free(g);
	conf_free(conf);
}

/* Whoever tries as soon as it may be, for a day and for a week. */
static void guesses_of_a_day_and_a_week(void **state)
{
	struct factor_fixture *s = *state;
	struct conf *conf;
	struct throttle_options usual = defaults(s, &conf);
	struct throttle *g = throttle_new(&s->app, &usual);
	int64_t start = s->now_ms, day = 86400000;
	int n = 0, of_a_day = 0;

	while (s->now_ms < start + 7 * day) {
		int64_t wait = attempt(s, g, &account);

		s->now_ms += 1000 * wait;
		n += !wait;
		if (s->now_ms < start + day)
			of_a_day = n;
	}
	assert_int_equal(of_a_day, 70);
	assert_int_equal(n, 190);
	throttle_free(g);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		factor_fixture_test(delays_and_locks),
		factor_fixture_test(an_honest_login_does_not_wait),
		factor_fixture_test(guesses_of_a_day_and_a_week),
		factor_fixture_test(unknown_names_meet_the_same),
		factor_fixture_test(aliases_share_the_count),
		factor_fixture_test(success_forgets),
		factor_fixture_test(codes_are_not_washed_away),
		factor_fixture_test(a_success_in_the_next_day_forgets),
		factor_fixture_test(expires),
		factor_fixture_test(nothing_is_left_after_the_sweep),
		factor_fixture_test(the_clock_steps_back),
		factor_fixture_test(networks_are_limited),
		factor_fixture_test(wide_networks_have_budgets_of_their_own),
		factor_fixture_test(targets_are_limited),
		factor_fixture_test(invented_names_are_bounded),
		factor_fixture_test(parallel_guesses_never_pass_the_limit),
		factor_fixture_test(a_crowd_of_one_network_is_limited),
		factor_fixture_test(a_login_that_finishes_beside_is_seen),
		factor_fixture_test(two_that_finish_see_each_other),
	};

	return cmocka_run_group_tests_name("factors/gate", tests, NULL, NULL);
}
