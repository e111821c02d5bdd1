/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Growth of the map within a process, the end of the map, the end of the disk, and copies. */
#include "child.h"
#include "support/store/mem.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#define BIG 60000

static char big[BIG];

static int limits_set_up(void **state)
{
	*state = fixture_new();
	return 0;
}

static void open_sized(struct store_fixture *f, int64_t bytes, int64_t max)
{
	struct store_lmdb_options options = fixture_options(f);

	options.map_bytes = bytes;
	options.map_bytes_max = max;
	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &options, &f->s));
}

/* A pair of records, so that half a batch would show. */
static enum rc put_pair(struct store_fixture *f, uint64_t i)
{
	struct store_batch *b = store_batch_new(f->a);

	store_put(b, PLAIN, numbered(f->a, "k", i), (struct str){.p = big, .n = sizeof(big)},
		STORE_ABSENT);
	store_put(b, OTHER, numbered(f->a, "k", i), STR("v"), STORE_ABSENT);
	return store_commit(f->s, b);
}

struct snapshot_reader {
	struct store_fixture *f;
	bool stop;
	uint64_t reads, wrong;
};

/* Short snapshots without a pause, each also with a second one inside. */
static void *read_on(void *data)
{
	struct snapshot_reader *r = data;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		struct store_snapshot *outer, *inner;
		uint64_t plain = 0, other = 1;

		if (store_snapshot_begin(r->f->s, &outer) != RC_OK) {
			r->wrong++;
			continue;
		}
		if (store_snapshot_begin(r->f->s, &inner) == RC_OK)
			store_snapshot_end(inner);
		else
			r->wrong++;
		if (store_count(outer, PLAIN, &plain) != RC_OK ||
			store_count(outer, OTHER, &other) != RC_OK || plain != other)
			r->wrong++;
		store_snapshot_end(outer);
		r->reads++;
		sched_yield();
	}
	return NULL;
}

static void growth_under_readers(void **state)
{
	struct store_fixture *f = *state;
	struct snapshot_reader readers[3];
	pthread_t threads[3];

	open_sized(f, 1 << 20, 64 << 20);
	for (int i = 0; i < 3; i++) {
		readers[i] = (struct snapshot_reader){.f = f};
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
	}
	for (uint64_t i = 0; i < 300; i++)
		assert_rc(RC_OK, put_pair(f, i));
	for (int i = 0; i < 3; i++) {
		__atomic_store_n(&readers[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].wrong, 0);
		assert_true(readers[i].reads > 0);
	}
	assert_int_equal(count(f, PLAIN), 300);
}

static void commit_result_note(void *data, enum rc rc)
{
	__atomic_store_n((int *)data, (int)rc, __ATOMIC_RELEASE);
}

/* A snapshot that is held too long makes growth fail, which is said and passes. */
static void growth_hindered(void **state)
{
	struct store_fixture *f = *state;
	struct store_snapshot *snap = NULL;
	enum rc rc = RC_OK;

	open_sized(f, 1 << 20, 64 << 20);
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	for (uint64_t i = 0; i < 20 && rc == RC_OK; i++) {
		struct store_batch *b = store_batch_new(f->a);
		int answer = RC_MAX;

		store_put(b, PLAIN, numbered(f->a, "k", i),
			(struct str){.p = big, .n = sizeof(big)}, STORE_ABSENT);
		store_commit_async(f->s, b, commit_result_note, &answer);
		while (__atomic_load_n(&answer, __ATOMIC_ACQUIRE) == RC_MAX)
			usleep(100);
		rc = (enum rc)answer;
	}
	assert_rc(RC_UNAVAILABLE, rc);
	store_snapshot_end(snap);
	assert_rc(RC_OK, put_pair(f, 100));
}

static uint64_t fill_map(struct store_fixture *f, uint64_t most)
{
	uint64_t n = 0;
	enum rc rc = RC_OK;

	while (n < most && (rc = put_pair(f, n)) == RC_OK)
		n++;
	if (n < most)
		assert_rc(RC_UNAVAILABLE, rc);
	return n;
}

static void map_full(void **state)
{
	struct store_fixture *f = *state;
	uint64_t n;

	open_sized(f, 1 << 20, 2 << 20);
	n = fill_map(f, 100);
	assert_true(n > 20 && n < 40);
	assert_int_equal(count(f, PLAIN), n);
	assert_int_equal(count(f, OTHER), n);
	/* What makes room can be done, and then there is room. */
	for (uint64_t i = 0; i < 10; i++)
		assert_rc(RC_OK, delete1(f, PLAIN, numbered(f->a, "k", i), STORE_ANY));
	assert_rc(RC_OK, put_pair(f, 1000));
	assert_value(f, OTHER, STR("k00001000"), "v");
}

/* In a group, those that fit are stored and only the others refused. */
static void count_rcs(void *data, enum rc rc)
{
	__atomic_fetch_add(&((int *)data)[rc], 1, __ATOMIC_RELEASE);
}

static void map_full_in_a_group(void **state)
{
	struct store_fixture *f = *state;
	int rcs[RC_MAX] = {0};

	open_sized(f, 1 << 20, 2 << 20);
	fill_map(f, 100);
	for (uint64_t i = 0; i < 64; i++) {
		struct store_batch *b = store_batch_new(f->a);

		if (i % 2)
			store_delete(b, PLAIN, STR("none"), STORE_ANY);
		else
			store_put(b, PLAIN, numbered(f->a, "g", i),
				(struct str){.p = big, .n = sizeof(big)}, STORE_ABSENT);
		store_commit_async(f->s, b, count_rcs, rcs);
	}
	while (__atomic_load_n(&rcs[RC_OK], __ATOMIC_ACQUIRE) +
			__atomic_load_n(&rcs[RC_UNAVAILABLE], __ATOMIC_ACQUIRE) <
		64)
		usleep(100);
	assert_true(rcs[RC_OK] >= 32);
	assert_true(rcs[RC_UNAVAILABLE] > 20);
}

/* --- the disk --- */

/* The file may not grow beyond 2 MiB: what a full disk does to a write. */
static int fill_limited_file(struct store_fixture *f, int out)
{
	struct rlimit limit = {.rlim_cur = 2 << 20, .rlim_max = RLIM_INFINITY};
	uint64_t n = 0;
	enum rc rc;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 1;
	while ((rc = put_pair(f, n)) == RC_OK)
		n++;
	if (rc != RC_UNAVAILABLE || put_pair(f, n) != RC_UNAVAILABLE)
		return 2;
	limit.rlim_cur = RLIM_INFINITY;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 3;
	/* Room again: the same store goes on. */
	if (put_pair(f, n) != RC_OK)
		return 4;
	return write(out, &n, sizeof(n)) == sizeof(n) ? 0 : 5;
}

static void assert_pairs(struct store_fixture *f, uint64_t n)
{
	fixture_open(f);
	assert_int_equal(count(f, PLAIN), n);
	assert_int_equal(count(f, OTHER), n);
	assert_value(f, OTHER, numbered(f->a, "k", n - 1), "v");
	assert_rc(RC_OK, put_pair(f, n));
}

static void disk_limit(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options options = fixture_options(f);
	struct child child = child_start(f, &options, fill_limited_file);
	uint64_t n;

	child_go(&child);
	assert_int_equal(read(child.from, &n, sizeof(n)), sizeof(n));
	assert_int_equal(child_wait(&child), 0);
	child_end(&child);
	assert_true(n > 10);
	assert_pairs(f, n + 1);
}

/* A real full file system, where the test may mount one. */
static int fill_disk(struct store_fixture *f, int out)
{
	uint64_t n = 0;
	enum rc rc;

	(void)out;
	while ((rc = put_pair(f, n)) == RC_OK)
		n++;
	if (rc != RC_UNAVAILABLE || n < 10)
		return 2;
	if (count(f, PLAIN) != n || count(f, OTHER) != n)
		return 3;
	for (uint64_t i = 0; i < 5; i++)
		if (delete1(f, PLAIN, numbered(f->a, "k", i), STORE_ANY) != RC_OK)
			return 4;
	return put_pair(f, n) == RC_OK ? 0 : 5;
}

static void disk_full(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options options = fixture_options(f);
	struct child child;
	int status;

	if (mount("none", f->dir, "tmpfs", 0, "size=2m,mode=700") != 0) {
		assert_true(errno == EPERM || errno == EACCES || errno == ENOSYS);
		skip();
	}
	child = child_start(f, &options, fill_disk);
	child_go(&child);
	status = child_wait(&child);
	child_end(&child);
	assert_int_equal(umount(f->dir), 0);
	assert_int_equal(status, 0);
}

/* --- copies --- */

static void *write_on(void *data)
{
	struct snapshot_reader *r = data;
	struct arena *a = arena_new(ARENA_MAX_CLI);

	for (uint64_t i = 0; !__atomic_load_n(&r->stop, __ATOMIC_RELAXED); i++) {
		struct store_batch *b = store_batch_new(a);

		store_put(b, PLAIN, numbered(a, "w", i), STR("v"), STORE_ABSENT);
		store_put(b, OTHER, numbered(a, "w", i), STR("v"), STORE_ABSENT);
		store_append(b, JOURNAL, STR("line"));
		r->wrong += store_commit(r->f->s, b) != RC_OK;
		__atomic_fetch_add(&r->reads, 1, __ATOMIC_RELAXED);
	}
	arena_free(a);
	return NULL;
}

static void copy_at_map_limit(void **state)
{
	struct store_fixture *f = *state;
	struct store_fixture restored = *f;
	struct snapshot_reader writer = {.f = f};
	uint64_t version, in_copy;
	pthread_t thread;

	open_sized(f, 1 << 20, 64 << 20);
	assert_rc(RC_OK, put1(f, PLAIN, STR("first"), STR("v"), STORE_ABSENT));
	assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
	while (__atomic_load_n(&writer.reads, __ATOMIC_RELAXED) < 50)
		sched_yield();
	snprintf(restored.dir, sizeof(restored.dir), "%.50s/copy", f->dir);
	assert_rc(RC_OK, store_copy(f->s, restored.dir));
	__atomic_store_n(&writer.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(writer.wrong, 0);
	assert_rc(RC_EXISTS, store_copy(f->s, restored.dir));
	version = look(f, PLAIN, STR("first"), NULL);
	fixture_open(&restored);
	in_copy = count(&restored, OTHER);
	assert_true(in_copy >= 50 && in_copy <= writer.reads);
	assert_int_equal(count(&restored, PLAIN), in_copy + 1);
	assert_int_equal(count(&restored, JOURNAL), in_copy);
	/* LMDB numbers the copy's transactions from 1; versions go on rising all the same. */
	assert_int_equal(look(&restored, PLAIN, STR("first"), NULL), version);
	assert_rc(RC_OK, put1(&restored, PLAIN, STR("first"), STR("w"), version));
	assert_true(look(&restored, PLAIN, STR("first"), NULL) >
		    look(f, PLAIN, numbered(f->a, "w", in_copy - 1), NULL));
	store_close(restored.s);
}

static void copy_refused(void **state)
{
	struct store_fixture *f = *state;
	struct store *mem;

	fixture_open(f);
	assert_rc(RC_EXISTS, store_copy(f->s, f->dir));
	assert_rc(RC_UNAVAILABLE, store_copy(f->s, "/nonexistent/of/pratu/copy"));
	assert_rc(RC_OK, store_open_mem(&fixture_schema, &f->clock, &mem));
	assert_rc(RC_INVALID, store_copy(mem, f->dir));
	store_close(mem);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, limits_set_up, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(growth_under_readers),
		CASE(growth_hindered),
		CASE(map_full),
		CASE(map_full_in_a_group),
		CASE(disk_limit),
		CASE(disk_full),
		CASE(copy_at_map_limit),
		CASE(copy_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
