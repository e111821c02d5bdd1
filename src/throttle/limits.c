/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/limits.h"

#include <stddef.h>

#define COUNT_BITS 32

#define SETTING(member) offsetof(struct settings, member)
#define OPTION(member)  offsetof(struct throttle_options, member)

const struct throttle_row throttle_rows[THROTTLE_LIMITS] = {
	[THROTTLE_LOGINS] = {.kind = ATTEMPT_IP_ADDRESS, .max = SETTING(logins_per_minute)},
	[THROTTLE_RECOVERY_REQUESTS] = {.kind = ATTEMPT_IP_ADDRESS,
		.max = SETTING(recovery_requests_per_minute)},
	[THROTTLE_NETWORK] = {true, ATTEMPT_IP_ADDRESS, "", OPTION(address_limit),
		OPTION(address_period)},
	[THROTTLE_CODES] = {true, ATTEMPT_TARGET, "", OPTION(target_limit), OPTION(target_period)},
	[THROTTLE_CODES_TYPED] = {true, ATTEMPT_TARGET, "typed:", OPTION(target_limit),
		OPTION(target_period)},
	[THROTTLE_RECOVERY_MAILS] = {true, ATTEMPT_TARGET, "reset:", OPTION(target_limit),
		OPTION(target_period)},
	[THROTTLE_MESSAGES] = {true, ATTEMPT_TARGET, "all:", OPTION(message_limit),
		OPTION(target_period)},
};

bool memory_take(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max)
{
	uint64_t minute = (uint64_t)(now / MEMORY_PERIOD) << COUNT_BITS, old, new;
	_Atomic uint64_t *counter;
	uint32_t index;

	memcpy(&index, subject->bytes, sizeof(index));
	counter = &m->v[which][index % MEMORY_COUNTERS_MAX];
	old = atomic_load_explicit(counter, memory_order_relaxed);
	do {
		bool same = old >> COUNT_BITS == minute >> COUNT_BITS;

		if (same && (uint32_t)old >= max)
			return false;
		new = same ? old + 1 : minute + 1;
	} while (!atomic_compare_exchange_weak_explicit(
		counter, &old, new, memory_order_relaxed, memory_order_relaxed));
	return true;
}
