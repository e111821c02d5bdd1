/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_LINE_WRITER_H
#define PRATU_BASE_LINE_WRITER_H

/*
 * Lines to a file descriptor by a thread of its own, so that nobody who has something to say waits
 * for whoever reads it: a pipe that is not read, a stopped journal, a full disk.
 *
 * A line is copied into a ring of fixed size; the thread writes the lines in their order, whole
 * lines, at most LINE_WRITE_MAX bytes at once. What the system refuses is tried again after
 * LINE_RETRY_MS. A line that finds no room in the ring is dropped and counted; where the gap is, a
 * line made by line_lost_fn says how many are missing and since when.
 *
 * Any thread may call, but for new, stop and free, which belong to the owner.
 */
#include "base/str.h"

#define LINE_RING_BYTES (512u * 1024u) /* lines that wait to be written */
/* PIPE_BUF: other processes on the same pipe do not write into the middle of it. A line is not
 * longer. */
#define LINE_WRITE_MAX 4096u
#define LINE_RETRY_MS  1000 /* until a write that the system refused is tried again */

struct line_writer;

/* Makes the line that reports lost lines: how many, and the second of the first of them. Its bytes
 * in out; at most max. Under the writer's lock. */
typedef size_t (*line_lost_fn)(char *out, size_t max, uint64_t lost, int64_t since);

/* bytes: of the ring, at least 2 * LINE_WRITE_MAX. The thread takes no signal. */
struct line_writer *line_writer_new(int fd, size_t bytes, line_lost_fn lost);
/* The line ends with its line feed. now: the second, for the report. False: it was dropped. Never
 * waits for the reader. */
bool line_writer_put(struct line_writer *w, struct str line, int64_t now);
/* Waits until all is written, at most ms. False: it is not. Only atomics and nanosleep(2): also in
 * a signal handler. */
bool line_writer_wait(const struct line_writer *w, int ms);
/* The last words of a process: after what is queued, or after ms beside it, and without waiting
 * longer for the reader. Also in a signal handler. */
void line_writer_last(const struct line_writer *w, const char *text, size_t n, int ms);
/* The same for a process without a writer. */
void line_last(int fd, const char *text, size_t n, int ms);
/* Writes what is queued, at most for ms, and ends the thread. False: it hangs in a write; then w
 * stays with it to the end of the process. */
bool line_writer_stop(struct line_writer *w, int ms);
void line_writer_free(struct line_writer *w); /* stopped; NULL is fine */

#endif
