/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A disk that fails while a server runs: preloaded, it looks at each call that writes to a file
 * named data.mdb or makes it durable, and lets some fail or take long. What is to happen stands in
 * the file PRATU_FAILING_DISK, which a test changes (failing_disk.py): see struct control.
 */
/* Both names of each call are defined here. */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
	int32_t seen;  /* calls so far */
	int32_t skip;  /* calls that are left alone before the next ones */
	int32_t fail;  /* calls that fail then; -1: all */
	int32_t error; /* with this errno */
	int32_t slow;  /* ms that each call takes, whatever becomes of it */
	int32_t failed;
};

static struct control *control;

__attribute__((constructor)) static void map_control(void)
{
	const char *name = getenv("PRATU_FAILING_DISK");
	int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED
			 : mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		control = p;
	if (fd >= 0)
		close(fd);
}

static bool is_database(int fd)
{
	static const char name[] = "/data.mdb";
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	return n >= (ssize_t)sizeof(name) - 1 &&
	       memcmp(path + n - (sizeof(name) - 1), name, sizeof(name) - 1) == 0;
}

static bool is_due(void)
{
	if (__atomic_load_n(&control->skip, __ATOMIC_SEQ_CST) > 0) {
		__atomic_sub_fetch(&control->skip, 1, __ATOMIC_SEQ_CST);
		return false;
	}
	if (__atomic_load_n(&control->fail, __ATOMIC_SEQ_CST) > 0) {
		__atomic_sub_fetch(&control->fail, 1, __ATOMIC_SEQ_CST);
		return true;
	}
	return __atomic_load_n(&control->fail, __ATOMIC_SEQ_CST) < 0;
}

/* The store has one writer, so calls come one after the other. */
static bool disk_fails(int fd)
{
	int32_t slow;

	if (!control || !is_database(fd))
		return false;
	__atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
	slow = __atomic_load_n(&control->slow, __ATOMIC_SEQ_CST);
	if (slow)
		nanosleep(&(struct timespec){slow / 1000, slow % 1000 * 1000000}, NULL);
	if (!is_due())
		return false;
	__atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
	errno = __atomic_load_n(&control->error, __ATOMIC_SEQ_CST);
	return true;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return disk_fails(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return pwrite(fd, bytes, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	return disk_fails(fd) ? -1 : syscall(SYS_writev, fd, v, n);
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	return disk_fails(fd) ? -1 : syscall(SYS_pwritev, fd, v, n, at, 0);
}

int fsync(int fd)
{
	return disk_fails(fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return disk_fails(fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
