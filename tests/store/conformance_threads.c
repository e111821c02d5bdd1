/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "conformance.h"
#include "fixture.h"

#include <pthread.h>
#include <sched.h>

#define THREADS 6
#define ROUNDS  60

struct store_worker {
	struct store_fixture *f;
	uint64_t index;
	uint64_t done;
	uint64_t retries;
};

static uint64_t run_workers(
	struct store_fixture *f, void *(*fn)(void *), struct store_worker *workers)
{
	pthread_t threads[THREADS];
	uint64_t sum = 0;

	for (uint64_t i = 0; i < THREADS; i++) {
		workers[i] = (struct store_worker){.f = f, .index = i};
		assert_int_equal(pthread_create(&threads[i], NULL, fn, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += workers[i].done;
	}
	return sum;
}

/* cmocka's asserts belong to the main thread: workers report through their counters. */
static bool increment(struct store *s, struct arena *a)
{
	struct store_batch *b = store_batch_new(a);
	struct store_snapshot *snap;
	struct store_record record;
	uint64_t value, version;
	struct buf text;

	if (store_snapshot_begin(s, &snap) != RC_OK)
		return false;
	if (store_get(snap, PLAIN, STR("counter"), &record) != RC_OK ||
		!str_to_u64(record.value, UINT64_MAX, &value)) {
		store_snapshot_end(snap);
		return false;
	}
	version = record.version;
	store_snapshot_end(snap);
	buf_init(&text, a, 32);
	buf_add_i64(&text, (int64_t)value + 1);
	store_put(b, PLAIN, STR("counter"), buf_str(&text), version);
	store_append(b, JOURNAL, buf_str(&text));
	return store_commit(s, b) == RC_OK;
}

static void *count_up(void *data)
{
	struct store_worker *w = data;
	struct arena *a = arena_new(ARENA_MAX);

	while (w->done < ROUNDS) {
		if (increment(w->f->s, a))
			w->done++;
		else
			w->retries++;
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

static void no_lost_update(void **state)
{
	struct store_worker workers[THREADS];
	struct store_fixture *f = *state;

	assert_rc(RC_OK, put1(f, PLAIN, STR("counter"), STR("0"), STORE_ABSENT));
	assert_int_equal(run_workers(f, count_up, workers), THREADS * ROUNDS);
	assert_value(f, PLAIN, STR("counter"), "360");
	/* As many lines as winners: the line and the change are one. */
	assert_int_equal(count(f, JOURNAL), THREADS * ROUNDS);
}

static void *claim_all(void *data)
{
	struct store_worker *w = data;
	struct arena *a = arena_new(ARENA_MAX);

	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct store_batch *b = store_batch_new(a);

		store_put(b, PLAIN, numbered(a, "name", i), numbered(a, "owner", w->index),
			STORE_ABSENT);
		store_put(b, OTHER, numbered(a, "won", i), STR("v"), STORE_ANY);
		w->done += store_commit(w->f->s, b) == RC_OK;
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

static void unique_insert(void **state)
{
	struct store_worker workers[THREADS];
	struct store_fixture *f = *state;

	assert_int_equal(run_workers(f, claim_all, workers), ROUNDS);
	assert_int_equal(count(f, PLAIN), ROUNDS);
}

/* --- isolation: the sum of all accounts is the same in every snapshot --- */

#define ACCOUNTS 16
#define EACH     1000

struct total {
	uint64_t sum, records;
};

static bool add_up(void *data, const struct store_record *record)
{
	struct total *total = data;
	uint64_t value = 0;

	if (!str_to_u64(record->value, UINT64_MAX, &value))
		return false;
	total->sum += value;
	total->records++;
	return true;
}

static bool read_two(
	struct store_snapshot *snap, const struct str *keys, uint64_t *values, uint64_t *versions)
{
	struct store_record record;

	for (int i = 0; i < 2; i++) {
		if (store_get(snap, PLAIN, keys[i], &record) != RC_OK ||
			!str_to_u64(record.value, UINT64_MAX, &values[i]))
			return false;
		versions[i] = record.version;
	}
	return true;
}

static bool transfer(struct store *s, struct arena *a, uint64_t from, uint64_t to)
{
	struct str keys[2] = {numbered(a, "acc", from), numbered(a, "acc", to)};
	struct store_batch *b = store_batch_new(a);
	uint64_t values[2], versions[2];
	struct store_snapshot *snap;
	bool read;

	if (store_snapshot_begin(s, &snap) != RC_OK)
		return false;
	read = read_two(snap, keys, values, versions);
	store_snapshot_end(snap);
	if (!read || values[0] == 0)
		return false;
	store_put(b, PLAIN, keys[0], numbered(a, "", values[0] - 1), versions[0]);
	store_put(b, PLAIN, keys[1], numbered(a, "", values[1] + 1), versions[1]);
	return store_commit(s, b) == RC_OK;
}

static void *transfer_or_check(void *data)
{
	struct store_worker *w = data;
	struct arena *a = arena_new(ARENA_MAX);

	for (uint64_t i = 0; i < ROUNDS * 2; i++) {
		struct total total = {0};
		struct store_snapshot *snap;

		if (w->index % 2 && transfer(w->f->s, a, (i * 7 + w->index) % ACCOUNTS,
					    (i * 5 + w->index + 1) % ACCOUNTS))
			w->retries++;
		arena_reset(a);
		if (store_snapshot_begin(w->f->s, &snap) != RC_OK)
			continue;
		if (store_scan(snap, PLAIN, STR("acc"), STR_NONE, i & 1, add_up, &total) == RC_OK)
			w->done += total.sum == ACCOUNTS * EACH && total.records == ACCOUNTS;
		store_snapshot_end(snap);
	}
	arena_free(a);
	return NULL;
}

static void snapshots_are_whole(void **state)
{
	struct store_worker workers[THREADS];
	struct store_fixture *f = *state;

	for (uint64_t i = 0; i < ACCOUNTS; i++)
		assert_rc(RC_OK, put1(f, PLAIN, numbered(f->a, "acc", i), numbered(f->a, "", EACH),
					 STORE_ABSENT));
	assert_int_equal(run_workers(f, transfer_or_check, workers), THREADS * ROUNDS * 2);
	/* There was something to be torn by. */
	assert_true(workers[1].retries > 0);
}

/* --- logs --- */

static void *append_all(void *data)
{
	struct store_worker *w = data;
	struct arena *a = arena_new(ARENA_MAX);

	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct store_batch *b = store_batch_new(a);

		store_append(b, JOURNAL, STR("first"));
		if (i % 3 == 0)
			store_expect(b, PLAIN, STR("there"), STORE_ABSENT);
		store_append(b, JOURNAL, STR("second"));
		w->done += store_commit(w->f->s, b) == RC_OK;
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

struct journal_lines {
	uint64_t n;
	size_t before;
	bool right;
};

static bool check_journal_line(void *data, const struct store_record *record)
{
	struct journal_lines *lines = data;
	char start[64];

	lines->n++;
	snprintf(start, sizeof(start), "%llu|%zu|", (unsigned long long)lines->n, lines->before);
	lines->right = lines->right && str_starts(record->value, str_c(start)) &&
		       str_ends(record->value, lines->n % 2 ? STR("first") : STR("second"));
	lines->before = record->value.n;
	return true;
}

/* Numbers without a gap, each sealed over the one before, the two of a batch side by side. */
static void log_numbers(void **state)
{
	struct store_worker workers[THREADS];
	struct journal_lines lines = {.right = true};
	struct store_snapshot *snap = NULL;
	struct store_fixture *f = *state;

	assert_rc(RC_OK, put1(f, PLAIN, STR("there"), STR("v"), STORE_ABSENT));
	assert_int_equal(run_workers(f, append_all, workers), THREADS * ROUNDS * 2 / 3);
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_OK,
		store_scan(snap, JOURNAL, STR_NONE, STR_NONE, false, check_journal_line, &lines));
	store_snapshot_end(snap);
	assert_int_equal(lines.n, THREADS * ROUNDS * 2 / 3 * 2);
	assert_true(lines.right);
}

/* --- the queue --- */

struct tickets {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	size_t left, limited;
};

static void ticket(void *data, enum rc rc)
{
	struct tickets *t = data;

	pthread_mutex_lock(&t->lock);
	t->limited += rc == RC_LIMITED;
	t->left--;
	pthread_cond_signal(&t->cond);
	pthread_mutex_unlock(&t->lock);
}

/* Holds the writer in its done callback until the queue has been overfilled. */
static void hold(void *data, enum rc rc)
{
	pthread_mutex_t *held = data;

	(void)rc;
	pthread_mutex_lock(held);
	pthread_mutex_unlock(held);
}

static void full_queue(void **state)
{
	struct store_fixture *f = *state;
	struct tickets t = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
	pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
	struct store_batch *b = store_batch_new(f->a);
	size_t n = STORE_QUEUE_MAX + 100;

	pthread_mutex_lock(&held);
	store_put(b, PLAIN, STR("first"), STR("v"), STORE_ANY);
	store_commit_async(f->s, b, hold, &held);
	while (look(f, PLAIN, STR("first"), NULL) == 0)
		sched_yield();
	t.left = n;
	for (uint64_t i = 0; i < n; i++) {
		b = store_batch_new(f->a);
		store_put(b, OTHER, numbered(f->a, "q", i), STR("v"), STORE_ABSENT);
		store_commit_async(f->s, b, ticket, &t);
	}
	assert_int_equal(t.limited, 100);
	pthread_mutex_unlock(&held);
	pthread_mutex_lock(&t.lock);
	while (t.left)
		pthread_cond_wait(&t.cond, &t.lock);
	pthread_mutex_unlock(&t.lock);
	assert_int_equal(t.limited, 100);
	assert_int_equal(count(f, OTHER), STORE_QUEUE_MAX);
}

int conformance_threads(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_lost_update, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(unique_insert, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			snapshots_are_whole, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(log_numbers, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(full_queue, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
