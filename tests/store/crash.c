/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The writer is killed at random moments, over and over in one store. What it had acknowledged is
 * there, whole; what it had not is there whole or not at all; the journal has no gap.
 *
 *     crash ROUNDS
 */
#include "child.h"

#include "base/random.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define THREADS   8
#define FIRST_MAP (1 << 20) /* small, so that growing is also interrupted */
#define DELAY_US  60000     /* at most, after the child was told to start */

static uint64_t rounds = 1;
static uint64_t next_id; /* batches below are settled */

struct load {
	struct store_fixture *f;
	int out;
};

/* Two records, a counter that all share, and a line: in three tables and a log. */
static bool write_batch(struct store_fixture *f, struct arena *a, uint64_t id)
{
	struct store_batch *b = store_batch_new(a);
	struct buf filler;

	buf_init(&filler, a, 1000);
	for (uint64_t i = 0; i < id % 50; i++)
		buf_add(&filler, STR("0123456789"));
	store_put(b, PLAIN, numbered(a, "a", id), buf_str(&filler), STORE_ABSENT);
	store_put(b, OTHER, numbered(a, "b", id), buf_str(&filler), STORE_ABSENT);
	store_put(b, OTHER, STR("last"), numbered(a, "", id), STORE_ANY);
	store_append(b, JOURNAL, numbered(a, "", id));
	if (id > 100 && id % 3 == 0)
		store_delete(b, SHORT, STR("none"), STORE_ANY);
	return store_commit(f->s, b) == RC_OK;
}

static void *write_on(void *data)
{
	struct load *load = data;
	struct arena *a = arena_new(ARENA_MAX);

	for (;;) {
		uint64_t id = __atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);

		/* A pipe takes 8 bytes as one. */
		if (!write_batch(load->f, a, id) || write(load->out, &id, sizeof(id)) != sizeof(id))
			_exit(1);
		arena_reset(a);
	}
	return NULL;
}

static int child_load(struct store_fixture *f, int out)
{
	struct load all = {.f = f, .out = out};
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, write_on, &all) != 0)
			return 1;
	pause();
	return 2;
}

/* --- after the crash --- */

struct crash_check {
	struct store_fixture *f;
	struct store_snapshot *snap;
	uint64_t first, n; /* of this round */
	uint64_t highest;
	uint64_t lines;
	bool right;
};

static uint64_t id_of(struct str text)
{
	uint64_t id = UINT64_MAX;

	return str_to_u64(text, UINT64_MAX, &id) ? id : UINT64_MAX;
}

/* Each record of the one table has its partner, byte for byte. */
static bool check_pair(void *data, const struct store_record *record)
{
	struct crash_check *seen = data;
	uint64_t id = id_of(str_sub(record->key, 1, record->key.n));
	struct store_record other;

	if (store_get(seen->snap, OTHER, numbered(seen->f->a, "b", id), &other) != RC_OK ||
		!str_eq(other.value, record->value) || other.version != record->version)
		seen->right = false;
	seen->highest = id > seen->highest ? id : seen->highest;
	seen->n++;
	return true;
}

static bool check_crash_line(void *data, const struct store_record *record)
{
	struct crash_check *seen = data;
	struct str rest = record->value, part;

	seen->lines++;
	if (!str_cut(&rest, '|', &part) || id_of(part) != seen->lines)
		seen->right = false;
	return true;
}

static void check_acknowledged(struct crash_check *seen, int from)
{
	struct store_record record;
	uint64_t id;

	while (read(from, &id, sizeof(id)) == sizeof(id)) {
		assert_true(id >= seen->first);
		assert_rc(RC_OK,
			store_get(seen->snap, PLAIN, numbered(seen->f->a, "a", id), &record));
	}
}

static uint64_t verify_after_crash(struct store_fixture *f, uint64_t first, int from)
{
	struct crash_check seen = {.f = f, .first = first, .highest = first, .right = true};
	struct str after = first ? numbered(f->a, "a", first - 1) : STR_NONE;
	uint64_t pairs = 0, others = 0;

	fixture_open(f);
	assert_rc(RC_OK, store_snapshot_begin(f->s, &seen.snap));
	check_acknowledged(&seen, from);
	assert_rc(RC_OK, store_scan(seen.snap, PLAIN, STR_NONE, after, false, check_pair, &seen));
	assert_rc(RC_OK,
		store_scan(seen.snap, JOURNAL, STR_NONE, STR_NONE, false, check_crash_line, &seen));
	assert_rc(RC_OK, store_count(seen.snap, PLAIN, &pairs));
	assert_rc(RC_OK, store_count(seen.snap, OTHER, &others));
	store_snapshot_end(seen.snap);
	assert_true(seen.right);
	/* As many lines and partners as records: no half batch of any round. */
	assert_int_equal(seen.lines, pairs);
	assert_int_equal(others, pairs + (pairs > 0));
	store_close(f->s);
	f->s = NULL;
	arena_reset(f->a);
	return seen.n;
}

static void killed(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options options = fixture_options(f);
	uint64_t stored = 0;

	options.map_bytes = FIRST_MAP;
	for (uint64_t round = 0; round < rounds; round++) {
		struct child child = child_start(f, &options, child_load);
		uint64_t first = next_id;
		uint32_t delay;

		rng_fill(&rng_system, &delay, sizeof(delay));
		child_go(&child);
		usleep(delay % DELAY_US);
		assert_int_equal(kill(child.pid, SIGKILL), 0);
		assert_int_equal(child_wait(&child), 128 + SIGKILL);
		stored += verify_after_crash(f, first, child.from);
		child_end(&child);
		/* More than any round writes. */
		next_id += 100000;
	}
	print_message("%llu batches stored over %llu rounds\n", (unsigned long long)stored,
		(unsigned long long)rounds);
	assert_true(stored > 0);
}

static int crash_set_up(void **state)
{
	*state = fixture_new();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed, crash_set_up, fixture_teardown),
	};

	if (argc == 2 && !str_to_u64(str_c(argv[1]), 100000, &rounds))
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
