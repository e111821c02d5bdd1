/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_LAST_LINE_H
#define PRATU_BASE_LAST_LINE_H

/*
 * The one line with which a process ends that cannot go on: on standard error, as a log line (event
 * "fatal", log_events.def) in the server, as text in a command. May be called by a signal handler
 * and by any thread: nothing is allocated, no lock is taken, no library is asked. A reader of
 * standard error that does not read is not waited for longer than LAST_LINE_WAIT_MS.
 */
#include "base/exit_code.h"

#define LAST_LINE_MAX     1024u /* bytes of the line */
#define LAST_LINE_WAIT_MS 1000  /* ms */

/* From now on the line is a log line. */
void last_line_as_log(void);

/* wait is called before the line: what was logged comes first. It must keep the rules above. */
void last_line_behind(void (*wait)(void));

/* Writes the line; only the first call of the process does. code is shown if it is not 0. */
void last_line_write(const char *why, int code);

/* Writes the line and ends the process at once: no destructors, no flushing. */
_Noreturn void last_line_end(enum exit_code code, const char *why);

#endif
