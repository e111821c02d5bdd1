/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many senders a hung mail server costs (deliver/circuit.h). */
#include "deliver/circuit.h"

#include "unit/check.h"

#define PROBE 10000

static void one_at_first_then_the_usual(void **state)
{
	struct circuit c;
	int first, more[3];

	circuit_init(&c, 3, 4, PROBE);
	first = circuit_enter(&c, 1);
	assert_true(first >= 0);
	assert_int_equal(circuit_enter(&c, 2), -1);
	circuit_leave(&c, first, true, 100);
	for (size_t i = 0; i < COUNT(more); i++) {
		more[i] = circuit_enter(&c, 101 + (int64_t)i);
		assert_true(more[i] >= 0);
	}
	assert_int_equal(circuit_enter(&c, 105), -1);
	circuit_leave(&c, more[1], true, 110);
	more[1] = circuit_enter(&c, 111);
	assert_true(more[1] >= 0);
	for (size_t i = 0; i < COUNT(more); i++)
		circuit_leave(&c, more[i], true, 120);
	/* Nothing was heard of it for long: one again. */
	first = circuit_enter(&c, 121 + CIRCUIT_TRUST_MS);
	assert_true(first >= 0);
	assert_int_equal(circuit_enter(&c, 122 + CIRCUIT_TRUST_MS), -1);
	circuit_cancel(&c, first);
	assert_true(circuit_enter(&c, 123 + CIRCUIT_TRUST_MS) >= 0);
	circuit_destroy(&c);
}

static void a_hang_costs_one_and_probes(void **state)
{
	struct circuit c;
	int hung, probe, next;

	circuit_init(&c, 3, 4, PROBE);
	hung = circuit_enter(&c, 1);
	for (int64_t now = 2; now < 1 + PROBE; now += 7)
		assert_int_equal(circuit_enter(&c, now), -1);
	probe = circuit_enter(&c, 1 + PROBE);
	assert_true(probe >= 0);
	assert_int_equal(circuit_enter(&c, 2 + PROBE), -1);
	/* The probe was answered: only that one connection hangs, the others go on. */
	circuit_leave(&c, probe, true, 50 + PROBE);
	assert_true(circuit_enter(&c, 51 + PROBE) >= 0);
	assert_true(circuit_enter(&c, 52 + PROBE) >= 0);
	/* It had no answer in its time: one at a time. */
	circuit_leave(&c, hung, false, 60 + PROBE);
	assert_int_equal(circuit_enter(&c, 61 + PROBE), -1);
	next = circuit_enter(&c, 60 + 3 * PROBE);
	assert_true(next >= 0);
	circuit_destroy(&c);
}

/* Several that were trusted hang at once: the others probe, and one is always free for others. */
static void never_all(void **state)
{
	struct circuit c;
	int64_t now = 200;
	int first, n = 0;

	circuit_init(&c, 3, 4, PROBE);
	first = circuit_enter(&c, 1);
	circuit_leave(&c, first, true, 100);
	for (; circuit_enter(&c, now) >= 0; now++)
		n++;
	assert_int_equal(n, 3);
	assert_int_equal(circuit_enter(&c, now + CIRCUIT_HANG_MS), -1);
	assert_true(circuit_enter(&c, now + PROBE) >= 0);
	for (int64_t later = now + PROBE; later < now + 100 * PROBE; later += PROBE / 2)
		assert_int_equal(circuit_enter(&c, later), -1);
	circuit_destroy(&c);
}

static void the_smallest(void **state)
{
	struct circuit c;
	int place;

	circuit_init(&c, -1, 0, PROBE);
	place = circuit_enter(&c, 1);
	assert_true(place >= 0);
	assert_int_equal(circuit_enter(&c, 1 + PROBE), -1);
	circuit_leave(&c, place, false, 2 + PROBE);
	assert_true(circuit_enter(&c, 3 + PROBE) >= 0);
	circuit_destroy(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_first_then_the_usual),
		cmocka_unit_test(a_hang_costs_one_and_probes),
		cmocka_unit_test(never_all),
		cmocka_unit_test(the_smallest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
