/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "obs/log.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/last_line.h"
#include "base/line_writer.h"
#include "codec/date.h"
#include "codec/json_writer.h"
#include "obs/log_budget.h"
#include "obs/metrics.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define TAIL 32u /* bytes kept free for "cut", the brace and the line feed */

struct log_row {
	const char *name;
	enum log_level level;
	const char *help;
};

static const struct log_row rows[LOG_EVENT_MAX] = {
#define EVENT(id, event_name, event_level, event_help)                                             \
	[LOG_EVENT_##id] = {.name = event_name, .level = event_level, .help = event_help},
#include "obs/log_events.def"
#undef EVENT
};

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_NOTICE] = "notice",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

#define N_LEVELS ARRAY_LEN(level_names)

static enum log_level lowest = LOG_INFO;
static void (*sink)(void *data, struct str line);
static void *sink_data;
static struct line_writer *_Atomic writer; /* NULL: whoever logs writes */
/* Not freed at its stop: a thread that is left behind may just be putting a line. */
static struct line_writer *stopped;

static void write_stderr(struct str line)
{
	while (line.n) {
		struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
		ssize_t n = write(STDERR_FILENO, line.p, line.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && poll(&p, 1, LOG_LAST_MS) > 0)
			continue;
		if (n <= 0)
			return;
		line = str_sub(line, (size_t)n, line.n);
	}
}

/* At most LOG_VALUE_MAX bytes, not cut inside a character. */
static struct str cut_value(struct str s)
{
	size_t n = LOG_VALUE_MAX;

	if (s.n <= n)
		return s;
	while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_sub(s, 0, n);
}

static void write_field(struct json_writer *w, const struct log_field *field)
{
	json_write_key(w, field->name);
	switch (field->type) {
	case LOG_TYPE_STR: json_write_str(w, cut_value(field->s)); return;
	case LOG_TYPE_I64: json_write_i64(w, field->i); return;
	case LOG_TYPE_RC:
	case LOG_TYPE_END: json_write_str(w, str_c(rc_name((enum rc)field->i))); return;
	}
}

static void write_head(struct json_writer *w, const struct log_row *row)
{
	int64_t now = clock_now_ms(&clock_system);
	char text[32];
	struct buf time;

	buf_init_fixed(&time, text, sizeof(text));
	date_add_rfc3339(&time, now / 1000);
	time.n--; /* the Z goes behind the milliseconds */
	buf_addf(&time, ".%03dZ", (int)(now % 1000));
	json_write_object(w);
	json_add_str(w, "time", buf_str(&time));
	json_add_str(w, "level", str_c(level_names[row->level]));
	json_add_str(w, "event", str_c(row->name));
}

static struct log_budget budgets[LOG_EVENT_MAX];

static int64_t this_second(void)
{
	return clock_now_ms(&clock_system) / 1000;
}

static void report_omitted(enum log_event event, int64_t n)
{
	if (n)
		log_emit(LOG_EVENT_LINES_OMITTED, LOG_C("of", rows[event].name), LOG_I("count", n));
}

/* The report itself is never left out: there is one a second and event. */
static bool within_budget(enum log_event event)
{
	int64_t omitted;
	bool may;

	if (event == LOG_EVENT_LINES_OMITTED)
		return true;
	may = log_budget_take(&budgets[event], this_second(), &omitted);
	report_omitted(event, omitted);
	return may;
}

void log_report_omitted(void)
{
	for (size_t i = 0; i < LOG_EVENT_MAX; i++)
		report_omitted((enum log_event)i, log_budget_omitted(&budgets[i], this_second()));
}

/* The line of an event in text, with its line feed. */
static struct str line_make(
	char text[static LOG_LINE_MAX], enum log_event event, const struct log_field *fields)
{
	struct buf line;
	struct json_writer w;

	buf_init_fixed(&line, text, LOG_LINE_MAX);
	line.max -= TAIL;
	json_writer_init(&w, &line);
	write_head(&w, &rows[event]);
	for (const struct log_field *f = fields; f->type != LOG_TYPE_END; f++) {
		struct json_writer before = w;
		size_t n = line.n;

		write_field(&w, f);
		if (!line.overflow)
			continue;
		/* The line is full: it ends before this field and says so. */
		w = before;
		line.n = n;
		line.overflow = false;
		line.max += TAIL;
		json_add_bool(&w, "cut", true);
		break;
	}
	line.max = line.cap;
	json_write_object_end(&w);
	buf_add_byte(&line, '\n');
	return buf_str(&line);
}

static void line_put(struct str line)
{
	struct line_writer *w = atomic_load_explicit(&writer, memory_order_acquire);

	if (sink)
		sink(sink_data, line);
	else if (!w)
		write_stderr(line);
	else if (!line_writer_put(w, line, this_second()))
		metric_add(METRIC_LOG_LINES_LOST, 1);
}

void log_emit_fields(enum log_event event, const struct log_field *fields)
{
	char text[LOG_LINE_MAX];

	if ((unsigned)event >= LOG_EVENT_MAX ||
		rows[event].level < __atomic_load_n(&lowest, __ATOMIC_RELAXED) ||
		!within_budget(event))
		return;
	line_put(line_make(text, event, fields));
}

/* ---- the thread that writes ---- */

static size_t lost_line(char *out, size_t max, uint64_t lost, int64_t since)
{
	char text[LOG_LINE_MAX], when[32];
	struct buf time;
	struct str line;

	buf_init_fixed(&time, when, sizeof(when));
	date_add_rfc3339(&time, since);
	line = line_make(text, LOG_EVENT_LINES_LOST,
		(const struct log_field[]){LOG_I("count", (int64_t)lost),
			LOG_S("since", buf_str(&time)), {.type = LOG_TYPE_END}});
	if (line.n > max)
		return 0;
	memcpy(out, line.p, line.n);
	return line.n;
}

/* A forked child has no such thread: it writes by itself. */
static void in_child(void)
{
	atomic_store(&writer, NULL);
}

static void wait_for_lines(void)
{
	struct line_writer *w = atomic_load(&writer);

	if (w)
		line_writer_wait(w, LAST_LINE_WAIT_MS);
}

void log_last(const char *text, size_t n)
{
	struct line_writer *w = atomic_load(&writer);

	if (w)
		line_writer_last(w, text, n, LOG_LAST_MS);
	else
		line_last(STDERR_FILENO, text, n, LOG_LAST_MS);
}

void log_start(void)
{
	pthread_atfork(NULL, NULL, in_child);
	line_writer_free(stopped);
	stopped = NULL;
	atomic_store(&writer, line_writer_new(STDERR_FILENO, LINE_RING_BYTES, lost_line));
	last_line_behind(wait_for_lines);
}

bool log_flush(void)
{
	struct line_writer *w = atomic_load(&writer);

	return !w || line_writer_wait(w, LOG_LAST_MS);
}

bool log_stop(void)
{
	struct line_writer *w = atomic_exchange(&writer, NULL);

	if (w)
		stopped = w;
	return !w || line_writer_stop(stopped, LOG_LAST_MS);
}

void log_set_level(enum log_level level)
{
	__atomic_store_n(&lowest, level, __ATOMIC_RELAXED);
}

void log_set_sink(void (*fn)(void *data, struct str line), void *data)
{
	sink = fn;
	sink_data = data;
}

const char *log_event_name(enum log_event event)
{
	return (unsigned)event < LOG_EVENT_MAX ? rows[event].name : NULL;
}

const char *log_event_help(enum log_event event)
{
	return (unsigned)event < LOG_EVENT_MAX ? rows[event].help : NULL;
}

enum log_level log_event_level(enum log_event event)
{
	return (unsigned)event < LOG_EVENT_MAX ? rows[event].level : LOG_DEBUG;
}
