/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_DIE_H
#define PRATU_BASE_DIE_H

/*
 * Ends the process by SIGABRT with a message on standard error: a broken invariant that a program
 * error alone can cause. Programs that hold keys write no core (main/main.c). Never for bad input,
 * a record or a file: what one request cannot have fails that request (base/arena.h). Nor for what
 * the system does not give: last_line_end (base/last_line.h) names it, with an exit code. Where the
 * whole process has had no memory for MEMORY_PATIENCE_MS, it ends with status 1 and a sentence.
 */
#include <stdbool.h>
#include <stddef.h>

#define MEMORY_PATIENCE_MS 5000 /* ms the system may be without memory */

_Noreturn void die(const char *why);
/* calloc that waits while there is no memory. For objects that are made once; what a request needs
 * comes from its arena. */
void *xcalloc(size_t n, size_t size);
/* malloc and realloc that wait in the same way: what libraries are given in commands, which have
 * nobody else to serve. Some of them end by SIGSEGV where they find none. */
void *patient_malloc(size_t n);
void *patient_realloc(void *p, size_t n);
/* An allocation failed for the (tries + 1)th time: waits a moment, until the patience ends. */
void memory_wait(int tries);
/* Is there none at this moment, for as much as a library might want at once? Then what it says went
 * wrong may have been that. */
bool memory_is_short(void);
/* The value of an expression that is NULL only where there is no memory: tried again until the
 * patience ends. For objects of libraries that are made once, as xcalloc is for ours. */
#define memory_wait_for(expression)                                                                \
	({                                                                                         \
		__typeof__(expression) value_;                                                     \
		for (int tries_ = 0; !(value_ = (expression)); tries_++)                           \
			memory_wait(tries_);                                                       \
		value_;                                                                            \
	})

#endif
