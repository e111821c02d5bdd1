/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_SUPPORT_RANDOM_WALK_H
#define PRATU_TESTS_SUPPORT_RANDOM_WALK_H

/*
 * Random walks of model tests: the same numbers each time, from a seed that is the walk's number.
 * PRATU_WALKS=FIRST-LAST and PRATU_WALK_STEPS=N take other and longer walks; the number of a walk
 * is printed when it begins, so that one that fails can be walked again alone. Needs cmocka.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct random_walks {
	uint64_t first, last;
	int steps;
	bool chosen; /* by the environment: totals of the usual walks do not hold */
};

static uint64_t walk_seed;

/* One of 0 .. n - 1 (xorshift64). */
static inline size_t walk_pick(size_t n)
{
	walk_seed ^= walk_seed << 13;
	walk_seed ^= walk_seed >> 7;
	walk_seed ^= walk_seed << 17;
	return walk_seed % n;
}

static inline void walk_begin(uint64_t number)
{
	print_message("# walk %" PRIu64 "\n", number);
	walk_seed = number * 0x9e3779b97f4a7c15u;
}

static inline struct random_walks random_walks_wanted(uint64_t walks, int steps)
{
	struct random_walks w = {.first = 1, .last = walks, .steps = steps};
	const char *range = getenv("PRATU_WALKS"), *length = getenv("PRATU_WALK_STEPS");

	if (range && sscanf(range, "%" SCNu64 "-%" SCNu64, &w.first, &w.last) != 2)
		fail_msg("PRATU_WALKS=%s: write FIRST-LAST", range);
	if (length && sscanf(length, "%d", &w.steps) != 1)
		fail_msg("PRATU_WALK_STEPS=%s: write a number", length);
	w.chosen = range || length;
	return w;
}

#endif
