/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The unit of work: one attempt, or as many as others make necessary. */
#include "core/tx.h"

#include "core/schema.h"
#include "support/store/mem.h"
#include "unit/check.h"

#include <pthread.h>

#define START_MS 1800000000123

struct tx_fixture {
	struct app app;
	struct clock clock;
	struct arena *a;
	int64_t now_ms;
	int runs;      /* of the function under test */
	int committed; /* calls of the application's hook */
};

static const struct actor actor = {
	.kind = ACTOR_COMMAND, .id = STR_INIT("cli:somsri"), .address = STR_INIT("192.0.2.7")};
static const struct str key = STR_INIT("counter");

static int64_t fixture_now_ms(void *data)
{
	return ((struct tx_fixture *)data)->now_ms;
}

static struct tx_fixture *hook_of;

static void count_commit(const struct app *app, const struct store_batch *batch)
{
	assert_ptr_equal(app, &hook_of->app);
	assert_true(store_batch_writes(batch, TABLE_META));
	hook_of->committed++;
}

static int tx_set_up(void **state)
{
	struct tx_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->now_ms = START_MS;
	f->clock = (struct clock){fixture_now_ms, f};
	f->a = arena_new(ARENA_MAX);
	f->app.clock = &f->clock;
	f->app.committed[0] = count_commit;
	check_ok(store_open_mem(app_schema(), &f->clock, (struct store **)&f->app.store));
	hook_of = f;
	*state = f;
	return 0;
}

static int tx_tear_down(void **state)
{
	struct tx_fixture *f = *state;

	store_close(f->app.store);
	arena_free(f->a);
	free(f);
	return 0;
}

static int64_t counter_read(struct store_snapshot *snap, uint64_t *ret_version)
{
	struct store_record record;
	int64_t n = 0;

	*ret_version = STORE_ABSENT;
	if (store_get(snap, TABLE_META, key, &record) != RC_OK)
		return 0;
	*ret_version = record.version;
	assert_int_equal(record.value.n, sizeof(n));
	memcpy(&n, record.value.p, sizeof(n));
	return n;
}

/* Adds one to the counter, which nobody else may have changed. */
static void increment(struct tx *tx)
{
	uint64_t version;
	int64_t n = counter_read(tx->snap, &version) + 1;

	store_put(tx->batch, TABLE_META, key, (struct str){(const char *)&n, sizeof(n)}, version);
}

static int64_t counter(struct tx_fixture *f)
{
	struct store_snapshot *snap;
	uint64_t version;
	int64_t n;

	check_ok(store_snapshot_begin(f->app.store, &snap));
	n = counter_read(snap, &version);
	store_snapshot_end(snap);
	return n;
}

static void *other_increment(void *data)
{
	struct tx_fixture *f = data;
	struct tx tx = {.a = arena_new(ARENA_MAX)};

	tx.batch = store_batch_new(tx.a);
	check_ok(store_snapshot_begin(f->app.store, &tx.snap));
	increment(&tx);
	store_snapshot_end(tx.snap);
	check_ok(store_commit(f->app.store, tx.batch));
	arena_free(tx.a);
	return NULL;
}

/* Somebody else, between our look and our commit: who holds a snapshot does not commit. */
static void others_turn(struct tx_fixture *f)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, other_increment, f), 0);
	pthread_join(thread, NULL);
}

static enum rc add_one(struct tx *tx, void *data)
{
	struct tx_fixture *f = data;

	assert_int_equal(tx->attempts, ++f->runs);
	assert_int_equal(tx->now_ms, START_MS);
	assert_int_equal(tx->now, START_MS / 1000);
	assert_ptr_equal(tx->app, &f->app);
	assert_ptr_equal(tx->actor, &actor);
	assert_true(store_batch_empty(tx->batch));
	increment(tx);
	return RC_OK;
}

static void runs_once(void **state)
{
	struct tx_fixture *f = *state;

	check_ok(tx_run(&f->app, &actor, f->a, add_one, f));
	assert_int_equal(f->runs, 1);
	assert_int_equal(f->committed, 1);
	assert_int_equal(counter(f), 1);
}

static enum rc add_one_after_others(struct tx *tx, void *data)
{
	struct tx_fixture *f = data;
	enum rc rc = add_one(tx, data);

	f->now_ms += 5000; /* the attempts all see the first one's clock */
	if (f->runs < 3)
		others_turn(f);
	return rc;
}

static void a_conflict_runs_again_on_a_new_snapshot(void **state)
{
	struct tx_fixture *f = *state;

	check_ok(tx_run(&f->app, &actor, f->a, add_one_after_others, f));
	assert_int_equal(f->runs, 3);
	assert_int_equal(f->committed, 1);
	assert_int_equal(counter(f), 3); /* two of others, one of ours */
}

static enum rc always_late(struct tx *tx, void *data)
{
	struct tx_fixture *f = data;
	enum rc rc = add_one(tx, data);

	others_turn(f);
	return rc;
}

static void gives_up(void **state)
{
	struct tx_fixture *f = *state;

	check_rc(tx_run(&f->app, &actor, f->a, always_late, f), RC_CONFLICT);
	assert_int_equal(f->runs, TX_ATTEMPTS_MAX);
	assert_int_equal(f->committed, 0);
	assert_int_equal(counter(f), TX_ATTEMPTS_MAX); /* all of others */
}

static enum rc denied(struct tx *tx, void *data)
{
	(void)add_one(tx, data);
	return RC_DENIED;
}

static void an_error_writes_nothing(void **state)
{
	struct tx_fixture *f = *state;

	check_rc(tx_run(&f->app, &actor, f->a, denied, f), RC_DENIED);
	assert_int_equal(f->runs, 1);
	assert_int_equal(f->committed, 0);
	assert_int_equal(counter(f), 0);
}

static enum rc look_only(struct tx *tx, void *data)
{
	struct tx_fixture *f = data;
	uint64_t version;

	f->runs++;
	(void)counter_read(tx->snap, &version);
	return RC_OK;
}

/* Nothing to write: no commit, and nobody is called. */
static void an_empty_batch_is_not_committed(void **state)
{
	struct tx_fixture *f = *state;

	check_ok(tx_run(&f->app, &actor, f->a, look_only, f));
	assert_int_equal(f->runs, 1);
	assert_int_equal(f->committed, 0);
}

static void reading_writes_nothing(void **state)
{
	struct tx_fixture *f = *state;

	check_ok(tx_read(&f->app, &actor, f->a, look_only, f));
	check_rc(tx_read(&f->app, &actor, f->a, denied, (f->runs = 0, f)), RC_INTERNAL);
	assert_int_equal(counter(f), 0);
	assert_int_equal(f->committed, 0);
}

/* What every audit entry of a unit of work carries. */
static void entries_name_the_actor(void **state)
{
	struct tx_fixture *f = *state;
	struct audit_entry entry;
	struct tx tx;

	tx_init(&tx, &f->app, &actor, f->a);
	entry = tx_audit(&tx, AUDIT_LOGOUT);
	assert_int_equal(entry.event, AUDIT_LOGOUT);
	assert_int_equal(entry.now_ms, START_MS);
	check_c(entry.actor, "cli:somsri");
	check_c(entry.address, "192.0.2.7");
}

#define THREADS    4
#define INCREMENTS 50

static enum rc add_in_a_race(struct tx *tx, void *data)
{
	(void)data;
	increment(tx);
	return RC_OK;
}

/* Each thread counts until it has done its share; a given-up one tries anew. */
static void *run_race(void *data)
{
	struct tx_fixture *f = data;

	for (int done = 0; done < INCREMENTS;) {
		struct arena *a = arena_new(ARENA_MAX);
		struct app app = f->app;
		enum rc rc;

		app.committed[0] = NULL;
		rc = tx_run(&app, &actor, a, add_in_a_race, NULL);
		arena_free(a);
		assert_true(rc == RC_OK || rc == RC_CONFLICT);
		done += rc == RC_OK;
	}
	return NULL;
}

static void no_increment_is_lost(void **state)
{
	struct tx_fixture *f = *state;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_race, f), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter(f), THREADS * INCREMENTS);
}

#define tx_test(f) cmocka_unit_test_setup_teardown(f, tx_set_up, tx_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tx_test(runs_once),
		tx_test(a_conflict_runs_again_on_a_new_snapshot),
		tx_test(gives_up),
		tx_test(an_error_writes_nothing),
		tx_test(an_empty_batch_is_not_committed),
		tx_test(reading_writes_nothing),
		tx_test(entries_name_the_actor),
		tx_test(no_increment_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
