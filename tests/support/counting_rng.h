/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_COUNTING_RNG_H
#define PRATU_TESTS_COUNTING_RNG_H

/*
 * Random bytes of a test: a sequence without repetition, the same in every run and another one for
 * each generator of a program, so that no test depends on chance and no two fixtures make the same
 * handles. Any thread; threads share one sequence.
 */
#include "base/random.h"

#include <stdatomic.h>
#include <stdint.h>

struct counting_rng {
	struct rng rng; /* what is handed to the code under test */
	atomic_uint_fast64_t drawn;
};

struct counting_rng *counting_rng_new(void);
void counting_rng_free(struct counting_rng *c);

#endif
