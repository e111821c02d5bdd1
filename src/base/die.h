/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_DIE_H
#define PRATU_BASE_DIE_H

/*
 * Ends the process with a message on standard error: out of memory, or a broken invariant that a
 * program error alone can cause. Never for bad input.
 */
#include <stddef.h>

_Noreturn void die(const char *why);
/* calloc that ends the process when there is no memory. For objects that are made once; what a
 * request needs comes from its arena. */
void *xcalloc(size_t n, size_t size);

#endif
