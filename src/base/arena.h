/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_ARENA_H
#define PRATU_BASE_ARENA_H

/*
 * Arena: memory of one request (or one command), freed all at once.
 *
 * Allocation never fails, so its thousand callers have nothing to check. Whoever wants too much is
 * marked instead: past the arena's maximum, or when the system has no memory and the chunk came out
 * of a reserve of the process, arena_exceeded() is true from then on. Everything that grows with
 * what is stored or sent asks it: records are no longer read (field_decode: RC_LIMITED), buffers
 * take no more (buf_status: RC_LIMITED), and who began the work refuses its result and commits
 * nothing (core/op.h, core/tx.h, http/server.h). So one request fails alone, by the ways that exist
 * for every other failure (docs/decisions/0035).
 *
 * ARENA_BEYOND behind the maximum, or MEMORY_PATIENCE_MS (base/die.h) without memory and reserve,
 * the process ends: a loop that allocates and asks nothing is a program error.
 *
 * Memory is wiped before it is reused or given back, so a secret that passed through a request does
 * not stay behind. An arena is used by one thread at a time; handing it to another thread needs a
 * happens-before (a queue or a lock). Blocks are aligned for any type.
 */
#include <stdbool.h>
#include <stddef.h>

struct arena;

#define ARENA_CHUNK          (16u * 1024u)         /* bytes of the first chunk, kept over a reset */
#define ARENA_MAX            (16u * 1024u * 1024u) /* bytes a request may use altogether */
#define ARENA_MAX_CLI        (1024u * 1024u * 1024u) /* bytes of a command (a whole country's import) */
#define ARENA_BEYOND         (64u * 1024u * 1024u) /* bytes past a maximum until its refusal */
#define ARENA_PARDON         (1024u * 1024u)       /* bytes of an answer that says so */
#define ARENA_RESERVE_CHUNKS 16                    /* of the process, for when there is no memory */
#define ARENA_RESERVE_CHUNK  (256u * 1024u)        /* bytes of each */

enum arena_state {
	ARENA_GOOD = 0,
	ARENA_OVER,      /* more than its maximum: wanted again it is too much again */
	ARENA_NO_MEMORY, /* the system has none: later there may be some */
	ARENA_FAILED     /* arena_fail */
};

/* New arena that is exceeded beyond max bytes. Free with arena_free. */
struct arena *arena_new(size_t max);
/* The same, or NULL when there is no memory: for whoever can turn away the work itself. */
struct arena *arena_try_new(size_t max);
/* Wipes and frees; NULL is fine. */
void arena_free(struct arena *a);
/* Wipes what was used, keeps the first chunk for the next request, and is good again. */
void arena_reset(struct arena *a);

/* n bytes, not initialised; n may be 0. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));
/* The same, or NULL where the arena is exceeded or would be: for what can do without. */
void *arena_try(struct arena *a, size_t n);
/* n bytes of zero. */
void *arena_zalloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));
/* count * size bytes of zero; the process ends on overflow. */
void *arena_calloc(struct arena *a, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

/* The elements of a growing array with room for one more behind the first n: v, or a copy twice as
 * large (at first: `first` elements) of zero behind them. *cap: elements there is room for. */
void *arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t first, size_t size)
	__attribute__((returns_nonnull));

#define arena_new_of(a, type)       ((type *)arena_zalloc((a), sizeof(type)))
#define arena_array(a, count, type) ((type *)arena_calloc((a), (count), sizeof(type)))

/* Bytes handed out since the start or the last reset. */
size_t arena_used(const struct arena *a);
/* Must the result be refused? */
bool arena_exceeded(const struct arena *a);
enum arena_state arena_state(const struct arena *a);
/* What is wrong, for the log: a static text; NULL while it is good. */
const char *arena_why(const struct arena *a);
/*
 * Marks it from outside: something was found that must not have come so far (a part that was not
 * bounded, a library that gave up), and the caller goes on with a harmless value, because the
 * result will be refused. why: a static text. The first one stands.
 */
void arena_fail(struct arena *a, const char *why);
/* Good again, with ARENA_PARDON more: for the answer that refuses. */
void arena_pardon(struct arena *a);

/* For __attribute__((cleanup(arena_freep))). */
void arena_freep(struct arena **a);

#endif
