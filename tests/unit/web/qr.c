/* SPDX-License-Identifier: AGPL-3.0-or-later */

/*
 * Limits of qr_path. With "--print TEXT" it writes the size and the path, for qr.py to read the
 * picture with a decoder.
 */
#include "check.h"

#include "web/qr.h"

#define PATH_BYTES 65536u

static void test_limits(void **state)
{
	char *text = arena_zalloc(*state, QR_TEXT_MAX + 1);
	struct buf out;
	int64_t size = 0;

	memset(text, 'a', QR_TEXT_MAX + 1);
	buf_init(&out, *state, PATH_BYTES);
	check_rc(qr_path(STR_NONE, &out, &size), RC_INVALID);
	check_rc(qr_path((struct str){text, QR_TEXT_MAX + 1}, &out, &size), RC_LIMITED);
	assert_int_equal(out.n, 0);
	assert_int_equal(size, 0);
	check_ok(qr_path((struct str){text, QR_TEXT_MAX}, &out, &size));
	check_ok(buf_status(&out));
	assert_true(size > 80 && size <= 97);
}

/* Finder pattern: seven dark modules, then white, at the start of the first two rows. */
static void test_shape(void **state)
{
	struct buf out;
	int64_t size;

	buf_init(&out, *state, PATH_BYTES);
	check_ok(qr_path(STR("1"), &out, &size));
	assert_int_equal(size, 21);
	assert_true(str_starts(buf_str(&out), STR("M0 0h7v1h-7z")));
	check_has(buf_str(&out), "zM0 1h1v1h-1zM6 1h1v1h-1z");
}

static int print_code(const char *text)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf out;
	int64_t size;

	buf_init(&out, a, PATH_BYTES);
	if (qr_path(str_c(text), &out, &size))
		return 1;
	printf("%lld %.*s\n", (long long)size, STR_FMT(buf_str(&out)));
	arena_free(a);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {arena_test(test_limits), arena_test(test_shape)};

	if (argc == 3 && !strcmp(argv[1], "--print"))
		return print_code(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
