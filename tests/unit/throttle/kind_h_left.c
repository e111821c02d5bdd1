/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/throttle.h"

#include "unit/factors/factor_fixture.h"

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

static struct throttle_ticket ticket_of(
	struct factor_fixture *s, struct throttle *g, const struct throttle_attempt *who)
{
	struct throttle_ticket ticket;
	int64_t wait;

	s->now_ms += 3600 * 1000;
	check_ok(throttle_begin(g, s->arena, who, &ticket, &wait));
	return ticket;
}

/* Kind H: how many are left until the next lock, and how long it is; also where there is no
 * account. */
static void kind_h_says_how_many_are_left(void **state)
{
	static const struct throttle_attempt *const both[] = {&account, &unknown};
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (size_t i = 0; i < 2; i++)
		for (int64_t n = 1; n <= 20; n++) {
			struct throttle_ticket t = ticket_of(s, g, both[i]);

			assert_int_equal(t.left, n % 10 ? 10 - n % 10 : 0);
			assert_int_equal(t.lock, n == 10 ? 900 : n == 20 ? 1800 : 0);
		}
	throttle_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {factor_fixture_test(kind_h_says_how_many_are_left)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
