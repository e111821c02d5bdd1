/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_FORM_H
#define PRATU_CODEC_FORM_H

/*
 * application/x-www-form-urlencoded, strictly, for queries and bodies (WHATWG URL 5; RFC 6749
 * appendix B; RFC 6749 section 3.1: no parameter twice, one without a value counts as absent).
 */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#define FORM_MAX_PAIRS 100
#define FORM_MAX_BYTES 65536u

struct form_pair {
	struct str name;
	struct str value;
};

struct form {
	const struct form_pair *v;
	size_t n;
};

/*
 * Parses encoded text into the arena. RC_INVALID (bad percent escape, NUL, ill-formed UTF-8, a
 * name twice, a pair without a name) or RC_LIMITED (over FORM_MAX_...), *ret_why then names the
 * fault for the client in a static sentence.
 * repeatable: names that may stand more than once (RFC 8707 "resource"), or an empty list.
 */
MUST_USE enum rc form_parse(struct arena *a, struct str encoded, struct strlist repeatable,
	struct form *ret, const char **ret_why);

/* The same, but every name may stand more than once: the reader looks at form_count. */
MUST_USE enum rc form_parse_repeats(
	struct arena *a, struct str encoded, struct form *ret, const char **ret_why);
/* How often a name stands. */
size_t form_count(const struct form *form, const char *name);

/* The first value that is not empty, or STR_NONE. */
struct str form_get(const struct form *form, const char *name);

/* Appends "name=value" with percent escapes, and '&' before it unless out is empty or ends in '?'.
 */
void form_add(struct buf *out, struct str name, struct str value);
/* Percent-encodes all but unreserved characters (RFC 3986 section 2.3). */
void percent_encode(struct buf *out, struct str s);
/* Decodes percent escapes ('+' stays). RC_INVALID on a bad escape or NUL. */
MUST_USE enum rc percent_decode(struct arena *a, struct str s, struct str *ret);

#endif
