/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_SUPPORT_ALLOC_FAULTS_H
#define PRATU_TESTS_SUPPORT_ALLOC_FAULTS_H

/*
 * Allocations that fail. A test that links alloc_faults.c has malloc, calloc and realloc of its
 * own, for all libraries of the process too; they count, and fail when they are told to. Sanitizers
 * have their own as well: there nothing ever fails.
 */
#include <stdbool.h>

/* Can anything fail in this build? */
bool alloc_faults_possible(void);
/* The calling thread (the test's own) is never told that there is no memory. */
void alloc_faults_spare_me(void);
/* From now on the n-th allocation of all other threads fails (1: the next), and `more` after it. */
void alloc_faults_begin(long n, long more);
/* Ends it; true when at least one failed. */
bool alloc_faults_end(void);

#endif
