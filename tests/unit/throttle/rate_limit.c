/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The counter of login transactions by address. */
#include "throttle/rate_limit.h"

#include "unit/check.h"
#include "base/random.h"

#include <pthread.h>

#define THREADS 8
#define EACH    2000

/* A key of its own, so that no two rows share a cell by chance on some day. */
static void fill_key(void *data, void *bytes, size_t n)
{
	memset(bytes, 7, n);
}

static const struct rng fixed = {.fill = fill_key};

static void counts_a_minute(void **state)
{
	struct rate_limit *r = rate_limit_new(&fixed);

	for (int i = 0; i < 5; i++)
		assert_true(rate_limit_take(r, STR("203.0.113.7"), 600, 5));
	assert_false(rate_limit_take(r, STR("203.0.113.7"), 600, 5));
	assert_false(rate_limit_take(r, STR("203.0.113.7"), 659, 5));
	assert_true(rate_limit_take(r, STR("203.0.113.7"), 660, 5));
	/* A clock that steps back begins a minute of its own. */
	assert_true(rate_limit_take(r, STR("203.0.113.7"), 0, 5));
	rate_limit_free(r);
}

/* Spellings of one address, and addresses of one /64, are one; others are not. */
static void whom_it_counts_as_one(void **state)
{
	static const struct {
		const char *first, *second;
		bool one;
	} rows[] = {
		{"203.0.113.7", "203.0.113.7", true},
		{"203.0.113.7", "::ffff:203.0.113.7", true},
		{"203.0.113.7", "203.0.113.8", false},
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"not an address", "", true},
		{"not an address", "203.0.113.7", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rate_limit *r = rate_limit_new(&fixed);

		assert_true(rate_limit_take(r, str_c(rows[i].first), 0, 1));
		assert_int_equal(rate_limit_take(r, str_c(rows[i].second), 0, 1), !rows[i].one);
		rate_limit_free(r);
	}
}

static void *take_many(void *data)
{
	intptr_t taken = 0;

	for (int i = 0; i < EACH; i++)
		taken += rate_limit_take(data, STR("203.0.113.7"), 600, 1000);
	return (void *)taken;
}

static void threads_never_pass_the_limit(void **state)
{
	struct rate_limit *r = rate_limit_new(&fixed);
	pthread_t threads[THREADS];
	intptr_t taken = 0;
	void *each;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_many, r), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &each);
		taken += (intptr_t)each;
	}
	assert_int_equal(taken, 1000);
	rate_limit_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_a_minute),
		cmocka_unit_test(whom_it_counts_as_one),
		cmocka_unit_test(threads_never_pass_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
