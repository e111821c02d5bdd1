/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/pwhash.h"

#include "base/buf.h"

#include <utf8proc.h>

/* RFC 8264 4.3, FreeformClass: neither control characters nor code points nobody has assigned. */
static bool allowed(utf8proc_category_t category)
{
	switch (category) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return false;
	default: return true;
	}
}

/* RFC 8265 4.2.2 2: every other space becomes U+0020. False: a code point that is not allowed. */
static bool map_spaces(struct str typed, struct buf *out)
{
	size_t step;

	for (size_t i = 0; i < typed.n; i += step) {
		utf8proc_category_t category;
		utf8proc_int32_t c;

		step = str_utf8_step(str_sub(typed, i, typed.n));
		if (!step)
			return false;
		utf8proc_iterate((const utf8proc_uint8_t *)typed.p + i, (utf8proc_ssize_t)step, &c);
		category = utf8proc_category(c);
		if (!allowed(category))
			return false;
		if (category == UTF8PROC_CATEGORY_ZS)
			buf_add_byte(out, ' ');
		else
			buf_add(out, str_sub(typed, i, step));
	}
	return true;
}

enum rc password_normalise(struct arena *a, struct str typed, struct str *ret)
{
	struct buf mapped;
	utf8proc_uint8_t *normal = NULL;
	utf8proc_ssize_t n;
	struct str copy;

	if (!typed.n || typed.n > PASSWORD_MAX)
		return RC_INVALID;
	buf_init(&mapped, a, PASSWORD_MAX);
	if (!map_spaces(typed, &mapped))
		return RC_INVALID;
	n = utf8proc_map((const utf8proc_uint8_t *)mapped.p, (utf8proc_ssize_t)mapped.n, &normal,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n < 0)
		return RC_INVALID;
	copy = str_dup(a, (struct str){(const char *)normal, (size_t)n});
	explicit_bzero(normal, (size_t)n);
	free(normal);
	if (!copy.n || copy.n > PASSWORD_MAX)
		return RC_INVALID;
	*ret = copy;
	return RC_OK;
}
