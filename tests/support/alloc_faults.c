/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support/alloc_faults.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static _Thread_local bool spared;
static atomic_long left; /* allocations that still succeed */
static atomic_long fail; /* and how many then fail; 0: none */
static atomic_bool failed;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__)

bool alloc_faults_possible(void)
{
	return false;
}

#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

bool alloc_faults_possible(void)
{
	return true;
}

static bool fails(void)
{
	if (!atomic_load_explicit(&fail, memory_order_relaxed) || spared)
		return false;
	if (atomic_fetch_sub(&left, 1) > 0 || atomic_fetch_sub(&fail, 1) <= 0)
		return false;
	atomic_store(&failed, true);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

#endif

void alloc_faults_spare_me(void)
{
	spared = true;
}

void alloc_faults_begin(long n, long more)
{
	atomic_store(&failed, false);
	atomic_store(&left, n - 1);
	atomic_store(&fail, 1 + more);
}

bool alloc_faults_end(void)
{
	atomic_store(&fail, 0);
	return atomic_load(&failed);
}
