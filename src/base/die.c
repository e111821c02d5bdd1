/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/die.h"

#include "base/last_line.h"

#include <stdlib.h>
#include <time.h>

#define WAIT_MS     10
#define PROBE_BYTES (256u * 1024u)

void die(const char *why)
{
	last_line_write(why, 0);
	abort();
}

void memory_wait(int tries)
{
	const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000};

	if (tries >= MEMORY_PATIENCE_MS / WAIT_MS)
		last_line_end(EXIT_FAILED, "there is no memory; free some, then try again");
	nanosleep(&pause, NULL);
}

bool memory_is_short(void)
{
	void *probe = malloc(PROBE_BYTES);

	free(probe);
	return !probe;
}

void *xcalloc(size_t n, size_t size)
{
	void *memory;

	for (int gone = 0; !(memory = calloc(n, size)); gone++)
		memory_wait(gone);
	return memory;
}

void *patient_malloc(size_t n)
{
	void *memory;

	for (int gone = 0; !(memory = malloc(n ? n : 1)); gone++)
		memory_wait(gone);
	return memory;
}

void *patient_realloc(void *p, size_t n)
{
	void *memory;

	if (!n) {
		free(p);
		return NULL;
	}
	for (int gone = 0; !(memory = realloc(p, n)); gone++)
		memory_wait(gone);
	return memory;
}
