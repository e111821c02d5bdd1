/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_DATE_H
#define PRATU_CODEC_DATE_H

/*
 * Dates as text: RFC 3339 in UTC for machines, YYYY-MM-DD for days of Thailand. Inside the program
 * a moment is always seconds since 1970-01-01 UTC; a day is its midnight in Asia/Bangkok, which is
 * UTC+7 without summer time.
 *
 * Pure functions; any thread.
 */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#define BANGKOK_OFFSET (7 * 3600) /* seconds east of UTC */

#define DATE_MIN (-62135596800) /* 0001-01-01T00:00:00Z */
#define DATE_MAX 253402300799   /* 9999-12-31T23:59:59Z */

/* Years from here on are refused in what people write: a year of the Buddhist Era (2569 BE is
 * 2026). */
#define DATE_BUDDHIST_FROM 2400
#define DATE_INPUT_MAX     13569440399 /* 2399-12-31T23:59:59+07:00 */

struct date {
	int year; /* Common Era, 1..9999 */
	int month, day, hour, minute, second;
};

/* The calendar reading of a moment (clamped to DATE_MIN..DATE_MAX) offset seconds east of UTC. */
struct date date_at(int64_t seconds, int offset);
/* The moment of a calendar reading; false when there is no such date or time. */
bool date_seconds(const struct date *date, int offset, int64_t *ret);

/* "2026-11-20T01:30:00Z" */
void date_add_rfc3339(struct buf *out, int64_t seconds);
/* RFC 3339 with any offset; a fraction of a second is dropped. RC_INVALID; also for years of the
 * Buddhist Era. */
MUST_USE enum rc date_parse_rfc3339(struct str text, int64_t *ret);
/* "2026-11-20", the day in Bangkok. */
void date_add_day(struct buf *out, int64_t seconds);
/* The midnight in Bangkok with which the day begins. RC_INVALID; also for years of the Buddhist
 * Era. */
MUST_USE enum rc date_parse_day(struct str text, int64_t *ret);
/*
 * Appends to out why a text is not accepted by date_parse_day (day) or date_parse_rfc3339, and what
 * to write: "is not a date like 2026-11-20: the year 2569 looks like the Buddhist era; write
 * 2026-11-20". Names years
 * of the Buddhist Era, Thai digits, day/month/year, numbers that a spreadsheet made of a date, and
 * days that no calendar has.
 */
void date_add_fault(struct buf *out, struct str text, bool day);

#endif
