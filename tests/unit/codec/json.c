/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading (codec/json_value.h) and writing (codec/json_writer.h) of JSON. */
#include "check.h"

#include "codec/json_value.h"
#include "codec/json_writer.h"

#define MAX 4096

static struct json_value *parse_value(const char *text)
{
	struct json_value *root;

	check_ok(json_value_parse(str_c(text), MAX, &root));
	return root;
}

static void values_are_read(void **state)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root =
		parse_value("{\"s\":\"\\u0e01\\n\",\"i\":-12,\"r\":123.0,\"b\":true,\"n\":null,"
			    "\"a\":[\"x\",\"y\"],\"o\":{\"p\":1}}");
	struct strlist list;
	struct str s;
	int64_t i;
	bool b;

	assert_true(json_value_is_object(root));
	assert_int_equal(json_value_count(root), 7);
	assert_true(json_value_str(json_value_get(root, "s"), &s));
	check_c(s, "ก\n");
	assert_true(json_value_i64(json_value_get(root, "i"), &i) && i == -12);
	assert_true(json_value_i64(json_value_get(root, "r"), &i) && i == 123);
	assert_true(json_value_bool(json_value_get(root, "b"), &b) && b);
	assert_true(json_value_is_null(json_value_get(root, "n")));
	assert_true(json_value_is_array(json_value_get(root, "a")));
	assert_int_equal(json_value_count(json_value_get(root, "a")), 2);
	assert_true(json_value_str(json_value_at(json_value_get(root, "a"), 1), &s));
	check_c(s, "y");
	assert_null(json_value_at(json_value_get(root, "a"), 2));
	assert_true(json_value_i64(json_value_get(json_value_get(root, "o"), "p"), &i) && i == 1);
	assert_true(json_value_strlist(*state, json_value_get(root, "a"), 2, false, &list));
	assert_int_equal(list.n, 2);
	assert_false(json_value_strlist(*state, json_value_get(root, "a"), 1, false, &list));
	assert_false(json_value_strlist(*state, json_value_get(root, "s"), 1, false, &list));
	assert_true(json_value_strlist(*state, json_value_get(root, "s"), 1, true, &list));
	check_c(list.v[0], "ก\n");
	assert_false(json_value_strlist(*state, json_value_get(root, "o"), 9, true, &list));
	check_c(json_value_text(*state, root), "{\"s\":\"ก\\n\",\"i\":-12,\"r\":123.0,\"b\":true,"
					       "\"n\":null,\"a\":[\"x\",\"y\"],\"o\":{\"p\":1}}");
	check_c(json_value_text(*state, json_value_get(root, "i")), "-12");
}

static void types_are_not_mixed(void **state)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root =
		parse_value("{\"s\":\"1\",\"i\":1,\"f\":1.5,\"big\":1e300,\"a\":[1]}");
	struct strlist list;
	struct str s = STR("untouched");
	int64_t i = 77;
	bool b = true;

	assert_false(json_value_i64(json_value_get(root, "s"), &i));
	assert_false(json_value_i64(json_value_get(root, "f"), &i));
	assert_false(json_value_i64(json_value_get(root, "big"), &i));
	assert_false(json_value_str(json_value_get(root, "i"), &s));
	assert_false(json_value_bool(json_value_get(root, "i"), &b));
	assert_false(json_value_strlist(*state, json_value_get(root, "a"), 9, true, &list));
	assert_false(
		json_value_str(NULL, &s) || json_value_i64(NULL, &i) || json_value_bool(NULL, &b));
	assert_null(json_value_get(NULL, "x"));
	assert_null(json_value_get(json_value_get(root, "s"), "x"));
	assert_null(json_value_at(NULL, 0));
	assert_int_equal(json_value_count(NULL), 0);
	assert_false(json_value_is_object(NULL) || json_value_is_array(NULL) ||
		     json_value_is_null(NULL));
	assert_true(i == 77 && b);
	check_c(s, "untouched");
}

static void members_come_in_order(void **state)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root =
		parse_value("{\"z\":1,\"\":2,\"a\":3,\"ก\":4}");
	static const char *const names[] = {"z", "", "a", "ก"};
	const struct json_value *value;
	void *iter = NULL;
	struct str name;
	int64_t n;

	for (int i = 0; i < 4; i++) {
		assert_true(json_value_next(root, &iter, &name, &value));
		check_c(name, names[i]);
		assert_true(json_value_i64(value, &n) && n == i + 1);
	}
	assert_false(json_value_next(root, &iter, &name, &value));
	iter = NULL;
	assert_false(json_value_next(value, &iter, &name, &value));
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
		struct json_value *root = NULL;

		if (json_value_parse(texts[i], MAX, &root) != RC_INVALID)
			fail_msg("accepted: %.*s", STR_FMT(texts[i]));
		assert_null(root);
	}
	check_rc(json_value_parse((struct str){0}, MAX, &(struct json_value *){NULL}), RC_INVALID);
}

static void limits(void **state)
{
	char deep[2 * (JSON_VALUE_MAX_DEPTH + 1) + 1] = "";
	struct json_value *root;
	size_t n = JSON_VALUE_MAX_DEPTH;

	memset(deep, '[', n);
	memset(deep + n, ']', n);
	check_ok(json_value_parse((struct str){.p = deep, .n = 2 * n}, MAX, &root));
	json_value_free(root);
	memset(deep, '[', n + 1);
	memset(deep + n + 1, ']', n + 1);
	check_rc(json_value_parse((struct str){.p = deep, .n = 2 * n + 2}, MAX, &root), RC_LIMITED);
	/* Brackets in strings do not count. */
	root = parse_value("[\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[\"]");
	json_value_free(root);
	check_ok(json_value_parse(STR("[1]"), 3, &root));
	json_value_free(root);
	check_rc(json_value_parse(STR("[1]"), 2, &root), RC_LIMITED);
	json_value_free(NULL);
}

static void structure_is_written(void **state)
{
	static const struct str parts[] = {STR_INIT("x"), STR_INIT("")};
	struct buf out;
	struct json_writer w;

	buf_init(&out, *state, MAX);
	json_writer_init(&w, &out);
	json_write_object(&w);
	json_add_str(&w, "s", STR("v"));
	json_add_str_opt(&w, "none", STR(""));
	json_add_str_opt(&w, "opt", STR("o"));
	json_add_i64(&w, "i", INT64_MIN);
	json_add_bool(&w, "b", false);
	json_add_strlist(&w, "l", (struct strlist){.v = parts, .n = 2});
	json_add_strlist(&w, "e", (struct strlist){0});
	json_add_raw(&w, "raw", STR("{\"a\":[1]}"));
	json_write_key(&w, "a");
	json_write_array(&w);
	json_write_object(&w);
	json_write_object_end(&w);
	json_write_i64(&w, 0);
	json_write_bool(&w, true);
	json_write_array(&w);
	json_write_array_end(&w);
	json_write_array_end(&w);
	json_write_key_s(&w, STR("\""));
	json_write_i64(&w, 1);
	json_write_object_end(&w);
	check_c(buf_str(&out), "{\"s\":\"v\",\"opt\":\"o\",\"i\":-9223372036854775808,\"b\":false,"
			       "\"l\":[\"x\",\"\"],\"e\":[],\"raw\":{\"a\":[1]},"
			       "\"a\":[{},0,true,[]],\"\\\"\":1}");
}

struct escape_case {
	struct str in;
	const char *out;
};

static const struct escape_case escapes[] = {
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
		struct json_writer w;

		buf_init(&out, *state, MAX);
		json_writer_init(&w, &out);
		json_write_str(&w, escapes[i].in);
		check_c(str_sub(buf_str(&out), 1, out.n - 2), escapes[i].out);
		assert_true(out.p[0] == '"' && out.p[out.n - 1] == '"');
	}
}

static void written_reads_the_same(void **state)
{
	char bytes[127];
	struct buf out;
	struct json_writer w;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i + 1);
	buf_init(&out, *state, MAX);
	json_writer_init(&w, &out);
	json_write_str(&w, (struct str){.p = bytes, .n = sizeof(bytes)});
	for (size_t i = 0; i < 1; i++) {
		__attribute__((cleanup(json_value_freep))) struct json_value *root =
			parse_value(out.p);
		struct str back;

		assert_true(json_value_str(root, &back));
		check_str(back, ((struct str){.p = bytes, .n = sizeof(bytes)}));
	}
}

static void full_buffer(void **state)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, *state, 8);
	json_writer_init(&w, &out);
	json_write_object(&w);
	json_add_str(&w, "long", STR("value"));
	json_write_object_end(&w);
	check_rc(buf_status(&out), RC_LIMITED);
	/* What fits to the byte fits. */
	for (size_t max = 15; max <= 17; max++) {
		buf_init(&out, *state, max);
		json_writer_init(&w, &out);
		json_write_object(&w);
		json_add_str(&w, "a", STR("b"));
		json_add_str(&w, "c", STR(""));
		json_write_object_end(&w);
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
