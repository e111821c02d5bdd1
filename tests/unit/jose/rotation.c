/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support.h"

#include "jose/keyring.h"

#define HOUR 3600
#define DAY  (24 * HOUR)

static const struct keyring_rotation rule = {
	.period = 30 * DAY, .overlap = 2 * DAY, .linger = 12 * HOUR};

/* Rotation looks at the algorithm of a key only, so one key of each serves for all. */
static struct keyring_key key_in_state(enum jose_alg alg, enum key_state state, int64_t active_from)
{
	return (struct keyring_key){
		.jwk = test_key(alg), .state = state, .active_from = active_from};
}

static void pending_waits_for_its_time(void **state)
{
	struct keyring_key k = key_in_state(JOSE_ES256, KEY_PENDING, 100);

	assert_false(keyring_step(&k, 1, &rule, 99));
	assert_int_equal(k.state, KEY_PENDING);
	assert_true(keyring_step(&k, 1, &rule, 100));
	assert_int_equal(k.state, KEY_ACTIVE);
	assert_false(keyring_step(&k, 1, &rule, 100));
}

static void the_old_key_retires_in_the_same_step(void **state)
{
	struct keyring_key k[] = {key_in_state(JOSE_ES256, KEY_ACTIVE, 0),
		key_in_state(JOSE_RS256, KEY_ACTIVE, 0),
		key_in_state(JOSE_ES256, KEY_PENDING, 100)};

	assert_true(keyring_step(k, 3, &rule, 150));
	assert_int_equal(k[0].state, KEY_RETIRED);
	assert_int_equal(k[0].publish_until, 150 + rule.linger);
	assert_int_equal(k[1].state, KEY_ACTIVE); /* another algorithm's */
	assert_int_equal(k[2].state, KEY_ACTIVE);
}

static void an_active_key_without_successor_stays(void **state)
{
	struct keyring_key k = key_in_state(JOSE_ES256, KEY_ACTIVE, 0);

	assert_false(keyring_step(&k, 1, &rule, 100 * rule.period));
	assert_int_equal(k.state, KEY_ACTIVE);
}

static void retired_goes_when_its_last_token_is_dead(void **state)
{
	struct keyring_key k = key_in_state(JOSE_ES256, KEY_RETIRED, 0);

	k.publish_until = 500;
	assert_false(keyring_step(&k, 1, &rule, 499));
	assert_true(keyring_step(&k, 1, &rule, 500));
	assert_int_equal(k.state, KEY_GONE);
	assert_false(keyring_step(&k, 1, &rule, 1000));
}

/* The server was off for long: the latest of the ripe keys signs, the others retire. */
static void several_ripe_keys(void **state)
{
	struct keyring_key k[] = {key_in_state(JOSE_ES256, KEY_PENDING, 300),
		key_in_state(JOSE_ES256, KEY_ACTIVE, 0),
		key_in_state(JOSE_ES256, KEY_PENDING, 100)};

	assert_true(keyring_step(k, 3, &rule, 1000));
	assert_int_equal(k[0].state, KEY_ACTIVE);
	assert_int_equal(k[1].state, KEY_RETIRED);
	assert_int_equal(k[2].state, KEY_RETIRED);
}

static void when_a_new_key_is_due(void **state)
{
	struct keyring_key k[] = {
		key_in_state(JOSE_ES256, KEY_ACTIVE, 0), key_in_state(JOSE_RS256, KEY_RETIRED, 0)};
	int64_t from = -1, eve = rule.period - rule.overlap;

	assert_true(keyring_due(NULL, 0, JOSE_ES256, &rule, 7, &from)); /* the first ever */
	assert_int_equal(from, 7);
	assert_true(keyring_due(k, 2, JOSE_RS256, &rule, 8, &from)); /* retired does not count */
	assert_int_equal(from, 8);
	assert_false(keyring_due(k, 1, JOSE_ES256, &rule, eve - 1, &from));
	assert_true(keyring_due(k, 1, JOSE_ES256, &rule, eve, &from));
	assert_int_equal(from, rule.period);
	/* too late: the overlap is kept all the same */
	assert_true(keyring_due(k, 1, JOSE_ES256, &rule, 2 * rule.period, &from));
	assert_int_equal(from, 2 * rule.period + rule.overlap);
	k[1] = key_in_state(JOSE_ES256, KEY_PENDING, 99999999);
	assert_false(keyring_due(k, 2, JOSE_ES256, &rule, 2 * rule.period, &from));
}

/* Kind C: a key that leaves the published set verifies hints as long as a session may live. */
static void kept_for_hints(void **state)
{
	const struct keyring_rotation keeping = {
		.period = 30 * DAY, .overlap = 2 * DAY, .linger = 12 * HOUR, .keep = 90 * DAY};
	struct keyring_key k = key_in_state(JOSE_ES256, KEY_RETIRED, 0);

	k.publish_until = 500;
	assert_false(keyring_step(&k, 1, &keeping, 499));
	assert_true(keyring_step(&k, 1, &keeping, 500));
	assert_int_equal(k.state, KEY_KEPT);
	assert_int_equal(k.publish_until, 500 + keeping.keep);
	assert_false(keyring_step(&k, 1, &keeping, 500 + keeping.keep - 1));
	assert_true(keyring_step(&k, 1, &keeping, 500 + keeping.keep));
	assert_int_equal(k.state, KEY_GONE);
	/* After a long stop there is nothing to keep it for. */
	k = key_in_state(JOSE_ES256, KEY_RETIRED, 0);
	k.publish_until = 500;
	assert_true(keyring_step(&k, 1, &keeping, 500 + keeping.keep));
	assert_int_equal(k.state, KEY_GONE);
}

/* Changed by hand every day: the store does not fill, and those that end last stay. */
static void kept_keys_are_bounded(void **state)
{
	const struct keyring_rotation keeping = {.linger = HOUR, .keep = 900 * DAY};
	struct keyring_key k[KEYRING_KEPT_MAX + 3];
	size_t n = sizeof(k) / sizeof(k[0]);

	for (size_t i = 0; i < n; i++) {
		k[i] = key_in_state(JOSE_ES256, KEY_RETIRED, 0);
		k[i].publish_until = 100 + (int64_t)i;
	}
	assert_true(keyring_step(k, n, &keeping, 1000));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(k[i].state, i < 3 ? KEY_GONE : KEY_KEPT);
}

struct year {
	struct keyring_key keys[KEYRING_KEYS_MAX];
	int64_t pending_since[KEYRING_KEYS_MAX], active_since[KEYRING_KEYS_MAX];
	int64_t retired_since[KEYRING_KEYS_MAX];
	size_t n;
};

static void one_hour(struct year *y, int64_t now)
{
	enum key_state before[KEYRING_KEYS_MAX];
	int active = 0, pending = 0;
	int64_t from;

	if (keyring_due(y->keys, y->n, JOSE_ES256, &rule, now, &from)) {
		assert_in_range(y->n, 0, KEYRING_KEYS_MAX - 1);
		y->pending_since[y->n] = now;
		y->keys[y->n++] = key_in_state(JOSE_ES256, KEY_PENDING, from);
	}
	for (size_t i = 0; i < y->n; i++)
		before[i] = y->keys[i].state;
	(void)keyring_step(y->keys, y->n, &rule, now);
	for (size_t i = 0; i < y->n; i++) {
		enum key_state s = y->keys[i].state;

		active += s == KEY_ACTIVE;
		pending += s == KEY_PENDING;
		assert_true(s >= before[i]); /* no way back */
		if (s == before[i])
			continue;
		if (s == KEY_ACTIVE) { /* published for the overlap, but for the very first */
			assert_true(!i || now - y->pending_since[i] >= rule.overlap);
			y->active_since[i] = now;
		}
		if (s == KEY_RETIRED) {
			assert_in_range(now - y->active_since[i], rule.period, rule.period + HOUR);
			y->retired_since[i] = now;
		}
		if (s == KEY_GONE)
			assert_true(now - y->retired_since[i] >= rule.linger);
	}
	assert_int_equal(active, 1);
	assert_in_range(pending, 0, 1);
}

static void a_year_of_hours(void **state)
{
	struct year y = {.n = 0};
	size_t gone = 0;

	for (int64_t now = 0; now < 365 * DAY; now += HOUR)
		one_hour(&y, now);
	assert_int_equal(y.n, 13);
	for (size_t i = 0; i < y.n; i++)
		gone += y.keys[i].state == KEY_GONE;
	assert_int_equal(gone, 12);
}

static int rotation_tear_down(void **state)
{
	test_keys_free();
	return 0;
}

/* --- algorithms that no client uses --- */

static const struct keyring_rotation without_rs256 = {.period = 30 * DAY,
	.overlap = 2 * DAY,
	.linger = 12 * HOUR,
	.keep = 5 * DAY,
	.unused = JOSE_BIT(JOSE_RS256)};

/* Published for as long as its last token lives, kept for hints, and gone. */
static void a_key_that_nobody_uses_retires(void **state)
{
	struct keyring_key k[] = {key_in_state(JOSE_RS256, KEY_ACTIVE, 100),
		key_in_state(JOSE_ES256, KEY_ACTIVE, 100)};
	int64_t at = 100 + without_rs256.overlap;

	assert_false(keyring_step(k, 2, &without_rs256, at - 1));
	assert_true(keyring_step(k, 2, &without_rs256, at));
	assert_int_equal(k[0].state, KEY_RETIRED);
	assert_int_equal(k[0].publish_until, at + without_rs256.linger);
	assert_int_equal(k[1].state, KEY_ACTIVE);
	assert_true(keyring_step(k, 2, &without_rs256, at + without_rs256.linger));
	assert_int_equal(k[0].state, KEY_KEPT);
	assert_true(
		keyring_step(k, 2, &without_rs256, at + without_rs256.linger + without_rs256.keep));
	assert_int_equal(k[0].state, KEY_GONE);
}

static void a_spare_key_becomes_active_when_it_is_used(void **state)
{
	struct keyring_key k[] = {
		key_in_state(JOSE_RS256, KEY_RETIRED, 0), key_in_state(JOSE_RS256, KEY_SPARE, 100)};

	k[0].publish_until = 10000;
	assert_false(keyring_step(k, 2, &without_rs256, 500));
	assert_true(keyring_step(k, 2, &rule, 500));
	assert_int_equal(k[0].state, KEY_RETIRED);
	assert_int_equal(k[1].state, KEY_ACTIVE);
	assert_int_equal(k[1].active_from, 500);
	/* Where another signs, it stays what it is. */
	k[0].state = KEY_ACTIVE;
	k[1].state = KEY_SPARE;
	assert_false(keyring_step(k, 2, &rule, 600));
	assert_int_equal(k[1].state, KEY_SPARE);
}

static void one_spare_key_is_due(void **state)
{
	struct keyring_key k[] = {
		key_in_state(JOSE_RS256, KEY_ACTIVE, 0), key_in_state(JOSE_RS256, KEY_SPARE, 0)};
	int64_t from = -1;

	assert_true(keyring_due(NULL, 0, JOSE_RS256, &without_rs256, 7, &from));
	assert_int_equal(from, 7);
	assert_true(keyring_due(k, 1, JOSE_RS256, &without_rs256, 7, &from));
	assert_false(keyring_due(k, 2, JOSE_RS256, &without_rs256, 7, &from));
	/* No successor of a key that nobody uses. */
	assert_false(keyring_due(k, 2, JOSE_RS256, &without_rs256, 100 * DAY, &from));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pending_waits_for_its_time),
		cmocka_unit_test(the_old_key_retires_in_the_same_step),
		cmocka_unit_test(an_active_key_without_successor_stays),
		cmocka_unit_test(retired_goes_when_its_last_token_is_dead),
		cmocka_unit_test(several_ripe_keys),
		cmocka_unit_test(when_a_new_key_is_due),
		cmocka_unit_test(kept_for_hints),
		cmocka_unit_test(kept_keys_are_bounded),
		cmocka_unit_test(a_year_of_hours),
		cmocka_unit_test(a_key_that_nobody_uses_retires),
		cmocka_unit_test(a_spare_key_becomes_active_when_it_is_used),
		cmocka_unit_test(one_spare_key_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, rotation_tear_down);
}
