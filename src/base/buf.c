/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/buf.h"

#include "base/arena.h"

#include <stdarg.h>

#define FIRST_CAP 256u

void buf_init(struct buf *b, struct arena *arena, size_t max)
{
	size_t cap = max < FIRST_CAP ? max : FIRST_CAP;

	*b = (struct buf){.arena = arena, .p = arena_alloc(arena, cap + 1), .cap = cap, .max = max};
	b->p[0] = '\0';
}

void buf_init_fixed(struct buf *b, char *mem, size_t size)
{
	*b = (struct buf){.p = mem, .cap = size - 1, .max = size - 1};
	b->p[0] = '\0';
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
	b->p[0] = '\0';
}

static bool grow(struct buf *b, size_t n)
{
	size_t cap = b->cap;
	char *p;

	if (b->overflow || n > b->max - b->n) {
		b->overflow = true;
		return false;
	}
	if (n <= b->cap - b->n)
		return true;
	while (cap - b->n < n)
		cap = cap ? cap * 2 : FIRST_CAP;
	if (cap > b->max)
		cap = b->max;
	p = arena_try(b->arena, cap + 1);
	if (!p) {
		b->overflow = true;
		return false;
	}
	memcpy(p, b->p, b->n + 1);
	b->p = p;
	b->cap = cap;
	return true;
}

char *buf_reserve(struct buf *b, size_t n)
{
	return grow(b, n) ? b->p + b->n : NULL;
}

void buf_commit(struct buf *b, size_t n)
{
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_add(struct buf *b, struct str s)
{
	if (!grow(b, s.n))
		return;
	if (s.n)
		memcpy(b->p + b->n, s.p, s.n);
	buf_commit(b, s.n);
}

void buf_add_c(struct buf *b, const char *cstr)
{
	buf_add(b, str_c(cstr));
}

void buf_add_byte(struct buf *b, unsigned char byte)
{
	if (!grow(b, 1))
		return;
	b->p[b->n] = (char)byte;
	buf_commit(b, 1);
}

void buf_add_i64(struct buf *b, int64_t value)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + magnitude % 10);
	while (magnitude /= 10);
	if (value < 0)
		buf_add_byte(b, '-');
	buf_add(b, (struct str){.p = digits + at, .n = sizeof(digits) - at});
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || !grow(b, (size_t)n))
		return;
	va_start(args, format);
	vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
	va_end(args);
	buf_commit(b, (size_t)n);
}

enum rc buf_status(const struct buf *b)
{
	return b->overflow ? RC_LIMITED : RC_OK;
}

struct str buf_str(const struct buf *b)
{
	return (struct str){.p = b->p, .n = b->n};
}
