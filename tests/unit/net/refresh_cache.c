/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "net/refresh_cache.h"

#include <cmocka.h>

#define GAP  10
#define KEEP 100

struct value {
	atomic_int refs;
};

/* Where values come from: counts, and waits at a gate when told to. */
struct counting_source {
	atomic_int fetches, alive;
	enum rc answer;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool closed;
};

static struct counting_source *source_of_values;

static void *ref(void *value)
{
	atomic_fetch_add(&((struct value *)value)->refs, 1);
	return value;
}

static void unref(void *value)
{
	if (atomic_fetch_sub(&((struct value *)value)->refs, 1) != 1)
		return;
	atomic_fetch_sub(&source_of_values->alive, 1);
	free(value);
}

static enum rc fetch(void *data, int64_t now, void **ret)
{
	struct counting_source *s = data;
	struct value *v;

	atomic_fetch_add(&s->fetches, 1);
	pthread_mutex_lock(&s->lock);
	while (s->closed)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
	if (s->answer != RC_OK)
		return s->answer;
	v = calloc(1, sizeof(*v));
	assert_non_null(v);
	atomic_init(&v->refs, 1);
	atomic_fetch_add(&s->alive, 1);
	*ret = v;
	return RC_OK;
}

static const struct refresh_cache_type type = {ref, unref, fetch};

static struct refresh_cache *cache_start(struct counting_source *s)
{
	*s = (struct counting_source){.answer = RC_OK};
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	source_of_values = s;
	return refresh_cache_new(&type, s, KEEP, GAP);
}

static void cache_check(struct refresh_cache *c, struct counting_source *s, int64_t now,
	const void *stale, enum rc want, int fetches)
{
	void *value = NULL;

	assert_int_equal(refresh_cache_get(c, now, stale, &value), want);
	assert_int_equal(s->fetches, fetches);
	assert_true(!value == (want != RC_OK));
	if (value)
		unref(value);
}

static void cache_stop(struct refresh_cache *c, struct counting_source *s)
{
	refresh_cache_free(c);
	assert_int_equal(s->alive, 0);
}

static void kept_for_its_time(void **state)
{
	struct counting_source s;
	struct refresh_cache *c = cache_start(&s);

	cache_check(c, &s, 1000, NULL, RC_OK, 1);
	cache_check(c, &s, 1000 + KEEP - 1, NULL, RC_OK, 1);
	cache_check(c, &s, 1000 + KEEP, NULL, RC_OK, 2);
	cache_check(c, &s, 999, NULL, RC_OK, 3); /* the clock was set back */
	cache_stop(c, &s);
}

static void a_failure_is_not_kept(void **state)
{
	struct counting_source s;
	struct refresh_cache *c = cache_start(&s);

	s.answer = RC_UNAVAILABLE;
	cache_check(c, &s, 1000, NULL, RC_UNAVAILABLE, 1);
	cache_check(c, &s, 1000, NULL, RC_UNAVAILABLE, 2);
	s.answer = RC_OK;
	cache_check(c, &s, 1000, NULL, RC_OK, 3);
	s.answer = RC_DENIED; /* what is old is not used in its place */
	cache_check(c, &s, 1000 + KEEP, NULL, RC_DENIED, 4);
	cache_stop(c, &s);
}

static void forced_not_too_often(void **state)
{
	struct counting_source s;
	struct refresh_cache *c = cache_start(&s);
	void *first, *second, *third;

	assert_int_equal(refresh_cache_get(c, 1000, NULL, &first), RC_OK);
	assert_int_equal(refresh_cache_get(c, 1000, first, &second), RC_OK);
	assert_ptr_not_equal(first, second);
	assert_int_equal(s.fetches, 2);
	cache_check(c, &s, 1000, first, RC_OK, 2); /* there is a newer one: no fetch */
	cache_check(c, &s, 1000 + GAP - 1, second, RC_LIMITED, 2);
	cache_check(c, &s, 1000 + GAP - 1, NULL, RC_OK, 2);
	assert_int_equal(refresh_cache_get(c, 1000 + GAP, second, &third), RC_OK);
	assert_int_equal(s.fetches, 3);
	s.answer = RC_UNAVAILABLE; /* a forced fetch that fails leaves the value there was */
	cache_check(c, &s, 1000 + 2 * GAP, third, RC_UNAVAILABLE, 4);
	cache_check(c, &s, 1000 + 2 * GAP, NULL, RC_OK, 4);
	unref(first);
	unref(second);
	unref(third);
	cache_stop(c, &s);
}

#define THREADS 8

struct caller {
	pthread_t thread;
	struct refresh_cache *cell;
	atomic_int *begun;
	enum rc rc;
};

static void *call(void *data)
{
	struct caller *me = data;
	void *value;

	atomic_fetch_add(me->begun, 1);
	me->rc = refresh_cache_get(me->cell, 1000, NULL, &value);
	if (me->rc == RC_OK)
		unref(value);
	return NULL;
}

/*
 * All at once while the fetch is held up. A thread that comes late, when all is over, may fetch for
 * itself after a failure; with a good value there is one fetch whatever the order.
 */
static void many_at_once(enum rc answer)
{
	struct counting_source s;
	struct refresh_cache *c = cache_start(&s);
	struct caller callers[THREADS];
	atomic_int begun = 0;

	s.answer = answer;
	s.closed = true;
	for (int i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.cell = c, .begun = &begun};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	while (atomic_load(&begun) < THREADS || !atomic_load(&s.fetches))
		sched_yield();
	assert_int_equal(s.fetches, 1);
	pthread_mutex_lock(&s.lock);
	s.closed = false;
	pthread_cond_broadcast(&s.changed);
	pthread_mutex_unlock(&s.lock);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].rc, answer);
	}
	if (answer == RC_OK)
		assert_int_equal(s.fetches, 1);
	cache_stop(c, &s);
}

static void many_wait_for_one_fetch(void **state)
{
	many_at_once(RC_OK);
}

static void many_share_one_failure(void **state)
{
	many_at_once(RC_UNAVAILABLE);
}

/* A look never fetches, and gives what a get would without one. */
static void a_look_does_not_fetch(void **state)
{
	struct counting_source s = {.answer = RC_OK};
	struct refresh_cache *c;
	void *got, *seen;

	(void)state;
	source_of_values = &s;
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.changed, NULL);
	c = refresh_cache_new(&type, &s, KEEP, GAP);
	assert_int_equal(refresh_cache_peek(c, 1000, &seen), RC_NOT_FOUND);
	assert_int_equal(refresh_cache_get(c, 1000, NULL, &got), RC_OK);
	assert_int_equal(refresh_cache_peek(c, 1000 + KEEP - 1, &seen), RC_OK);
	assert_ptr_equal(seen, got);
	unref(seen);
	assert_int_equal(refresh_cache_peek(c, 1000 + KEEP, &seen), RC_NOT_FOUND);
	assert_int_equal(refresh_cache_peek(c, 999, &seen), RC_NOT_FOUND);
	assert_int_equal(atomic_load(&s.fetches), 1);
	unref(got);
	refresh_cache_free(c);
	assert_int_equal(atomic_load(&s.alive), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_for_its_time),
		cmocka_unit_test(a_failure_is_not_kept),
		cmocka_unit_test(forced_not_too_often),
		cmocka_unit_test(many_wait_for_one_fetch),
		cmocka_unit_test(many_share_one_failure),
		cmocka_unit_test(a_look_does_not_fetch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
