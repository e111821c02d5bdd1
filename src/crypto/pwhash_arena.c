/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/pwhash_arena.h"
#include "base/sanitized.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE_PAGE  ((size_t)2 << 20)
#define GUARD      ((size_t)4096)
#define SLACK      GUARD /* what a library adds for alignment */
#define REGION_MAX ((size_t)1 << 30)

struct region {
	unsigned char *at; /* NULL: none */
	size_t size;
	void *whole; /* with its guards */
	size_t whole_size;
	bool entered, taken;
};

static _Thread_local struct region region;

bool pwhash_arena_open(size_t bytes)
{
	size_t size = (bytes + SLACK + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	size_t whole_size = size + HUGE_PAGE + 2 * GUARD;
	uintptr_t at;
	void *whole;

	if (region.at || bytes > REGION_MAX)
		return false;
	whole = mmap(
		NULL, whole_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (whole == MAP_FAILED)
		return false;
	at = ((uintptr_t)whole + GUARD + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	if (mprotect((void *)at, size, PROT_READ | PROT_WRITE) != 0) {
		munmap(whole, whole_size);
		return false;
	}
	/* Advice: without huge pages it is slower, and with a core dump less private. */
	(void)madvise((void *)at, size, MADV_HUGEPAGE);
	(void)madvise((void *)at, size, MADV_DONTDUMP);
	region = (struct region){(unsigned char *)at, size, whole, whole_size, false, false};
	return true;
}

void pwhash_arena_close(void)
{
	if (!region.at)
		return;
	munmap(region.whole, region.whole_size);
	region = (struct region){NULL, 0, NULL, 0, false, false};
}

void pwhash_arena_enter(void)
{
	region.entered = region.at != NULL;
}

void pwhash_arena_leave(void)
{
	region.entered = false;
}

void pwhash_arena_rest(void)
{
	if (region.at)
		(void)madvise(region.at, region.size, MADV_DONTNEED);
}

/* --- what libsodium calls --- */

#if defined(__linux__) && defined(__LP64__) && !SANITIZED

/* By their names for the linker: with 64-bit offsets the C names are other ones in each program. */
void *pwhash_arena_mmap(
	void *at, size_t n, int protection, int flags, int fd, off_t offset) __asm__("mmap");
void *pwhash_arena_mmap64(
	void *at, size_t n, int protection, int flags, int fd, off_t offset) __asm__("mmap64");
int pwhash_arena_munmap(void *at, size_t n) __asm__("munmap");

__attribute__((visibility("default"))) void *pwhash_arena_mmap(
	void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	if (region.entered && !region.taken && !at && fd == -1 && (flags & MAP_ANONYMOUS) &&
		(flags & MAP_PRIVATE) && n <= region.size) {
		region.taken = true;
		return region.at;
	}
	return (void *)syscall(SYS_mmap, at, n, protection, flags, fd, offset);
}

__attribute__((visibility("default"))) void *pwhash_arena_mmap64(
	void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	return pwhash_arena_mmap(at, n, protection, flags, fd, offset);
}

__attribute__((visibility("default"))) int pwhash_arena_munmap(void *at, size_t n)
{
	if (region.taken && at == region.at) {
		explicit_bzero(at, n < region.size ? n : region.size);
		region.taken = false;
		return 0;
	}
	return (int)syscall(SYS_munmap, at, n);
}

#endif
