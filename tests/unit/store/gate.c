/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The gate that lets the map be moved: who waits for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/lmdb_env.h"

#include <unistd.h>

#define SOON 1     /* ms: certainly too short when somebody is inside */
#define LONG 10000 /* ms: never reached */

struct gate_bench {
	struct lmdb_gate gate;
	atomic_int stage;
};

static int gate_set_up(void **state)
{
	struct gate_bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	lmdb_gate_init(&b->gate);
	*state = b;
	return 0;
}

static int gate_tear_down(void **state)
{
	struct gate_bench *b = *state;

	lmdb_gate_destroy(&b->gate);
	free(b);
	return 0;
}

static void alone(void **state)
{
	struct gate_bench *b = *state;

	for (int i = 0; i < 3; i++) {
		assert_true(lmdb_gate_drain(&b->gate, SOON));
		/* Nor may a second one have it. */
		assert_false(lmdb_gate_drain(&b->gate, SOON));
		lmdb_gate_open(&b->gate);
		lmdb_gate_enter(&b->gate, false);
		lmdb_gate_leave(&b->gate);
	}
}

/* Who is inside is waited for; after giving up, everything is as before. */
static void somebody_inside(void **state)
{
	struct gate_bench *b = *state;

	lmdb_gate_enter(&b->gate, false);
	assert_false(lmdb_gate_drain(&b->gate, SOON));
	lmdb_gate_enter(&b->gate, false);
	lmdb_gate_leave(&b->gate);
	assert_false(lmdb_gate_drain(&b->gate, SOON));
	lmdb_gate_leave(&b->gate);
	assert_true(lmdb_gate_drain(&b->gate, SOON));
	lmdb_gate_open(&b->gate);
}

static void *drain(void *data)
{
	struct gate_bench *b = data;

	atomic_store(&b->stage, 1);
	if (lmdb_gate_drain(&b->gate, LONG)) {
		atomic_store(&b->stage, 2);
		lmdb_gate_open(&b->gate);
	}
	return NULL;
}

static void *gate_thread(void *data)
{
	struct gate_bench *b = data;

	lmdb_gate_enter(&b->gate, false);
	atomic_store(&b->stage, 3);
	lmdb_gate_leave(&b->gate);
	return NULL;
}

static bool draining(struct gate_bench *b)
{
	return atomic_load(&b->gate.state) & (1u << 31);
}

/* While it drains, a thread that is inside comes in again at once; the last to leave wakes. */
static void nested(void **state)
{
	struct gate_bench *b = *state;
	pthread_t thread;

	lmdb_gate_enter(&b->gate, false);
	assert_int_equal(pthread_create(&thread, NULL, drain, b), 0);
	while (!draining(b))
		usleep(100);
	lmdb_gate_enter(&b->gate, true);
	lmdb_gate_leave(&b->gate);
	assert_int_equal(atomic_load(&b->stage), 1);
	lmdb_gate_leave(&b->gate);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&b->stage), 2);
}

/* Newcomers wait until it is open again, nested or not. */
static void newcomers(void **state)
{
	struct gate_bench *b = *state;
	pthread_t thread;

	assert_true(lmdb_gate_drain(&b->gate, SOON));
	assert_int_equal(pthread_create(&thread, NULL, gate_thread, b), 0);
	usleep(5000);
	assert_int_equal(atomic_load(&b->stage), 0);
	lmdb_gate_open(&b->gate);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&b->stage), 3);
}

/* --- many --- */

#define THREADS 4
#define TURNS   3000

struct gate_crowd {
	struct gate_bench *b;
	int *inside; /* plain: the gate is what guards it */
	bool wrong;
};

static void *come_and_go(void *data)
{
	struct gate_crowd *c = data;

	for (int i = 0; i < TURNS; i++) {
		lmdb_gate_enter(&c->b->gate, false);
		lmdb_gate_enter(&c->b->gate, true);
		c->wrong |= *c->inside != 0;
		lmdb_gate_leave(&c->b->gate);
		c->wrong |= *c->inside != 0;
		lmdb_gate_leave(&c->b->gate);
		if (i % 100)
			continue;
		if (!lmdb_gate_drain(&c->b->gate, LONG)) {
			c->wrong = true;
			continue;
		}
		*c->inside = 1;
		*c->inside = 0;
		lmdb_gate_open(&c->b->gate);
	}
	return NULL;
}

static void crowd(void **state)
{
	struct gate_crowd crowds[THREADS];
	pthread_t threads[THREADS];
	int inside = 0;

	for (int i = 0; i < THREADS; i++) {
		crowds[i] = (struct gate_crowd){.b = *state, .inside = &inside};
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowds[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_false(crowds[i].wrong);
	}
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, gate_set_up, gate_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(alone),
		CASE(somebody_inside),
		CASE(nested),
		CASE(newcomers),
		CASE(crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
