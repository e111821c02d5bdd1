/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Preloaded: keeps what a program writes to files named data.mdb, and what it makes durable, in the
 * file PRATU_RECORDED_DISK, so that a test can build what a power cut would have left. One entry a
 * write, appended once it is done: kind (W written, D written and durable, S all so far durable),
 * offset, length, bytes. The length of the file is the clock.
 */
/* Both names of each function are defined here. */
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 1024

static int record = -1;
static char watched[FILES]; /* by descriptor: 0, W or D */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct entry {
	uint64_t kind, offset, n;
};

__attribute__((constructor)) static void open_record(void)
{
	const char *name = getenv("PRATU_RECORDED_DISK");

	record = name ? open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
}

static void add(char kind, off_t offset, const void *bytes, size_t n)
{
	struct entry e = {(uint64_t)kind, (uint64_t)offset, n};
	struct iovec parts[2] = {{&e, sizeof(e)}, {(void *)(uintptr_t)bytes, n}};

	if (record < 0)
		return;
	pthread_mutex_lock(&lock);
	if (writev(record, parts, n ? 2 : 1) != (ssize_t)(sizeof(e) + n))
		abort();
	pthread_mutex_unlock(&lock);
}

static char kind_of(int fd)
{
	return fd >= 0 && fd < FILES ? watched[fd] : 0;
}

static int opened(int fd, const char *path, int flags)
{
	size_t n = strlen(path);

	if (fd >= 0 && fd < FILES) {
		watched[fd] = 0;
		if (n >= 9 && strcmp(path + n - 9, "/data.mdb") == 0)
			watched[fd] = flags & O_DSYNC ? 'D' : 'W';
	}
	return fd;
}

#define OPEN(name)                                                                                 \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		static int (*real)(const char *, int, ...);                                        \
		va_list ap;                                                                        \
		mode_t mode;                                                                       \
                                                                                                   \
		va_start(ap, flags);                                                               \
		mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;                                   \
		va_end(ap);                                                                        \
		if (!real)                                                                         \
			real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);           \
		return opened(real(path, flags, mode), path, flags);                               \
	}

#define PWRITE(name)                                                                               \
	ssize_t name(int fd, const void *bytes, size_t n, off_t offset)                            \
	{                                                                                          \
		static ssize_t (*real)(int, const void *, size_t, off_t);                          \
		ssize_t done;                                                                      \
                                                                                                   \
		if (!real)                                                                         \
			real = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(                \
				RTLD_NEXT, #name);                                                 \
		done = real(fd, bytes, n, offset);                                                 \
		if (done > 0 && kind_of(fd))                                                       \
			add(kind_of(fd), offset, bytes, (size_t)done);                             \
		return done;                                                                       \
	}

#define PWRITEV(name)                                                                              \
	ssize_t name(int fd, const struct iovec *parts, int count, off_t offset)                   \
	{                                                                                          \
		ssize_t all = 0;                                                                   \
                                                                                                   \
		for (int i = 0; i < count; i++) {                                                  \
			ssize_t n = pwrite(fd, parts[i].iov_base, parts[i].iov_len, offset + all); \
                                                                                                   \
			if (n < 0)                                                                 \
				return all ? all : n;                                              \
			all += n;                                                                  \
		}                                                                                  \
		return all;                                                                        \
	}

#define SYNC(name)                                                                                 \
	int name(int fd)                                                                           \
	{                                                                                          \
		static int (*real)(int);                                                           \
		int rc;                                                                            \
                                                                                                   \
		if (!real)                                                                         \
			real = (int (*)(int))dlsym(RTLD_NEXT, #name);                              \
		rc = real(fd);                                                                     \
		if (rc == 0 && kind_of(fd))                                                        \
			add('S', 0, NULL, 0);                                                      \
		return rc;                                                                         \
	}

int open64(const char *path, int flags, ...);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t offset);
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset);
OPEN(open)
OPEN(open64)
PWRITE(pwrite)
PWRITE(pwrite64)
PWRITEV(pwritev)
PWRITEV(pwritev64)
SYNC(fsync)
SYNC(fdatasync)

/* LMDB writes several pages that stand together by lseek and writev. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
	static ssize_t (*real)(int, const struct iovec *, int);
	off_t at = kind_of(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done, left;

	if (!real)
		real = (ssize_t(*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
	left = done = real(fd, parts, count);
	for (int i = 0; left > 0 && kind_of(fd) && i < count; i++) {
		size_t n = parts[i].iov_len < (size_t)left ? parts[i].iov_len : (size_t)left;

		add(kind_of(fd), at, parts[i].iov_base, n);
		at += (off_t)n;
		left -= (ssize_t)n;
	}
	return done;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	static ssize_t (*real)(int, const void *, size_t);
	off_t at = kind_of(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done;

	if (!real)
		real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	done = real(fd, bytes, n);
	if (done > 0 && kind_of(fd))
		add(kind_of(fd), at, bytes, (size_t)done);
	return done;
}
