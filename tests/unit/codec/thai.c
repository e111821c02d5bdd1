/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Dates (codec/date.h) and what Thailand makes of them and of numbers (codec/thai.h). */
#include "check.h"

#include "codec/date.h"
#include "codec/thai.h"

static void citizen_numbers(void **state)
{
	static const char *const good[] = {"1234567890121", "1111111111119", "3100900000027"};
	static const char *const bad[] = {"1234567890123", "1234567890120", "123456789012",
		"12345678901211", "", "123456789012a", "a234567890121", "1-2345-67890-12-1",
		" 234567890121", "+234567890121"};

	for (size_t i = 0; i < COUNT(good); i++)
		if (!thai_citizen_number_ok(str_c(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (thai_citizen_number_ok(str_c(bad[i])))
			fail_msg("accepted: %s", bad[i]);
}

/* Of the ten last digits one is right, whatever the others are. */
static void one_check_digit(void **state)
{
	for (unsigned n = 0; n < 2000; n++) {
		char text[32];
		int right = 0;

		for (unsigned last = 0; last < 10; last++) {
			snprintf(text, sizeof(text), "%012u%u", n * 7919u, last);
			right += thai_citizen_number_ok(str_c(text));
		}
		assert_int_equal(right, 1);
	}
}

static void mobile_numbers(void **state)
{
	static const char *const same[] = {"0812345678", "081-234-5678", "081 234 5678",
		"+66812345678", "66812345678", "0066812345678", "+66 81 234 5678",
		"+66-81-234-5678", " 0812345678 ", "0 8 1 2 3 4 5 6 7 8              "};
	static const char *const bad[] = {"", "081234567", "08123456789", "0212345678",
		"0712345678", "+65812345678", "081234567a", "+66+812345678", "0812345678;", "-",
		"+66", "0", "212345678", "81234567"};
	struct str out = STR("untouched");

	for (size_t i = 0; i < COUNT(bad); i++)
		if (thai_mobile_normalise(*state, str_c(bad[i]), &out) != RC_INVALID)
			fail_msg("accepted: %s", bad[i]);
	check_c(out, "untouched");
	for (size_t i = 0; i < COUNT(same); i++) {
		check_ok(thai_mobile_normalise(*state, str_c(same[i]), &out));
		check_c(out, "+66812345678");
	}
	check_ok(thai_mobile_normalise(*state, STR("0612345678"), &out));
	check_c(out, "+66612345678");
	check_ok(thai_mobile_normalise(*state, STR("0912345678"), &out));
	check_c(thai_mobile_national(*state, out), "0912345678");
	check_c(thai_mobile_mask(*state, out), "09X-XXX-5678");
	check_c(thai_mobile_mask(*state, STR("0912345678")), "X");
	check_c(thai_mobile_national(*state, STR("")), "");
}

static void citizen_number_masks(void **state)
{
	check_c(thai_citizen_number_mask(*state, STR("1234567890121")), "X-XXXX-XXXX0-12-1");
	check_c(thai_citizen_number_mask(*state, STR("123456789012")), "X");
	check_c(thai_citizen_number_mask(*state, STR("")), "X");
}

static void email_masks(void **state)
{
	check_c(thai_email_mask(*state, STR("somchai@dla.go.th")), "so***@dla.go.th");
	check_c(thai_email_mask(*state, STR("somc@dla.go.th")), "so***@dla.go.th");
	check_c(thai_email_mask(*state, STR("som@dla.go.th")), "s***@dla.go.th");
	check_c(thai_email_mask(*state, STR("s@dla.go.th")), "s***@dla.go.th");
	check_c(thai_email_mask(*state, STR("สมชาย@dla.go.th")), "สม***@dla.go.th");
	check_c(thai_email_mask(*state, STR("@dla.go.th")), "***@dla.go.th");
	check_c(thai_email_mask(*state, STR("somchai")), "***");
	check_c(thai_email_mask(*state, STR("")), "***");
}

#define NOON_TEST 1795138200 /* 2026-11-20T08:30:00+07:00 */

struct thai_moment {
	const char *text;
	int64_t seconds;
};

static const struct thai_moment moments[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"2026-11-20T01:30:00Z", NOON_TEST},
	{"2000-02-29T23:59:59Z", 951868799},
	{"1969-12-31T23:59:59Z", -1},
	{"0001-01-01T00:00:00Z", DATE_MIN},
	{"2399-12-31T16:59:59Z", DATE_INPUT_MAX},
	{"2038-01-19T03:14:08Z", 2147483648},
	{"1900-03-01T00:00:00Z", -2203891200},
};

static void rfc3339(void **state)
{
	static const char *const other[] = {"2026-11-20T08:30:00+07:00", "2026-11-20t01:30:00z",
		"2026-11-20 01:30:00Z", "2026-11-20T01:30:00.999Z", "2026-11-19T20:00:00-05:30"};
	static const char *const bad[] = {"", "2026-11-20", "2026-11-20T01:30:00",
		"2026-11-20T01:30Z", "2026-13-20T01:30:00Z", "2026-00-20T01:30:00Z",
		"2026-11-31T01:30:00Z", "2026-11-00T01:30:00Z", "2026-02-29T01:30:00Z",
		"1900-02-29T01:30:00Z", "2026-11-20T24:00:00Z", "2026-11-20T01:60:00Z",
		"2026-11-20T01:30:60Z", "2026-11-20T01:30:00.Z", "2026-11-20T01:30:00+7:00",
		"2026-11-20T01:30:00+0700", "2026-11-20T01:30:00+24:00", "2026-11-20T01:30:00Zx",
		"0000-11-20T01:30:00Z", "26-11-20T01:30:00Z", "+026-11-20T01:30:00Z",
		"2026-11-20T01:30:00.1234567890Z", "2026-1-20T01:30:00Z"};
	int64_t t = 77;

	for (size_t i = 0; i < COUNT(moments); i++) {
		struct buf b;

		buf_init(&b, *state, 100);
		date_add_rfc3339(&b, moments[i].seconds);
		check_c(buf_str(&b), moments[i].text);
		check_ok(date_parse_rfc3339(str_c(moments[i].text), &t));
		assert_int_equal(t, moments[i].seconds);
	}
	for (size_t i = 0; i < COUNT(other); i++) {
		check_ok(date_parse_rfc3339(str_c(other[i]), &t));
		assert_int_equal(t, NOON_TEST);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (date_parse_rfc3339(str_c(bad[i]), &t) != RC_INVALID)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(t, NOON_TEST);
}

static void days(void **state)
{
	static const char *const bad[] = {
		"", "2026-11-2", "2026-11-200", "20261120", "2026/11/20", "2569-02-29"};
	struct buf b;
	int64_t t;

	check_ok(date_parse_day(STR("2026-11-20"), &t));
	assert_int_equal(t, 1795107600);
	buf_init(&b, *state, 100);
	date_add_day(&b, t);
	check_c(buf_str(&b), "2026-11-20");
	buf_clear(&b);
	date_add_day(&b, t - 1);
	check_c(buf_str(&b), "2026-11-19");
	for (size_t i = 0; i < COUNT(bad); i++)
		check_rc(date_parse_day(str_c(bad[i]), &t), RC_INVALID);
}

/* Every day of the four centuries a calendar repeats after, in order, there and back. */
static void every_day(void **state)
{
	struct date d, previous = date_at(-1, 0);
	int64_t t;

	for (int64_t day = 0; day < 146097; day++) {
		d = date_at(day * 86400 + 3661, 0);
		assert_true(d.day == previous.day + 1 || d.day == 1);
		assert_true(d.hour == 1 && d.minute == 1 && d.second == 1);
		assert_true(date_seconds(&d, 0, &t));
		assert_true(t == day * 86400 + 3661);
		previous = d;
	}
	assert_int_equal(previous.year, 2369);
	d = date_at(INT64_MIN, BANGKOK_OFFSET);
	assert_int_equal(d.year, 1);
	d = date_at(INT64_MAX, BANGKOK_OFFSET);
	assert_int_equal(d.year, 9999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(citizen_numbers),
		cmocka_unit_test(one_check_digit),
		arena_test(mobile_numbers),
		arena_test(citizen_number_masks),
		arena_test(email_masks),
		arena_test(rfc3339),
		arena_test(days),
		cmocka_unit_test(every_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
