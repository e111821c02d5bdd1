/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/die.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 10

static void say_on_stderr(const char *text, size_t n)
{
	(void)!write(STDERR_FILENO, text, n);
}

static void (*_Atomic last_words)(const char *text, size_t n) = say_on_stderr;

void die_set_last_words(void (*fn)(const char *text, size_t n))
{
	atomic_store(&last_words, fn);
}

void die(const char *why)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "pratu: fatal: %.400s\n", why);

	atomic_load (&last_words)(text, (size_t)n);
	abort();
}

void memory_wait(int tries)
{
	const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000};

	if (tries >= MEMORY_PATIENCE_MS / WAIT_MS)
		die("out of memory");
	nanosleep(&pause, NULL);
}

void *xcalloc(size_t n, size_t size)
{
	void *memory;

	for (int gone = 0; !(memory = calloc(n, size)); gone++)
		memory_wait(gone);
	return memory;
}
