/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * R13: what is expired and not removed yet is counted; and how fast it is removed in slices (a
 * figure, printed as a comment: no limit is asserted here).
 */
#include "fixture.h"

#include "base/clock.h"
#include "store/check.h"

#define RECORDS 20000u
#define SLICE   500u

static int r13_set_up(void **state)
{
	struct store_fixture *f = fixture_new();
	struct store_lmdb_options o = fixture_options(f);

	o.map_bytes = 1 << 30;
	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
	*state = f;
	return 0;
}

static void put_expiring(struct store_fixture *f, int64_t expiry, uint64_t first, uint64_t n)
{
	static const char value[150];

	for (uint64_t i = first; i < first + n;) {
		struct store_batch *b = store_batch_new(f->a);

		for (int k = 0; k < 5000 && i < first + n; k++, i++)
			store_put(b, SHORT,
				store_key_expiring(f->a, expiry, numbered(f->a, "k", i)),
				(struct str){.p = value, .n = sizeof(value)}, STORE_ANY);
		assert_rc(RC_OK, store_commit(f->s, b));
		arena_reset(f->a);
	}
}

static void counted(void **state)
{
	struct store_fixture *f = *state;
	struct store_waiting waiting;

	assert_rc(RC_OK, store_expired_waiting(f->s, 100, &waiting));
	assert_int_equal(waiting.records, 0);
	put_expiring(f, NOW + 10, 0, 30);
	put_expiring(f, NOW + 20, 30, 30);
	assert_rc(RC_OK, store_expired_waiting(f->s, 100, &waiting));
	assert_int_equal(waiting.records, 0);
	f->now = NOW + 25;
	assert_rc(RC_OK, store_expired_waiting(f->s, 100, &waiting));
	assert_int_equal(waiting.records, 60);
	assert_int_equal(waiting.seconds, 15);
	assert_rc(RC_OK, store_expired_waiting(f->s, 40, &waiting));
	assert_int_equal(waiting.records, 40);
}

static void removed_in_slices(void **state)
{
	struct store_fixture *f = *state;
	struct store_waiting waiting;
	size_t n = SLICE, all = 0;
	int64_t began;

	put_expiring(f, NOW + 10, 0, RECORDS);
	put_expiring(f, NOW + 1000, RECORDS, 10);
	f->now = NOW + 20;
	began = monotonic_us();
	while (n == SLICE) {
		assert_rc(RC_OK, store_sweep(f->s, SLICE, &n));
		all += n;
	}
	print_message("# %.0f records/s\n", (double)all / ((double)(monotonic_us() - began) / 1e6));
	assert_int_equal(all, RECORDS);
	assert_int_equal(count(f, SHORT), 10);
	assert_rc(RC_OK, store_expired_waiting(f->s, 100, &waiting));
	assert_int_equal(waiting.records, 0);
	assert_int_equal(waiting.seconds, 0);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, r13_set_up, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(counted),
		CASE(removed_in_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
