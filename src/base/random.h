/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_RANDOM_H
#define PRATU_BASE_RANDOM_H

/*
 * Random bytes. Protocol code takes them through struct rng only, so that tests and golden files
 * are exact to the byte. The table is read-only while threads run; its function is called from any
 * thread.
 */
#include <stddef.h>

struct rng {
	void (*fill)(void *data, void *bytes, size_t n);
	void *data;
};

/* The kernel's generator (getrandom(2)). Aborts when it fails. */
extern const struct rng rng_system;

void rng_fill(const struct rng *rng, void *bytes, size_t n);

#endif
