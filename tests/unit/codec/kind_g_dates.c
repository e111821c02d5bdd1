/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind G: dates as offices write them. Years of the Buddhist Era are refused wherever a date is
 * read, and the refusal says what to write (codec/date.h).
 */
#include "check.h"

#include "codec/date.h"
#include "codec/field.h"

static const struct {
	const char *text;
	bool day;
	const char *why;
} rows[] = {
	{"2569-11-20", true, "the year 2569 looks like the Buddhist era; write 2026-11-20"},
	{"2567-02-29", true, "the year 2567 looks like the Buddhist era; write 2024-02-29"},
	{"2566-02-29", true, "looks like the Buddhist era; write 2023, and a day"},
	{"2400-01-01", true, "looks like the Buddhist era; write 1857-01-01"},
	{"๒๕๖๙-๑๑-๒๐", true, "the year 2569 looks like the Buddhist era; write 2026-11-20"},
	{"๒๐๒๖-๑๑-๒๐", true, "it is written with Thai digits; write it like 2026-11-20"},
	{"20/11/2569", true,
		"it is written day/month/year, and 2569 looks like the Buddhist era; write "
		"2026-11-20"},
	{"๒๐/๑๑/๒๕๖๙", true, "looks like the Buddhist era; write 2026-11-20"},
	{"20/11/2026", true, "it is written day/month/year; write it like 2026-11-20"},
	{"1/2/2026", true, "it is written day/month/year; write it like 2026-02-01"},
	{"20-11-2026", true, "it is written day/month/year; write it like 2026-11-20"},
	{"20.11.2569", true, "looks like the Buddhist era; write 2026-11-20"},
	{"11/20/2026", true, "; write it like 2026-11-20"},
	{"20/11/69", true, "the year has no four digits"},
	{"2026/11/20", true, "is not a date like 2026-11-20; write it like 2026-11-20"},
	{"2026-1-5", true, "; write it like 2026-01-05"},
	{"2026-02-30", true, "there is no such day"},
	{"20 พ.ย. 2569", true, "2569 looks like the Buddhist era; write 2026"},
	{"20 พฤศจิกายน ๒๕๖๙", true, "2569 looks like the Buddhist era; write 2026"},
	{"46346", true, "the number that a spreadsheet keeps for a date"},
	{"tomorrow", true, "is not a date like 2026-11-20"},
	{"", true, "is not a date like 2026-11-20"},
	{"2569-11-20T08:30:00+07:00", false,
		"looks like the Buddhist era; write 2026-11-20T08:30:00+07:00"},
	{"2569-11-20", false, "looks like the Buddhist era; write 2026-11-20T00:00:00+07:00"},
	{"2026-11-20", false,
		"is not a time like 2026-11-20T08:30:00+07:00; write it like "
		"2026-11-20T00:00:00+07:00"},
	{"20/11/2569 08:30", false, "looks like the Buddhist era; write 2026-11-20T"},
	{"soon", false, "is not a time like"},
};

static void refused_with_what_to_write(void **state)
{
	int64_t seconds = 7;
	struct buf out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str text = str_c(rows[i].text);

		if ((rows[i].day ? date_parse_day(text, &seconds)
				 : date_parse_rfc3339(text, &seconds)) != RC_INVALID)
			fail_msg("accepted: %s", rows[i].text);
		buf_init(&out, *state, 159);
		date_add_fault(&out, text, rows[i].day);
		check_ok(buf_status(&out));
		check_has(buf_str(&out), rows[i].why);
	}
	assert_int_equal(seconds, 7);
}

static void the_last_year_that_is_read(void **state)
{
	int64_t seconds;

	(void)state;
	check_ok(date_parse_day(STR("2399-12-31"), &seconds));
	check_rc(date_parse_day(STR("2400-01-01"), &seconds), RC_INVALID);
	check_ok(date_parse_rfc3339(STR("2399-12-31T23:59:59+07:00"), &seconds));
	assert_true(seconds == DATE_INPUT_MAX);
	check_rc(date_parse_rfc3339(STR("2400-01-01T00:00:00Z"), &seconds), RC_INVALID);
}

/* A text of any length and bytes is answered. */
static void any_text_is_answered(void **state)
{
	char text[300];
	struct buf out;

	for (unsigned n = 0; n < 4000; n++) {
		size_t length = n % sizeof(text);

		for (size_t i = 0; i < length; i++)
			text[i] = "0123456789-/. T\xe0\xb9\x95:"[(n * 31 + i * i * 7 + i) % 19];
		buf_init(&out, *state, 159);
		date_add_fault(&out, (struct str){text, length}, n % 2);
		assert_true(buf_str(&out).n > 0);
	}
}

/* --- fields: JSON (API, commands) and cells --- */

struct dated {
	int64_t from, at;
	bool good;
	int status;
	struct str name, email;
};

static const char *const words[] = {"active", "suspended", NULL};
static const struct field fields[] = {
	{1, "from", FIELD_DATE, 0, offsetof(struct dated, from), 0, NULL, "a day"},
	{2, "at", FIELD_TIME, 0, offsetof(struct dated, at), 0, NULL, "a time"},
	{3, "good", FIELD_BOOL, 0, offsetof(struct dated, good), 0, NULL, "a truth"},
	{4, "status", FIELD_ENUM, 0, offsetof(struct dated, status), 0, words, "a word"},
	{5, "name", FIELD_STR, FIELD_TYPED, offsetof(struct dated, name), 64, NULL, "a name"},
	{6, "email", FIELD_STR, FIELD_EMAIL, offsetof(struct dated, email), 254, NULL,
		"an address"},
};
static const struct record_type type = {"dated", sizeof(struct dated), fields, COUNT(fields)};

static enum rc cell(struct arena *a, const char *name, const char *text, struct dated *ret,
	struct field_error *error)
{
	return field_from_text(&type, a, field_find(&type, str_c(name)), str_c(text), ret, error);
}

static void fields_in_cells(void **state)
{
	static const struct {
		const char *name, *text, *why;
	} bad[] = {
		{"from", "2569-11-20", "looks like the Buddhist era; write 2026-11-20"},
		{"from", "46346", "the number that a spreadsheet keeps for a date"},
		{"from", "20/11/2026", "write it like 2026-11-20"},
		{"at", "2569-11-20T00:00:00Z", "looks like the Buddhist era; write 2026-11-20T"},
		{"good", "maybe", "must be true or false"},
		{"status", "closed", "is not one of: active, suspended"},
		{"email", "x@localhost", "domain name"},
	};
	static const char *const yes[] = {"TRUE", "True", "true", "YES", "1"};
	static const char *const no[] = {"FALSE", "False", "No", "0"};
	struct field_error error;
	struct dated d = {.from = 0};

	for (size_t i = 0; i < COUNT(bad); i++) {
		check_rc(cell(*state, bad[i].name, bad[i].text, &d, &error), RC_INVALID);
		check_has(str_c(error.why), bad[i].why);
	}
	for (size_t i = 0; i < COUNT(yes); i++) {
		d.good = false;
		check_ok(cell(*state, "good", yes[i], &d, &error));
		assert_true(d.good);
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		d.good = true;
		check_ok(cell(*state, "good", no[i], &d, &error));
		assert_false(d.good);
	}
	check_ok(cell(*state, "status", "Suspended", &d, &error));
	assert_int_equal(d.status, 1);
	check_ok(cell(*state, "status", "ACTIVE", &d, &error));
	assert_int_equal(d.status, 0);
	check_ok(cell(*state, "name", "Ａ０３๐๐ ", &d, &error));
	check_c(d.name, "A0300");
	check_ok(cell(*state, "email", "X@DLA.GO.TH.", &d, &error));
	check_c(d.email, "X@dla.go.th");
	check_ok(cell(*state, "at", "1795107600", &d, &error));
}

static void fields_in_json(void **state)
{
	static const struct {
		const char *json, *why;
	} bad[] = {
		{"{\"from\":\"2569-11-20\"}", "looks like the Buddhist era; write 2026-11-20"},
		{"{\"from\":18930000000}", "1 and 2399"},
		{"{\"at\":\"2569-11-20T08:30:00+07:00\"}", "Buddhist era; write 2026-11-20T08:30"},
		{"{\"status\":\"Active\"}", "is not one of: active, suspended"},
		{"{\"email\":\"a b@x.th\"}", "before the @"},
	};
	struct field_error error;
	struct dated d;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct json_value *root;

		d = (struct dated){.from = 0};
		check_ok(json_value_parse(str_c(bad[i].json), 1000, &root));
		check_rc(field_from_json(&type, *state, root, &d, &error), RC_INVALID);
		check_has(str_c(error.why), bad[i].why);
		json_value_free(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(refused_with_what_to_write),
		arena_test(the_last_year_that_is_read),
		arena_test(any_text_is_answered),
		arena_test(fields_in_cells),
		arena_test(fields_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
