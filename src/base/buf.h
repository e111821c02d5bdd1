/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_BUF_H
#define PRATU_BASE_BUF_H

/*
 * Buffer: bytes appended one after another, up to a maximum given at the start.
 *
 * The bytes live in an arena. An append that would pass the maximum is dropped and the buffer is
 * marked overflowed for good; the writer appends on and asks once, at the end. A buffer whose arena
 * is exceeded is full (base/arena.h). The bytes are always
 * followed by a NUL that does not count.
 */
#include "base/rc.h"
#include "base/str.h"

struct buf {
	struct arena *arena;
	char *p; /* never NULL after buf_init */
	size_t n;
	size_t cap;
	size_t max; /* bytes */
	bool overflow;
};

void buf_init(struct buf *b, struct arena *arena, size_t max);
/* A buffer in the size bytes at mem (on a stack): holds at most size - 1 and never allocates. */
void buf_init_fixed(struct buf *b, char *mem, size_t size);
/* Clears the content and the overflow; keeps the memory. */
void buf_clear(struct buf *b);

void buf_add(struct buf *b, struct str s);
void buf_add_c(struct buf *b, const char *cstr);
void buf_add_byte(struct buf *b, unsigned char byte);
void buf_add_i64(struct buf *b, int64_t value);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for n bytes at the end to be written in place, then counted by buf_commit; NULL on overflow.
 */
char *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

/* RC_OK, or RC_LIMITED when an append was dropped. */
enum rc buf_status(const struct buf *b);
/* View of the content, good until the next append. */
struct str buf_str(const struct buf *b);

#endif
