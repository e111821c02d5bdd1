/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/rate_limit.h"

#include "codec/base64.h"
#include "base/die.h"
#include "codec/ip_address.h"
#include "base/random.h"
#include "crypto/hash.h"

#include <stdatomic.h>

#define KEY_SIZE    32
#define PREFIX_SIZE 8 /* bytes of an IPv6 /64 */
#define COUNT_BITS  32
#define MINUTE      60

struct rate_limit {
	char key[KEY_SIZE];
	_Atomic uint64_t counters[RATE_LIMIT_COUNTERS_MAX]; /* minute in the high half, count in the
							       low one */
};

struct rate_limit *rate_limit_new(const struct rng *rng)
{
	struct rate_limit *r = calloc(1, sizeof(*r));

	if (!r)
		die("out of memory");
	rng_fill(rng, r->key, sizeof(r->key));
	return r;
}

void rate_limit_free(struct rate_limit *r)
{
	free(r);
}

static size_t counter_of(const struct rate_limit *r, struct str text)
{
	unsigned char digest[SHA256_SIZE];
	struct ip_address address = {.b = {0}};
	struct str bytes = {(const char *)address.b, sizeof(address.b)};
	uint32_t index;

	if (ip_address_parse(text, &address) == RC_OK && !ip_address_is_v4(&address))
		bytes.n = PREFIX_SIZE;
	hmac_sha256((struct str){r->key, sizeof(r->key)}, bytes, digest);
	memcpy(&index, digest, sizeof(index));
	return index % RATE_LIMIT_COUNTERS_MAX;
}

bool rate_limit_take(struct rate_limit *r, struct str address, int64_t now, int64_t limit)
{
	_Atomic uint64_t *counter = &r->counters[counter_of(r, address)];
	uint64_t minute = (uint64_t)(now / MINUTE) << COUNT_BITS;
	uint64_t old = atomic_load_explicit(counter, memory_order_relaxed), new;

	do {
		bool same = old >> COUNT_BITS == minute >> COUNT_BITS;

		if (same && (uint32_t)old >= limit)
			return false;
		new = same ? old + 1 : minute + 1;
	} while (!atomic_compare_exchange_weak_explicit(
		counter, &old, new, memory_order_relaxed, memory_order_relaxed));
	return true;
}
