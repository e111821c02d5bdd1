/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_CLOCK_H
#define PRATU_BASE_CLOCK_H

/*
 * Time. Protocol code reads the clock through struct clock only, so that tests and golden files are
 * exact. The table is read-only while threads run; its function is called from any thread.
 */
#include <stdint.h>

struct clock {
	int64_t (*now_ms)(void *data); /* milliseconds since 1970-01-01 UTC */
	void *data;
};

/* The wall clock. */
extern const struct clock clock_system;

int64_t clock_now_ms(const struct clock *clock);
/* Seconds since 1970-01-01 UTC. */
int64_t clock_now(const struct clock *clock);
/* A clock that never steps back, for time-outs and measurements only. */
int64_t monotonic_ms(void);
int64_t monotonic_us(void);

#endif
