/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>

#include "net/refresh_cache.h"

#include "base/die.h"

#include <stdbool.h>
#include <stdlib.h>

struct refresh_cache {
	const struct refresh_cache_type *type;
	void *data;
	int64_t keep, gap;

	pthread_mutex_t lock;
	pthread_cond_t fetched;
	bool fetching;
	uint64_t fetches; /* ended so far */
	enum rc last;     /* how the last one ended */
	void *value;
	int64_t fetched_at;
	bool forced_once;
	int64_t forced_at;
};

struct refresh_cache *refresh_cache_new(
	const struct refresh_cache_type *type, void *data, int64_t keep, int64_t gap)
{
	struct refresh_cache *c = xcalloc(1, sizeof(*c));

	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->fetched, NULL);
	c->type = type;
	c->data = data;
	c->keep = keep;
	c->gap = gap;
	return c;
}

void refresh_cache_free(struct refresh_cache *c)
{
	if (!c)
		return;
	if (c->value)
		c->type->unref(c->value);
	pthread_cond_destroy(&c->fetched);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* A clock set back makes a value old rather than eternal. */
static bool within(int64_t now, int64_t since, int64_t seconds)
{
	return now >= since && now - since < seconds;
}

static bool usable(const struct refresh_cache *c, int64_t now, const void *stale)
{
	return c->value && c->value != stale && within(now, c->fetched_at, c->keep);
}

static enum rc await_other(struct refresh_cache *c)
{
	uint64_t before = c->fetches;

	while (c->fetches == before)
		pthread_cond_wait(&c->fetched, &c->lock);
	return c->last;
}

/* May a newer value than a good one be asked for? */
static bool may_force(struct refresh_cache *c, int64_t now)
{
	if (c->forced_once && within(now, c->forced_at, c->gap))
		return false;
	c->forced_once = true;
	c->forced_at = now;
	return true;
}

static enum rc fetch_now(struct refresh_cache *c, int64_t now)
{
	void *value = NULL;
	enum rc rc;

	c->fetching = true;
	pthread_mutex_unlock(&c->lock);
	rc = c->type->fetch(c->data, now, &value);
	pthread_mutex_lock(&c->lock);
	if (rc == RC_OK) {
		if (c->value)
			c->type->unref(c->value);
		c->value = value;
		c->fetched_at = now;
	}
	c->fetching = false;
	c->last = rc;
	c->fetches++;
	pthread_cond_broadcast(&c->fetched);
	return rc;
}

enum rc refresh_cache_get(struct refresh_cache *c, int64_t now, const void *stale, void **ret)
{
	enum rc rc = RC_OK;

	pthread_mutex_lock(&c->lock);
	if (!usable(c, now, stale)) {
		if (c->fetching)
			rc = await_other(c);
		else if (stale && c->value == stale && !may_force(c, now))
			rc = RC_LIMITED;
		else
			rc = fetch_now(c, now);
	}
	if (rc == RC_OK)
		*ret = c->type->ref(c->value);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

enum rc refresh_cache_peek(struct refresh_cache *c, int64_t now, void **ret)
{
	enum rc rc = RC_NOT_FOUND;

	pthread_mutex_lock(&c->lock);
	if (usable(c, now, NULL)) {
		*ret = c->type->ref(c->value);
		rc = RC_OK;
	}
	pthread_mutex_unlock(&c->lock);
	return rc;
}
