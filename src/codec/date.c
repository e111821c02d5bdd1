/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/date.h"

#define DAY 86400

/* Days from 1970-01-01 to 1 March of the Common Era year 0, the first day of a 400-year cycle. */
#define ERA_SHIFT  719468
#define CYCLE_DAYS 146097 /* days of 400 Gregorian years */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Years are counted from March, so that the leap day is the last of its year. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t cycle = y / 400, in_cycle = y % 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return cycle * CYCLE_DAYS + in_cycle * 365 + in_cycle / 4 - in_cycle / 100 + in_year -
	       ERA_SHIFT;
}

struct date date_at(int64_t seconds, int offset)
{
	int64_t t = seconds < DATE_MIN ? DATE_MIN : seconds > DATE_MAX ? DATE_MAX : seconds;
	int64_t local = t + offset < DATE_MIN || t + offset > DATE_MAX ? t : t + offset;
	int64_t of_day = ((local % DAY) + DAY) % DAY;
	int64_t days = (local - of_day) / DAY + ERA_SHIFT;
	int64_t cycle = days / CYCLE_DAYS, in_cycle = days % CYCLE_DAYS;
	int64_t year = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
	int64_t in_year = in_cycle - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	return (struct date){
		.year = (int)(year + cycle * 400 + (month >= 10)),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(in_year - (153 * month + 2) / 5 + 1),
		.hour = (int)(of_day / 3600),
		.minute = (int)(of_day / 60 % 60),
		.second = (int)(of_day % 60),
	};
}

bool date_seconds(const struct date *date, int offset, int64_t *ret)
{
	if (date->year < 1 || date->year > 9999 || date->month < 1 || date->month > 12)
		return false;
	if (date->day < 1 || date->day > days_in_month(date->year, date->month))
		return false;
	if (date->hour < 0 || date->hour > 23 || date->minute < 0 || date->minute > 59 ||
		date->second < 0 || date->second > 59)
		return false;
	*ret = days_from_civil(date->year, date->month, date->day) * DAY + date->hour * 3600 +
	       date->minute * 60 + date->second - offset;
	return true;
}

/* Two or four digits out of a date, right-aligned in their width. */
static void add_digits(struct buf *out, int value, int width)
{
	char digits[4];

	for (int i = width - 1; i >= 0; i--, value /= 10)
		digits[i] = (char)('0' + value % 10);
	buf_add(out, (struct str){.p = digits, .n = (size_t)width});
}

static void add_ymd(struct buf *out, const struct date *d)
{
	add_digits(out, d->year, 4);
	buf_add_byte(out, '-');
	add_digits(out, d->month, 2);
	buf_add_byte(out, '-');
	add_digits(out, d->day, 2);
}

void date_add_rfc3339(struct buf *out, int64_t seconds)
{
	struct date d = date_at(seconds, 0);

	add_ymd(out, &d);
	buf_add_byte(out, 'T');
	add_digits(out, d.hour, 2);
	buf_add_byte(out, ':');
	add_digits(out, d.minute, 2);
	buf_add_byte(out, ':');
	add_digits(out, d.second, 2);
	buf_add_byte(out, 'Z');
}

void date_add_day(struct buf *out, int64_t seconds)
{
	struct date d = date_at(seconds, BANGKOK_OFFSET);

	add_ymd(out, &d);
}

/* Takes width digits from the front of *s. */
static bool take_digits(struct str *s, size_t width, int *ret)
{
	uint64_t value;

	if (s->n < width || !str_to_u64(str_sub(*s, 0, width), 9999, &value))
		return false;
	*ret = (int)value;
	*s = str_sub(*s, width, s->n);
	return true;
}

/* Takes one byte out of set from the front of *s. */
static bool take_byte(struct str *s, const char *set, char *ret)
{
	if (s->n == 0 || s->p[0] == '\0' || !strchr(set, s->p[0]))
		return false;
	*ret = s->p[0];
	*s = str_sub(*s, 1, s->n);
	return true;
}

static bool take_ymd(struct str *s, struct date *ret)
{
	char c;

	return take_digits(s, 4, &ret->year) && take_byte(s, "-", &c) &&
	       take_digits(s, 2, &ret->month) && take_byte(s, "-", &c) &&
	       take_digits(s, 2, &ret->day);
}

static bool take_fraction(struct str *s)
{
	char c;
	int digit;
	size_t n = 0;

	if (!take_byte(s, ".", &c))
		return true;
	while (take_digits(s, 1, &digit))
		n++;
	return n > 0 && n <= 9;
}

/* "Z" or "+07:00"; *ret in seconds east of UTC. */
static bool take_offset(struct str *s, int *ret)
{
	int hour, minute;
	char sign, c;

	if (!take_byte(s, "Zz+-", &sign))
		return false;
	*ret = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if (!take_digits(s, 2, &hour) || !take_byte(s, ":", &c) || !take_digits(s, 2, &minute))
		return false;
	*ret = (sign == '-' ? -1 : 1) * (hour * 3600 + minute * 60);
	return hour <= 23 && minute <= 59;
}

enum rc date_parse_rfc3339(struct str text, int64_t *ret)
{
	struct date d;
	struct str rest = text;
	int offset;
	char c;

	if (!take_ymd(&rest, &d) || !take_byte(&rest, "Tt ", &c))
		return RC_INVALID;
	if (!take_digits(&rest, 2, &d.hour) || !take_byte(&rest, ":", &c) ||
		!take_digits(&rest, 2, &d.minute) || !take_byte(&rest, ":", &c) ||
		!take_digits(&rest, 2, &d.second))
		return RC_INVALID;
	if (!take_fraction(&rest) || !take_offset(&rest, &offset) || rest.n)
		return RC_INVALID;
	if (d.year >= DATE_BUDDHIST_FROM)
		return RC_INVALID;
	return date_seconds(&d, offset, ret) ? RC_OK : RC_INVALID;
}

enum rc date_parse_day(struct str text, int64_t *ret)
{
	struct str rest = text;
	struct date d = {0};

	if (!take_ymd(&rest, &d) || rest.n || d.year >= DATE_BUDDHIST_FROM)
		return RC_INVALID;
	return date_seconds(&d, BANGKOK_OFFSET, ret) ? RC_OK : RC_INVALID;
}
