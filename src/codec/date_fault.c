/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Why a text is no date, in words for the person who wrote it. */
#include "codec/date.h"
#include "codec/typed.h"

#define BUDDHIST_ERA   543
#define BUDDHIST_UNTIL 2700 /* a later year is a slip, and of no era */
#define NUMBER_MAX     9999
#define WRITTEN_MAX    40 /* bytes looked at */
#define EXAMPLE_DAY    "2026-11-20"
#define EXAMPLE_TIME   "2026-11-20T08:30:00+07:00"

/* Three numbers with something between them, however they are meant. */
struct written_date {
	int number[3];
	size_t digits[3];
	char between;
	struct str rest; /* behind the third: a time */
};

static bool take_year_part(struct str *s, int *ret, size_t *ret_digits)
{
	size_t n = 0;
	uint64_t value;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (n > 4 || !str_to_u64(str_sub(*s, 0, n), NUMBER_MAX, &value))
		return false;
	*ret = (int)value;
	*ret_digits = n;
	*s = str_sub(*s, n, s->n);
	return true;
}

static bool read_numbers(struct str text, struct written_date *ret)
{
	*ret = (struct written_date){.between = '\0'};
	for (int i = 0; i < 3; i++) {
		if (i > 0) {
			if (!text.n || !strchr("-/. ", text.p[0]) || !text.p[0])
				return false;
			ret->between = text.p[0];
			text = str_sub(text, 1, text.n);
		}
		if (!take_year_part(&text, &ret->number[i], &ret->digits[i]))
			return false;
	}
	ret->rest = text;
	return true;
}

/* The day that is meant, in the Common Era; *ret_year: the year as written. False: none of three
 * numbers is a whole year. */
static bool meant(const struct written_date *w, struct date *ret, int *ret_year)
{
	bool first = w->digits[0] == 4;
	int day = w->number[first ? 2 : 0], month = w->number[1];

	if (!first && w->digits[2] != 4)
		return false;
	*ret_year = w->number[first ? 0 : 2];
	if (!first && month > 12 && day <= 12) { /* month/day/year */
		day = w->number[1];
		month = w->number[0];
	}
	*ret = (struct date){.year = *ret_year, .month = month, .day = day};
	if (*ret_year >= DATE_BUDDHIST_FROM)
		ret->year -= BUDDHIST_ERA;
	return true;
}

static void add_form(struct buf *out, bool day)
{
	buf_addf(out, "is not a %s like %s", day ? "date" : "time",
		day ? EXAMPLE_DAY : EXAMPLE_TIME);
}

/* "; write 2026-11-20", with the time that was written if it is one. */
static void add_suggestion(struct buf *out, const struct written_date *w, const struct date *d,
	bool buddhist, bool day)
{
	char mem[WRITTEN_MAX + 1];
	struct buf whole;
	int64_t seconds;

	buf_init_fixed(&whole, mem, sizeof(mem));
	buf_addf(&whole, "%04d-%02d-%02d", d->year, d->month, d->day);
	if (!day) {
		buf_add(&whole, w->rest);
		if (date_parse_rfc3339(buf_str(&whole), &seconds) != RC_OK) {
			buf_clear(&whole);
			buf_addf(
				&whole, "%04d-%02d-%02dT00:00:00+07:00", d->year, d->month, d->day);
		}
	}
	buf_addf(out, "; write %s", buddhist ? "" : "it like ");
	buf_add(out, buf_str(&whole));
}

/* Is there a number that can only be a year of the Buddhist Era? */
static bool find_year(struct str text, int *ret)
{
	for (size_t i = 0; i < text.n; i++) {
		struct str rest = str_sub(text, i, text.n);
		size_t digits;

		if (text.p[i] < '0' || text.p[i] > '9' ||
			(i && text.p[i - 1] >= '0' && text.p[i - 1] <= '9'))
			continue;
		if (take_year_part(&rest, ret, &digits) && digits == 4 &&
			*ret >= DATE_BUDDHIST_FROM && *ret < BUDDHIST_UNTIL)
			return true;
	}
	return false;
}

static bool all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* Not three numbers, or none of them a year. */
static void add_unread(struct buf *out, struct str text, bool numbers)
{
	int year;

	if (find_year(text, &year))
		buf_addf(out, ": %d looks like the Buddhist era; write %d", year,
			year - BUDDHIST_ERA);
	else if (all_digits(text) && text.n >= 5 && text.n <= 6)
		buf_add_c(out, ": it is the number that a spreadsheet keeps for a date; give the "
			       "column a date format");
	else if (numbers)
		buf_add_c(out, ": the year has no four digits");
}

/* What is wrong with a day that was understood. */
static void add_cause(
	struct buf *out, const struct written_date *w, const struct date *d, int year, bool thai)
{
	bool first = w->digits[0] == 4;
	int64_t seconds;

	if (year >= DATE_BUDDHIST_FROM && year < BUDDHIST_UNTIL)
		buf_addf(out, ": %s%d looks like the Buddhist era",
			first ? "the year " : "it is written day/month/year, and ", year);
	else if (!first)
		buf_add_c(out, ": it is written day/month/year");
	else if (thai)
		buf_add_c(out, ": it is written with Thai digits");
	else if (!date_seconds(d, BANGKOK_OFFSET, &seconds))
		buf_add_c(out, ": there is no such day");
}

void date_add_fault(struct buf *out, struct str text, bool day)
{
	char mem[WRITTEN_MAX + 1];
	bool numbers, buddhist;
	struct written_date w;
	struct str ascii;
	struct buf digits;
	struct date d;
	int64_t seconds;
	int year;

	buf_init_fixed(&digits, mem, sizeof(mem));
	typed_add_ascii_digits(&digits, typed_trim(text));
	ascii = buf_str(&digits);
	add_form(out, day);
	numbers = read_numbers(ascii, &w);
	if (!numbers || !meant(&w, &d, &year)) {
		add_unread(out, ascii, numbers);
		return;
	}
	buddhist = year >= DATE_BUDDHIST_FROM && year < BUDDHIST_UNTIL;
	add_cause(out, &w, &d, year, typed_has_other_digits(text));
	if (date_seconds(&d, BANGKOK_OFFSET, &seconds) && d.year < DATE_BUDDHIST_FROM)
		add_suggestion(out, &w, &d, buddhist, day);
	else if (buddhist)
		buf_addf(out, "; write %d, and a day that is in its calendar", d.year);
}
