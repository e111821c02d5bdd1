/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "codec/form.h"

static const struct str resource[] = {STR_INIT("resource")};
static const struct strlist repeatable = {.v = resource, .n = 1};
static const struct strlist nothing;

static void pairs_are_read(void **state)
{
	struct arena *a = *state;
	const char *why = NULL;
	struct form f;

	check_ok(form_parse(a, STR("a=1&b=x+y%2B%26&%E0%B8%81=%e0%b8%82&empty=&bare&&c=1=2&"),
		nothing, &f, &why));
	assert_null(why);
	assert_int_equal(f.n, 6);
	check_c(form_get(&f, "a"), "1");
	check_c(form_get(&f, "b"), "x y+&");
	check_c(form_get(&f, "ก"), "ข");
	check_c(form_get(&f, "c"), "1=2");
	/* RFC 6749 section 3.1: without a value is as if omitted. */
	check_c(form_get(&f, "empty"), "");
	check_c(form_get(&f, "bare"), "");
	check_c(form_get(&f, "absent"), "");
	check_ok(form_parse(a, STR(""), nothing, &f, &why));
	assert_int_equal(f.n, 0);
	check_ok(form_parse(a, (struct str){0}, nothing, &f, &why));
	check_ok(form_parse(a, STR("&&&"), nothing, &f, &why));
	assert_int_equal(f.n, 0);
	check_ok(form_parse(a, STR("a=%0a%0D%09"), nothing, &f, &why));
	check_c(form_get(&f, "a"), "\n\r\t");
}

static void repeats(void **state)
{
	struct arena *a = *state;
	const char *why;
	struct form f;

	check_ok(form_parse(a, STR("resource=a&resource=b"), repeatable, &f, &why));
	assert_int_equal(f.n, 2);
	check_c(f.v[1].value, "b");
	check_rc(form_parse(a, STR("resource=a&resource=b"), nothing, &f, &why), RC_INVALID);
	assert_string_equal(why, "a parameter stands more than once");
	check_rc(form_parse(a, STR("a=1&%61=2"), repeatable, &f, &why), RC_INVALID);
	check_rc(form_parse(a, STR("a=1&a="), repeatable, &f, &why), RC_INVALID);
	check_rc(form_parse(a, STR("a&a"), repeatable, &f, &why), RC_INVALID);
}

static void faults(void **state)
{
	static const struct str texts[] = {STR_INIT("a=%"), STR_INIT("a=%4"), STR_INIT("a=%4x"),
		STR_INIT("a=%x4"), STR_INIT("a=%%41"), STR_INIT("%zz=a"), STR_INIT("a=%00"),
		STR_INIT("a=\0"), STR_INIT("%00=a"), STR_INIT("=a"), STR_INIT("="),
		STR_INIT("a=1&=2"), STR_INIT("a=%ff"), STR_INIT("a=%c0%80"),
		STR_INIT("a=%ed%a0%80"), STR_INIT("a=\xff"), STR_INIT("\xff=a"),
		STR_INIT("a=%e0%b8"), STR_INIT("a=%f4%90%80%80")};
	struct form f = {.n = 77};

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *why = NULL;

		if (form_parse(*state, texts[i], nothing, &f, &why) != RC_INVALID)
			fail_msg("accepted: %.*s", STR_FMT(texts[i]));
		assert_non_null(why);
	}
	assert_int_equal(f.n, 77);
}

static void limits(void **state)
{
	struct arena *a = *state;
	struct buf b;
	const char *why;
	struct form f;
	char *big;

	buf_init(&b, a, 4096);
	for (int i = 0; i < FORM_MAX_PAIRS; i++)
		buf_addf(&b, "&p%d=1", i);
	check_ok(form_parse(a, buf_str(&b), nothing, &f, &why));
	assert_int_equal(f.n, FORM_MAX_PAIRS);
	buf_add_c(&b, "&x");
	check_rc(form_parse(a, buf_str(&b), nothing, &f, &why), RC_LIMITED);
	big = arena_alloc(a, FORM_MAX_BYTES + 1);
	memset(big, 'a', FORM_MAX_BYTES + 1);
	check_ok(form_parse(a, (struct str){.p = big, .n = FORM_MAX_BYTES}, nothing, &f, &why));
	check_rc(form_parse(a, (struct str){.p = big, .n = FORM_MAX_BYTES + 1}, nothing, &f, &why),
		RC_LIMITED);
}

static void writing(void **state)
{
	struct arena *a = *state;
	const char *why;
	struct str all, back;
	char bytes[255];
	struct form f;
	struct buf b;

	buf_init(&b, a, 4096);
	buf_add_c(&b, "https://a.example/?");
	form_add(&b, STR("redirect_uri"), STR("https://b/?c=d&e"));
	form_add(&b, STR("s p"), STR("ก~-._"));
	form_add(&b, STR("none"), STR(""));
	check_c(buf_str(&b), "https://a.example/?redirect_uri=https%3A%2F%2Fb%2F%3Fc%3Dd%26e"
			     "&s%20p=%E0%B8%81~-._&none=");
	/* What was written reads the same; NUL apart, every byte. */
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i + 1);
	all = (struct str){.p = bytes, .n = sizeof(bytes)};
	buf_clear(&b);
	percent_encode(&b, all);
	check_ok(percent_decode(a, buf_str(&b), &back));
	check_str(back, all);
	buf_clear(&b);
	form_add(&b, STR("a"), str_sub(all, 0, 127));
	check_ok(form_parse(a, buf_str(&b), nothing, &f, &why));
	check_str(form_get(&f, "a"), str_sub(all, 0, 127));
}

static void decoding(void **state)
{
	struct str out = STR("untouched");

	check_ok(percent_decode(*state, STR("a+b%20c"), &out));
	check_c(out, "a+b c");
	check_rc(percent_decode(*state, STR("%00"), &out), RC_INVALID);
	check_rc(percent_decode(*state, STR("%g0"), &out), RC_INVALID);
	check_rc(percent_decode(*state, STR("%"), &out), RC_INVALID);
	check_c(out, "a+b c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(pairs_are_read),
		arena_test(repeats),
		arena_test(faults),
		arena_test(limits),
		arena_test(writing),
		arena_test(decoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
