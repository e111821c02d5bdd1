/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "conformance.h"
#include "fixture.h"

#include <pthread.h>

/* What stands under "k" when the condition is judged. */
enum before { NOTHING, RECORD, CHANGED, DELETED, EXPIRED };
enum expect { ANY, ABSENT, READ }; /* READ: the version that was read first */

static const struct {
	const char *name;
	enum before before;
	enum expect expect;
	enum rc want;
} conditions[] = {
	{"any, nothing", NOTHING, ANY, RC_OK},
	{"any, record", RECORD, ANY, RC_OK},
	{"absent, nothing", NOTHING, ABSENT, RC_OK},
	{"absent, record", RECORD, ABSENT, RC_CONFLICT},
	{"absent, deleted", DELETED, ABSENT, RC_OK},
	{"absent, expired", EXPIRED, ABSENT, RC_OK},
	{"read, same", RECORD, READ, RC_OK},
	{"read, nothing", NOTHING, READ, RC_CONFLICT},
	{"read, changed", CHANGED, READ, RC_CONFLICT},
	{"read, deleted", DELETED, READ, RC_CONFLICT},
	{"read, expired", EXPIRED, READ, RC_CONFLICT},
};

static uint64_t precondition_prepare(struct store_fixture *f, struct str key, enum before before)
{
	uint64_t version = 1;

	f->now = NOW;
	assert_rc(RC_OK, delete1(f, SHORT, key, STORE_ANY));
	if (before == NOTHING)
		return version;
	assert_rc(RC_OK, put1(f, SHORT, key, STR("old"), STORE_ABSENT));
	version = look(f, SHORT, key, NULL);
	if (before == CHANGED)
		assert_rc(RC_OK, put1(f, SHORT, key, STR("newer"), STORE_ANY));
	if (before == DELETED)
		assert_rc(RC_OK, delete1(f, SHORT, key, STORE_ANY));
	if (before == EXPIRED)
		f->now = NOW + 60;
	return version;
}

typedef void (*conditional_fn)(struct store_batch *b, int table, struct str key, uint64_t expect);

static void put_conditional(struct store_batch *b, int table, struct str key, uint64_t expect)
{
	store_put(b, table, key, STR("new"), expect);
}

static const conditional_fn kinds[] = {put_conditional, store_delete, store_expect};

/* A batch of a put before, the condition, a put and an appended line behind. */
static void one_condition(struct store_fixture *f, size_t i, conditional_fn kind, uint64_t round)
{
	struct str key = store_key_expiring(f->a, NOW + 60, STR("k"));
	uint64_t version = precondition_prepare(f, key, conditions[i].before),
		 lines = count(f, JOURNAL);
	uint64_t expect = conditions[i].expect == ANY      ? STORE_ANY
			  : conditions[i].expect == ABSENT ? STORE_ABSENT
							   : version;
	struct store_batch *b = store_batch_new(f->a);
	bool ok = conditions[i].want == RC_OK;

	store_put(b, PLAIN, numbered(f->a, "before", round), STR("v"), STORE_ANY);
	kind(b, SHORT, key, expect);
	store_put(b, PLAIN, numbered(f->a, "behind", round), STR("v"), STORE_ANY);
	store_append(b, JOURNAL, STR("line"));
	assert_rc(conditions[i].want, store_commit(f->s, b));
	assert_int_equal(look(f, PLAIN, numbered(f->a, "before", round), NULL) > 0, ok);
	assert_int_equal(look(f, PLAIN, numbered(f->a, "behind", round), NULL) > 0, ok);
	assert_int_equal(count(f, JOURNAL), lines + ok);
	f->now = NOW;
	if (kind == put_conditional && ok)
		assert_value(f, SHORT, key, "new");
	if (kind == put_conditional && conditions[i].before == CHANGED && !ok)
		assert_value(f, SHORT, key, "newer");
	if (kind == store_delete && ok)
		assert_absent(f, SHORT, key);
}

static void each_condition(void **state)
{
	struct store_fixture *f = *state;
	uint64_t round = 0;

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			one_condition(f, i, kinds[k], round++);
}

/* Wherever in the batch the failing condition stands, nothing is stored. */
static void each_place(void **state)
{
	struct store_fixture *f = *state;

	assert_rc(RC_OK, put1(f, PLAIN, STR("there"), STR("v"), STORE_ABSENT));
	for (uint64_t place = 0; place < 5; place++) {
		struct store_batch *b = store_batch_new(f->a);

		for (uint64_t i = 0; i < 5; i++) {
			if (i == place)
				store_expect(b, PLAIN, STR("there"), STORE_ABSENT);
			store_put(b, OTHER, numbered(f->a, "k", i), STR("v"), STORE_ABSENT);
		}
		assert_rc(RC_CONFLICT, store_commit(f->s, b));
		assert_int_equal(count(f, OTHER), 0);
	}
}

/* Conditions speak of what was there before the batch; of two puts the last stays. */
static void same_key_twice(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);
	uint64_t version;

	store_put(b, PLAIN, STR("k"), STR("one"), STORE_ABSENT);
	store_put(b, PLAIN, STR("k"), STR("two"), STORE_ABSENT);
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_value(f, PLAIN, STR("k"), "two");
	version = look(f, PLAIN, STR("k"), NULL);
	b = store_batch_new(f->a);
	store_delete(b, PLAIN, STR("k"), version);
	store_put(b, PLAIN, STR("k"), STR("three"), version);
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_value(f, PLAIN, STR("k"), "three");
	b = store_batch_new(f->a);
	store_put(b, PLAIN, STR("k"), STR("four"), STORE_ANY);
	store_delete(b, PLAIN, STR("k"), STORE_ANY);
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_absent(f, PLAIN, STR("k"));
}

static void only_expectations(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);

	store_expect(b, PLAIN, STR("k"), STORE_ABSENT);
	assert_false(store_batch_empty(b));
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("v"), STORE_ANY));
	/* The same batch may be tried again, and is judged again. */
	assert_rc(RC_CONFLICT, store_commit(f->s, b));
}

struct commit_group {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int left, ok, conflicts;
};

static void done(void *data, enum rc rc)
{
	struct commit_group *g = data;

	pthread_mutex_lock(&g->lock);
	g->ok += rc == RC_OK;
	g->conflicts += rc == RC_CONFLICT;
	g->left--;
	pthread_cond_signal(&g->cond);
	pthread_mutex_unlock(&g->lock);
}

/* 100 batches that all read the same moment and mostly share groups: one wins. */
static void one_of_a_group_wins(void **state)
{
	struct store_fixture *f = *state;
	struct commit_group g = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
	uint64_t version;

	assert_rc(RC_OK, put1(f, PLAIN, STR("code"), STR("unused"), STORE_ABSENT));
	version = look(f, PLAIN, STR("code"), NULL);
	g.left = 100;
	for (uint64_t i = 0; i < 100; i++) {
		struct store_batch *b = store_batch_new(f->a);

		store_put(b, PLAIN, STR("code"), STR("used"), version);
		store_put(b, OTHER, numbered(f->a, "token", i), STR("t"), STORE_ABSENT);
		store_commit_async(f->s, b, done, &g);
	}
	pthread_mutex_lock(&g.lock);
	while (g.left)
		pthread_cond_wait(&g.cond, &g.lock);
	pthread_mutex_unlock(&g.lock);
	assert_int_equal(g.ok, 1);
	assert_int_equal(g.conflicts, 99);
	assert_int_equal(count(f, OTHER), 1);
}

int conformance_atomicity(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_condition, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(each_place, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(same_key_twice, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(only_expectations, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			one_of_a_group_wins, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
