/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/limits.h"

#include <stddef.h>

#define SETTING(member) offsetof(struct settings, member)
#define OPTION(member)  offsetof(struct throttle_options, member)

const struct throttle_row throttle_rows[THROTTLE_LIMITS] = {
	[THROTTLE_LOGINS] = {.kind = ATTEMPT_IP_ADDRESS, .max = SETTING(logins_per_minute)},
	[THROTTLE_RECOVERY_REQUESTS] = {.kind = ATTEMPT_IP_ADDRESS,
		.max = SETTING(recovery_requests_per_minute)},
	[THROTTLE_RETURNS_REFUSED] = {.kind = ATTEMPT_IP_ADDRESS,
		.max = SETTING(refused_returns_per_minute)},
	[THROTTLE_SESSION_CODES] = {.kind = ATTEMPT_TARGET,
		.budget = "session:",
		.max = SETTING(codes_per_session_and_minute)},
	[THROTTLE_PUSHED] = {.kind = ATTEMPT_TARGET,
		.budget = "pushed:",
		.max = SETTING(pushed_per_client_and_minute)},
	[THROTTLE_NO_CODES] = {.kind = ATTEMPT_TARGET,
		.budget = "no_code:",
		.fixed = THROTTLE_NO_CODES_MAX},
	[THROTTLE_PROVIDERS] = {.kind = ATTEMPT_IP_ADDRESS},
	[THROTTLE_CIBA] = {.kind = ATTEMPT_TARGET,
		.budget = "ciba:",
		.max = SETTING(ciba.requests_per_minute)},
	[THROTTLE_NETWORK] = {true, ATTEMPT_IP_ADDRESS, "", OPTION(address_limit),
		OPTION(address_period)},
	[THROTTLE_CODES] = {true, ATTEMPT_TARGET, "", OPTION(target_limit), OPTION(target_period)},
	[THROTTLE_CODES_TYPED] = {true, ATTEMPT_TARGET, "typed:", OPTION(target_limit),
		OPTION(target_period)},
	[THROTTLE_RECOVERY_MAILS] = {true, ATTEMPT_TARGET, "reset:", OPTION(target_limit),
		OPTION(target_period)},
	[THROTTLE_CIBA_MAILS] = {true, ATTEMPT_TARGET, "ciba:", OPTION(target_limit),
		OPTION(target_period)},
	[THROTTLE_MESSAGES] = {true, ATTEMPT_TARGET, "all:", OPTION(message_limit),
		OPTION(target_period)},
};

void memory_init(struct memory_counters *m)
{
	for (size_t i = 0; i < MEMORY_LOCKS; i++)
		pthread_mutex_init(&m->locks[i], NULL);
}

void memory_close(struct memory_counters *m)
{
	for (size_t i = 0; i < MEMORY_LOCKS; i++)
		pthread_mutex_destroy(&m->locks[i]);
}

static uint32_t set_of(const struct attempt_subject *subject)
{
	uint32_t index;

	memcpy(&index, subject->bytes, sizeof(index));
	return index % MEMORY_SETS;
}

/* What a counter has counted in this minute. A clock that steps back begins a minute of its own. */
static uint32_t count_in(const struct memory_counter *c, uint32_t minute)
{
	return c->minute == minute ? c->count : 0;
}

/* Under the lock: the subject's counter, or NULL. */
static struct memory_counter *find_counter(
	struct memory_counter *set, const struct attempt_subject *subject)
{
	for (size_t i = 0; i < MEMORY_WAYS; i++)
		if (set[i].count && memcmp(&set[i].subject, subject, sizeof(set[i].subject)) == 0)
			return &set[i];
	return NULL;
}

/* Under the lock: one that gives way to this subject. */
static struct memory_counter *take_counter(
	struct memory_counter *set, const struct attempt_subject *subject, uint32_t minute)
{
	struct memory_counter *least = &set[0];

	for (size_t i = 1; i < MEMORY_WAYS; i++)
		if (count_in(&set[i], minute) < count_in(least, minute))
			least = &set[i];
	*least = (struct memory_counter){.subject = *subject, .minute = minute};
	return least;
}

static bool memory_count(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max, bool take)
{
	uint32_t minute = (uint32_t)(now / MEMORY_PERIOD), at = set_of(subject);
	pthread_mutex_t *lock = &m->locks[at % MEMORY_LOCKS];
	struct memory_counter *c;
	bool room;

	pthread_mutex_lock(lock);
	c = find_counter(m->v[which][at], subject);
	room = (c ? count_in(c, minute) : 0) < max;
	if (room && take) {
		if (!c)
			c = take_counter(m->v[which][at], subject, minute);
		c->count = count_in(c, minute) + 1;
		c->minute = minute;
	}
	pthread_mutex_unlock(lock);
	return room;
}

bool memory_take(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max)
{
	return memory_count(m, which, subject, now, max, true);
}

bool memory_has_room(struct memory_counters *m, enum throttle_limit which,
	const struct attempt_subject *subject, int64_t now, int64_t max)
{
	return memory_count(m, which, subject, now, max, false);
}
