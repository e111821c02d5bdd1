/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_THROTTLE_RATE_LIMIT_H
#define PRATU_THROTTLE_RATE_LIMIT_H

/*
 * How often one network address may do something in a minute, where doing it costs a record on disk
 * and needs no login: beginning a login transaction.
 *
 * A table of fixed size, one counter of them chosen by a keyed hash of the address (IPv6:
 * its /64), so a flood neither grows it nor picks whom it shares a counter with. Two addresses that
 * share one share its limit; the limit is far above what an office behind one address needs.
 *
 * Counters are lost at a restart and are each process's own. Any thread; no lock, no allocation.
 */
#include "base/str.h"
#include "base/random.h"

#define RATE_LIMIT_COUNTERS_MAX 16384u /* counters; 128 KiB */

struct rate_limit;

struct rate_limit *rate_limit_new(const struct rng *rng);
void rate_limit_free(struct rate_limit *r); /* NULL is fine */

/* Counts one more of this address in the minute of now (seconds); false when that is over limit.
 * An address that cannot be read counts as one of its own. */
bool rate_limit_take(struct rate_limit *r, struct str address, int64_t now, int64_t limit);

#endif
