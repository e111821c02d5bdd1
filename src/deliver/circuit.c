/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/circuit.h"

#include <string.h>

void circuit_init(struct circuit *c, int usual, int most, int64_t probe_ms)
{
	memset(c, 0, sizeof(*c));
	pthread_mutex_init(&c->lock, NULL);
	c->usual = usual > 1 ? usual : 1;
	c->most = most > 1 ? most : 1;
	if (c->most > CIRCUIT_CALLS_MAX)
		c->most = CIRCUIT_CALLS_MAX;
	c->probe_ms = probe_ms;
}

void circuit_destroy(struct circuit *c)
{
	pthread_mutex_destroy(&c->lock);
}

/* Calls that began after the last answer: nobody knows yet what comes of them. The oldest's time in
 * *ret_oldest. */
static int unanswered(const struct circuit *c, int64_t *ret_oldest)
{
	int n = 0;

	for (int i = 0; i < CIRCUIT_CALLS_MAX; i++) {
		if (!c->begun[i] || c->begun[i] < c->answered)
			continue;
		if (n++ == 0 || c->begun[i] < *ret_oldest)
			*ret_oldest = c->begun[i];
	}
	return n;
}

static bool may_begin(const struct circuit *c, int64_t now)
{
	int64_t oldest = now;
	int open = unanswered(c, &oldest);
	bool answers = c->answered && !c->hung && now - c->answered < CIRCUIT_TRUST_MS &&
		       now - oldest < CIRCUIT_HANG_MS;

	if (c->n >= c->most)
		return false;
	return open == 0 || (answers && c->n < c->usual) || now - c->last_begun >= c->probe_ms;
}

int circuit_enter(struct circuit *c, int64_t now)
{
	int place = -1;

	pthread_mutex_lock(&c->lock);
	if (may_begin(c, now)) {
		for (place = 0; c->begun[place]; place++)
			;
		c->begun[place] = c->last_begun = now;
		c->n++;
	}
	pthread_mutex_unlock(&c->lock);
	return place;
}

void circuit_cancel(struct circuit *c, int place)
{
	pthread_mutex_lock(&c->lock);
	c->begun[place] = 0;
	c->n--;
	pthread_mutex_unlock(&c->lock);
}

void circuit_leave(struct circuit *c, int place, bool answered, int64_t now)
{
	pthread_mutex_lock(&c->lock);
	c->begun[place] = 0;
	c->n--;
	c->hung = !answered;
	if (answered)
		c->answered = now;
	pthread_mutex_unlock(&c->lock);
}
