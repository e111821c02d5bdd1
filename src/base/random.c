/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/random.h"

#include "base/die.h"
#include "base/last_line.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

/* Bytes read ahead by each thread: a system call for every identifier costs three times as much. */
#define POOL 512u

struct pool {
	unsigned generation; /* of the process that filled it */
	size_t left;         /* unused bytes, at the end */
	unsigned char bytes[POOL];
};

static _Thread_local struct pool pool;
static unsigned generation = 1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A child must not hand out what its parent hands out too. */
static void in_child(void)
{
	generation++;
}

static void watch_forks(void)
{
	for (int tries = 0; pthread_atfork(NULL, NULL, in_child) != 0; tries++)
		memory_wait(tries);
}

static void kernel_fill(unsigned char *p, size_t n)
{
	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			last_line_end(EXIT_FAILED, "the kernel gives no random bytes");
		p += got;
		n -= (size_t)got;
	}
}

/* What is handed out is wiped from the pool. */
static void system_fill(void *data, void *bytes, size_t n)
{
	unsigned char *from;

	(void)data;
	if (n > POOL / 4) {
		kernel_fill(bytes, n);
		return;
	}
	pthread_once(&once, watch_forks);
	if (pool.generation != generation || pool.left < n) {
		kernel_fill(pool.bytes, POOL);
		pool.left = POOL;
		pool.generation = generation;
	}
	from = pool.bytes + POOL - pool.left;
	memcpy(bytes, from, n);
	explicit_bzero(from, n);
	pool.left -= n;
}

const struct rng rng_system = {.fill = system_fill};

void rng_fill(const struct rng *rng, void *bytes, size_t n)
{
	rng->fill(rng->data, bytes, n);
}
