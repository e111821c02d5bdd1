/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/thread.h"

#include "base/die.h"
#include "base/memory_fault.h"

#include "base/last_line.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TRY_MS   10
#define NICE_MAX 19

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

/* What sched_setattr(2) takes; the C library of Debian 12 has no name for it. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* runtime: the slice, nanoseconds */
};

void thread_turns(int nicer, int64_t slice_us)
{
	struct scheduling s = {
		.size = sizeof(s),
		.policy = SCHED_OTHER,
		.nice = getpriority(PRIO_PROCESS, 0) + nicer,
		.runtime = (uint64_t)slice_us * 1000,
	};

	if (s.nice > NICE_MAX)
		s.nice = NICE_MAX;
	if (syscall(SYS_sched_setattr, 0, &s, 0) != 0 && nicer)
		(void)setpriority(PRIO_PROCESS, 0, s.nice);
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
