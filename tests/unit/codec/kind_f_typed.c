/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind F: what people type. The same code, username, number or address however a keyboard, a
 * telephone or a clipboard wrote it (codec/typed.h, thai.h, email.h).
 */
#include "check.h"

#include "codec/email.h"
#include "codec/thai.h"
#include "codec/typed.h"

#define NBSP  "\xc2\xa0"
#define ZWSP  "\xe2\x80\x8b"
#define BOM   "\xef\xbb\xbf"
#define WIDE  "\xe3\x80\x80" /* ideographic space */
#define SHY   "\xc2\xad"
#define LRM   "\xe2\x80\x8e"
#define MINUS "\xe2\x88\x92"

/* --- codes --- */

static const struct {
	const char *typed, *code; /* NULL: none */
} codes[] = {
	{"123456", "123456"},
	/* Other scripts. */
	{"๑๒๓๔๕๖", "123456"},
	{"๗๘๙๐๑๒", "789012"},
	{"１２３４５６", "123456"},
	{"١٢٣٤٥٦", "123456"},
	{"໑໒໓໔໕໖", "123456"},
	{"1๒３456", "123456"},
	/* The keys in Thai, as they are: every digit. */
	{"ๅ/-ภถุ", "123456"},
	{"ึคตจๅ/", "789012"},
	{"--//--", "332233"},
	{"จจจจจจ", "000000"},
	{"ภถุึคต", "456789"},
	{"12-ภถุ", "123456"}, /* the number pad, then the row */
	/* With shift, or Caps Lock. */
	{"+๑๒๓๔ู", "123456"},
	{"฿๕๖๗+๑", "789012"},
	{"฿฿฿฿฿฿", "777777"},
	{"๕๖๗+๑๒", "890123"},
	/* Thai digits alone are themselves. */
	{"๒๓๔๕๘๙", "234589"},
	/* What stands between and around. */
	{"123 456", "123456"},
	{" 123456 ", "123456"},
	{"123-456", "123456"},
	{"12-34-56", "123456"},
	{"123\xe2\x80\x93"
	 "456",
		"123456"},
	{"123\xe2\x80\x94"
	 "456",
		"123456"},
	{"123\xe2\x80\x91"
	 "456",
		"123456"},
	{"123" MINUS "456", "123456"},
	{"123" NBSP "456", "123456"},
	{"1" ZWSP "2" ZWSP "3456", "123456"},
	{BOM "123456", "123456"},
	{"\t123456\r\n", "123456"},
	{"123" WIDE "456", "123456"},
	{SHY "123456" LRM, "123456"},
	{"ๅ/ -" NBSP "ภถุ", "123456"},
	/* No code. */
	{"", NULL},
	{" ", NULL},
	{"12345", NULL},
	{"1234567", NULL},
	{"123-45", NULL},
	{"12345a", NULL},
	{"abcdef", NULL},
	{"123456a", NULL},
	{"OTP 123456", NULL},
	{"ๅ/-ภถ", NULL},
	{"ๅ/-ภถุึ", NULL},
	{"ข1234ุ", NULL},
	{"12345๘ู", NULL}, /* with shift that key has no digit */
	{"#A2-123", NULL},
	{"12\xff"
	 "3456",
		NULL},
	{"1234\xe0\xb9", NULL},
	{"1.2.3.4", NULL},
	{"x123456", NULL},
};

static void a_code_is_the_same_however_typed(void **state)
{
	struct str code = STR("untouched");

	for (size_t i = 0; i < COUNT(codes); i++) {
		struct str typed = str_c(codes[i].typed), got = STR_NONE;
		enum rc rc = typed_code(*state, typed, 6, &got);

		if (rc != (codes[i].code ? RC_OK : RC_INVALID) ||
			(rc == RC_OK && !str_eq_c(got, codes[i].code)))
			fail_msg("[%s] is [%.*s], not [%s]", codes[i].typed, STR_FMT(got),
				codes[i].code ? codes[i].code : "none");
	}
	check_rc(typed_code(*state,
			 STR("1\0"
			     "23456"),
			 6, &code),
		RC_INVALID);
	check_c(code, "untouched");
	check_ok(typed_code(*state, STR("12"), 2, &code));
	check_c(code, "12");
}

/* A typed code has one reading: of all six-digit codes in one form, none is another's. */
static void a_code_is_one_guess(void **state)
{
	static const char *const keys[] = {"จ", "ๅ", "/", "-", "ภ", "ถ", "ุ", "ึ", "ค", "ต"};
	static const char *const digits[] = {"๐", "๑", "๒", "๓", "๔", "๕", "๖", "๗", "๘", "๙"};

	for (unsigned n = 0; n < 1000; n++) {
		char want[4], keyed[32], thai[32];
		struct str got;

		snprintf(want, sizeof(want), "%03u", n);
		snprintf(keyed, sizeof(keyed), "%s%s%s", keys[n / 100], keys[n / 10 % 10],
			keys[n % 10]);
		snprintf(thai, sizeof(thai), "%s%s%s", digits[n / 100], digits[n / 10 % 10],
			digits[n % 10]);
		check_ok(typed_code(*state, str_c(keyed), 3, &got));
		check_c(got, want);
		check_ok(typed_code(*state, str_c(thai), 3, &got));
		check_c(got, want);
	}
}

static void a_code_is_bounded(void **state)
{
	char text[TYPED_MAX + 2];
	struct str code;

	memset(text, ' ', sizeof(text));
	memcpy(text, "123456", 6);
	check_ok(typed_code(*state, (struct str){text, TYPED_MAX}, 6, &code));
	check_rc(typed_code(*state, (struct str){text, TYPED_MAX + 1}, 6, &code), RC_INVALID);
}

/* --- usernames --- */

static void a_username_is_the_same_however_typed(void **state)
{
	static const char *const same[] = {"Somchai.J", " Somchai.J", "Somchai.J ",
		"Somchai.J" NBSP, ZWSP "Somchai.J" BOM, "\tSomchai.J\r\n", WIDE "Somchai.J" WIDE,
		"Som" ZWSP "chai.J", "Ｓｏｍｃｈａｉ．Ｊ", LRM "Somchai.J", "Somchai" SHY ".J",
		"\xef\xbf\xbcSomchai.J"};
	static const struct {
		const char *typed, *name;
	} others[] = {{"", ""}, {" \t" NBSP, ""}, {"สมชาย ", "สมชาย"}, {"so m", "so m"},
		{"a๐๓๐๐", "a0300"}, {"Ａ０３００", "A0300"}, {"\xff", "\xff"}, {"a\xff ", "a\xff"}};

	for (size_t i = 0; i < COUNT(same); i++)
		check_c(typed_username(*state, str_c(same[i])), "Somchai.J");
	for (size_t i = 0; i < COUNT(others); i++)
		check_c(typed_username(*state, str_c(others[i].typed)), others[i].name);
	/* A NUL is nobody's slip. */
	assert_int_equal(typed_username(*state, STR("ab\0")).n, 3);
}

/* One byte over the maximum: neither the forms nor the digits change, so that reading it again
 * changes nothing (the fuzzer's finding). */
static void a_username_over_the_maximum_is_trimmed_only(void **state)
{
	char text[TYPED_MAX + 2];
	struct str at = {text + 1, TYPED_MAX}, over = {text + 1, TYPED_MAX + 1}, once;

	memset(text, 'i', sizeof(text));
	text[0] = ' ';
	memcpy(text + 1, "ˡ๑", strlen("ˡ๑"));
	check_c(str_sub(typed_username(*state, at), 0, 3), "l1i");
	once = typed_username(*state, (struct str){text, sizeof(text)});
	assert_true(str_eq(once, over));
	assert_true(str_eq(typed_username(*state, once), once));
}

static void trimming(void **state)
{
	(void)state;
	check_c(typed_trim(STR(NBSP ZWSP " a b " BOM)), "a b");
	check_c(typed_trim(STR(NBSP ZWSP)), "");
	check_c(typed_trim(STR("")), "");
	check_c(typed_trim(STR("ก้")), "ก้");
	assert_int_equal(typed_trim(STR(" \xa0 a")).n, 3); /* no UTF-8: left alone from there */
}

/* --- numbers --- */

static void mobile_numbers_however_typed(void **state)
{
	static const char *const same[] = {"๐๘๑๒๓๔๕๖๗๘", "０８１２３４５６７８", "(081) 234-5678",
		"081.234.5678", "+66 (0)81 234 5678", "+66(0)812345678", "660812345678",
		"0812345678" NBSP, "081" MINUS "234" MINUS "5678", ZWSP "0812345678",
		"＋66812345678", "๐๘๑-๒๓๔-๕๖๗๘", "+๖๖๘๑๒๓๔๕๖๗๘", "812345678",
		"\xe2\x80\xaa"
		"0812345678\xe2\x80\xac"};
	struct str out;

	for (size_t i = 0; i < COUNT(same); i++) {
		if (thai_mobile_normalise(*state, str_c(same[i]), &out) != RC_OK)
			fail_msg("refused: %s", same[i]);
		check_c(out, "+66812345678");
	}
}

static void citizen_numbers_however_typed(void **state)
{
	static const char *const same[] = {"1234567890121", "1-2345-67890-12-1", "๑๒๓๔๕๖๗๘๙๐๑๒๑",
		"๑-๒๓๔๕-๖๗๘๙๐-๑๒-๑", "1 2345 67890 12 1", " 1234567890121\r\n",
		"１２３４５６７８９０１２１", NBSP "1234567890121"};
	static const char *const bad[] = {"", "1234567890122", "123456789012", "12345678901211",
		"1.23457E+12", "1234567890121.0", "+1234567890121", "x1234567890121"};
	struct str out = STR("untouched");

	for (size_t i = 0; i < COUNT(bad); i++)
		if (thai_citizen_number_normalise(*state, str_c(bad[i]), &out) != RC_INVALID)
			fail_msg("accepted: %s", bad[i]);
	check_c(out, "untouched");
	for (size_t i = 0; i < COUNT(same); i++) {
		check_ok(thai_citizen_number_normalise(*state, str_c(same[i]), &out));
		check_c(out, "1234567890121");
	}
}

/* --- email addresses --- */

static void addresses_however_typed(void **state)
{
	static const struct {
		const char *typed, *address;
	} rows[] = {{"somchai@dla.go.th", "somchai@dla.go.th"},
		{"somchai@dla.go.th.", "somchai@dla.go.th"},
		{" somchai@dla.go.th ", "somchai@dla.go.th"},
		{"somchai@dla.go.th" NBSP ZWSP, "somchai@dla.go.th"},
		{"somchai＠dla.go.th", "somchai@dla.go.th"},
		{"ｓｏｍｃｈａｉ@ｄｌａ．go.th", "somchai@dla.go.th"},
		{"Somchai@DLA.GO.TH", "Somchai@dla.go.th"},
		{"mailto:somchai@dla.go.th", "somchai@dla.go.th"},
		{"<somchai@dla.go.th>", "somchai@dla.go.th"},
		{"som" ZWSP "chai@dla.go.th", "somchai@dla.go.th"},
		{"info@ไทย.ไทย", "info@xn--o3cw4h.xn--o3cw4h"},
		{"info@คน.ไทย", "info@xn--42c6b.xn--o3cw4h"},
		{"info@BÜCHER.example", "info@xn--bcher-kva.example"}, {"a+b@x.th", "a+b@x.th"},
		{"o'neil@x.co.th", "o'neil@x.co.th"}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str got = STR_NONE;
		const char *why;

		if (email_normalise(*state, str_c(rows[i].typed), &got, &why) != RC_OK)
			fail_msg("refused: %s: %s", rows[i].typed, why);
		check_c(got, rows[i].address);
		assert_true(email_ok(got));
	}
}

/* Kind G: accepted as an address, and then no mail could be sent to it. */
static void addresses_that_cannot_be_mailed(void **state)
{
	static const struct {
		const char *typed, *why;
	} rows[] = {{"สมชาย@dla.go.th", "before the @"}, {"\"som chai\"@dla.go.th", "quoted"},
		{"somchai(home)@dla.go.th", "quoted name or a comment"},
		{"somchai@[192.0.2.1]", "IP address"}, {"somchai@192.0.2.1", "domain name"},
		{".somchai@dla.go.th", "before the @"}, {"somchai.@dla.go.th", "before the @"},
		{"som..chai@dla.go.th", "before the @"}, {"somchai@dla..go.th", "domain name"},
		{"somchai@dla.go.th..", "domain name"}, {"somchai@-dla.go.th", "domain name"},
		{"somchai@dla-.go.th", "domain name"}, {"somchai@dla_x.go.th", "domain name"},
		{"somchai@localhost", "domain name"}, {"somchai", "no email"},
		{"@dla.go.th", "no email"}, {"somchai@", "domain name"}, {"", "no email"},
		{"som chai@dla.go.th", "before the @"}, {"somchai@dla go.th", "domain name"},
		{"a@x.th,b@x.th", "more than one"}, {"a@x.th;b@x.th", "more than one"},
		{"a@b@x.th", "more than one"}, {"somchai@.go.th", "domain name"},
		{"a,b@x.th", "more than one"}, {"a<b@x.th", "before the @"},
		{"a\xff@x.th", "before the @"}, {"a@x.th\nBcc: b@x.th", NULL},
		{"a@xn--a.th", "domain name"}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str got = STR("untouched");
		const char *why;

		if (email_normalise(*state, str_c(rows[i].typed), &got, &why) != RC_INVALID)
			fail_msg("accepted: %s as %.*s", rows[i].typed, STR_FMT(got));
		assert_non_null(why);
		if (rows[i].why)
			check_has(str_c(why), rows[i].why);
		check_c(got, "untouched");
	}
}

static void addresses_at_their_lengths(void **state)
{
	char local[66], address[300];
	struct str got;
	const char *why;

	memset(local, 'a', sizeof(local));
	snprintf(address, sizeof(address), "%.64s@x.th", local);
	check_ok(email_normalise(*state, str_c(address), &got, &why));
	snprintf(address, sizeof(address), "%.65s@x.th", local);
	check_rc(email_normalise(*state, str_c(address), &got, &why), RC_INVALID);
	check_has(str_c(why), "longer");
	snprintf(address, sizeof(address), "a@%.63s.th", local);
	check_ok(email_normalise(*state, str_c(address), &got, &why));
	snprintf(address, sizeof(address), "a@%.64s.th", local);
	check_rc(email_normalise(*state, str_c(address), &got, &why), RC_INVALID);
	snprintf(
		address, sizeof(address), "%.64s@%.63s.%.63s.%.59s.th", local, local, local, local);
	assert_int_equal(strlen(address), EMAIL_MAX + 1);
	check_rc(email_normalise(*state, str_c(address), &got, &why), RC_INVALID);
	snprintf(
		address, sizeof(address), "%.63s@%.63s.%.63s.%.59s.th", local, local, local, local);
	check_ok(email_normalise(*state, str_c(address), &got, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(a_code_is_the_same_however_typed),
		arena_test(a_code_is_one_guess),
		arena_test(a_code_is_bounded),
		arena_test(a_username_is_the_same_however_typed),
		arena_test(a_username_over_the_maximum_is_trimmed_only),
		arena_test(trimming),
		arena_test(mobile_numbers_however_typed),
		arena_test(citizen_numbers_however_typed),
		arena_test(addresses_however_typed),
		arena_test(addresses_that_cannot_be_mailed),
		arena_test(addresses_at_their_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
