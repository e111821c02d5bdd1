/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support/counting_rng.h"

#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014): a bijection, so that no two draws are alike. */
static uint64_t mix(uint64_t n)
{
	n *= UINT64_C(0x9e3779b97f4a7c15);
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

static void counting_fill(void *data, void *bytes, size_t n)
{
	struct counting_rng *c = data;
	unsigned char *to = bytes;

	while (n) {
		uint64_t drawn = mix(atomic_fetch_add(&c->drawn, 1) + 1);
		size_t part = n < sizeof(drawn) ? n : sizeof(drawn);

		memcpy(to, &drawn, part);
		to += part;
		n -= part;
	}
}

struct counting_rng *counting_rng_new(void)
{
	static atomic_uint_fast64_t generators;
	struct counting_rng *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->rng = (struct rng){counting_fill, c};
	atomic_init(&c->drawn, atomic_fetch_add(&generators, 1) << 40);
	return c;
}

void counting_rng_free(struct counting_rng *c)
{
	free(c);
}
