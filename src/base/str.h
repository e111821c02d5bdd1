/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_STR_H
#define PRATU_BASE_STR_H

/*
 * Strings are views: a pointer and a length in bytes. A view owns nothing, may hold any byte
 * (also NUL) and is passed by value. Whoever made it says how long the bytes live: a request
 * arena, a store snapshot, the process.
 *
 * Pure functions; any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct str {
	const char *p; /* may be NULL only when n is 0 */
	size_t n;
};

/* A list of views. The array lives in an arena or is static. */
struct strlist {
	const struct str *v;
	size_t n;
};

/* View of a string literal, also in static initialisers. */
#define STR(lit) ((struct str){.p = "" lit, .n = sizeof(lit) - 1})
#define STR_INIT(lit)                                                                              \
	{                                                                                          \
		.p = "" lit, .n = sizeof(lit) - 1                                                  \
	}
#define STR_NONE ((struct str){.p = "", .n = 0})

/* For printf("%.*s", STR_FMT(s)). */
#define STR_FMT(s) (int)(s).n, (s).p

/* View of a NUL-terminated string; NULL gives the empty view. */
struct str str_c(const char *cstr);

bool str_eq(struct str a, struct str b);
bool str_eq_c(struct str a, const char *b);
/* ASCII case-insensitive, for header names and schemes only. */
bool str_ieq(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Byte order, shorter first on a tie: the order of store keys. */
int str_cmp(struct str a, struct str b);

/* Index of the first byte c, or s.n. */
size_t str_find(struct str s, char c);
/* Part of s from offset (clamped) of at most n bytes. */
struct str str_sub(struct str s, size_t offset, size_t n);
/* Without ASCII spaces and tabs at both ends. */
struct str str_trim(struct str s);

/*
 * Takes the text before the first sep from *rest into *ret_part and moves *rest behind sep.
 * The last part is the whole rest. Returns false when *rest was used up (rest->p is NULL then).
 */
bool str_cut(struct str *rest, char sep, struct str *ret_part);

/* Decimal digits only (no sign, no space, at least one); false when not so or above max. */
bool str_to_u64(struct str s, uint64_t max, uint64_t *ret);

/* Bytes of the well-formed UTF-8 sequence s begins with, 0 when there is none; s is not empty. */
size_t str_utf8_step(struct str s);
/* True when s is well-formed UTF-8 (RFC 3629: no surrogates, no overlong, at most U+10FFFF). */
bool str_is_utf8(struct str s);
/* True when all bytes are 0x20 to 0x7e: VSCHAR of RFC 6749 appendix A. */
bool str_is_vschar(struct str s);
/* True when s holds a byte below 0x20 or 0x7f. */
bool str_has_control(struct str s);

/* Copies; the copy is followed by a NUL that does not count. */
struct str str_dup(struct arena *a, struct str s);
/* The same as a C string; s must hold no NUL (the copy would end there). */
char *str_dup_c(struct arena *a, struct str s);
/* A copy with its ASCII letters in lower case. */
struct str str_lower(struct arena *a, struct str s);

bool strlist_has(struct strlist list, struct str s);
/* Splits at runs of ASCII spaces (as OAuth scope does); at most max parts, false when more. */
bool strlist_split(struct arena *a, struct str s, size_t max, struct strlist *ret);

#include "base/banned.h"

#endif
