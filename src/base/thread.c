/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/thread.h"

#include "base/die.h"
#include "base/memory_fault.h"

#include "base/last_line.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define TRY_MS 10

struct thread_begin {
	const char *name;
	void *(*fn)(void *data);
	void *data;
};

static void *thread_main(void *data)
{
	/* At the far end of this stack: still there when the rest of it is used up. */
	_Alignas(16) char fault_stack[MEMORY_FAULT_STACK];
	const stack_t none = {.ss_flags = SS_DISABLE};
	struct thread_begin begin = *(struct thread_begin *)data;
	void *result;

	free(data);
	memory_fault_stack(fault_stack);
	if (begin.name)
		pthread_setname_np(pthread_self(), begin.name);
	result = begin.fn(begin.data);
	sigaltstack(&none, NULL);
	return result;
}

int thread_start(pthread_t *ret, const char *name, void *(*fn)(void *data), void *data)
{
	struct thread_begin *begin = xcalloc(1, sizeof(*begin));
	int err;

	*begin = (struct thread_begin){name, fn, data};
	err = pthread_create(ret, NULL, thread_main, begin);
	if (err)
		free(begin);
	return err;
}

void thread_need(pthread_t *ret, const char *name, void *(*fn)(void *data), void *data)
{
	const struct timespec pause = {.tv_nsec = TRY_MS * 1000000};
	int err;

	for (int tries = 0; (err = thread_start(ret, name, fn, data)) != 0; tries++) {
		if (err != EAGAIN || tries >= MEMORY_PATIENCE_MS / TRY_MS)
			last_line_end(EXIT_FAILED, "a thread cannot be started; free memory, or "
						   "raise the limit of threads (ulimit -u, "
						   "TasksMax=)");
		nanosleep(&pause, NULL);
	}
}

void cond_init_monotonic(pthread_cond_t *ret)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(ret, &attr);
	pthread_condattr_destroy(&attr);
}

struct timespec cond_end(int64_t ms)
{
	return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}
