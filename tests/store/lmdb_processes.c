/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Several processes on one store: a server and commands. */
#include "child.h"

#include <unistd.h>

#define CHILDREN 3
#define EACH     150

static int processes_set_up(void **state)
{
	*state = fixture_new();
	return 0;
}

/* 0 when it took effect, 1 for a conflict, 2 for anything else. */
static int count_up(struct store_fixture *f)
{
	struct store_batch *b = store_batch_new(f->a);
	struct store_snapshot *snap;
	struct store_record record;
	uint64_t value = 0, version = STORE_ABSENT;
	struct buf text;
	enum rc rc;

	if (store_snapshot_begin(f->s, &snap) != RC_OK)
		return 2;
	if (store_get(snap, PLAIN, STR("counter"), &record) == RC_OK) {
		version = record.version;
		if (!str_to_u64(record.value, UINT64_MAX, &value))
			return 2;
	}
	store_snapshot_end(snap);
	buf_init(&text, f->a, 32);
	buf_add_i64(&text, (int64_t)value + 1);
	store_put(b, PLAIN, STR("counter"), buf_str(&text), version);
	store_append(b, JOURNAL, buf_str(&text));
	rc = store_commit(f->s, b);
	return rc == RC_OK ? 0 : rc == RC_CONFLICT ? 1 : 2;
}

static int count_many(struct store_fixture *f, int out)
{
	(void)out;
	for (int done = 0; done < EACH;) {
		int result = count_up(f);

		if (result == 2)
			return 1;
		done += result == 0;
	}
	return 0;
}

struct counter_lines {
	uint64_t n;
	size_t before;
	bool right;
};

/* number|length before|counter: all three go up by one. */
static bool check_counter_line(void *data, const struct store_record *record)
{
	struct counter_lines *lines = data;
	char want[64];

	lines->n++;
	snprintf(want, sizeof(want), "%llu|%zu|%llu", (unsigned long long)lines->n, lines->before,
		(unsigned long long)lines->n);
	lines->right = lines->right && str_eq_c(record->value, want);
	lines->before = record->value.n;
	return true;
}

static void counters_and_logs(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options options = fixture_options(f);
	struct counter_lines lines = {.right = true};
	struct store_snapshot *snap = NULL;
	struct child children[CHILDREN];
	struct str value = STR_NONE;

	for (int i = 0; i < CHILDREN; i++)
		children[i] = child_start(f, &options, count_many);
	for (int i = 0; i < CHILDREN; i++)
		child_go(&children[i]);
	for (int i = 0; i < CHILDREN; i++) {
		assert_int_equal(child_wait(&children[i]), 0);
		child_end(&children[i]);
	}
	fixture_open(f);
	assert_true(look(f, PLAIN, STR("counter"), &value) > 0);
	assert_string_equal(value.p, "450");
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_OK,
		store_scan(snap, JOURNAL, STR_NONE, STR_NONE, false, check_counter_line, &lines));
	store_snapshot_end(snap);
	assert_int_equal(lines.n, CHILDREN * EACH);
	assert_true(lines.right);
}

/* Opening and closing at the same time, over and over, also by the last one to leave. */
static int look_in(struct store_fixture *f, int out)
{
	(void)out;
	return count_up(f) == 2;
}

static void comings_and_goings(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options options = fixture_options(f);

	for (int round = 0; round < 30; round++) {
		struct child children[CHILDREN];

		for (int i = 0; i < CHILDREN; i++)
			children[i] = child_start(f, &options, look_in);
		for (int i = 0; i < CHILDREN; i++)
			child_go(&children[i]);
		for (int i = 0; i < CHILDREN; i++) {
			assert_int_equal(child_wait(&children[i]), 0);
			child_end(&children[i]);
		}
	}
}

/* --- the map grows in one process while another has it open --- */

#define BIG 60000

static enum rc put_big(struct store_fixture *f, const char *prefix, uint64_t i)
{
	static char big[BIG];
	struct store_batch *b = store_batch_new(f->a);

	store_put(b, PLAIN, numbered(f->a, prefix, i), (struct str){.p = big, .n = sizeof(big)},
		STORE_ABSENT);
	return store_commit(f->s, b);
}

/* Fills 6 MiB, tells, and waits for the parent's 12 more to read and write on. */
static int grow_and_follow(struct store_fixture *f, int out)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < 100; i++)
		if (put_big(f, "child", i) != RC_OK)
			return 1;
	if (write(out, "1", 1) != 1)
		return 2;
	while (n < 300) {
		struct store_snapshot *snap;

		if (store_snapshot_begin(f->s, &snap) != RC_OK)
			return 3;
		if (store_count(snap, PLAIN, &n) != RC_OK)
			return 4;
		store_snapshot_end(snap);
		usleep(1000);
	}
	return put_big(f, "child", 100) == RC_OK ? 0 : 5;
}

static void growth(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options options = fixture_options(f);
	struct child child;
	char byte;

	options.map_bytes = 1 << 20;
	child = child_start(f, &options, grow_and_follow);
	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &options, &f->s));
	assert_int_equal(count(f, PLAIN), 0);
	child_go(&child);
	assert_int_equal(read(child.from, &byte, 1), 1);
	/* Reading over what the other process has put behind our map. */
	assert_int_equal(count(f, PLAIN), 100);
	assert_true(look(f, PLAIN, STR("child00000099"), NULL) > 0);
	for (uint64_t i = 0; i < 200; i++)
		assert_rc(RC_OK, put_big(f, "parent", i));
	assert_int_equal(child_wait(&child), 0);
	child_end(&child);
	assert_int_equal(count(f, PLAIN), 301);
}

/* A command that has nothing but its own small idea of the map writes into a grown file. */
static int write_only(struct store_fixture *f, int out)
{
	(void)out;
	return put_big(f, "second", 0) == RC_OK ? 0 : 1;
}

static void growth_seen_by_writer(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options options = fixture_options(f);
	struct child child;

	options.map_bytes = 1 << 20;
	child = child_start(f, &options, write_only);
	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &options, &f->s));
	for (uint64_t i = 0; i < 100; i++)
		assert_rc(RC_OK, put_big(f, "first", i));
	child_go(&child);
	assert_int_equal(child_wait(&child), 0);
	child_end(&child);
	assert_int_equal(count(f, PLAIN), 101);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, processes_set_up, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(counters_and_logs),
		CASE(comings_and_goings),
		CASE(growth),
		CASE(growth_seen_by_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
