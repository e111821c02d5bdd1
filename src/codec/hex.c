/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/hex.h"

#include "base/arena.h"

struct str hex_encode(struct arena *a, struct str bytes)
{
	static const char digits[16] = "0123456789abcdef";
	char *text = arena_alloc(a, bytes.n * 2 + 1);

	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char byte = (unsigned char)bytes.p[i];

		text[2 * i] = digits[byte >> 4];
		text[2 * i + 1] = digits[byte & 15];
	}
	text[bytes.n * 2] = '\0';
	return (struct str){.p = text, .n = bytes.n * 2};
}

/* Its value, or -1. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum rc hex_decode(struct arena *a, struct str text, struct str *ret)
{
	char *bytes = arena_alloc(a, text.n / 2 + 1);

	if (text.n % 2)
		return RC_INVALID;
	for (size_t i = 0; i < text.n; i += 2) {
		int high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);

		if (high < 0 || low < 0)
			return RC_INVALID;
		bytes[i / 2] = (char)(high << 4 | low);
	}
	bytes[text.n / 2] = '\0';
	*ret = (struct str){.p = bytes, .n = text.n / 2};
	return RC_OK;
}
