/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "conformance.h"
#include "fixture.h"

static void put_get_delete(void **state)
{
	struct store_fixture *f = *state;
	uint64_t first, second;

	assert_absent(f, PLAIN, STR("k"));
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("one"), STORE_ANY));
	assert_value(f, PLAIN, STR("k"), "one");
	first = look(f, PLAIN, STR("k"), NULL);
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("two"), STORE_ANY));
	second = look(f, PLAIN, STR("k"), NULL);
	assert_true(second > first);
	assert_value(f, PLAIN, STR("k"), "two");
	assert_absent(f, OTHER, STR("k"));
	assert_rc(RC_OK, delete1(f, PLAIN, STR("k"), STORE_ANY));
	assert_absent(f, PLAIN, STR("k"));
	assert_rc(RC_OK, delete1(f, PLAIN, STR("k"), STORE_ANY));
	/* Never the same version twice, also over a deletion. */
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("one"), STORE_ANY));
	assert_true(look(f, PLAIN, STR("k"), NULL) > second);
}

static void odd_bytes(void **state)
{
	struct store_fixture *f = *state;
	char key[3] = {0, (char)0xff, 0};
	struct str k = {.p = key, .n = 3}, value = STR_NONE;

	assert_rc(RC_OK, put1(f, PLAIN, k, STR("nul\0within"), STORE_ABSENT));
	assert_true(look(f, PLAIN, k, &value) > 0);
	assert_int_equal(value.n, 10);
	assert_memory_equal(value.p, "nul\0within", 10);
	k.n = 2;
	assert_absent(f, PLAIN, k);
	assert_rc(RC_OK, put1(f, PLAIN, k, STR_NONE, STORE_ABSENT));
	assert_value(f, PLAIN, k, "");
}

static void limits(void **state)
{
	struct store_fixture *f = *state;
	struct str key = {.p = arena_zalloc(f->a, STORE_KEY_MAX + 1), .n = STORE_KEY_MAX};
	struct str value = {.p = arena_zalloc(f->a, STORE_VALUE_MAX + 1), .n = STORE_VALUE_MAX};
	struct store_batch *b = store_batch_new(f->a);
	struct str back = STR_NONE;

	assert_rc(RC_OK, put1(f, PLAIN, key, value, STORE_ABSENT));
	assert_true(look(f, PLAIN, key, &back) > 0);
	assert_true(str_eq(back, value));
	key.n++;
	assert_rc(RC_LIMITED, put1(f, PLAIN, key, STR("v"), STORE_ANY));
	assert_absent(f, PLAIN, key);
	value.n++;
	assert_rc(RC_LIMITED, put1(f, PLAIN, STR("k"), value, STORE_ANY));
	assert_rc(RC_INVALID, put1(f, PLAIN, STR_NONE, STR("v"), STORE_ANY));
	assert_absent(f, PLAIN, STR_NONE);
	store_put(b, PLAIN, STR("good"), STR("v"), STORE_ANY);
	store_put(b, PLAIN, STR_NONE, STR("v"), STORE_ANY);
	assert_false(store_batch_empty(b));
	assert_rc(RC_INVALID, store_commit(f->s, b));
	assert_absent(f, PLAIN, STR("good"));
	b = store_batch_new(f->a);
	value.n = STORE_PAYLOAD_MAX + 1;
	store_append(b, JOURNAL, value);
	assert_rc(RC_LIMITED, store_commit(f->s, b));
}

static void wrong_table(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);
	struct store_snapshot *snap = NULL;
	struct store_record record;
	uint64_t n;

	assert_rc(RC_INVALID, put1(f, 5, STR("k"), STR("v"), STORE_ANY));
	assert_rc(RC_INVALID, put1(f, 0, STR("k"), STR("v"), STORE_ANY));
	assert_rc(RC_INVALID, put1(f, STORE_TABLES_MAX + 1, STR("k"), STR("v"), STORE_ANY));
	assert_rc(RC_INVALID, put1(f, JOURNAL, STR("k"), STR("v"), STORE_ANY));
	assert_rc(RC_INVALID, delete1(f, JOURNAL, STR("k"), STORE_ANY));
	assert_rc(RC_INVALID, put1(f, SHORT, STR("abc"), STR("v"), STORE_ANY));
	store_append(b, PLAIN, STR("payload"));
	assert_rc(RC_INVALID, store_commit(f->s, b));
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_INVALID, store_get(snap, 5, STR("k"), &record));
	assert_rc(RC_INVALID, store_count(snap, -1, &n));
	assert_rc(RC_INVALID, store_scan(snap, 5, STR_NONE, STR_NONE, false, NULL, NULL));
	store_snapshot_end(snap);
}

static void empty_batch(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);

	assert_true(store_batch_empty(b));
	assert_rc(RC_OK, store_commit(f->s, b));
}

static void what_a_batch_writes(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);

	store_expect(b, PLAIN, STR("k"), STORE_ANY);
	assert_false(store_batch_writes(b, PLAIN));
	store_delete(b, OTHER, STR("k"), STORE_ANY);
	assert_false(store_batch_writes(b, PLAIN));
	assert_true(store_batch_writes(b, OTHER));
	store_put(b, PLAIN, STR("k"), STR("v"), STORE_ANY);
	assert_true(store_batch_writes(b, PLAIN));
}

static void waiting_needs_no_snapshot(void **state)
{
	struct store_fixture *f = *state;
	struct store_snapshot *snap = NULL;

	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_INTERNAL, put1(f, PLAIN, STR("k"), STR("v"), STORE_ANY));
	store_snapshot_endp(&snap);
	assert_null(snap);
	assert_absent(f, PLAIN, STR("k"));
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("v"), STORE_ANY));
}

/* --- scans --- */

struct gathered {
	struct buf keys;
	size_t left;
};

static bool gather(void *data, const struct store_record *record)
{
	struct gathered *g = data;

	assert_true(record->version > 0);
	buf_add(&g->keys, record->key);
	buf_add_byte(&g->keys, ' ');
	return --g->left > 0;
}

static const char *walk(struct store_fixture *f, int table, struct str prefix, struct str after,
	bool reverse, size_t most)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	struct gathered g = {.left = most};

	buf_init(&g.keys, f->a, 10000);
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_OK, store_scan(snap, table, prefix, after, reverse, gather, &g));
	return g.keys.p;
}

static const struct {
	const char *prefix, *after;
	bool reverse;
	size_t most;
	const char *want;
} walks[] = {
	{"", "", false, 99, "a a:1 a:2 a:3 b:1 \xff "},
	{"", "", true, 99, "\xff b:1 a:3 a:2 a:1 a "},
	{"a:", "", false, 99, "a:1 a:2 a:3 "},
	{"a:", "", true, 99, "a:3 a:2 a:1 "},
	{"a:", "", false, 2, "a:1 a:2 "},
	{"a:", "", true, 1, "a:3 "},
	{"a:", "a:1", false, 99, "a:2 a:3 "},
	{"a:", "a:1x", false, 99, "a:2 a:3 "},
	{"a:", "a:3", false, 99, ""},
	{"a:", "a:3", true, 99, "a:2 a:1 "},
	{"a:", "a:1", true, 99, ""},
	{"a:", "a", false, 99, "a:1 a:2 a:3 "},
	{"a:", "a", true, 99, ""},
	{"a:", "b", true, 99, "a:3 a:2 a:1 "},
	{"a:", "b", false, 99, ""},
	{"\xff", "", false, 99, "\xff "},
	{"\xff", "", true, 99, "\xff "},
	{"a", "", true, 99, "a:3 a:2 a:1 a "},
	{"c", "", false, 99, ""},
	{"c", "", true, 99, ""},
};

static void scans(void **state)
{
	static const char *const keys[] = {"b:1", "a:2", "\xff", "a:1", "a", "a:3"};
	struct store_fixture *f = *state;

	assert_string_equal(walk(f, PLAIN, STR_NONE, STR_NONE, false, 99), "");
	assert_string_equal(walk(f, PLAIN, STR_NONE, STR_NONE, true, 99), "");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_rc(RC_OK, put1(f, PLAIN, str_c(keys[i]), STR("v"), STORE_ABSENT));
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++)
		assert_string_equal(walk(f, PLAIN, str_c(walks[i].prefix), str_c(walks[i].after),
					    walks[i].reverse, walks[i].most),
			walks[i].want);
	assert_int_equal(count(f, PLAIN), 6);
	assert_int_equal(count(f, OTHER), 0);
}

static bool tally(void *data, const struct store_record *record)
{
	struct str *before = data;

	assert_true(str_cmp(*before, record->key) < 0);
	*before = record->key;
	return true;
}

/* Put in an order that is not the keys', then half deleted: the order and the number hold. */
static void many(void **state)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);
	struct str before = STR_NONE;
	const uint64_t n = 20011; /* a prime: multiplication walks through all */

	for (uint64_t i = 0; i < n; i++)
		store_put(b, PLAIN, numbered(f->a, "m", i * 7919 % n), STR("value"), STORE_ABSENT);
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_int_equal(count(f, PLAIN), n);
	b = store_batch_new(f->a);
	for (uint64_t i = 0; i < n; i += 2)
		store_delete(b, PLAIN, numbered(f->a, "m", i), STORE_ANY);
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_int_equal(count(f, PLAIN), n / 2);
	assert_absent(f, PLAIN, numbered(f->a, "m", 20010));
	assert_value(f, PLAIN, numbered(f->a, "m", 20009), "value");
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_OK, store_scan(snap, PLAIN, STR("m"), STR_NONE, false, tally, &before));
	assert_true(str_eq(before, numbered(f->a, "m", 20009)));
}

/* --- expiry --- */

static void keys(void **state)
{
	struct store_fixture *f = *state;
	struct str key = store_key_expiring(f->a, 0x01020304, STR("id"));

	assert_int_equal(key.n, 6);
	assert_memory_equal(key.p, "\1\2\3\4id", 6);
	assert_int_equal(store_key_expiry(key), 0x01020304);
	assert_int_equal(store_key_expiry(STR("abc")), 0);
	assert_int_equal(store_key_expiry(store_key_expiring(f->a, -5, STR_NONE)), 0);
	assert_int_equal(
		store_key_expiry(store_key_expiring(f->a, (int64_t)1 << 40, STR("x"))), UINT32_MAX);
}

static void expiry(void **state)
{
	struct store_fixture *f = *state;
	struct str key = store_key_expiring(f->a, NOW + 60, STR("code"));
	uint64_t version;

	assert_rc(RC_OK, put1(f, SHORT, key, STR("v"), STORE_ABSENT));
	assert_rc(RC_CONFLICT, put1(f, SHORT, key, STR("w"), STORE_ABSENT));
	version = look(f, SHORT, key, NULL);
	f->now = NOW + 59;
	assert_value(f, SHORT, key, "v");
	assert_string_not_equal(walk(f, SHORT, STR_NONE, STR_NONE, false, 9), "");
	f->now = NOW + 60;
	assert_absent(f, SHORT, key);
	assert_string_equal(walk(f, SHORT, STR_NONE, STR_NONE, false, 9), "");
	assert_string_equal(walk(f, SHORT, STR_NONE, STR_NONE, true, 9), "");
	assert_int_equal(count(f, SHORT), 1);
	/* For conditions it is as if it were gone. */
	assert_rc(RC_CONFLICT, delete1(f, SHORT, key, version));
	assert_rc(RC_OK, put1(f, SHORT, key, STR("w"), STORE_ABSENT));
	assert_absent(f, SHORT, key);
}

/* A snapshot judges by one second, however long it is held. */
static void expiry_within_snapshot(void **state)
{
	struct store_fixture *f = *state;
	struct str key = store_key_expiring(f->a, NOW + 60, STR("code"));
	struct store_snapshot *snap = NULL;
	struct store_record record;

	assert_rc(RC_OK, put1(f, SHORT, key, STR("v"), STORE_ABSENT));
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_OK, store_get(snap, SHORT, key, &record));
	f->now = NOW + 60;
	assert_rc(RC_OK, store_get(snap, SHORT, key, &record));
	store_snapshot_end(snap);
	assert_absent(f, SHORT, key);
}

static void sweep(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);
	size_t deleted = 99;

	for (uint64_t i = 0; i < 100; i++)
		store_put(b, SHORT,
			store_key_expiring(f->a, NOW + (int64_t)i, numbered(f->a, "s", i)),
			STR("v"), STORE_ABSENT);
	store_put(b, PLAIN, STR("\0\0\0\1 looks expired"), STR("v"), STORE_ABSENT);
	assert_rc(RC_OK, store_commit(f->s, b));
	f->now = NOW + 49;
	assert_rc(RC_OK, store_sweep(f->s, 10, &deleted));
	assert_int_equal(deleted, 10);
	assert_int_equal(count(f, SHORT), 90);
	assert_rc(RC_OK, store_sweep(f->s, 1000, &deleted));
	assert_int_equal(deleted, 40);
	assert_int_equal(count(f, SHORT), 50);
	assert_int_equal(count(f, PLAIN), 1);
	assert_rc(RC_OK, store_sweep(f->s, 1000, &deleted));
	assert_int_equal(deleted, 0);
	assert_value(f, SHORT, store_key_expiring(f->a, NOW + 50, numbered(f->a, "s", 50)), "v");
}

/* --- logs --- */

static void journal(void **state)
{
	struct store_fixture *f = *state;
	struct store_batch *b = store_batch_new(f->a);

	store_append(b, JOURNAL, STR("one"));
	store_append(b, JOURNAL, STR("two"));
	assert_rc(RC_OK, store_commit(f->s, b));
	b = store_batch_new(f->a);
	store_append(b, JOURNAL, STR_NONE);
	assert_rc(RC_OK, store_commit(f->s, b));
	assert_value(f, JOURNAL, STR("\0\0\0\0\0\0\0\1"), "1|0|one");
	assert_value(f, JOURNAL, STR("\0\0\0\0\0\0\0\2"), "2|7|two");
	assert_value(f, JOURNAL, STR("\0\0\0\0\0\0\0\3"), "3|7|");
	assert_int_equal(count(f, JOURNAL), 3);
}

int conformance_records(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(put_get_delete),
		CASE(odd_bytes),
		CASE(limits),
		CASE(wrong_table),
		CASE(empty_batch),
		CASE(what_a_batch_writes),
		CASE(waiting_needs_no_snapshot),
		CASE(scans),
		CASE(many),
		CASE(keys),
		CASE(expiry),
		CASE(expiry_within_snapshot),
		CASE(sweep),
		CASE(journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
