/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/binding_message.h"

#include "base/array.h"

#define MARKS_MAX 2 /* on one Thai consonant: a vowel and a tone, or a sign */

struct range {
	uint32_t first, last;
};

static const struct range shown[] = {
	{0x0020, 0x007e},                   /* ASCII */
	{0x00c0, 0x00ff},                   /* Latin letters, × and ÷ */
	{0x0e01, 0x0e3a},                   /* Thai */
	{0x0e3f, 0x0e5b}, {0x2013, 0x2014}, /* – — */
	{0x2018, 0x2019},                   /* quotation marks */
	{0x201c, 0x201d}, {0x2026, 0x2026}, /* … */
};

/* Thai vowels above and below, tones and signs: they stand on the letter before them. */
static const struct range marks[] = {{0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}};

static bool is_in(const struct range *v, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= v[i].first && c <= v[i].last)
			return true;
	return false;
}

/* The character of a well-formed sequence. */
static uint32_t character(struct str s, size_t step)
{
	static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)s.p[0] & lead[step];

	for (size_t i = 1; i < step; i++)
		c = c << 6 | ((unsigned char)s.p[i] & 0x3f);
	return c;
}

bool binding_message_valid(struct str message)
{
	struct str rest = message;
	size_t n = 0, on_letter = MARKS_MAX; /* none may begin it */
	bool blank = true;

	for (; rest.n; n++) {
		size_t step = str_utf8_step(rest);
		uint32_t c = step ? character(rest, step) : 0;

		if (!step || n == BINDING_MESSAGE_MAX || !is_in(shown, ARRAY_LEN(shown), c))
			return false;
		if (!is_in(marks, ARRAY_LEN(marks), c))
			on_letter = c >= 0x0e01 && c <= 0x0e2e ? 0 : MARKS_MAX;
		else if (on_letter++ >= MARKS_MAX)
			return false;
		blank = blank && c == ' ';
		rest = str_sub(rest, step, rest.n);
	}
	return !blank;
}
