/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_THROTTLE_LIMITS_H
#define PRATU_THROTTLE_LIMITS_H

/*
 * Inside src/throttle: the table of everything that is counted for a time (throttle.h), and the
 * counters of what is counted in memory.
 *
 * In memory a limit has an array of fixed size; a keyed hash of the address chooses the counter, so
 * a flood neither grows it nor picks whom it shares a counter with. Two addresses that share one
 * share its limit, which is far above what an office behind one address needs. Any thread; no lock,
 * no allocation.
 */
#include "throttle/throttle.h"

#include <stdatomic.h>

#define MEMORY_COUNTERS_MAX 16384u /* of one limit; 128 KiB */
#define MEMORY_PERIOD       60     /* seconds */

struct throttle_row {
	bool stored;
	enum attempt_kind kind; /* of a stored counter's subject */
	const char *budget;     /* before the subject: two budgets never share a counter */
	size_t max;    /* offset: stored in struct throttle_options, else in struct settings */
	size_t period; /* offset in struct throttle_options; not where it is in memory */
};

extern const struct throttle_row throttle_rows[THROTTLE_LIMITS];

/* The minute in the high half, the count in the low one. */
struct memory_counters {
	_Atomic uint64_t v[THROTTLE_IN_MEMORY][MEMORY_COUNTERS_MAX];
};

/* One more of this subject in the minute of now (seconds); false when that is over max. */
bool memory_take(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max);

#endif
