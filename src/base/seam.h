/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_SEAM_H
#define PRATU_BASE_SEAM_H

/*
 * The seams to time and chance. Protocol code reads neither the clock nor random bytes in any other
 * way, so that tests and golden files are exact to the byte.
 *
 * Both tables are read-only while threads run; their functions are called from any thread.
 */
#include <stddef.h>
#include <stdint.h>

struct clock {
	int64_t (*now_ms)(void *data); /* milliseconds since 1970-01-01 UTC */
	void *data;
};

struct rng {
	void (*fill)(void *data, void *bytes, size_t n);
	void *data;
};

/* The wall clock and the kernel's generator (getrandom(2), which aborts when it fails). */
extern const struct clock clock_system;
extern const struct rng rng_system;

int64_t clock_now_ms(const struct clock *clock);
/* Seconds since 1970-01-01 UTC. */
int64_t clock_now(const struct clock *clock);
/* Milliseconds of a clock that never steps back, for time-outs and measurements only. */
int64_t monotonic_ms(void);
int64_t monotonic_us(void);

void rng_fill(const struct rng *rng, void *bytes, size_t n);

#endif
