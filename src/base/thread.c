/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/thread.h"

#include "base/die.h"
#include "base/memory_fault.h"

#include <signal.h>
#include <stdlib.h>

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
