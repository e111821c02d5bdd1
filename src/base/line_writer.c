/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/line_writer.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 2 /* between two looks of a thread that waits without the lock */

struct line_writer {
	int fd;
	size_t size;
	char *ring;
	line_lost_fn report;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;     /* for the thread */
	uint64_t in, out;           /* lock: bytes put and taken since the start */
	uint64_t lost, gap;         /* lock: lines not reported yet; where in the stream */
	int64_t lost_since;         /* lock */
	bool asleep, stopping;      /* lock */
	atomic_bool pending, ended; /* something is not written yet; the thread is gone */
};

/* ---- the ring, under the lock ---- */

static void ring_append(struct line_writer *w, struct str line)
{
	size_t at = (size_t)(w->in % w->size), first = w->size - at;

	if (first > line.n)
		first = line.n;
	memcpy(w->ring + at, line.p, first);
	memcpy(w->ring, line.p + first, line.n - first);
	w->in += line.n;
}

/* Once lines were lost, the ring takes none before it is half empty: one report for many of them.
 */
static bool has_room(const struct line_writer *w, size_t n)
{
	size_t size = w->lost ? w->size / 2 : w->size;

	return w->in - w->out + n <= size;
}

static void count_lost(struct line_writer *w, int64_t now)
{
	if (!w->lost) {
		w->gap = w->in;
		w->lost_since = now;
	}
	w->lost++;
}

bool line_writer_put(struct line_writer *w, struct str line, int64_t now)
{
	bool room;

	pthread_mutex_lock(&w->lock);
	room = line.n <= LINE_WRITE_MAX && has_room(w, line.n);
	if (room)
		ring_append(w, line);
	else
		count_lost(w, now);
	atomic_store(&w->pending, true);
	if (w->asleep)
		pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return room;
}

/* Whole lines from the front, up to the gap. */
static size_t take_lines(struct line_writer *w, char *text)
{
	uint64_t end = w->lost ? w->gap : w->in;
	size_t n = (size_t)(end - w->out);

	if (n > LINE_WRITE_MAX)
		n = LINE_WRITE_MAX;
	for (size_t i = 0; i < n; i++)
		text[i] = w->ring[(w->out + i) % w->size];
	while (n && text[n - 1] != '\n')
		n--;
	w->out += n;
	return n;
}

static size_t take_report(struct line_writer *w, char *text)
{
	size_t n = w->report(text, LINE_WRITE_MAX, w->lost, w->lost_since);

	w->lost = 0;
	return n;
}

static size_t take_next(struct line_writer *w, char *text)
{
	return w->lost && w->out == w->gap ? take_report(w, text) : take_lines(w, text);
}

/* ---- the thread ---- */

/* The next bytes to write; 0: it is to end. */
static size_t await(struct line_writer *w, char *text)
{
	size_t n;

	pthread_mutex_lock(&w->lock);
	while (w->in == w->out && !w->lost && !w->stopping) {
		atomic_store(&w->pending, false);
		w->asleep = true;
		pthread_cond_wait(&w->changed, &w->lock);
		w->asleep = false;
	}
	n = w->in == w->out && !w->lost ? 0 : take_next(w, text);
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* Writes as much as the system takes; true: all of it. */
static bool write_some(int fd, struct str *text)
{
	while (text->n) {
		ssize_t n = write(fd, text->p, text->n);
		struct pollfd p = {.fd = fd, .events = POLLOUT};

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && poll(&p, 1, -1) > 0 && p.revents == POLLOUT)
			continue;
		if (n <= 0)
			return false;
		*text = str_sub(*text, (size_t)n, text->n);
	}
	return true;
}

/* True: it is to end, so what cannot be written now never is. */
static bool pause_or_end(struct line_writer *w)
{
	struct timespec at = cond_end(monotonic_ms() + LINE_RETRY_MS);
	bool stopping;
	int err = 0;

	pthread_mutex_lock(&w->lock);
	while (!w->stopping && err == 0)
		err = pthread_cond_timedwait(&w->changed, &w->lock, &at);
	stopping = w->stopping;
	pthread_mutex_unlock(&w->lock);
	return stopping;
}

static void *line_writer_main(void *data)
{
	struct line_writer *w = data;
	char text[LINE_WRITE_MAX];
	bool gives_up = false;
	size_t n;

	while (!gives_up && (n = await(w, text))) {
		struct str rest = {text, n};

		while (!write_some(w->fd, &rest) && !gives_up)
			gives_up = pause_or_end(w) && !write_some(w->fd, &rest);
	}
	if (!gives_up)
		atomic_store(&w->pending, false);
	atomic_store(&w->ended, true);
	return NULL;
}

/* Signals are other threads' business, but for those of its own faults. */
static void start_quietly(struct line_writer *w)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	sigset_t all, before;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&all, own[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	thread_need(&w->thread, "log", line_writer_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct line_writer *line_writer_new(int fd, size_t bytes, line_lost_fn lost)
{
	struct line_writer *w = xcalloc(1, sizeof(*w));

	w->fd = fd;
	w->size = bytes;
	w->ring = xcalloc(1, bytes);
	w->report = lost;
	pthread_mutex_init(&w->lock, NULL);
	cond_init_monotonic(&w->changed);
	start_quietly(w);
	return w;
}

/* ---- the end ---- */

/* As line_writer_wait: for the flag to have the value. */
static bool flag_wait(const atomic_bool *flag, bool value, int ms)
{
	const struct timespec look = {.tv_nsec = LOOK_MS * 1000000};

	for (int waited = 0; atomic_load(flag) != value; waited += LOOK_MS) {
		if (waited >= ms)
			return false;
		nanosleep(&look, NULL);
	}
	return true;
}

bool line_writer_wait(const struct line_writer *w, int ms)
{
	return flag_wait(&w->pending, false, ms);
}

/* In pieces that a pipe that is ready takes at once. */
void line_last(int fd, const char *text, size_t n, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	while (n && poll(&p, 1, ms) > 0 && (p.revents & POLLOUT)) {
		ssize_t done = write(fd, text, n < LINE_WRITE_MAX ? n : LINE_WRITE_MAX);

		if (done <= 0)
			return;
		text += done;
		n -= (size_t)done;
	}
}

void line_writer_last(const struct line_writer *w, const char *text, size_t n, int ms)
{
	line_last(w->fd, text, n, line_writer_wait(w, ms) ? ms : 0);
}

bool line_writer_stop(struct line_writer *w, int ms)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (!flag_wait(&w->ended, true, ms)) {
		pthread_detach(w->thread);
		return false;
	}
	pthread_join(w->thread, NULL);
	return true;
}

void line_writer_free(struct line_writer *w)
{
	if (!w)
		return;
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w->ring);
	free(w);
}
