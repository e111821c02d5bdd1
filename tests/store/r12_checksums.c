/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* R12: a record that the disk changed is noticed, named, and fails its own request alone. */
#include "child.h"

#include "store/check.h"

#include <signal.h>
#include <unistd.h>

#define NEEDLE "a value that is found in the file"

static int r12_set_up(void **state)
{
	*state = fixture_new();
	return 0;
}

static void close_again(struct store_fixture *f)
{
	store_close(f->s);
	f->s = NULL;
}

/* Replaces each place where the file has these bytes. */
static size_t replace_bytes(struct store_fixture *f, struct str from, struct str to)
{
	static char bytes[4 << 20];
	char path[128];
	size_t n, found = 0;
	FILE *file;

	assert_int_equal(from.n, to.n);
	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	file = fopen(path, "r+e");
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	for (size_t i = 0; i + from.n <= n; i++)
		if (memcmp(bytes + i, from.p, from.n) == 0) {
			memcpy(bytes + i, to.p, to.n);
			found++;
		}
	rewind(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	return found;
}

static enum rc get1(struct store_fixture *f, struct str key, bool damaged_too)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	struct store_record record;

	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	if (damaged_too)
		store_snapshot_damaged_too(snap);
	return store_get(snap, PLAIN, key, &record);
}

static bool read_all(void *data, const struct store_record *record)
{
	(void)record;
	++*(int *)data;
	return true;
}

static enum rc scan_all(struct store_fixture *f)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	int n = 0;

	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	return store_scan(snap, PLAIN, STR_NONE, STR_NONE, false, read_all, &n);
}

struct seen {
	int faults[STORE_FAULT_MAX];
	int with_sum, without_sum;
};

static bool note(void *data, const struct store_checked *found)
{
	struct seen *seen = data;

	seen->faults[found->fault]++;
	seen->with_sum += found->has_sum;
	seen->without_sum += !found->has_sum;
	return true;
}

static struct seen check_plain(struct store_fixture *f)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	struct seen seen = {.with_sum = 0};

	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_OK, store_check(snap, PLAIN, note, &seen));
	return seen;
}

static void put_three(struct store_fixture *f)
{
	assert_rc(RC_OK, put1(f, PLAIN, STR("a"), STR("first"), STORE_ANY));
	assert_rc(RC_OK, put1(f, PLAIN, STR("b"), STR(NEEDLE), STORE_ANY));
	assert_rc(RC_OK, put1(f, PLAIN, STR("c"), STR("last"), STORE_ANY));
}

/* The store with the middle one of three records damaged. */
static void damage(struct store_fixture *f)
{
	fixture_open(f);
	put_three(f);
	close_again(f);
	assert_true(replace_bytes(f, STR(NEEDLE), STR("a value that is found in the fiLe")) > 0);
	fixture_open(f);
}

static void changed_value(void **state)
{
	struct store_fixture *f = *state;
	struct seen seen;

	damage(f);
	assert_rc(RC_CORRUPT, get1(f, STR("b"), false));
	assert_rc(RC_OK, get1(f, STR("b"), true));
	assert_rc(RC_CORRUPT, scan_all(f));
	assert_value(f, PLAIN, STR("a"), "first");
	assert_value(f, PLAIN, STR("c"), "last");
	seen = check_plain(f);
	assert_int_equal(seen.faults[STORE_FAULT_SUM], 1);
	assert_int_equal(seen.faults[STORE_FAULT_NONE], 2);
	/* Written again it is whole. */
	assert_rc(RC_OK, put1(f, PLAIN, STR("b"), STR("new"), STORE_ANY));
	assert_value(f, PLAIN, STR("b"), "new");
	assert_rc(RC_OK, scan_all(f));
}

/* A key is under the checksum as well. */
static void changed_key(void **state)
{
	struct store_fixture *f = *state;

	fixture_open(f);
	assert_rc(RC_OK, put1(f, PLAIN, STR("a key that is long"), STR("v"), STORE_ANY));
	close_again(f);
	assert_true(replace_bytes(f, STR("a key that is long"), STR("a key that is lonG")) > 0);
	fixture_open(f);
	assert_rc(RC_CORRUPT, get1(f, STR("a key that is lonG"), false));
}

/* A batch that depends on the damaged record is refused alone, also in a group. */
static void note_rc(void *data, enum rc rc)
{
	__atomic_store_n((int *)data, (int)rc, __ATOMIC_RELEASE);
}

static void alone_in_its_group(void **state)
{
	struct store_fixture *f = *state;
	int rcs[3] = {RC_MAX, RC_MAX, RC_MAX};
	static const char *const keys[] = {"a", "b", "x"};

	damage(f);
	store_on_loop_iteration(f->s, false); /* from now on this thread gathers */
	for (int i = 0; i < 3; i++) {
		struct store_batch *b = store_batch_new(f->a);

		store_expect(b, PLAIN, str_c(keys[i]),
			i == 0 ? look(f, PLAIN, STR("a"), NULL) : STORE_ABSENT);
		store_put(b, OTHER, str_c(keys[i]), STR("v"), STORE_ABSENT);
		store_commit_async(f->s, b, note_rc, &rcs[i]);
	}
	close_again(f); /* finishes them */
	assert_rc(RC_OK, (enum rc)rcs[0]);
	assert_rc(RC_CORRUPT, (enum rc)rcs[1]);
	assert_rc(RC_OK, (enum rc)rcs[2]);
}

/* --- a damaged page: whoever must change it fails, the others of the group are stored --- */

#define PAGE       4096u
#define PAGE_FLAGS 10u /* offset of the two bytes that say what kind of page it is */

/* Every page that has these bytes is of no kind. */
static size_t blank_pages(struct store_fixture *f, struct str needle)
{
	static char bytes[8 << 20];
	char path[128];
	size_t n, found = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	file = fopen(path, "r+e");
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	for (size_t at = 0; at + PAGE <= n; at += PAGE)
		if (memmem(bytes + at, PAGE, needle.p, needle.n)) {
			memset(bytes + at + PAGE_FLAGS, 0, 2);
			found++;
		}
	rewind(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	return found;
}

static void with_a_damaged_page(struct store_fixture *f)
{
	struct store_batch *b = store_batch_new(f->a);

	fixture_open(f);
	for (uint64_t i = 0; i < 400; i++)
		store_put(b, PLAIN, numbered(f->a, "k", i), i == 200 ? STR(NEEDLE) : STR("a value"),
			STORE_ABSENT);
	assert_rc(RC_OK, store_commit(f->s, b));
	close_again(f);
	assert_true(blank_pages(f, STR(NEEDLE)) > 0);
	fixture_open(f);
}

static void damaged_page_in_a_group(void **state)
{
	enum { GROUP = 9, BAD = 5 };
	struct store_fixture *f = *state;
	int rcs[GROUP];

	with_a_damaged_page(f);
	store_on_loop_iteration(f->s, false); /* from now on this thread gathers */
	for (int i = 0; i < GROUP; i++) {
		struct store_batch *b = store_batch_new(f->a);

		rcs[i] = RC_MAX;
		store_put(b, OTHER, numbered(f->a, "o", (uint64_t)i), STR("v"), STORE_ABSENT);
		store_append(b, JOURNAL, STR("line"));
		if (i == BAD)
			store_put(b, PLAIN, numbered(f->a, "k", 200), STR("new"), STORE_ANY);
		store_commit_async(f->s, b, note_rc, &rcs[i]);
	}
	close_again(f); /* finishes them */
	for (int i = 0; i < GROUP; i++)
		assert_rc(i == BAD ? RC_CORRUPT : RC_OK, (enum rc)rcs[i]);
	fixture_open(f);
	assert_int_equal(count(f, OTHER), GROUP - 1);
	assert_int_equal(count(f, JOURNAL), GROUP - 1);
}

/* The last record of a log is damaged: the log goes on. */
static void damaged_end_of_a_log(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b;

	fixture_open(f);
	b = store_batch_new(f->a);
	store_append(b, JOURNAL, STR(NEEDLE));
	assert_rc(RC_OK, store_commit(f->s, b));
	close_again(f);
	assert_true(replace_bytes(f, STR(NEEDLE), STR("a value that is found in the fiLe")) > 0);
	fixture_open(f);
	b = store_batch_new(f->a);
	store_append(b, JOURNAL, STR("next"));
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_int_equal(count(f, JOURNAL), 2);
}

/* Swept like any other. */
static void damaged_and_expired(void **state)
{
	struct store_fixture *f = *state;
	struct str key = store_key_expiring(f->a, NOW + 5, STR("k"));
	size_t n = 0;

	fixture_open(f);
	assert_rc(RC_OK, put1(f, SHORT, key, STR(NEEDLE), STORE_ANY));
	close_again(f);
	assert_true(replace_bytes(f, STR(NEEDLE), STR("a value that is found in the fiLe")) > 0);
	fixture_open(f);
	f->now += 10;
	assert_rc(RC_OK, store_sweep(f->s, 10, &n));
	assert_int_equal(n, 1);
	assert_int_equal(count(f, SHORT), 0);
}

/* --- stores of before --- */

static int hold_open(struct store_fixture *f, int out)
{
	char byte;

	(void)f;
	return write(out, "1", 1) == 1 && read(STDIN_FILENO, &byte, 0) == 0 ? (pause(), 0) : 1;
}

/* While another process has a store of the older format open, which may be an older program, what
 * is written has the older format; alone it becomes one of this format, and every record is read.
 */
static void older_format(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options o = fixture_options(f);
	struct child child;
	struct seen seen;
	char byte;

	fixture_open(f);
	close_again(f);
	assert_true(replace_bytes(f, STR("pratu-store-2"), STR("pratu-store-1")) > 0);
	o.read_only = true;
	child = child_start(f, &o, hold_open);
	child_go(&child);
	assert_int_equal(read(child.from, &byte, 1), 1);
	fixture_open(f);
	put_three(f);
	seen = check_plain(f);
	assert_int_equal(seen.without_sum, 3);
	close_again(f);
	kill(child.pid, SIGKILL);
	(void)child_wait(&child);
	child_end(&child);
	fixture_open(f);
	assert_value(f, PLAIN, STR("b"), NEEDLE);
	assert_rc(RC_OK, put1(f, PLAIN, STR("a"), STR("again"), look(f, PLAIN, STR("a"), NULL)));
	seen = check_plain(f);
	assert_int_equal(seen.with_sum, 1);
	assert_int_equal(seen.without_sum, 2);
	assert_int_equal(seen.faults[STORE_FAULT_NONE], 3);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, r12_set_up, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(changed_value),
		CASE(changed_key),
		CASE(alone_in_its_group),
		CASE(damaged_page_in_a_group),
		CASE(damaged_end_of_a_log),
		CASE(damaged_and_expired),
		CASE(older_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
