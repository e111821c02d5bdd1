/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "base/ticker.h"

#include <semaphore.h>

static void tick(void *data)
{
	sem_post(data);
}

static void it_ticks_at_once_and_again(void **state)
{
	struct ticker *t;
	sem_t ticks;

	sem_init(&ticks, 0, 0);
	t = ticker_start("test", 1, tick, &ticks);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sem_wait(&ticks), 0);
	ticker_stop(t);
	sem_destroy(&ticks);
}

/* It would last longer than any test may. */
static void stopping_waits_for_no_pause(void **state)
{
	struct ticker *t;
	sem_t ticks;

	sem_init(&ticks, 0, 0);
	t = ticker_start("test", INT64_C(86400000), tick, &ticks);
	assert_int_equal(sem_wait(&ticks), 0);
	ticker_stop(t);
	assert_int_not_equal(sem_trywait(&ticks), 0);
	sem_destroy(&ticks);
	ticker_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ticks_at_once_and_again),
		cmocka_unit_test(stopping_waits_for_no_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
