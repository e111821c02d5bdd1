/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/clock.h"

#include "base/die.h"

#include <time.h>

static int64_t read_clock_us(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		die("the clock cannot be read");
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_now_ms(void *data)
{
	(void)data;
	return read_clock_us(CLOCK_REALTIME) / 1000;
}

const struct clock clock_system = {.now_ms = system_now_ms};

int64_t clock_now_ms(const struct clock *clock)
{
	return clock->now_ms(clock->data);
}

int64_t clock_now(const struct clock *clock)
{
	return clock_now_ms(clock) / 1000;
}

int64_t monotonic_ms(void)
{
	return read_clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t monotonic_us(void)
{
	return read_clock_us(CLOCK_MONOTONIC);
}
