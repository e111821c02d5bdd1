/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/amount_words.h"

#include "base/array.h"

#define MILLION 1000000

/* --- Thai: read in groups of six digits, each followed by ล้าน --- */

static const char *const thai_digits[] = {
	"ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"};
static const struct {
	int64_t value;
	const char *name;
} thai_places[] = {{100000, "แสน"}, {10000, "หมื่น"}, {1000, "พัน"}, {100, "ร้อย"}};

/* A group of six digits, over zero; more: something stands before it. */
static void add_thai_group(struct buf *out, int64_t n, bool more)
{
	for (size_t i = 0; i < ARRAY_LEN(thai_places); i++) {
		int64_t digit = n / thai_places[i].value;

		if (!digit)
			continue;
		buf_addf(out, "%s%s", thai_digits[digit], thai_places[i].name);
		n %= thai_places[i].value;
		more = true;
	}
	/* 20 is ยี่สิบ, 10 without หนึ่ง; a one behind anything is เอ็ด. */
	if (n >= 10) {
		if (n >= 20)
			buf_add_c(out, n / 10 == 2 ? "ยี่" : thai_digits[n / 10]);
		buf_add_c(out, "สิบ");
		more = true;
	}
	if (n % 10)
		buf_add_c(out, n % 10 == 1 && more ? "เอ็ด" : thai_digits[n % 10]);
}

static void add_thai(struct buf *out, int64_t n)
{
	int64_t high = n / MILLION, low = n % MILLION;

	if (high) {
		add_thai(out, high);
		buf_add_c(out, "ล้าน");
	}
	if (low)
		add_thai_group(out, low, high > 0);
}

void amount_words_thai(struct buf *out, int64_t satang)
{
	int64_t baht = satang / 100, rest = satang % 100;

	if (satang < 0 || satang > AMOUNT_WORDS_MAX)
		return;
	if (baht || !rest) {
		if (baht)
			add_thai(out, baht);
		else
			buf_add_c(out, thai_digits[0]);
		buf_add_c(out, "บาท");
	}
	if (!rest) {
		buf_add_c(out, "ถ้วน");
		return;
	}
	add_thai(out, rest);
	buf_add_c(out, "สตางค์");
}

/* --- English: groups of three digits --- */

static const char *const english_small[] = {"zero", "one", "two", "three", "four", "five", "six",
	"seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
	"sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const english_tens[] = {
	"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
static const struct {
	int64_t value;
	const char *name;
} english_groups[] = {{1000000000000, "trillion"}, {1000000000, "billion"}, {1000000, "million"},
	{1000, "thousand"}, {1, ""}};

/* Below a thousand, over zero. */
static void add_english_group(struct buf *out, int64_t n)
{
	if (n >= 100)
		buf_addf(out, "%s hundred%s", english_small[n / 100], n % 100 ? " " : "");
	n %= 100;
	if (!n)
		return;
	if (n < 20)
		buf_add_c(out, english_small[n]);
	else
		buf_addf(out, n % 10 ? "%s-%s" : "%s", english_tens[n / 10], english_small[n % 10]);
}

static void add_english(struct buf *out, int64_t n)
{
	bool first = true;

	if (!n)
		buf_add_c(out, english_small[0]);
	for (size_t i = 0; i < ARRAY_LEN(english_groups); i++) {
		int64_t group = n / english_groups[i].value;

		if (!group)
			continue;
		if (!first)
			buf_add_byte(out, ' ');
		first = false;
		add_english_group(out, group);
		if (english_groups[i].name[0])
			buf_addf(out, " %s", english_groups[i].name);
		n %= english_groups[i].value;
	}
}

void amount_words_english(struct buf *out, int64_t satang)
{
	if (satang < 0 || satang > AMOUNT_WORDS_MAX)
		return;
	add_english(out, satang / 100);
	buf_add_c(out, " baht");
	if (satang % 100) {
		buf_add_c(out, " and ");
		add_english(out, satang % 100);
		buf_add_c(out, " satang");
	} else {
		buf_add_c(out, " only");
	}
}
