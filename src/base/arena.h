/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_ARENA_H
#define PRATU_BASE_ARENA_H

/*
 * Arena: memory of one request (or one command), freed all at once.
 *
 * Allocation never fails: out of memory, or past the arena's maximum, aborts the process, because
 * every input is bounded before it is copied. Memory is wiped before it is reused or given back,
 * so a secret that passed through a request does not stay behind.
 *
 * An arena is used by one thread at a time; handing it to another thread needs a happens-before
 * (a queue or a lock). Blocks are aligned for any type.
 */
#include <stddef.h>

struct arena;

#define ARENA_CHUNK   (16u * 1024u)           /* bytes of the first chunk, kept over a reset */
#define ARENA_MAX     (4u * 1024u * 1024u)    /* bytes a request may use altogether */
#define ARENA_MAX_CLI (1024u * 1024u * 1024u) /* bytes of a command (import of a whole country) */

/* New arena that aborts beyond max bytes. Free with arena_free. */
struct arena *arena_new(size_t max);
/* Wipes and frees; NULL is fine. */
void arena_free(struct arena *a);
/* Wipes what was used and keeps the first chunk for the next request. */
void arena_reset(struct arena *a);

/* n bytes, not initialised; n may be 0. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));
/* n bytes of zero. */
void *arena_zalloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));
/* count * size bytes of zero; aborts on overflow. */
void *arena_calloc(struct arena *a, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

#define arena_new_of(a, type)       ((type *)arena_zalloc((a), sizeof(type)))
#define arena_array(a, count, type) ((type *)arena_calloc((a), (count), sizeof(type)))

/* Bytes handed out since the start or the last reset. */
size_t arena_used(const struct arena *a);

/* For __attribute__((cleanup(arena_freep))). */
void arena_freep(struct arena **a);

#endif
