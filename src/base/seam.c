/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/seam.h"

#include "base/die.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		die("the clock cannot be read");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now_ms(void *data)
{
	(void)data;
	return read_clock(CLOCK_REALTIME);
}

static void system_fill(void *data, void *bytes, size_t n)
{
	unsigned char *p = bytes;

	(void)data;
	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("the kernel gives no random bytes");
		p += got;
		n -= (size_t)got;
	}
}

const struct clock clock_system = {.now_ms = system_now_ms};
const struct rng rng_system = {.fill = system_fill};

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
	return read_clock(CLOCK_MONOTONIC);
}

void rng_fill(const struct rng *rng, void *bytes, size_t n)
{
	rng->fill(rng->data, bytes, n);
}
