/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_ROUNDS_H
#define PRATU_TESTS_ROUNDS_H

/*
 * How often a test goes round a loop that repeats one path, to meet a race or a moment of the year.
 * valgrind looks at the path, thirty times slower; the other stages go round in full.
 */
#include <stdlib.h>

/* full, or few when PRATU_FEW_ROUNDS is set (scripts/lib/run_tests.py, stage valgrind). */
static inline int rounds(int full, int few)
{
	return getenv("PRATU_FEW_ROUNDS") ? few : full;
}

#endif
