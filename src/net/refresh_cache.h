/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_NET_REFRESH_CACHE_H
#define PRATU_NET_REFRESH_CACHE_H

/*
 * A value fetched from another system and cached: a key set, a discovery document. Values are
 * immutable and reference counted by their own functions.
 *
 * One thread fetches at a time; concurrent callers wait for its result, good or bad, instead of
 * fetching again. Any thread; blocking.
 */
#include "base/rc.h"

#include <stddef.h>
#include <stdint.h>

struct refresh_cache_type {
	void *(*ref)(void *value);
	void (*unref)(void *value);
	/* Gets a new value, with a reference of its own; runs without any lock. */
	enum rc (*fetch)(void *data, int64_t now, void **ret);
};

struct refresh_cache;

/* keep: seconds a value is used; gap: seconds between two fetches that a caller forces. */
struct refresh_cache *refresh_cache_new(
	const struct refresh_cache_type *type, void *data, int64_t keep, int64_t gap);
void refresh_cache_free(struct refresh_cache *c);

/*
 * The value, with a reference for the caller. stale: the value the caller found unusable; forces a
 * refresh (NULL: any cached value). RC_LIMITED: forced again too soon; else what fetch answered.
 */
MUST_USE enum rc refresh_cache_get(
	struct refresh_cache *c, int64_t now, const void *stale, void **ret);

/* The value as refresh_cache_get gives any cached one, where that needs no fetch: does not block.
 * RC_NOT_FOUND: none, or it is too old. */
MUST_USE enum rc refresh_cache_peek(struct refresh_cache *c, int64_t now, void **ret);

#endif
