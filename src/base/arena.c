/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"

#include "base/die.h"
#include "base/str.h"

#include <stdalign.h>

#define ALIGN alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t size; /* bytes of data */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *head;  /* the chunk in use; older ones behind it */
	struct chunk *first; /* kept over a reset */
	size_t used;
	size_t max;
};

static struct chunk *chunk_new(size_t size, struct chunk *next)
{
	struct chunk *c = malloc(sizeof(*c) + size);

	if (!c)
		die("out of memory");
	c->next = next;
	c->size = size;
	c->used = 0;
	return c;
}

static void chunk_free(struct chunk *c)
{
	explicit_bzero(c->data, c->used);
	free(c);
}

struct arena *arena_new(size_t max)
{
	struct arena *a = malloc(sizeof(*a));

	if (!a)
		die("out of memory");
	a->first = a->head = chunk_new(ARENA_CHUNK, NULL);
	a->used = 0;
	a->max = max;
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

void *arena_alloc(struct arena *a, size_t n)
{
	struct chunk *c = a->head;
	void *p;

	if (n > a->max || a->used > a->max - n)
		die("arena: a request wants more than its maximum");
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (n > c->size - c->used)
		c = a->head = chunk_new(n > ARENA_CHUNK ? n : ARENA_CHUNK, c);
	p = c->data + c->used;
	c->used += n;
	a->used += n;
	return p;
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

size_t arena_used(const struct arena *a)
{
	return a->used;
}
