/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_PWHASH_ARENA_H
#define PRATU_CRYPTO_PWHASH_ARENA_H

/*
 * Memory for argon2id that stays mapped. libsodium maps the memory of each hash and unmaps it
 * again, and the kernel takes longer to clear and map 19 MiB in pages of 4 KiB than the hash
 * itself. So a hash thread has a region of its own: in huge pages where the kernel gives them,
 * between guard pages, not in core dumps, wiped after each hash.
 *
 * libsodium has no hook for its memory. Its call of mmap(2) is answered by ours, which the dynamic
 * linker finds first: inside enter and leave, for one anonymous mapping that fits, on this thread.
 * Every other call goes to the kernel as it is. Where that does not work (another kernel, 32 bits,
 * a sanitizer that has its own mmap, no memory) hashes are computed as before.
 *
 * A region belongs to its thread. docs/decisions/0040 has the figures.
 */
#include <stdbool.h>
#include <stddef.h>

/* A region for hashes of this size, for the calling thread, which has none yet. False: none. */
bool pwhash_arena_open(size_t bytes);
void pwhash_arena_close(void); /* also where there is none */

/* Around one hash; without a region they do nothing. */
void pwhash_arena_enter(void);
void pwhash_arena_leave(void);

/* Gives the memory back to the kernel, until the next hash. */
void pwhash_arena_rest(void);

#endif
