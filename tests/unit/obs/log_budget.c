/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind E, the log: a flood of one event fills neither disk nor journal, and its size is reported.
 */
#include "obs/log_budget.h"

#include "check.h"

static int take(struct log_budget *b, int64_t second, int times, int64_t *ret_omitted)
{
	int written = 0;

	*ret_omitted = 0;
	for (int i = 0; i < times; i++) {
		int64_t omitted;

		written += log_budget_take(b, second, &omitted);
		*ret_omitted += omitted;
	}
	return written;
}

static void a_second_has_its_lines(void **state)
{
	struct log_budget b = {0};
	int64_t omitted;

	(void)state;
	assert_int_equal(take(&b, 7, LOG_LINES_PER_SECOND, &omitted), LOG_LINES_PER_SECOND);
	assert_int_equal(take(&b, 7, 1, &omitted), 0);
	assert_int_equal(take(&b, 7, 41, &omitted), 0);
	assert_int_equal(omitted, 0);
	/* The next second begins and reports them, once. */
	assert_int_equal(take(&b, 8, 2, &omitted), 2);
	assert_int_equal(omitted, 42);
	assert_int_equal(take(&b, 9, 1, &omitted), 1);
	assert_int_equal(omitted, 0);
}

static void nothing_is_left_out_in_silence(void **state)
{
	struct log_budget b = {0};
	int64_t omitted;

	(void)state;
	take(&b, 7, LOG_LINES_PER_SECOND + 3, &omitted);
	/* Not before the second is over: more may come. */
	assert_int_equal(log_budget_omitted(&b, 7), 0);
	assert_int_equal(log_budget_omitted(&b, 8), 3);
	assert_int_equal(log_budget_omitted(&b, 9), 0);
}

static void a_clock_that_steps_back_counts_on(void **state)
{
	struct log_budget b = {0};
	int64_t omitted;

	(void)state;
	take(&b, 7, LOG_LINES_PER_SECOND + 1, &omitted);
	assert_int_equal(take(&b, 3, 1, &omitted), 1);
	assert_int_equal(omitted, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_has_its_lines),
		cmocka_unit_test(nothing_is_left_out_in_silence),
		cmocka_unit_test(a_clock_that_steps_back_counts_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
