/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_NET_CALL_END_H
#define PRATU_NET_CALL_END_H

/*
 * When outgoing calls end, whatever their own time-outs, because the process is going to stop.
 * Calls look once a second. Any thread.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>

#define CALL_LOOK_MS 1000 /* between two looks of libcurl: a call may end so much later */

struct call_end {
	_Atomic int64_t at_ms; /* by monotonic_ms; 0: not yet known */
};

static inline void call_end_set(struct call_end *e, int64_t at_ms)
{
	atomic_store(&e->at_ms, at_ms);
}

/* Is the process going to stop? NULL: never. */
static inline bool call_end_known(const struct call_end *e)
{
	return e && atomic_load(&e->at_ms) != 0;
}

static inline bool call_end_passed(const struct call_end *e)
{
	return call_end_known(e) && monotonic_ms() >= atomic_load(&e->at_ms);
}

#endif
