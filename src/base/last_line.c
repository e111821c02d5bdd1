/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/last_line.h"

#include "base/clock.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#define DAY 86400

static atomic_bool as_log;
static void (*_Atomic before)(void);
static atomic_flag written = ATOMIC_FLAG_INIT;

struct line {
	char text[LAST_LINE_MAX];
	size_t n;
};

static void line_byte(struct line *l, char c)
{
	if (l->n < sizeof(l->text) - 1)
		l->text[l->n++] = c;
}

static void line_add(struct line *l, const char *s)
{
	while (*s)
		line_byte(l, *s++);
}

/* What would have to be escaped in JSON is a question mark; the end keeps room for the code. */
static void line_quoted(struct line *l, const char *s)
{
	for (; *s && l->n < sizeof(l->text) - 32; s++)
		line_byte(l, (unsigned char)*s < ' ' || *s == '"' || *s == '\\' ? '?' : *s);
}

static void line_number(struct line *l, int64_t n, int digits)
{
	char text[20];
	int at = sizeof(text);

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (--digits > 0 || n);
	for (; at < (int)sizeof(text); at++)
		line_byte(l, text[at]);
}

/* Year, month and day of a day since 1970 (proleptic Gregorian; H. Hinnant's civil_from_days). */
static void line_day(struct line *l, int64_t day)
{
	int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	line_number(l, yoe + era * 400 + (month <= 2), 4);
	line_byte(l, '-');
	line_number(l, month, 2);
	line_byte(l, '-');
	line_number(l, doy - (153 * mp + 2) / 5 + 1, 2);
}

static void line_time(struct line *l)
{
	int64_t now = clock_now_ms(&clock_system), second = now / 1000;

	line_day(l, second / DAY);
	line_byte(l, 'T');
	line_number(l, second % DAY / 3600, 2);
	line_byte(l, ':');
	line_number(l, second % 3600 / 60, 2);
	line_byte(l, ':');
	line_number(l, second % 60, 2);
	line_byte(l, '.');
	line_number(l, now % 1000, 3);
	line_byte(l, 'Z');
}

static void log_line(struct line *l, const char *why, int code)
{
	line_add(l, "{\"time\":\"");
	line_time(l);
	line_add(l, "\",\"level\":\"error\",\"event\":\"fatal\",\"why\":\"");
	line_quoted(l, why);
	line_byte(l, '"');
	if (code) {
		line_add(l, ",\"exit\":");
		line_number(l, code, 1);
	}
	line_byte(l, '}');
}

/* Not longer than a pipe takes as one; a pipe that has no room in time is left alone. */
static void line_write(const struct line *l)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t n;

	if (poll(&out, 1, LAST_LINE_WAIT_MS) == 0)
		return;
	n = write(STDERR_FILENO, l->text, l->n);
	(void)n;
}

void last_line_as_log(void)
{
	atomic_store(&as_log, true);
}

void last_line_behind(void (*wait)(void))
{
	atomic_store(&before, wait);
}

void last_line_write(const char *why, int code)
{
	void (*wait)(void) = atomic_load(&before);
	struct line l = {.n = 0};

	/* Another thread is writing its line and ends the process: let it. */
	if (atomic_flag_test_and_set(&written)) {
		poll(NULL, 0, LAST_LINE_WAIT_MS);
		return;
	}
	if (atomic_load(&as_log)) {
		log_line(&l, why, code);
	} else {
		line_add(&l, "pratu: fatal: ");
		line_quoted(&l, why);
	}
	line_byte(&l, '\n');
	if (wait)
		wait();
	line_write(&l);
}

void last_line_end(enum exit_code code, const char *why)
{
	last_line_write(why, (int)code);
	_exit((int)code);
}
