/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lanes: hashes are computed a few at a time, in order, and give way to everything else. */
#include "crypto/hash_pool.h"

#include "obs/metrics.h"
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#define CROWD 24

/* Work that notes what it meets, and can be held up. */
struct note {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held;
	int running, most, done;
	int nice;
	atomic_int right, limited;
	struct hash_pool *pool;
	int order[CROWD], n;
};

struct one {
	struct note *note;
	int number;
};

static void hash_work(void *data)
{
	struct one *one = data;
	struct note *n = one->note;

	pthread_mutex_lock(&n->lock);
	n->order[n->n++] = one->number;
	n->running++;
	n->most = n->running > n->most ? n->running : n->most;
	n->nice = getpriority(PRIO_PROCESS, 0);
	pthread_cond_broadcast(&n->changed);
	while (n->held)
		pthread_cond_wait(&n->changed, &n->lock);
	n->running--;
	n->done++;
	pthread_mutex_unlock(&n->lock);
}

static void *hash_ask(void *data)
{
	struct one *one = data;
	enum rc rc = hash_pool_run(one->note->pool, hash_work, one);

	atomic_fetch_add(rc == RC_OK ? &one->note->right : &one->note->limited, 1);
	return NULL;
}

static void note_init(struct note *n, int64_t max, int64_t queue)
{
	*n = (struct note){.pool = hash_pool_new(max, queue, 1 << 20), .held = true};
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->changed, NULL);
}

/* Until so many are asked for, and so many of them worked on. */
static void wait_for(struct note *n, int under_way, int running)
{
	while (metric_get(METRIC_HASHES) < under_way)
		sched_yield();
	pthread_mutex_lock(&n->lock);
	while (n->running < running)
		pthread_cond_wait(&n->changed, &n->lock);
	pthread_mutex_unlock(&n->lock);
}

static void hash_begin(struct note *n, struct one *ones, pthread_t *threads, int i)
{
	ones[i] = (struct one){n, i};
	assert_int_equal(pthread_create(&threads[i], NULL, hash_ask, &ones[i]), 0);
}

static void let_go(struct note *n)
{
	pthread_mutex_lock(&n->lock);
	n->held = false;
	pthread_cond_broadcast(&n->changed);
	pthread_mutex_unlock(&n->lock);
}

static void note_end(struct note *n)
{
	hash_pool_free(n->pool);
	pthread_cond_destroy(&n->changed);
	pthread_mutex_destroy(&n->lock);
}

static int processors(void)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	return CPU_COUNT(&set);
}

/* One lane and four places: of 24 that come while the lane is held five are done, the others told
 * at once. */
static void beyond_the_places_all_are_refused(void **state)
{
	struct one ones[CROWD];
	pthread_t threads[CROWD];
	struct note n;

	note_init(&n, 1, 4);
	for (int i = 0; i < CROWD; i++)
		hash_begin(&n, ones, threads, i);
	while (atomic_load(&n.limited) < CROWD - 5)
		sched_yield();
	let_go(&n);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&n.right), 5);
	assert_int_equal(atomic_load(&n.limited), CROWD - 5);
	assert_int_equal(n.most, 1);
	note_end(&n);
}

/* However many are allowed: not more at once than there are processors. */
static void no_more_than_processors(void **state)
{
	struct one ones[CROWD];
	pthread_t threads[CROWD];
	struct note n;

	note_init(&n, 256, CROWD);
	for (int i = 0; i < CROWD; i++)
		hash_begin(&n, ones, threads, i);
	wait_for(&n, CROWD, processors() < CROWD ? processors() : CROWD);
	let_go(&n);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(n.done, CROWD);
	assert_in_range(n.most, 1, processors());
	assert_int_equal(metric_get(METRIC_HASHES), 0);
	note_end(&n);
}

static void gives_way(void **state)
{
	struct one one;
	struct note n;

	note_init(&n, 1, 0);
	n.held = false;
	one = (struct one){&n, 0};
	assert_int_equal(hash_pool_run(n.pool, hash_work, &one), RC_OK);
	if (getpriority(PRIO_PROCESS, 0) < 19)
		assert_true(n.nice > getpriority(PRIO_PROCESS, 0));
	note_end(&n);
}

static void in_the_order_they_came(void **state)
{
	struct one ones[4];
	pthread_t threads[4];
	struct note n;

	note_init(&n, 1, 4);
	for (int i = 0; i < 4; i++) {
		hash_begin(&n, ones, threads, i);
		wait_for(&n, i + 1, 1);
	}
	let_go(&n);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(n.order[i], i);
	note_end(&n);
}

static void none_at_all(void **state)
{
	struct note n;
	struct one one = {&n, 0};

	note_init(&n, 0, 16);
	assert_int_equal(hash_pool_run(n.pool, hash_work, &one), RC_LIMITED);
	note_end(&n);
	hash_pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_the_places_all_are_refused),
		cmocka_unit_test(no_more_than_processors),
		cmocka_unit_test(gives_way),
		cmocka_unit_test(in_the_order_they_came),
		cmocka_unit_test(none_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
