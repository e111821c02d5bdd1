/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * For kind_a_alloc.py: a command whose n-th allocation fails, for many n. Preloaded before the
 * program. Before main it forks: each child runs the whole command with another n, so that a run
 * costs the command and not the loading of its libraries. PRATU_ALLOC_FAULTS is the file for the
 * result, a line each: n, whether it failed at all, exit status or -signal. PRATU_ALLOC_POINTS: how
 * many n at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MORE 40 /* allocations that fail behind the n-th, in every second run */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

static long seen;        /* allocations of this process since the fork */
static long from, until; /* those that fail; from 0: none */
static int told = -1;    /* says to the parent that one failed, or how many there were */

static bool is_due(void)
{
	long mine = __atomic_add_fetch(&seen, 1, __ATOMIC_RELAXED);

	if (!from || mine < from || mine > until)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_due() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return is_due() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return is_due() ? NULL : __libc_realloc(p, size);
}

/* Also where the command ended by a signal handler or _exit this is lost: then the parent goes on.
 */
static void report(void)
{
	(void)!write(told, &seen, sizeof(seen));
}

/* In the child: true; it returns to main. In the parent: false, with what became of the child. */
static bool run(long n, bool more, long *ret_seen, int *ret_status)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0)
		_exit(120);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		told = fcntl(ends[1], F_DUPFD_CLOEXEC, 200);
		close(ends[1]);
		atexit(report);
		seen = 0;
		from = n;
		until = n + (more ? MORE : 0);
		return true;
	}
	close(ends[1]);
	*ret_seen = 0;
	if (read(ends[0], ret_seen, sizeof(*ret_seen)) != sizeof(*ret_seen))
		*ret_seen = 0;
	close(ends[0]);
	waitpid(child, ret_status, 0);
	return false;
}

__attribute__((constructor)) static void faults(void)
{
	const char *path = getenv("PRATU_ALLOC_FAULTS"), *points = getenv("PRATU_ALLOC_POINTS");
	long all, count, most = points ? atol(points) : 50;
	int status, out;

	if (!path)
		return;
	unsetenv("PRATU_ALLOC_FAULTS");
	if (run(0, false, &all, &status)) /* how many are there? */
		return;
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	for (long i = 0; i < most && all > 0; i++) {
		/* The first ones one by one, then spread over all of them. */
		long n = i < most / 4 ? i + 1 : all * (i + 1) / most;

		if (n > all)
			break;
		if (run(n, i % 2, &count, &status))
			return;
		dprintf(out, "%ld %d\n", n,
			WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
	}
	dprintf(out, "all %ld\n", all);
	_exit(0);
}
