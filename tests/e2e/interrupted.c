/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A program under test that is killed in the middle of writing its files: preloaded, it counts the
 * calls that change something below the directory PRATU_INTERRUPT_BELOW, and sends itself SIGKILL
 * before call PRATU_INTERRUPT_AT (1, 2, ...). With PRATU_INTERRUPT_HALF a write that is to be the
 * last one writes half. PRATU_INTERRUPT_FAIL=ENOSPC's number lets that call and all after it fail
 * instead.
 */
/* Both names of each call are defined here. */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static _Thread_local bool half;

static bool below(const char *path)
{
	const char *dir = getenv("PRATU_INTERRUPT_BELOW");

	return dir && strncmp(path, dir, strlen(dir)) == 0;
}

static bool fd_below(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return below(path);
}

/* Does not come back if it is time; true: the call is to fail with errno. */
static bool one_more(void)
{
	const char *at = getenv("PRATU_INTERRUPT_AT"), *fail = getenv("PRATU_INTERRUPT_FAIL");
	long n = atomic_fetch_add(&calls, 1) + 1, want = at ? strtol(at, NULL, 10) : 0;

	half = false;
	if (!want || n < want)
		return false;
	if (fail) {
		errno = (int)strtol(fail, NULL, 10);
		return true;
	}
	if (getenv("PRATU_INTERRUPT_HALF")) {
		half = true;
		return false;
	}
	raise(SIGKILL);
	return false;
}

static ssize_t cut(ssize_t n)
{
	if (half)
		raise(SIGKILL);
	return n;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	half = false;
	if (fd_below(fd) && one_more())
		return -1;
	return cut(syscall(SYS_write, fd, bytes, half ? n / 2 : n));
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	half = false;
	if (fd_below(fd) && one_more())
		return -1;
	return cut(syscall(SYS_pwrite64, fd, bytes, half ? n / 2 : n, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return pwrite(fd, bytes, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	half = false;
	if (fd_below(fd) && one_more())
		return -1;
	return cut(syscall(SYS_writev, fd, v, half ? n / 2 : n));
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	half = false;
	if (fd_below(fd) && one_more())
		return -1;
	return cut(syscall(SYS_pwritev, fd, v, half ? n / 2 : n, at, 0));
}

#define ON_FD(name, ...)                                                                           \
	if (fd_below(fd) && one_more())                                                            \
		return -1;                                                                         \
	cut(0);                                                                                    \
	return (int)syscall(SYS_##name, fd, ##__VA_ARGS__)

int fsync(int fd)
{
	ON_FD(fsync);
}

int fdatasync(int fd)
{
	ON_FD(fdatasync);
}

int ftruncate(int fd, off_t n)
{
	ON_FD(ftruncate, n);
}

int ftruncate64(int fd, off64_t n)
{
	return ftruncate(fd, n);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	if (below(to) && one_more())
		return -1;
	cut(0);
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	if (below(path) && one_more())
		return -1;
	cut(0);
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int mkdir(const char *path, mode_t mode)
{
	if (below(path) && one_more())
		return -1;
	cut(0);
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

static int open_it(const char *path, int flags, va_list rest)
{
	mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;

	if ((flags & O_CREAT) && below(path) && one_more())
		return -1;
	if (flags & O_CREAT)
		cut(0);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list rest;
	int fd;

	va_start(rest, flags);
	fd = open_it(path, flags, rest);
	va_end(rest);
	return fd;
}

int open64(const char *path, int flags, ...)
{
	va_list rest;
	int fd;

	va_start(rest, flags);
	fd = open_it(path, flags, rest);
	va_end(rest);
	return fd;
}
