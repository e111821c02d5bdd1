/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The ground: views, buffers, arenas, result codes, time and chance. */
#include "check.h"

#include "base/clock.h"
#include "base/random.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void views(void **state)
{
	check_c(str_c(NULL), "");
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_eq((struct str){0}, STR("")));
	assert_true(str_ieq(STR("Content-TYPE"), STR("content-type")));
	assert_false(str_ieq(STR("a"), STR("aa")));
	assert_false(str_ieq(STR("["), STR("{")));
	assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), STR("")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
	assert_true(str_cmp(STR("a"), STR("b")) < 0 && str_cmp(STR("a"), STR("aa")) < 0);
	assert_true(str_cmp(STR("\xff"), STR("a")) > 0 && str_cmp(STR("a"), STR("a")) == 0);
	assert_int_equal(str_find(STR("abc"), 'c'), 2);
	assert_int_equal(str_find(STR("abc"), 'x'), 3);
	check_c(str_sub(STR("abc"), 1, 99), "bc");
	check_c(str_sub(STR("abc"), 3, 1), "");
	check_c(str_sub(STR("abc"), SIZE_MAX, SIZE_MAX), "");
	check_c(str_trim(STR(" \ta b\t ")), "a b");
	check_c(str_trim(STR(" ")), "");
}

/* Each pair of bytes at each place of a text longer than what is compared at once. */
static void case_of_every_byte(void **state)
{
	char a[11], b[11];

	for (size_t at = 0; at < sizeof(a); at++) {
		memset(a, 'x', sizeof(a));
		memset(b, 'X', sizeof(b));
		for (int c = 0; c < 256 * 256; c++) {
			unsigned char x = (unsigned char)(c >> 8), y = (unsigned char)c;
			unsigned char u = x >= 'A' && x <= 'Z' ? x + 32 : x;
			unsigned char v = y >= 'A' && y <= 'Z' ? y + 32 : y;

			a[at] = (char)x;
			b[at] = (char)y;
			if (str_ieq((struct str){a, sizeof(a)}, (struct str){b, sizeof(b)}) !=
				(u == v))
				fail_msg("bytes %02x and %02x at %zu", x, y, at);
		}
	}
}

static void cutting(void **state)
{
	struct str rest = STR("a,,b"), part;

	assert_true(str_cut(&rest, ',', &part));
	check_c(part, "a");
	assert_true(str_cut(&rest, ',', &part));
	check_c(part, "");
	assert_true(str_cut(&rest, ',', &part));
	check_c(part, "b");
	assert_false(str_cut(&rest, ',', &part));
	rest = STR("a,");
	assert_true(str_cut(&rest, ',', &part) && str_cut(&rest, ',', &part));
	check_c(part, "");
	assert_false(str_cut(&rest, ',', &part));
}

static void numbers(void **state)
{
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1a", "0x1",
		"18446744073709551616", "99999999999999999999"};
	uint64_t n = 77;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_to_u64(str_c(bad[i]), UINT64_MAX, &n));
	assert_int_equal(n, 77);
	assert_true(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_true(str_to_u64(STR("007"), 7, &n) && n == 7);
	assert_false(str_to_u64(STR("8"), 7, &n));
}

/* Unicode 15, table 3-7, at its borders. */
static void utf8(void **state)
{
	static const char *const good[] = {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf", "ประตู"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
		"\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe",
		"\xff", "a\xe0\xb8", "\xe0\xb8\x41"};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(str_is_utf8(str_c(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_is_utf8(str_c(bad[i])));
	assert_int_equal(str_utf8_step(STR("\xf0\x9f\x98\x80x")), 4);
	assert_int_equal(str_utf8_step(STR("x\xff")), 1);
	assert_true(str_has_control(STR("a\x1f")) && str_has_control(STR("\x7f")));
	assert_true(str_has_control(STR("\0")));
	assert_false(str_has_control(STR(" ~\xc2\x85")));
}

static void lists(void **state)
{
	struct strlist list;

	assert_true(strlist_split(*state, STR("  openid   profile "), 2, &list));
	assert_int_equal(list.n, 2);
	assert_true(strlist_has(list, STR("openid")) && strlist_has(list, STR("profile")));
	assert_false(strlist_has(list, STR("")) || strlist_has(list, STR("open")));
	assert_false(strlist_split(*state, STR("a b c"), 2, &list));
	assert_true(strlist_split(*state, STR(""), 0, &list));
	assert_int_equal(list.n, 0);
}

static void buffers(void **state)
{
	struct buf b;
	char mem[8], *room;

	buf_init(&b, *state, 300);
	for (int i = 0; i < 300; i++)
		buf_add_byte(&b, 'x');
	check_ok(buf_status(&b));
	assert_int_equal(b.n, 300);
	buf_add_byte(&b, 'y');
	check_rc(buf_status(&b), RC_LIMITED);
	assert_true(b.n == 300 && b.p[300] == '\0');
	/* Overflowed for good, also for what would fit. */
	b.n = 0;
	buf_add_byte(&b, 'z');
	assert_int_equal(b.n, 0);
	buf_clear(&b);
	buf_addf(&b, "%d-%s", -5, "x");
	buf_add_i64(&b, INT64_MIN);
	buf_add_i64(&b, 0);
	check_c(buf_str(&b), "-5-x-92233720368547758080");
	assert_null(buf_reserve(&b, 300));
	buf_init_fixed(&b, mem, sizeof(mem));
	room = buf_reserve(&b, 7);
	memcpy(room, "seven77", 7);
	buf_commit(&b, 7);
	check_c(buf_str(&b), "seven77");
	buf_add_byte(&b, '8');
	check_rc(buf_status(&b), RC_LIMITED);
	buf_clear(&b);
	buf_add_c(&b, "eight888");
	check_rc(buf_status(&b), RC_LIMITED);
	check_c(buf_str(&b), "");
}

static void growing_arrays(void **state)
{
	struct arena *a = arena_new(100000);
	size_t cap = 0, n = 0;
	int *v = NULL, *before;

	(void)state;
	for (; n < 100; n++) {
		before = v;
		v = arena_grow(a, v, n, &cap, 3, sizeof(*v));
		assert_true(cap > n && cap <= (n < 3 ? 3 : 2 * n));
		assert_true(v == before || n == 0 || (n % 3 == 0 && cap == 2 * n));
		assert_int_equal(v[cap - 1], 0);
		v[n] = (int)n;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(v[i], i);
	arena_free(a);
}

static void arenas(void **state)
{
	struct arena *a = arena_new(100000);
	char *first = arena_alloc(a, 10), *zeros;

	memset(first, 's', 10);
	assert_true((uintptr_t)arena_alloc(a, 1) % _Alignof(max_align_t) == 0);
	arena_alloc(a, 50000);
	assert_true(arena_used(a) >= 50011);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	/* The first chunk is the same again, and wiped. */
	zeros = arena_alloc(a, 10);
	assert_ptr_equal(zeros, first);
	for (int i = 0; i < 10; i++)
		assert_int_equal(zeros[i], 0);
	assert_memory_equal(str_dup_c(a, STR("abc")), "abc", 4);
	arena_freep(&a);
	assert_null(a);
	arena_free(NULL);
}

/* Runs fn in a child; true when it aborted. */
static bool aborts(void (*fn)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* Whoever allocates on and on after the mark and does not ask. */
static void far_over_the_maximum(void)
{
	struct arena *a = arena_new(1000);

	arena_alloc(a, 500);
	arena_alloc(a, 501);
	if (!arena_exceeded(a))
		_exit(0);
	for (size_t i = 0; i < ARENA_BEYOND + 1000; i += 1000000)
		arena_alloc(a, 1000000);
}

static void size_overflow(void)
{
	arena_calloc(arena_new(1000), SIZE_MAX / 2, 3);
}

static void only_a_runaway_aborts(void **state)
{
	assert_true(aborts(far_over_the_maximum));
	assert_true(aborts(size_overflow));
}

static void too_much_is_marked(void **state)
{
	struct arena *a = arena_new(100000);
	struct buf small, large;
	char *p;

	buf_init(&small, a, 1000);
	buf_init(&large, a, 90000);
	memset(arena_alloc(a, 90000), 'x', 90000);
	assert_false(arena_exceeded(a));
	assert_null(arena_why(a));
	/* What can do without gets nothing, and the mark stands. */
	assert_null(arena_try(a, 20000));
	assert_true(arena_exceeded(a));
	assert_int_equal(arena_state(a), ARENA_OVER);
	assert_non_null(arena_why(a));
	assert_null(arena_try(a, 1));
	/* What cannot gets memory that is its own. */
	p = arena_alloc(a, 20000);
	memset(p, 'y', 20000);
	/* A buffer takes what it has room for and no more. */
	buf_add(&small, (struct str){p, 200});
	check_ok(buf_status(&small));
	buf_add(&small, (struct str){p, 200});
	check_rc(buf_status(&small), RC_LIMITED);
	/* The answer that says so. */
	arena_pardon(a);
	assert_false(arena_exceeded(a));
	assert_non_null(arena_try(a, ARENA_PARDON / 2));
	assert_null(arena_try(a, ARENA_PARDON));
	/* The next one begins anew. */
	arena_reset(a);
	assert_false(arena_exceeded(a));
	assert_null(arena_try(a, 100001));
	arena_reset(a);
	arena_fail(a, "first");
	arena_fail(a, "second");
	assert_int_equal(arena_state(a), ARENA_FAILED);
	assert_string_equal(arena_why(a), "first");
	arena_free(a);
}

static void code_names(void **state)
{
	for (int i = 0; i < RC_MAX; i++) {
		assert_true(rc_name((enum rc)i)[0]);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(rc_name((enum rc)i), rc_name((enum rc)j));
	}
	assert_string_equal(rc_name(RC_NOT_FOUND), "not_found");
	assert_string_equal(rc_name(RC_MAX), "unknown");
	assert_string_equal(rc_name((enum rc) - 1), "unknown");
}

static int64_t fixed(void *data)
{
	return *(int64_t *)data;
}

static void clocks(void **state)
{
	int64_t now = 1999;
	struct clock clock = {.now_ms = fixed, .data = &now};
	int64_t before = monotonic_ms();

	assert_int_equal(clock_now_ms(&clock), 1999);
	assert_int_equal(clock_now(&clock), 1);
	assert_true(clock_now(&clock_system) > 1700000000);
	assert_true(monotonic_ms() >= before);
}

static void *draw(void *bytes)
{
	rng_fill(&rng_system, bytes, 16);
	return NULL;
}

/* Enough draws to empty the read-ahead many times, of every size; none comes twice. */
static void draws_differ(void **state)
{
	static unsigned char seen[2000][16];
	unsigned char big[600] = {0};
	size_t zeros = 0;

	for (size_t i = 0; i < COUNT(seen); i++) {
		rng_fill(&rng_system, big, i % 200);
		rng_fill(&rng_system, seen[i], 16);
	}
	for (size_t i = 0; i < COUNT(seen); i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], 16);
	memset(big, 0, sizeof(big));
	rng_fill(&rng_system, big, sizeof(big));
	for (size_t i = 0; i < sizeof(big); i++)
		zeros += big[i] == 0;
	assert_true(zeros < 30);
}

static void threads_and_children_draw_their_own(void **state)
{
	unsigned char mine[16], theirs[16];
	pthread_t thread;
	int ends[2];
	pid_t child;

	draw(mine);
	assert_int_equal(pthread_create(&thread, NULL, draw, theirs), 0);
	pthread_join(thread, NULL);
	assert_memory_not_equal(mine, theirs, 16);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		draw(theirs);
		_exit(write(ends[1], theirs, 16) == 16 ? 0 : 1);
	}
	draw(mine);
	assert_int_equal(read(ends[0], theirs, 16), 16);
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	assert_memory_not_equal(mine, theirs, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views),
		cmocka_unit_test(case_of_every_byte),
		cmocka_unit_test(cutting),
		cmocka_unit_test(numbers),
		cmocka_unit_test(utf8),
		arena_test(lists),
		arena_test(buffers),
		cmocka_unit_test(arenas),
		cmocka_unit_test(growing_arrays),
		cmocka_unit_test(only_a_runaway_aborts),
		cmocka_unit_test(too_much_is_marked),
		cmocka_unit_test(code_names),
		cmocka_unit_test(clocks),
		cmocka_unit_test(draws_differ),
		cmocka_unit_test(threads_and_children_draw_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
