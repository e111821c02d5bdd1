/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "trail.h"

#include "obs/log.h"

static int checkpoint_set_up(void **state)
{
	*state = trail_new();
	return 0;
}

static int checkpoint_tear_down(void **state)
{
	trail_free(*state);
	return 0;
}

static uint64_t checkpoint(struct trail *t, uint64_t events, int64_t ms, int64_t now_ms)
{
	const struct audit_checkpoint_policy policy = {.every_events = events, .every_ms = ms};
	uint64_t number = 99;

	assert_rc(RC_OK, trail_checkpoint(t, policy, now_ms, &number));
	return number;
}

static void when_due(void **state)
{
	struct trail *t = *state;

	/* Nothing to sign. */
	assert_int_equal(checkpoint(t, 1, 0, T0), 0);
	/* The first is due at once. */
	trail_add(t, "p1", "");
	assert_int_equal(checkpoint(t, 10, 60000, T0), 1);
	/* The checkpoint itself is no event to sign. */
	assert_int_equal(checkpoint(t, 1, 0, T0 + 1000000), 0);
	trail_add(t, "p2", "");
	assert_int_equal(checkpoint(t, 10, 60000, T0 + 59999), 0);
	assert_int_equal(checkpoint(t, 10, 60000, T0 + 60000), 3);
	for (int i = 0; i < 9; i++)
		trail_add(t, "p3", "");
	assert_int_equal(checkpoint(t, 10, 60000, T0 + 60000), 0);
	trail_add(t, "p4", "");
	assert_int_equal(checkpoint(t, 10, 60000, T0 + 60000), 14);
	trail_read(t);
	assert_int_equal(t->n, 15);
	assert_int_equal(trail_verify(t, NULL).n, 0);
	assert_int_equal(trail_verify(t, NULL).report.checkpoints, 3);
	assert_int_equal(trail_verify(t, NULL).report.signed_upto, 14);
}

static char logged[LOG_LINE_MAX];

static void take_line(void *data, struct str line)
{
	(void)data;
	snprintf(logged, sizeof(logged), "%.*s", STR_FMT(line));
}

/* The line that is kept elsewhere: number and hash. */
static void is_logged(void **state)
{
	struct trail *t = *state;
	const char *hash;

	log_set_sink(take_line, NULL);
	trail_add(t, "p1", "");
	assert_int_equal(trail_sign(t), 1);
	log_set_sink(NULL, NULL);
	trail_read(t);
	hash = strstr(t->records[0].p, "\"hash\":");
	assert_non_null(hash);
	assert_non_null(strstr(logged, "audit_checkpoint"));
	assert_non_null(strstr(logged, "\"number\":1"));
	assert_memory_equal(strstr(logged, "\"hash\":"), hash, 51);
}

static void keys(void **state)
{
	const unsigned char one[32] = {1}, two[32] = {2};
	struct audit_key key = audit_key_make(one);

	(void)state;
	assert_int_equal(strlen(key.id), 11);
	assert_string_equal(key.id, audit_key_make(one).id);
	assert_string_not_equal(key.id, audit_key_make(two).id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(when_due, checkpoint_set_up, checkpoint_tear_down),
		cmocka_unit_test_setup_teardown(is_logged, checkpoint_set_up, checkpoint_tear_down),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
