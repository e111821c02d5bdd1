/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/die.h"

#include <stdio.h>
#include <stdlib.h>

void die(const char *why)
{
	fprintf(stderr, "pratu: fatal: %s\n", why);
	abort();
}

void *xcalloc(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (!memory)
		die("out of memory");
	return memory;
}
