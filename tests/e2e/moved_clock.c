/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The wall clock of a program under test, moved by the test: preloaded, it adds the seconds that
 * stand at the beginning of the file PRATU_MOVED_CLOCK. The program itself has no such switch.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t *moved;

__attribute__((constructor)) static void open_file(void)
{
	const char *name = getenv("PRATU_MOVED_CLOCK");
	int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	void *at = fd >= 0 ? mmap(NULL, sizeof(*moved), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (at != MAP_FAILED)
		moved = at;
	if (fd >= 0)
		close(fd);
}

static int64_t seconds(void)
{
	return moved ? __atomic_load_n(moved, __ATOMIC_RELAXED) : 0;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	long rc = syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && id == CLOCK_REALTIME)
		t->tv_sec += seconds();
	return (int)rc;
}

/* liboauth2 looks at this one. */
int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	*ret = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (ret)
		*ret = t.tv_sec;
	return t.tv_sec;
}
