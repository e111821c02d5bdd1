/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"

#include "base/die.h"
#include "base/str.h"

#include <pthread.h>
#include <stdalign.h>

#define ALIGN alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t size; /* bytes of data */
	size_t used;
	bool reserve; /* goes back there */
	alignas(max_align_t) unsigned char data[];
};

static const char too_much[] = "it wants more memory than one may have";
static const char no_memory[] = "the system has no memory";

struct arena {
	struct chunk *head;  /* the chunk in use; older ones behind it */
	struct chunk *first; /* kept over a reset */
	size_t used;
	size_t max;     /* as it stands, pardons counted */
	size_t allowed; /* as it was given */
	enum arena_state state;
	const char *why;
};

/* --- the reserve of the process: taken before anything is served, touched by nobody until the
 * system has no memory, so its pages are not even there --- */

static struct {
	pthread_once_t once;
	pthread_mutex_t lock;
	struct chunk *free;
} reserve = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

static struct chunk *chunk_try(size_t size, struct chunk *next)
{
	struct chunk *c = malloc(sizeof(*c) + size);

	if (!c)
		return NULL;
	c->next = next;
	c->size = size;
	c->used = 0;
	c->reserve = false;
	return c;
}

static void reserve_fill(void)
{
	for (int i = 0; i < ARENA_RESERVE_CHUNKS; i++) {
		struct chunk *c = chunk_try(ARENA_RESERVE_CHUNK, reserve.free);

		if (!c)
			return;
		c->reserve = true;
		reserve.free = c;
	}
}

static struct chunk *reserve_take(size_t size, struct chunk *next)
{
	struct chunk *c = NULL;

	if (size > ARENA_RESERVE_CHUNK)
		return NULL;
	pthread_mutex_lock(&reserve.lock);
	if (reserve.free) {
		c = reserve.free;
		reserve.free = c->next;
		c->next = next;
	}
	pthread_mutex_unlock(&reserve.lock);
	return c;
}

static void chunk_free(struct chunk *c)
{
	explicit_bzero(c->data, c->used);
	if (!c->reserve) {
		free(c);
		return;
	}
	c->used = 0;
	pthread_mutex_lock(&reserve.lock);
	c->next = reserve.free;
	reserve.free = c;
	pthread_mutex_unlock(&reserve.lock);
}

/* --- arenas --- */

struct arena *arena_try_new(size_t max)
{
	struct arena *a = malloc(sizeof(*a));

	pthread_once(&reserve.once, reserve_fill);
	if (!a)
		return NULL;
	*a = (struct arena){.max = max, .allowed = max};
	a->first = a->head = chunk_try(ARENA_CHUNK, NULL);
	if (a->first)
		return a;
	free(a);
	return NULL;
}

struct arena *arena_new(size_t max)
{
	struct arena *a;

	for (int gone = 0; !(a = arena_try_new(max)); gone++)
		memory_wait(gone);
	return a;
}

void arena_reset(struct arena *a)
{
	while (a->head != a->first) {
		struct chunk *c = a->head;

		a->head = c->next;
		chunk_free(c);
	}
	explicit_bzero(a->first->data, a->first->used);
	a->first->used = 0;
	a->used = 0;
	a->max = a->allowed;
	a->state = ARENA_GOOD;
	a->why = NULL;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	chunk_free(a->first);
	free(a);
}

void arena_freep(struct arena **a)
{
	arena_free(*a);
	*a = NULL;
}

static size_t chunk_size(size_t n)
{
	return n > ARENA_CHUNK ? n : ARENA_CHUNK;
}

static void mark(struct arena *a, enum arena_state state, const char *why)
{
	if (a->state != ARENA_GOOD)
		return;
	a->state = state;
	a->why = why;
}

/* A chunk at any price; the arena is marked when it was not the system's. */
static struct chunk *chunk_new(struct arena *a, size_t n)
{
	struct chunk *c = chunk_try(chunk_size(n), a->head);

	for (int gone = 0; !c; gone++) {
		mark(a, ARENA_NO_MEMORY, no_memory);
		c = reserve_take(n, a->head);
		if (c)
			break;
		memory_wait(gone);
		c = chunk_try(chunk_size(n), a->head);
	}
	return c;
}

static bool is_over(const struct arena *a, size_t n)
{
	return n > a->max || a->used > a->max - n;
}

static void mark_over(struct arena *a, size_t n)
{
	mark(a, ARENA_OVER, too_much);
	if (n > ARENA_BEYOND || a->used > a->max + (ARENA_BEYOND - n))
		die("arena: something allocates on and on and does not ask whether it may");
}

static void *take(struct arena *a, struct chunk *c, size_t n)
{
	void *p = c->data + c->used;

	c->used += n;
	a->used += n;
	return p;
}

static size_t aligned(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

void *arena_alloc(struct arena *a, size_t n)
{
	if (is_over(a, n))
		mark_over(a, n);
	n = aligned(n);
	if (n > a->head->size - a->head->used)
		a->head = chunk_new(a, n);
	return take(a, a->head, n);
}

void *arena_try(struct arena *a, size_t n)
{
	struct chunk *c;

	if (is_over(a, n))
		mark(a, ARENA_OVER, too_much);
	if (a->state != ARENA_GOOD)
		return NULL;
	n = aligned(n);
	if (n > a->head->size - a->head->used) {
		c = chunk_try(chunk_size(n), a->head);
		if (!c) {
			mark(a, ARENA_NO_MEMORY, no_memory);
			return NULL;
		}
		a->head = c;
	}
	return take(a, a->head, n);
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		die("arena: size overflow");
	return arena_zalloc(a, n);
}

void *arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t first, size_t size)
{
	void *more;

	if (n < *cap)
		return v;
	*cap = *cap ? *cap * 2 : first;
	more = arena_calloc(a, *cap, size);
	if (n)
		memcpy(more, v, n * size);
	return more;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

bool arena_exceeded(const struct arena *a)
{
	return a->state != ARENA_GOOD;
}

enum arena_state arena_state(const struct arena *a)
{
	return a->state;
}

const char *arena_why(const struct arena *a)
{
	return a->why;
}

void arena_fail(struct arena *a, const char *why)
{
	mark(a, ARENA_FAILED, why);
}

void arena_pardon(struct arena *a)
{
	a->state = ARENA_GOOD;
	a->why = NULL;
	a->max = (a->used > a->max ? a->used : a->max) + ARENA_PARDON;
}
