/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * For kind_a_alloc.py: a command whose n-th allocation fails, for many n. Preloaded before the
 * program. Before main it forks: each child runs the whole command with another n, so that a run
 * costs the command and not the loading of its libraries. In turn one allocation fails, MORE of
 * them, or all from the n-th on, as under a limit that is reached. What a child says stands in
 * PRATU_ALLOC_FAULTS.n; PRATU_ALLOC_FAULTS is the file for the results, a line each: n, how many
 * fail, exit status or -signal. PRATU_ALLOC_POINTS: how many n at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MORE     40
#define SOONER   100 /* waits of the program end so many times sooner */
#define FD_SAVED 200

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

static long seen;        /* allocations of this process since the fork */
static long from, until; /* those that fail; from 0: none */
static int told = -1;    /* says to the parent how many there were */

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

/* The program waits for memory for seconds, many times here. */
int nanosleep(const struct timespec *time, struct timespec *rest)
{
	struct timespec sooner = {.tv_nsec = (time->tv_sec * 1000000000 + time->tv_nsec) / SOONER};

	return (int)syscall(SYS_nanosleep, &sooner, rest);
}

/* Lost where the command ends by a signal or _exit; the parent goes on. */
static void report_seen(void)
{
	(void)!write(told, &seen, sizeof(seen));
}

static void say_to(const char *path, long n)
{
	char name[PATH_MAX];
	int fd;

	snprintf(name, sizeof(name), "%s.%ld", path, n);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
}

/* In the child: true; it returns to main. In the parent: false, with what became of the child. */
static bool run(const char *path, long n, long fail, long *ret_seen, int *ret_status)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0)
		_exit(120);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		told = fcntl(ends[1], F_DUPFD_CLOEXEC, FD_SAVED);
		close(ends[1]);
		say_to(path, n);
		atexit(report_seen);
		seen = 0;
		from = n;
		until = fail == LONG_MAX ? LONG_MAX : n + fail - 1;
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
	static const long fails[] = {1, MORE, LONG_MAX};
	const char *path = getenv("PRATU_ALLOC_FAULTS"), *points = getenv("PRATU_ALLOC_POINTS");
	long all, count, most = points ? atol(points) : 50;
	int status, out;

	if (!path)
		return;
	unsetenv("PRATU_ALLOC_FAULTS");
	if (run(path, 0, 1, &all, &status)) /* how many are there? */
		return;
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dprintf(out, "all %ld\n", all);
	for (long i = 0; i < most && all > 0; i++) {
		/* The first ones one by one, then spread over all of them. */
		long n = i < most / 2 ? i + 1 : all * (i + 1) / most, fail = fails[i % 3];

		if (n > all)
			break;
		if (run(path, n, fail, &count, &status))
			return;
		dprintf(out, "%ld %ld %d\n", n, fail == LONG_MAX ? -1 : fail,
			WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
	}
	_exit(0);
}
