/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "http/cookie.h"

/* %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E */
static bool cookie_octet(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool cookie_value_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!cookie_octet((unsigned char)s.p[i]))
			return false;
	}
	return true;
}

enum rc cookie_find(struct str header, struct str name, struct str *ret)
{
	struct str rest = header, pair, value = STR_NONE;
	size_t found = 0;

	if (header.n == 0)
		return RC_NOT_FOUND;
	while (str_cut(&rest, ';', &pair)) {
		size_t equals;

		pair = str_trim(pair);
		equals = str_find(pair, '=');
		if (equals == pair.n || !str_eq(str_sub(pair, 0, equals), name))
			continue;
		value = str_sub(pair, equals + 1, pair.n);
		found++;
	}
	if (found != 1)
		return RC_NOT_FOUND;
	if (!cookie_value_ok(value))
		return RC_INVALID;
	*ret = value;
	return RC_OK;
}
