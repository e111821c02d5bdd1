/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person reads before agreeing must show what it says (codec/plain_text.h), and amounts in
 * words (codec/amount_words.h). */
#include "unit/check.h"

#include "codec/amount_words.h"
#include "codec/plain_text.h"

static void what_is_plain(void **state)
{
	static const struct {
		struct str text;
		bool plain;
	} rows[] = {
		{STR_INIT("ค่าจ้างเหมาบริการ งวดที่ 1"), true},
		{STR_INIT("น้ำ กุ้ง ที่ ก็ ชั้น"), true}, /* two marks on a letter */
		{STR_INIT("Payment no. 1/2569 <b>&\"'"), true},
		{STR_INIT("日本語 Ελληνικά"), true},
		{STR_INIT("50\xc2\xa0 baht"), true}, /* no-break space */
		{STR_INIT("\xf0\x9f\x98\x80 smile"), true},
		{STR_INIT(""), false},
		{STR_INIT(" "), false},
		{STR_INIT("\xc2\xa0"), false},
		{STR_INIT("a\nb"), false},
		{STR_INIT("a\tb"), false},
		{STR_INIT("a\0b"), false},
		{STR_INIT("a\x7f"), false},
		{STR_INIT("a\xe2\x80\x8b"), false},        /* zero width space */
		{STR_INIT("a\xe2\x80\x8d"), false},        /* zero width joiner */
		{STR_INIT("a\xe2\x80\xae"), false},        /* right-to-left override */
		{STR_INIT("a\xe2\x81\xa6"), false},        /* isolate */
		{STR_INIT("a\xe2\x80\xa8"), false},        /* line separator */
		{STR_INIT("a\xc2\xad"), false},            /* soft hyphen */
		{STR_INIT("a\xef\xbb\xbf"), false},        /* byte order mark */
		{STR_INIT("a\xef\xb8\x8f"), false},        /* variation selector */
		{STR_INIT("a\xe2\xa0\x80"), false},        /* braille blank */
		{STR_INIT("a\xe3\x80\x80"), false},        /* ideographic space */
		{STR_INIT("\xd7\xa9\xd7\x9c 100"), false}, /* Hebrew */
		{STR_INIT("\xd9\xa1\xd9\xa2"), false},     /* Arabic digits */
		{STR_INIT("a\xee\x80\x80"), false},        /* private use */
		{STR_INIT("a\xf3\xa0\x81\x81"), false},    /* tag character */
		{STR_INIT("\xe0\xb8\xb1 a"), false},       /* begins with a mark */
		{STR_INIT("a\xcc\x81\xcc\x82\xcc\x83"), true},
		{STR_INIT("a\xcc\x81\xcc\x82\xcc\x83\xcc\x84"), false},
		{STR_INIT("a\xff"), false},
		{STR_INIT("a\xe0\xb8"), false}, /* cut off */
		{STR_INIT("a\xed\xa0\x80"), false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (plain_text_valid(rows[i].text, 100) != rows[i].plain)
			fail_msg("row %zu: %.*s", i, STR_FMT(rows[i].text));
}

/* Characters, not bytes. */
static void how_long(void **state)
{
	(void)state;
	assert_true(plain_text_valid(STR("กขค"), 3));
	assert_false(plain_text_valid(STR("กขคง"), 3));
	assert_false(plain_text_valid(STR("ก"), 0));
}

static void amounts_in_words(void **state)
{
	static const struct {
		int64_t satang;
		const char *thai, *english;
	} rows[] = {
		{0, "ศูนย์บาทถ้วน", "zero baht only"},
		{1, "หนึ่งสตางค์", "zero baht and one satang"},
		{25, "ยี่สิบห้าสตางค์", "zero baht and twenty-five satang"},
		{100, "หนึ่งบาทถ้วน", "one baht only"},
		{1100, "สิบเอ็ดบาทถ้วน", "eleven baht only"},
		{2100, "ยี่สิบเอ็ดบาทถ้วน", "twenty-one baht only"},
		{1011, "สิบบาทสิบเอ็ดสตางค์", "ten baht and eleven satang"},
		{10000, "หนึ่งร้อยบาทถ้วน", "one hundred baht only"},
		{10100, "หนึ่งร้อยเอ็ดบาทถ้วน", "one hundred one baht only"},
		{123450, "หนึ่งพันสองร้อยสามสิบสี่บาทห้าสิบสตางค์",
			"one thousand two hundred thirty-four baht and fifty satang"},
		{2000000, "สองหมื่นบาทถ้วน", "twenty thousand baht only"},
		{10000000, "หนึ่งแสนบาทถ้วน", "one hundred thousand baht only"},
		{100000000, "หนึ่งล้านบาทถ้วน", "one million baht only"},
		{100000100, "หนึ่งล้านเอ็ดบาทถ้วน", "one million one baht only"},
		{1100000000, "สิบเอ็ดล้านบาทถ้วน", "eleven million baht only"},
		{100000000000000, "หนึ่งล้านล้านบาทถ้วน", "one trillion baht only"},
		{AMOUNT_WORDS_MAX,
			"เก้าล้านเก้าแสนเก้าหมื่นเก้าพันเก้าร้อยเก้าสิบเก้าล้าน"
			"เก้าแสนเก้าหมื่นเก้าพันเก้าร้อยเก้าสิบเก้าบาทเก้าสิบเก้าสตางค์",
			"nine trillion nine hundred ninety-nine billion nine hundred ninety-nine "
			"million nine hundred ninety-nine thousand nine hundred ninety-nine baht "
			"and "
			"ninety-nine satang"},
		{AMOUNT_WORDS_MAX + 1, "", ""},
		{-1, "", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf thai, english;

		buf_init(&thai, *state, 1024);
		buf_init(&english, *state, 1024);
		amount_words_thai(&thai, rows[i].satang);
		amount_words_english(&english, rows[i].satang);
		check_c(buf_str(&thai), rows[i].thai);
		check_c(buf_str(&english), rows[i].english);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_plain),
		cmocka_unit_test(how_long),
		arena_test(amounts_in_words),
	};

	return cmocka_run_group_tests_name("plain text", tests, NULL, NULL);
}
