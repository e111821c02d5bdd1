/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Batches of a thread that gathers: when they go to the writer, and in how many groups. */
#include "fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int groups, ended, answered;

static void on_cork(bool begin)
{
	atomic_fetch_add(begin ? &groups : &ended, 1);
}

static void on_done(void *data, enum rc rc)
{
	if (rc == RC_OK)
		atomic_fetch_add(&answered, 1);
}

static void queue_some(struct store_fixture *f, int n)
{
	atomic_store(&groups, 0);
	atomic_store(&ended, 0);
	atomic_store(&answered, 0);
	for (int i = 0; i < n; i++) {
		struct store_batch *b = store_batch_new(f->a);

		store_put(b, PLAIN, numbered(f->a, "k", (uint64_t)i), STR("v"), STORE_ANY);
		store_commit_async(f->s, b, on_done, NULL);
	}
}

static void wait_for(int n)
{
	while (atomic_load(&answered) < n || atomic_load(&ended) < atomic_load(&groups))
		sched_yield();
}

/* Each test runs on a thread of its own, which the marking as a gatherer dies with. */
struct test {
	struct store_fixture *f;
	void (*run)(struct store_fixture *f);
};

static void *gather_thread(void *data)
{
	const struct test *t = data;

	store_on_loop_iteration(t->f->s, false);
	t->run(t->f);
	return NULL;
}

static void on_thread(void **state, void (*fn)(struct store_fixture *f))
{
	struct test t = {*state, fn};
	pthread_t thread;

	store_set_cork(t.f->s, on_cork);
	assert_int_equal(pthread_create(&thread, NULL, gather_thread, &t), 0);
	pthread_join(thread, NULL);
}

/* However long it takes to queue them, nobody told the writer: they are one group. */
static void queue_and_sleep(struct store_fixture *f)
{
	queue_some(f, 200);
	store_on_loop_iteration(f->s, true);
	wait_for(200);
}

static void one_group_when_the_thread_sleeps(void **state)
{
	on_thread(state, queue_and_sleep);
	assert_int_equal(atomic_load(&groups), 1);
	assert_int_equal(atomic_load(&ended), 1);
	assert_int_equal(count(*state, PLAIN), 200);
}

static void queue_enough(struct store_fixture *f)
{
	queue_some(f, STORE_GATHER);
	store_on_loop_iteration(f->s, false);
	wait_for(STORE_GATHER);
}

static void enough_need_no_sleep(void **state)
{
	on_thread(state, queue_enough);
	assert_int_equal(atomic_load(&groups), 1);
}

static void queue_one_and_turn(struct store_fixture *f)
{
	queue_some(f, 1);
	while (atomic_load(&answered) == 0) {
		store_on_loop_iteration(f->s, false);
		sched_yield();
	}
	wait_for(1);
}

/* A thread that never sleeps keeps nobody waiting. */
static void one_goes_after_a_while(void **state)
{
	on_thread(state, queue_one_and_turn);
	assert_int_equal(atomic_load(&groups), 1);
}

static void commit_and_wait(struct store_fixture *f)
{
	queue_some(f, 3);
	(void)!put1(f, OTHER, STR("k"), STR("v"), STORE_ANY);
	wait_for(3);
}

static void a_waiting_commit_takes_all_along(void **state)
{
	on_thread(state, commit_and_wait);
	assert_int_equal(atomic_load(&groups), 1);
	assert_value(*state, OTHER, STR("k"), "v");
}

/* Other threads wake the writer themselves, also for what a gatherer left. */
static void queue_only(struct store_fixture *f)
{
	queue_some(f, 5);
}

static void another_thread_takes_all_along(void **state)
{
	on_thread(state, queue_only);
	assert_int_equal(atomic_load(&groups), 0);
	assert_rc(RC_OK, put1(*state, OTHER, STR("k"), STR("v"), STORE_ANY));
	wait_for(5);
	assert_int_equal(atomic_load(&groups), 1);
}

static void closing_finishes_what_was_gathered(void **state)
{
	struct store_fixture *f = *state;

	on_thread(state, queue_only);
	store_close(f->s);
	f->s = NULL;
	assert_int_equal(atomic_load(&answered), 5);
	assert_int_equal(atomic_load(&ended), 1);
}

int main(int argc, char **argv)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_group_when_the_thread_sleeps),
		TEST(enough_need_no_sleep),
		TEST(one_goes_after_a_while),
		TEST(a_waiting_commit_takes_all_along),
		TEST(another_thread_takes_all_along),
		TEST(closing_finishes_what_was_gathered),
	};

	if (argc != 2 || !fixture_choose(argv[1]))
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
