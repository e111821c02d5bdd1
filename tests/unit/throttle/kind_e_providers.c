/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind E: who holds an IPv6 /32 does not stand above every limit. */
#include "codec/ip_network.h"
#include "throttle/throttle.h"
#include "unit/factors/factor_fixture.h"

/* At a name of its own; the seconds to wait, 0: none. */
static int64_t attempt_from(
	struct factor_fixture *s, struct throttle *g, const char *address, int number)
{
	struct throttle_attempt who = {.address = str_c(address)};
	struct throttle_ticket ticket;
	int64_t wait = 0;
	char name[16];
	enum rc rc;

	snprintf(name, sizeof(name), "name%d", number);
	who.name = str_c(name);
	rc = throttle_begin(g, s->arena, &who, &ticket, &wait);
	if (rc == RC_OK)
		return 0;
	check_rc(rc, RC_LIMITED);
	return wait;
}

/* Of one /32, each try from a /48 of its own: before, each had sixteen times the limit. */
static void a_provider_has_a_budget_too(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle_options few = {.free = 3,
		.delay_max = 8,
		.lock_after = 10,
		.lock = 900,
		.lock_max = 3600,
		.address_limit = 10,
		.address_period = 600, /* so one a minute, and 256 of a /32 */
		.target_limit = 4,
		.target_period = 3600};
	struct throttle *g = throttle_new(&s->app, &few);
	size_t n = 0;

	s->now_ms = INT64_C(1800000000000);
	for (int i = 0; i < 300; i++) {
		char text[64];
		int64_t wait;

		snprintf(text, sizeof(text), "2001:db8:%x::1", i);
		wait = attempt_from(s, g, text, i);
		n += wait == 0;
		assert_true(wait == 0 || wait == 60);
	}
	assert_int_equal(n, IP_NETWORK_32);
	/* Another provider's, and IPv4, are counted by themselves. */
	assert_int_equal(attempt_from(s, g, "2001:db9::1", 1000), 0);
	assert_int_equal(attempt_from(s, g, "203.0.113.7", 1001), 0);
	/* What does no attempt counts alike; and the next minute is a new one. */
	check_rc(throttle_address(g, s->arena, STR("2001:db8:ffff::1"), &(int64_t){0}), RC_LIMITED);
	s->now_ms += 60000;
	check_ok(throttle_address(g, s->arena, STR("2001:db8:ffff::1"), &(int64_t){0}));
	throttle_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		factor_fixture_test(a_provider_has_a_budget_too),
	};

	return cmocka_run_group_tests_name("throttle/kind_e_providers", tests, NULL, NULL);
}
