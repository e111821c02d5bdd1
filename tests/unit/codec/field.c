/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "codec/field.h"

struct field_record {
	struct str name;
	struct str note;
	struct str hash;
	int64_t count;
	int64_t made;
	int64_t until;
	bool active;
	int state;
	struct strlist tags;
	struct str extra;
	int64_t version;
};

static const char *const states[] = {"new", "used", "gone", NULL};

static const struct field fields[] = {
	{1, "name", FIELD_STR, FIELD_REQUIRED, offsetof(struct field_record, name), .max = 20},
	{2, "note", FIELD_TEXT, 0, offsetof(struct field_record, note)},
	{3, "hash", FIELD_BYTES, FIELD_HIDDEN, offsetof(struct field_record, hash), .max = 32},
	{5, "count", FIELD_I64, 0, offsetof(struct field_record, count), .max = 1000},
	{6, "made", FIELD_TIME, 0, offsetof(struct field_record, made)},
	{7, "until", FIELD_DATE, 0, offsetof(struct field_record, until)},
	{8, "active", FIELD_BOOL, 0, offsetof(struct field_record, active)},
	{9, "state", FIELD_ENUM, 0, offsetof(struct field_record, state), .words = states},
	{10, "tags", FIELD_STRLIST, 0, offsetof(struct field_record, tags), .max = 3},
	{200, "extra", FIELD_JSON, 0, offsetof(struct field_record, extra), .max = 30},
	{255, "version", FIELD_I64, FIELD_READONLY, offsetof(struct field_record, version)},
};

static const struct record_type type = {
	"thing", sizeof(struct field_record), fields, COUNT(fields)};

static const struct str two_tags[] = {STR_INIT("a"), STR_INIT("")};

static const struct field_record sample = {
	.name = STR_INIT("สมชาย"),
	.note = STR_INIT("one\ntwo"),
	.hash = STR_INIT("\0\xff\x01"),
	.count = -5,
	.made = 1795138200,
	.until = 1795107600,
	.active = true,
	.state = 2,
	.tags = {.v = two_tags, .n = 2},
	.extra = STR_INIT("{\"a\":[1]}"),
	.version = INT64_MIN,
};

static struct str encode(struct arena *a, const struct field_record *t)
{
	struct buf out;

	buf_init(&out, a, RECORD_STORED_MAX);
	field_encode(&type, t, &out);
	check_ok(buf_status(&out));
	return buf_str(&out);
}

static void check_same(const struct field_record *got, const struct field_record *want)
{
	check_str(got->name, want->name);
	check_str(got->note, want->note);
	check_str(got->hash, want->hash);
	assert_true(got->count == want->count && got->made == want->made);
	assert_true(got->until == want->until && got->active == want->active);
	assert_true(got->state == want->state && got->version == want->version);
	assert_int_equal(got->tags.n, want->tags.n);
	for (size_t i = 0; i < got->tags.n; i++)
		check_str(got->tags.v[i], want->tags.v[i]);
	check_str(got->extra, want->extra);
}

static void stored_reads_the_same(void **state)
{
	struct arena *a = *state;
	struct field_record out, empty = {0};
	struct str stored = encode(a, &sample);

	memset(&out, 0xaa, sizeof(out));
	check_ok(field_decode(&type, a, stored, &out));
	check_same(&out, &sample);
	check_str(encode(a, &out), stored);
	/* Strings are views: nothing but the list's array is allocated. */
	assert_true(out.name.p > stored.p && out.name.p < stored.p + stored.n);
	stored = encode(a, &empty);
	check_c(stored, "\x01");
	check_ok(field_decode(&type, a, stored, &out));
	check_same(&out, &empty);
}

static void the_stored_form_is_fixed(void **state)
{
	struct field_record t = {.name = STR_INIT("ab"),
		.count = 300,
		.made = -1,
		.active = true,
		.state = 1,
		.tags = {.v = two_tags, .n = 2}};

	check_str(encode(*state, &t), STR("\x01"
					  "\x01\x02"
					  "ab"
					  "\x05\x02\x58\x02"
					  "\x06\x01\x01"
					  "\x08\x01\x02"
					  "\x09\x01\x02"
					  "\x0a\x03\x01"
					  "a\x00"));
}

static void numbers_of_every_size(void **state)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int d = -1; d <= 1; d++) {
			struct field_record t = {0}, out;

			t.version = (int64_t)((UINT64_C(1) << bit) + (uint64_t)d);
			check_ok(field_decode(&type, *state, encode(*state, &t), &out));
			assert_true(out.version == t.version);
		}
	}
}

static void long_values(void **state)
{
	static const size_t sizes[] = {127, 128, 16383, 16384, 30000};
	static char text[30000];
	struct field_record t = {0}, out;

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct str part = {.p = text, .n = sizes[i]};

		t.note = part;
		t.tags = (struct strlist){0};
		check_ok(field_decode(&type, *state, encode(*state, &t), &out));
		check_str(out.note, part);
		t.note = STR_NONE;
		t.tags = (struct strlist){.v = &part, .n = 1};
		check_ok(field_decode(&type, *state, encode(*state, &t), &out));
		check_str(out.tags.v[0], part);
	}
}

static void newer_fields_are_skipped(void **state)
{
	struct field_record out;

	check_ok(field_decode(
		&type, *state, STR("\x01\x01\x01z\x04\x03new\x08\x01\x02\xf0\x00"), &out));
	check_c(out.name, "z");
	assert_true(out.active);
}

static void malformed_records(void **state)
{
	static const struct str bad[] = {
		STR_INIT(""),
		STR_INIT("\x02"),
		STR_INIT("\x00"),
		STR_INIT("\x01\x01"),
		STR_INIT("\x01\x01\x02z"),
		STR_INIT("\x01\x01\x80"),
		STR_INIT("\x01\x01\x81\x00z"),
		STR_INIT("\x01\x01\xff\xff\xff\xff\x01z"),
		STR_INIT("\x01\x01\x00"),
		STR_INIT("\x01\x02\x01z\x01\x01z"),
		STR_INIT("\x01\x01\x01z\x01\x01z"),
		STR_INIT("\x01\x00\x01z"),
		STR_INIT("\x01\x05\x00"),
		STR_INIT("\x01\x05\x02\x01\x00"),
		STR_INIT("\x01\x05\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01"),
		STR_INIT("\x01\x08\x01\x01"),
		STR_INIT("\x01\x08\x01\x04"),
		STR_INIT("\x01\x08\x02\x02\x02"),
		STR_INIT("\x01\x09\x01\x06"),
		STR_INIT("\x01\x09\x01\x01"),
		STR_INIT("\x01\x09\x08\xfe\xff\xff\xff\xff\xff\xff\xff"),
		STR_INIT("\x01\x0a\x01\x01"),
		STR_INIT("\x01\x0a\x02\x80\x00"),
		STR_INIT("\x01\x0a\x03\x01"
			 "a\x02"),
	};
	struct field_record out;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (field_decode(&type, *state, bad[i], &out) != RC_CORRUPT)
			fail_msg("accepted: row %zu", i);
}

static void no_prefix_is_whole(void **state)
{
	struct str stored = encode(*state, &sample);
	struct field_record out;
	size_t whole = 0;

	/* A cut between two fields cannot be seen; the store guards whole records. */
	for (size_t n = 0; n < stored.n; n++)
		whole += field_decode(&type, *state, str_sub(stored, 0, n), &out) == RC_OK;
	assert_int_equal(whole, COUNT(fields));
}

static struct str to_json(struct arena *a, const struct field_record *t)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, a, 4096);
	json_writer_init(&w, &out);
	json_write_object(&w);
	field_to_json(&type, t, &w);
	json_write_object_end(&w);
	return buf_str(&out);
}

static void json_out(void **state)
{
	struct field_record empty = {0};

	check_c(to_json(*state, &sample),
		"{\"name\":\"สมชาย\",\"note\":\"one\\ntwo\",\"count\":-5,"
		"\"made\":\"2026-11-20T01:30:00Z\",\"until\":\"2026-11-20\",\"active\":true,"
		"\"state\":\"gone\",\"tags\":[\"a\",\"\"],\"extra\":{\"a\":[1]},"
		"\"version\":-9223372036854775808}");
	check_c(to_json(*state, &empty), "{\"state\":\"new\"}");
}

static enum rc from_json(
	struct arena *a, const char *text, struct field_record *t, struct field_error *error)
{
	struct json_value *root;
	enum rc rc;

	check_ok(json_value_parse(str_c(text), 4096, &root));
	rc = field_from_json(&type, a, root, t, error);
	json_value_free(root);
	return rc;
}

static void json_in(void **state)
{
	struct field_error error;
	struct field_record t = {0};

	check_ok(from_json(*state,
		"{\"name\":\"สมชาย\",\"note\":\"one\\r\\ntwo\\t\",\"hash\":\"AP8B\",\"count\":1000,"
		"\"made\":\"2026-11-20T08:30:00+07:00\",\"until\":\"2026-11-20\",\"active\":true,"
		"\"state\":\"gone\",\"tags\":[\"a\",\"b\"],\"extra\":{\"a\" : [1]}}",
		&t, &error));
	check_c(t.name, "สมชาย");
	check_c(t.note, "one\ntwo\t");
	check_str(t.hash, STR("\0\xff\x01"));
	assert_true(t.count == 1000 && t.made == 1795138200 && t.until == 1795107600);
	assert_true(t.active && t.state == 2);
	assert_int_equal(t.tags.n, 2);
	check_c(t.tags.v[1], "b");
	check_c(t.extra, "{\"a\":[1]}");
	/* What is not named stays, null clears, a number is a moment too. */
	check_ok(from_json(
		*state, "{\"note\":null,\"tags\":null,\"made\":5,\"state\":null}", &t, &error));
	check_c(t.name, "สมชาย");
	check_c(t.note, "");
	assert_true(t.tags.n == 0 && t.made == 5 && t.state == 0 && t.active);
}

struct refusal {
	const char *in, *field, *why;
};

static const struct refusal json_refusals[] = {
	{"[]", NULL, "a JSON object is expected"},
	{"{}", "name", "is required"},
	{"{\"name\":\"\"}", "name", "is required"},
	{"{\"name\":null}", "name", "is required"},
	{"{\"name\":\"a\",\"nmae\":1}", NULL, "there is no field \"nmae\""},
	{"{\"name\":1}", "name", "must be a string"},
	{"{\"name\":\"123456789012345678901\"}", "name", "is longer than 20 bytes"},
	{"{\"name\":\"a\\nb\"}", "name", "holds a control character"},
	{"{\"name\":\"a\\u007f\"}", "name", "holds a control character"},
	{"{\"note\":\"a\\rb\"}", "note", "holds a control character"},
	{"{\"note\":\"a\\u0007\"}", "note", "holds a control character"},
	{"{\"hash\":\"AP9\"}", "hash", "is not base64url text of at most 32 bytes"},
	{"{\"hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "hash",
		"is longer than 32 bytes"},
	{"{\"count\":1001}", "count", "is not between 0 and 1000"},
	{"{\"count\":-1}", "count", "is not between 0 and 1000"},
	{"{\"count\":1.5}", "count", "must be a whole number"},
	{"{\"count\":\"1\"}", "count", "must be a whole number"},
	{"{\"made\":\"2026-11-20\"}", "made", "is not a time like"},
	{"{\"made\":1e15}", "made", "is not a date between"},
	{"{\"made\":true}", "made", "must be a string"},
	{"{\"until\":\"20/11/2026\"}", "until", "is not a date like 2026-11-20"},
	{"{\"active\":1}", "active", "must be true or false"},
	{"{\"state\":\"old\"}", "state", "is not one of: new, used, gone"},
	{"{\"state\":1}", "state", "must be a string"},
	{"{\"tags\":\"a\"}", "tags", "must be an array of strings"},
	{"{\"tags\":[1]}", "tags", "must be an array of strings"},
	{"{\"tags\":[\"a\",\"b\",\"c\",\"d\"]}", "tags", "has more than 3 parts"},
	{"{\"tags\":[\"\"]}", "tags", "has a part that is empty"},
	{"{\"tags\":[\"\\n\"]}", "tags", "has a part with a control character"},
	{"{\"extra\":\"1234567890123456789012345678901\"}", "extra", "is longer than 30 bytes"},
	{"{\"version\":1}", "version", "cannot be set"},
};

static void json_refused(void **state)
{
	for (size_t i = 0; i < COUNT(json_refusals); i++) {
		const struct refusal *r = &json_refusals[i];
		struct field_error error = {.field = "?"};
		struct field_record t = {0};

		if (from_json(*state, r->in, &t, &error) != RC_INVALID)
			fail_msg("accepted: %s", r->in);
		check_c(str_c(error.field), r->field ? r->field : "");
		check_has(str_c(error.why), r->why);
	}
}

struct text_cell {
	const char *field, *text;
	const char *why; /* NULL: accepted */
	const char *json;
};

static const struct text_cell cells[] = {
	{"name", "สมชาย", NULL, "{\"name\":\"สมชาย\",\"state\":\"new\"}"},
	{"name", "", NULL, "{\"state\":\"new\"}"},
	{"name", "\xff", "is not UTF-8 text", NULL},
	{"note", "a\nb", NULL, "{\"note\":\"a\\nb\",\"state\":\"new\"}"},
	{"count", "12", NULL, "{\"count\":12,\"state\":\"new\"}"},
	{"count", "-1", "is not between 0 and 1000", NULL},
	{"count", "1x", "must be a whole number", NULL},
	{"count", "-", "must be a whole number", NULL},
	{"made", "0000000060", NULL, "{\"made\":\"1970-01-01T00:01:00Z\",\"state\":\"new\"}"},
	{"made", "soon", "is not a time like", NULL},
	{"until", "2026-11-20", NULL, "{\"until\":\"2026-11-20\",\"state\":\"new\"}"},
	{"active", "yes", NULL, "{\"active\":true,\"state\":\"new\"}"},
	{"active", "0", NULL, "{\"state\":\"new\"}"},
	{"active", "maybe", "must be true or false", NULL},
	{"state", "used", NULL, "{\"state\":\"used\"}"},
	{"state", "Used", NULL, "{\"state\":\"used\"}"},
	{"state", "user", "is not one of", NULL},
	{"tags", " a ;b;; c", NULL, "{\"state\":\"new\",\"tags\":[\"a\",\"b\",\"c\"]}"},
	{"tags", "a;b;c;d", "has more than 3 parts", NULL},
	{"hash", "AP8B", NULL, "{\"state\":\"new\"}"},
	{"hash", "AP8B=", "is not base64url", NULL},
	{"extra", "[1, 2]", NULL, "{\"state\":\"new\",\"extra\":[1,2]}"},
	{"extra", "[1, 2", "is not well-formed JSON", NULL},
	{"version", "1", "cannot be set", NULL},
};

static void text_in(void **state)
{
	for (size_t i = 0; i < COUNT(cells); i++) {
		const struct text_cell *c = &cells[i];
		const struct field *f = field_find(&type, str_c(c->field));
		struct field_error error = {0};
		struct field_record t = {0};
		enum rc rc = field_from_text(&type, *state, f, str_c(c->text), &t, &error);

		if (c->why) {
			check_rc(rc, RC_INVALID);
			assert_string_equal(error.field, c->field);
			check_has(str_c(error.why), c->why);
			continue;
		}
		check_ok(rc);
		check_c(to_json(*state, &t), c->json);
	}
	assert_null(field_find(&type, STR("nam")));
	assert_null(field_find(&type, STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(stored_reads_the_same),
		arena_test(the_stored_form_is_fixed),
		arena_test(numbers_of_every_size),
		arena_test(long_values),
		arena_test(newer_fields_are_skipped),
		arena_test(malformed_records),
		arena_test(no_prefix_is_whole),
		arena_test(json_out),
		arena_test(json_in),
		arena_test(json_refused),
		arena_test(text_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
