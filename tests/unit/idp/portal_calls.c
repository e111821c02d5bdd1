/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many senders may call a portal: one that hangs costs one, and all that hang half of them. */
#include "unit/check.h"

#include "idp/logout/portal_calls.h"

#define SENDERS 8
#define PROBE   5000 /* milliseconds */

static struct str name(char text[static 16], int n)
{
	snprintf(text, 16, "p%d", n);
	return str_c(text);
}

/* Nothing is known of it: one call, and one more each probe. */
static void one_at_first(void **state)
{
	struct portal_calls *p = portal_calls_new(SENDERS, PROBE);
	struct portal_call a, b;

	(void)state;
	assert_true(portal_call_begin(p, STR("plan"), 1000, &a));
	assert_false(portal_call_begin(p, STR("plan"), 1001, &b));
	assert_true(portal_call_begin(p, STR("pay"), 1001, &b));
	portal_call_end(p, &b, true, 1002);
	portal_call_end(p, &a, true, 1010);
	portal_calls_free(p);
}

static void several_to_one_that_answers(void **state)
{
	struct portal_calls *p = portal_calls_new(SENDERS, PROBE);
	struct portal_call calls[PORTAL_CALLS_USUAL], more;

	(void)state;
	assert_true(portal_call_begin(p, STR("plan"), 1000, &more));
	portal_call_end(p, &more, true, 1010);
	for (int i = 0; i < PORTAL_CALLS_USUAL; i++)
		assert_true(portal_call_begin(p, STR("plan"), 1020, &calls[i]));
	assert_false(portal_call_begin(p, STR("plan"), 1020, &more));
	portal_call_cancel(p, &calls[0]);
	assert_true(portal_call_begin(p, STR("plan"), 1021, &calls[0]));
	for (int i = 0; i < PORTAL_CALLS_USUAL; i++)
		portal_call_end(p, &calls[i], true, 1030);
	portal_calls_free(p);
}

/* However many are silent: half of the senders stay for the others. */
static void silent_portals_have_half_of_the_senders(void **state)
{
	struct portal_calls *p = portal_calls_new(SENDERS, PROBE);
	struct portal_call calls[SENDERS], well;
	char text[16];
	int n = 0;

	(void)state;
	for (int i = 0; i < SENDERS; i++) {
		assert_true(portal_call_begin(p, name(text, i), 1000, &calls[i]));
		portal_call_end(p, &calls[i], false, 6000);
	}
	for (int i = 0; i < SENDERS; i++)
		n += portal_call_begin(p, name(text, i), 20000, &calls[n]);
	assert_int_equal(n, SENDERS / 2);
	assert_true(portal_call_begin(p, STR("well"), 20000, &well));
	portal_call_end(p, &well, true, 20010);
	/* One of them answers: another may be tried, and it counts as well. */
	portal_call_end(p, &calls[0], true, 20020);
	assert_true(portal_call_begin(p, name(text, SENDERS - 1), 20030, &well));
	assert_true(portal_call_begin(p, name(text, 0), 20030, &calls[0]));
	portal_calls_free(p);
}

/* The one that was not called for longest makes room; one that is being called never. */
static void the_oldest_circuit_makes_room(void **state)
{
	struct portal_calls *p = portal_calls_new(SENDERS, PROBE);
	struct portal_call held, call;
	char text[16];

	(void)state;
	assert_true(portal_call_begin(p, STR("held"), 1, &held));
	for (int i = 1; i < PORTAL_CIRCUITS_MAX; i++) {
		assert_true(portal_call_begin(p, name(text, i), 10 + i, &call));
		portal_call_end(p, &call, false, 10 + i);
	}
	assert_true(portal_call_begin(p, STR("new"), 90000, &call));
	portal_call_end(p, &call, true, 90001);
	/* p1 is forgotten: it counts as one of which nothing is known. p2 is not. */
	assert_true(portal_call_begin(p, STR("p1"), 90002, &call));
	assert_false(call.silent);
	portal_call_end(p, &call, true, 90003);
	assert_true(portal_call_begin(p, STR("p3"), 90004, &call));
	assert_true(call.silent);
	portal_call_end(p, &call, false, 90005);
	portal_call_end(p, &held, true, 90006);
	portal_calls_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_first),
		cmocka_unit_test(several_to_one_that_answers),
		cmocka_unit_test(silent_portals_have_half_of_the_senders),
		cmocka_unit_test(the_oldest_circuit_makes_room),
	};

	return cmocka_run_group_tests_name("idp/portal_calls", tests, NULL, NULL);
}
