/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_OBS_LOG_H
#define PRATU_OBS_LOG_H

/*
 * The log: one JSON line an event on standard error, for journald and log collectors.
 *
 * Every line has an event from the closed list log_events.def (generated into docs/log-events.md),
 * a level, the time and typed fields. There is no free text and no formatter for secrets. Citizen
 * numbers, codes, tokens, passwords are never fields. Values are escaped and cut at
 * LOG_VALUE_MAX bytes. Any thread.
 *
 * After log_start nobody who logs waits for whoever reads: lines go through a ring to a thread that
 * writes them (base/line_writer.h). Lines that find no room there are dropped, counted
 * (pratu_log_lines_lost_total), and reported by a line "lines_lost" where they are missing. Before
 * log_start, after log_stop and in a forked child the caller writes: one write(2) a line.
 *
 * At most LOG_LINES_PER_SECOND lines (obs/log_budget.h) of one event are written in a second.
 * Further ones are counted, and a line "lines_omitted" reports them when the second is over.
 */
#include "base/rc.h"
#include "base/str.h"

#define LOG_VALUE_MAX 512u
#define LOG_LINE_MAX  4096u /* bytes of a line: no more than line_writer writes at once */
#define LOG_LAST_MS   2000  /* milliseconds that the end of a process waits for the log */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERROR, LOG_LEVEL_MAX };

enum log_event {
#define EVENT(id, name, level, help) LOG_EVENT_##id,
#include "obs/log_events.def"
#undef EVENT
	LOG_EVENT_MAX
};

enum log_type { LOG_TYPE_END = 0, LOG_TYPE_STR, LOG_TYPE_I64, LOG_TYPE_RC };

struct log_field {
	const char *name;
	enum log_type type;
	struct str s;
	int64_t i;
};

#define LOG_S(field, view) ((struct log_field){.name = (field), .type = LOG_TYPE_STR, .s = (view)})
#define LOG_C(field, cstr) LOG_S(field, str_c(cstr))
#define LOG_I(field, value)                                                                        \
	((struct log_field){.name = (field), .type = LOG_TYPE_I64, .i = (value)})
#define LOG_RC(code) ((struct log_field){.name = "rc", .type = LOG_TYPE_RC, .i = (int64_t)(code)})

/* Writes one event with the fields given: log_emit(LOG_EVENT_STARTED, LOG_I("port", 8080)). */
#define log_emit(event, ...)                                                                       \
	log_emit_fields((event),                                                                   \
		(const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.type = LOG_TYPE_END}})
void log_emit_fields(enum log_event event, const struct log_field *fields);

/* Reports what was left out so far; to be called from time to time and at the end. */
void log_report_omitted(void);

/* After the descriptors are in order; again only after log_stop. Ends the process where the thread
 * cannot be started. */
void log_start(void);
/* Waits until what was logged is written, at most LOG_LAST_MS; false: it is not. */
bool log_flush(void);
/* Text without form, behind all lines. Waits at most LOG_LAST_MS for the lines and for the reader.
 */
void log_last(const char *text, size_t n);
/* Writes what is queued, for at most LOG_LAST_MS; false: not all of it. */
bool log_stop(void);

/* Lines below this level are dropped; the default is LOG_INFO. Before threads start. */
void log_set_level(enum log_level level);
/* Sends lines to fn instead of standard error (tests); NULL restores. */
void log_set_sink(void (*fn)(void *data, struct str line), void *data);

/* Rows of log_events.def, for the generated documentation. NULL past the end. */
const char *log_event_name(enum log_event event);
const char *log_event_help(enum log_event event);
enum log_level log_event_level(enum log_event event);

#endif
