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

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum rc hex_decode(struct arena *a, struct str text, struct str *ret)
{
	char *bytes;

	if (text.n % 2)
		return RC_INVALID;
	bytes = arena_alloc(a, text.n / 2 + 1);
	for (size_t i = 0; i < text.n / 2; i++) {
		int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return RC_INVALID;
		bytes[i] = (char)(high << 4 | low);
	}
	bytes[text.n / 2] = '\0';
	*ret = (struct str){.p = bytes, .n = text.n / 2};
	return RC_OK;
}
