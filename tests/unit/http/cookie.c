/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "http/cookie.h"

#include "fixture.h"
#include "http/exchange.h"

static const struct {
	const char *header, *name;
	enum rc rc;
	const char *value;
} table[] = {
	{"sid=abc", "sid", RC_OK, "abc"},
	{"a=1; sid=abc; b=2", "sid", RC_OK, "abc"},
	{"a=1;sid=abc;b=2", "sid", RC_OK, "abc"},
	{"  sid=abc  ", "sid", RC_OK, "abc"},
	{"sid=", "sid", RC_OK, ""},
	{"sid=a=b=c", "sid", RC_OK, "a=b=c"},
	{"sid=abc;", "sid", RC_OK, "abc"},
	{"__Host-sid=x; sid=y", "__Host-sid", RC_OK, "x"},
	{"lone; sid=abc", "sid", RC_OK, "abc"},
	{"bad\"=\"q\"; sid=abc", "sid", RC_OK, "abc"},
	{"", "sid", RC_NOT_FOUND, NULL},
	{"sid", "sid", RC_NOT_FOUND, NULL},
	{"SID=abc", "sid", RC_NOT_FOUND, NULL},
	{"xsid=abc", "sid", RC_NOT_FOUND, NULL},
	{"sidx=abc", "sid", RC_NOT_FOUND, NULL},
	{"sid =abc", "sid", RC_NOT_FOUND, NULL},
	{"sid=abc; sid=def", "sid", RC_NOT_FOUND, NULL},
	{"sid=abc; sid=abc", "sid", RC_NOT_FOUND, NULL},
	{"a=1, sid=abc", "sid", RC_NOT_FOUND, NULL},
	{"sid=\"abc\"", "sid", RC_INVALID, NULL},
	{"sid=a b", "sid", RC_INVALID, NULL},
	{"sid=a,b", "sid", RC_INVALID, NULL},
	{"sid=a\\b", "sid", RC_INVALID, NULL},
	{"sid=a\tb", "sid", RC_INVALID, NULL},
	{"sid=\xe0\xb8\x81", "sid", RC_INVALID, NULL},
	{"sid=a\x7f", "sid", RC_INVALID, NULL},
};

static void finds_by_the_table(void **state)
{
	for (size_t i = 0; i < N_OF(table); i++) {
		struct str value = STR("untouched");
		enum rc rc = cookie_find(str_c(table[i].header), str_c(table[i].name), &value);

		print_message("# %s\n", table[i].header);
		assert_int_equal(rc, table[i].rc);
		assert_str(value, table[i].value ? table[i].value : "untouched");
	}
}

static void nul_is_no_end(void **state)
{
	struct str value;

	assert_int_equal(cookie_find(STR("sid=a\0b"), STR("sid"), &value), RC_INVALID);
	assert_int_equal(cookie_find(STR("x\0; sid=a"), STR("sid"), &value), RC_OK);
	assert_str(value, "a");
}

/* The header of n pairs "c=;" (the last one sid=v). */
static struct str many(struct arena *a, size_t n)
{
	struct buf b;

	buf_init(&b, a, 65536);
	for (size_t i = 1; i < n; i++)
		buf_add_c(&b, "c=;");
	buf_add_c(&b, "sid=v");
	return buf_str(&b);
}

/* The cookies of neighbours are passed over, however many and long they are. */
static void found_among_any(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	static char text[HTTP_COOKIES_MAX];
	struct str value, header = {.p = text, .n = sizeof(text)};

	assert_int_equal(cookie_find(many(a, 4000), STR("sid"), &value), RC_OK);
	assert_str(value, "v");
	memset(text, 'v', sizeof(text));
	memcpy(text, "n=", 2);
	memcpy(text + sizeof(text) - 7, "; sid=w", 7);
	assert_int_equal(cookie_find(header, STR("sid"), &value), RC_OK);
	assert_str(value, "w");
	arena_free(a);
}

static void octets_are_exact(void **state)
{
	/* RFC 6265 4.1.1: %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E */
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		bool ok = c == 0x21 || (c >= 0x23 && c <= 0x2b) || (c >= 0x2d && c <= 0x3a) ||
			  (c >= 0x3c && c <= 0x5b) || (c >= 0x5d && c <= 0x7e);

		assert_int_equal(cookie_value_ok((struct str){.p = &byte, .n = 1}), ok);
	}
	assert_true(cookie_value_ok(STR_NONE));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_the_table),
		cmocka_unit_test(nul_is_no_end),
		cmocka_unit_test(found_among_any),
		cmocka_unit_test(octets_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
