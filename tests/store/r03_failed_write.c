/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * R3: each call by which LMDB writes fails once, in turn, with EIO and with ENOSPC. The batch of
 * that moment is refused, and everything goes on: what was acknowledged is there, the next batch is
 * stored, readers are answered. b4adb63 refused everybody for good when the meta page was hit.
 */
#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Calls by LMDB, which is a shared library, come here: the program's symbols are found first. */
static int counted, failing, error; /* counted: calls so far; failing: the one that fails, or 0 */

int fdatasync(int fd);
int fsync(int fd);
/* The library calls it by the name without 64. */
ssize_t plain_pwrite(int fd, const void *bytes, size_t n, off_t at) __asm__("pwrite");
ssize_t writev(int fd, const struct iovec *iov, int n);

static bool fails(void)
{
	int n = __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);

	if (n != __atomic_load_n(&failing, __ATOMIC_RELAXED))
		return false;
	errno = error;
	return true;
}

int fdatasync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

ssize_t plain_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return fails() ? -1 : syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return fails() ? -1 : syscall(SYS_writev, fd, iov, n);
}

static int r03_set_up(void **state)
{
	struct store_fixture *f = fixture_new();

	fixture_open(f);
	*state = f;
	return 0;
}

static enum rc put_numbered(struct store_fixture *f, uint64_t i)
{
	struct store_batch *b = store_batch_new(f->a);

	store_put(b, PLAIN, numbered(f->a, "k", i), STR("v"), STORE_ABSENT);
	store_put(b, OTHER, numbered(f->a, "k", i), STR("v"), STORE_ABSENT);
	store_append(b, JOURNAL, STR("line"));
	return store_commit(f->s, b);
}

/* The nth call from now on fails. */
static void fail_call(int n, int with)
{
	error = with;
	__atomic_store_n(
		&failing, __atomic_load_n(&counted, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* Calls that one batch needs. */
static int calls_of_a_batch(struct store_fixture *f)
{
	int before = counted;

	assert_rc(RC_OK, put_numbered(f, 1000000));
	return counted - before;
}

static void each_call_once(struct store_fixture *f, int with)
{
	int calls = calls_of_a_batch(f);
	uint64_t stored = 1;

	assert_true(calls >= 3);
	for (int n = 1; n <= calls; n++) {
		uint64_t i = (uint64_t)n * 10;

		assert_rc(RC_OK, put_numbered(f, i));
		fail_call(n, with);
		assert_rc(RC_UNAVAILABLE, put_numbered(f, i + 1));
		assert_value(f, PLAIN, numbered(f->a, "k", i), "v");
		assert_absent(f, PLAIN, numbered(f->a, "k", i + 1));
		assert_rc(RC_OK, put_numbered(f, i + 2));
		stored += 2;
		assert_int_equal(count(f, PLAIN), stored);
		assert_int_equal(count(f, OTHER), stored);
		assert_int_equal(count(f, JOURNAL), stored);
	}
	store_close(f->s);
	fixture_open(f);
	assert_int_equal(count(f, PLAIN), stored);
	assert_int_equal(count(f, JOURNAL), stored);
}

static void input_output_error(void **state)
{
	each_call_once(*state, EIO);
}

static void no_space(void **state)
{
	each_call_once(*state, ENOSPC);
}

/* Readers, with snapshots inside snapshots or without, see nothing of it. */
struct r03_reader {
	struct store_fixture *f;
	bool stop;
	uint64_t reads, wrong;
};

static void *read_steadily(void *data)
{
	struct r03_reader *r = data;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		struct store_snapshot *snap;
		struct store_record record;

		if (store_snapshot_begin(r->f->s, &snap) != RC_OK) {
			r->wrong++;
			continue;
		}
		r->wrong += store_get(snap, PLAIN, STR("k"), &record) != RC_OK;
		store_snapshot_end(snap);
		__atomic_fetch_add(&r->reads, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void readers_go_on(void **state)
{
	struct store_fixture *f = *state;
	struct r03_reader readers[3];
	pthread_t threads[3];
	int calls = calls_of_a_batch(f);

	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("v"), STORE_ANY));
	for (int i = 0; i < 3; i++) {
		readers[i] = (struct r03_reader){.f = f};
		assert_int_equal(pthread_create(&threads[i], NULL, read_steadily, &readers[i]), 0);
	}
	for (int i = 1; i <= 30; i++) {
		fail_call(calls, EIO); /* the last one: the meta page */
		assert_rc(RC_UNAVAILABLE, put_numbered(f, (uint64_t)i));
		assert_rc(RC_OK, put_numbered(f, (uint64_t)i + 100));
	}
	for (int i = 0; i < 3; i++) {
		__atomic_store_n(&readers[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].wrong, 0);
		assert_true(readers[i].reads > 0);
	}
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, r03_set_up, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(input_output_error),
		CASE(no_space),
		CASE(readers_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
