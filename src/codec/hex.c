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
