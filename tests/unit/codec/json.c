/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading (codec/json_value.h) and writing (codec/json_writer.h) of JSON. */
#include "check.h"

#include "codec/json_value.h"
#include "codec/json_writer.h"

#define MAX 4096

static struct jv *parse(const char *text)
{
	struct jv *root;

	check_ok(jv_parse(str_c(text), MAX, &root));
	return root;
}

static void values_are_read(void **state)
{
	__attribute__((cleanup(jv_freep))) struct jv *root =
		parse("{\"s\":\"\\u0e01\\n\",\"i\":-12,\"r\":123.0,\"b\":true,\"n\":null,"
		      "\"a\":[\"x\",\"y\"],\"o\":{\"p\":1}}");
	struct strlist list;
	struct str s;
	int64_t i;
	bool b;

	assert_true(jv_is_object(root));
	assert_int_equal(jv_count(root), 7);
	assert_true(jv_str(jv_get(root, "s"), &s));
	check_c(s, "ก\n");
	assert_true(jv_i64(jv_get(root, "i"), &i) && i == -12);
	assert_true(jv_i64(jv_get(root, "r"), &i) && i == 123);
	assert_true(jv_bool(jv_get(root, "b"), &b) && b);
	assert_true(jv_is_null(jv_get(root, "n")));
	assert_true(jv_is_array(jv_get(root, "a")));
	assert_int_equal(jv_count(jv_get(root, "a")), 2);
	assert_true(jv_str(jv_at(jv_get(root, "a"), 1), &s));
	check_c(s, "y");
	assert_null(jv_at(jv_get(root, "a"), 2));
	assert_true(jv_i64(jv_get(jv_get(root, "o"), "p"), &i) && i == 1);
	assert_true(jv_strlist(*state, jv_get(root, "a"), 2, false, &list));
	assert_int_equal(list.n, 2);
	assert_false(jv_strlist(*state, jv_get(root, "a"), 1, false, &list));
	assert_false(jv_strlist(*state, jv_get(root, "s"), 1, false, &list));
	assert_true(jv_strlist(*state, jv_get(root, "s"), 1, true, &list));
	check_c(list.v[0], "ก\n");
	assert_false(jv_strlist(*state, jv_get(root, "o"), 9, true, &list));
	check_c(jv_dump(*state, root), "{\"s\":\"ก\\n\",\"i\":-12,\"r\":123.0,\"b\":true,"
				       "\"n\":null,\"a\":[\"x\",\"y\"],\"o\":{\"p\":1}}");
	check_c(jv_dump(*state, jv_get(root, "i")), "-12");
}

static void types_are_not_mixed(void **state)
{
	__attribute__((cleanup(jv_freep))) struct jv *root =
		parse("{\"s\":\"1\",\"i\":1,\"f\":1.5,\"big\":1e300,\"a\":[1]}");
	struct strlist list;
	struct str s = STR("untouched");
	int64_t i = 77;
	bool b = true;

	assert_false(jv_i64(jv_get(root, "s"), &i));
	assert_false(jv_i64(jv_get(root, "f"), &i));
	assert_false(jv_i64(jv_get(root, "big"), &i));
	assert_false(jv_str(jv_get(root, "i"), &s));
	assert_false(jv_bool(jv_get(root, "i"), &b));
	assert_false(jv_strlist(*state, jv_get(root, "a"), 9, true, &list));
	assert_false(jv_str(NULL, &s) || jv_i64(NULL, &i) || jv_bool(NULL, &b));
	assert_null(jv_get(NULL, "x"));
	assert_null(jv_get(jv_get(root, "s"), "x"));
	assert_null(jv_at(NULL, 0));
	assert_int_equal(jv_count(NULL), 0);
	assert_false(jv_is_object(NULL) || jv_is_array(NULL) || jv_is_null(NULL));
	assert_true(i == 77 && b);
	check_c(s, "untouched");
}

static void members_come_in_order(void **state)
{
	__attribute__((cleanup(jv_freep))) struct jv *root =
		parse("{\"z\":1,\"\":2,\"a\":3,\"ก\":4}");
	static const char *const names[] = {"z", "", "a", "ก"};
	const struct jv *value;
	void *iter = NULL;
	struct str name;
	int64_t n;

	for (int i = 0; i < 4; i++) {
		assert_true(jv_next(root, &iter, &name, &value));
		check_c(name, names[i]);
		assert_true(jv_i64(value, &n) && n == i + 1);
	}
	assert_false(jv_next(root, &iter, &name, &value));
	iter = NULL;
	assert_false(jv_next(value, &iter, &name, &value));
}

static void refused_texts(void **state)
{
	static const struct str texts[] = {STR_INIT(""), STR_INIT(" "), STR_INIT("{"),
		STR_INIT("{\"a\":1,\"a\":1}"), STR_INIT("{\"a\":{\"b\":1,\"b\":2}}"),
		STR_INIT("{\"a\":1,\"\\u0061\":1}"), STR_INIT("[1,]"), STR_INIT("{a:1}"),
		STR_INIT("{'a':1}"), STR_INIT("[01]"), STR_INIT("[1.]"), STR_INIT("[+1]"),
		STR_INIT("[NaN]"), STR_INIT("{} x"), STR_INIT("{}{}"), STR_INIT("[\"\xff\"]"),
		STR_INIT("[\"\xc0\x80\"]"), STR_INIT("[\"\\ud800\"]"), STR_INIT("[\"\\u0000\"]"),
		STR_INIT("{\"\\u0000\":1}"), STR_INIT("[\"\0\"]"), STR_INIT("[\"\n\"]"),
		STR_INIT("[\"\\x\"]"), STR_INIT("\xef\xbb\xbf{}"), STR_INIT("// x\n{}"),
		STR_INIT("[99999999999999999999]"), STR_INIT("tru")};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct jv *root = NULL;

		if (jv_parse(texts[i], MAX, &root) != RC_INVALID)
			fail_msg("accepted: %.*s", STR_FMT(texts[i]));
		assert_null(root);
	}
	check_rc(jv_parse((struct str){0}, MAX, &(struct jv *){NULL}), RC_INVALID);
}

static void limits(void **state)
{
	char deep[2 * (JV_MAX_DEPTH + 1) + 1] = "";
	struct jv *root;
	size_t n = JV_MAX_DEPTH;

	memset(deep, '[', n);
	memset(deep + n, ']', n);
	check_ok(jv_parse((struct str){.p = deep, .n = 2 * n}, MAX, &root));
	jv_free(root);
	memset(deep, '[', n + 1);
	memset(deep + n + 1, ']', n + 1);
	check_rc(jv_parse((struct str){.p = deep, .n = 2 * n + 2}, MAX, &root), RC_LIMITED);
	/* Brackets in strings do not count. */
	root = parse("[\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[\"]");
	jv_free(root);
	check_ok(jv_parse(STR("[1]"), 3, &root));
	jv_free(root);
	check_rc(jv_parse(STR("[1]"), 2, &root), RC_LIMITED);
	jv_free(NULL);
}

static void structure_is_written(void **state)
{
	static const struct str parts[] = {STR_INIT("x"), STR_INIT("")};
	struct buf out;
	struct jw w;

	buf_init(&out, *state, MAX);
	jw_init(&w, &out);
	jw_object(&w);
	jw_kv_str(&w, "s", STR("v"));
	jw_kv_str_opt(&w, "none", STR(""));
	jw_kv_str_opt(&w, "opt", STR("o"));
	jw_kv_i64(&w, "i", INT64_MIN);
	jw_kv_bool(&w, "b", false);
	jw_kv_strlist(&w, "l", (struct strlist){.v = parts, .n = 2});
	jw_kv_strlist(&w, "e", (struct strlist){0});
	jw_kv_raw(&w, "raw", STR("{\"a\":[1]}"));
	jw_key(&w, "a");
	jw_array(&w);
	jw_object(&w);
	jw_object_end(&w);
	jw_i64(&w, 0);
	jw_null(&w);
	jw_bool(&w, true);
	jw_array(&w);
	jw_array_end(&w);
	jw_array_end(&w);
	jw_key_s(&w, STR("\""));
	jw_null(&w);
	jw_object_end(&w);
	check_c(buf_str(&out), "{\"s\":\"v\",\"opt\":\"o\",\"i\":-9223372036854775808,\"b\":false,"
			       "\"l\":[\"x\",\"\"],\"e\":[],\"raw\":{\"a\":[1]},"
			       "\"a\":[{},0,null,true,[]],\"\\\"\":null}");
}

struct escape {
	struct str in;
	const char *out;
};

static const struct escape escapes[] = {
	{STR_INIT(""), ""},
	{STR_INIT("plain"), "plain"},
	{STR_INIT("\"\\/\b\f\n\r\t"), "\\\"\\\\/\\b\\f\\n\\r\\t"},
	{STR_INIT("a\0b\x01\x1f\x7f"), "a\\u0000b\\u0001\\u001f\\u007f"},
	{STR_INIT("</script>&'"), "\\u003c/script\\u003e\\u0026'"},
	{STR_INIT("ประตู😀"), "ประตู😀"},
	{STR_INIT("a\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"), "a\\u2028\\u2029\xe2\x80\xaa"},
	{STR_INIT("a\xffz"), "a\\ufffdz"},
	{STR_INIT("\xc0\x80"), "\\ufffd\\ufffd"},
	{STR_INIT("\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd"},
	{STR_INIT("\xe0\xb8"), "\\ufffd\\ufffd"},
	{STR_INIT("ก\xe0"), "ก\\ufffd"},
};

static void strings_are_escaped(void **state)
{
	for (size_t i = 0; i < COUNT(escapes); i++) {
		struct buf out;
		struct jw w;

		buf_init(&out, *state, MAX);
		jw_init(&w, &out);
		jw_str(&w, escapes[i].in);
		check_c(str_sub(buf_str(&out), 1, out.n - 2), escapes[i].out);
		assert_true(out.p[0] == '"' && out.p[out.n - 1] == '"');
	}
}

static void written_reads_the_same(void **state)
{
	char bytes[127];
	struct buf out;
	struct jw w;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i + 1);
	buf_init(&out, *state, MAX);
	jw_init(&w, &out);
	jw_str(&w, (struct str){.p = bytes, .n = sizeof(bytes)});
	for (size_t i = 0; i < 1; i++) {
		__attribute__((cleanup(jv_freep))) struct jv *root = parse(out.p);
		struct str back;

		assert_true(jv_str(root, &back));
		check_str(back, ((struct str){.p = bytes, .n = sizeof(bytes)}));
	}
}

static void full_buffer(void **state)
{
	struct buf out;
	struct jw w;

	buf_init(&out, *state, 8);
	jw_init(&w, &out);
	jw_object(&w);
	jw_kv_str(&w, "long", STR("value"));
	jw_object_end(&w);
	check_rc(buf_status(&out), RC_LIMITED);
	/* What fits to the byte fits. */
	for (size_t max = 15; max <= 17; max++) {
		buf_init(&out, *state, max);
		jw_init(&w, &out);
		jw_object(&w);
		jw_kv_str(&w, "a", STR("b"));
		jw_kv_str(&w, "c", STR(""));
		jw_object_end(&w);
		check_rc(buf_status(&out), max < 16 ? RC_LIMITED : RC_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(values_are_read),
		arena_test(types_are_not_mixed),
		arena_test(members_come_in_order),
		arena_test(refused_texts),
		arena_test(limits),
		arena_test(structure_is_written),
		arena_test(strings_are_escaped),
		arena_test(written_reads_the_same),
		arena_test(full_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
