/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_THROTTLE_LIMITS_H
#define PRATU_THROTTLE_LIMITS_H

/*
 * Inside src/throttle: the table of everything that is counted for a time (throttle.h), and the
 * counters of what is counted in memory.
 *
 * In memory a limit has a table of fixed size. A counter belongs to one subject and is found by it,
 * so nobody shares one with a stranger. A keyed hash chooses where a subject's counter may stand;
 * where all those places are taken, one of a past minute gives way, then the one that has counted
 * least: a flood of subjects that come once pushes out its own, and those over the limit stay.
 * Who lost a counter begins at zero. Any thread; no allocation.
 */
#include "throttle/throttle.h"

#include <pthread.h>

#define MEMORY_COUNTERS_MAX 16384u /* of one limit; 384 KiB */
#define MEMORY_WAYS         8u     /* places where a subject's counter may stand */
#define MEMORY_SETS         (MEMORY_COUNTERS_MAX / MEMORY_WAYS)
#define MEMORY_LOCKS        64u
#define MEMORY_PERIOD       60 /* seconds */

struct throttle_row {
	bool stored;
	enum attempt_kind kind; /* of a stored counter's subject */
	const char *budget;     /* before the subject: two budgets never share a counter */
	size_t max;    /* offset: stored in struct throttle_options, else in struct settings */
	size_t period; /* offset in struct throttle_options; not where it is in memory */
	int64_t fixed; /* in memory: the number itself, where nobody sets it; else 0 */
};

extern const struct throttle_row throttle_rows[THROTTLE_LIMITS];

struct memory_counter {
	struct attempt_subject subject;
	uint32_t minute, count; /* count 0: free */
};

struct memory_counters {
	pthread_mutex_t locks[MEMORY_LOCKS];
	struct memory_counter v[THROTTLE_IN_MEMORY][MEMORY_SETS][MEMORY_WAYS];
};

void memory_init(struct memory_counters *m);
void memory_close(struct memory_counters *m);
/* One more of this subject in the minute of now (seconds); false when that is over max. */
bool memory_take(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max);
/* Would it be true? Counts nothing. */
bool memory_has_room(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max);

#endif
