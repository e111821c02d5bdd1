/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/blocklist.h"
#include "base/array.h"

/*
 * Rows of keys as the Latin layout names them, then what each types in the Latin layout with shift,
 * in Thai Kedmanee (TIS 820), and in it with shift. Characters other than Thai letters are mapped
 * in the Latin layout only.
 */
static const char latin[] = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./";
static const char shifted[] = "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?";
static const uint16_t thai[] = {0, 0x0e45, 0, 0, 0x0e20, 0x0e16, 0x0e38, 0x0e36, 0x0e04, 0x0e15,
	0x0e08, 0x0e02, 0x0e0a, 0x0e46, 0x0e44, 0x0e33, 0x0e1e, 0x0e30, 0x0e31, 0x0e35, 0x0e23,
	0x0e19, 0x0e22, 0x0e1a, 0x0e25, 0x0e03, 0x0e1f, 0x0e2b, 0x0e01, 0x0e14, 0x0e40, 0x0e49,
	0x0e48, 0x0e32, 0x0e2a, 0x0e27, 0x0e07, 0x0e1c, 0x0e1b, 0x0e41, 0x0e2d, 0x0e34, 0x0e37,
	0x0e17, 0x0e21, 0x0e43, 0x0e1d};
static const uint16_t thai_shifted[] = {0, 0, 0x0e51, 0x0e52, 0x0e53, 0x0e54, 0x0e39, 0x0e3f,
	0x0e55, 0x0e56, 0x0e57, 0x0e58, 0x0e59, 0x0e50, 0, 0x0e0e, 0x0e11, 0x0e18, 0x0e4d, 0x0e4a,
	0x0e13, 0x0e2f, 0x0e0d, 0x0e10, 0, 0x0e05, 0x0e24, 0x0e06, 0x0e0f, 0x0e42, 0x0e0c, 0x0e47,
	0x0e4b, 0x0e29, 0x0e28, 0x0e0b, 0, 0, 0, 0x0e09, 0x0e2e, 0x0e3a, 0x0e4c, 0, 0x0e12, 0x0e2c,
	0x0e26};
#define KEYS (sizeof(latin) - 1)

_Static_assert(sizeof(shifted) - 1 == KEYS, "a key is missing");
_Static_assert(ARRAY_LEN(thai) == KEYS, "a key is missing");
_Static_assert(ARRAY_LEN(thai_shifted) == KEYS, "a key is missing");

char keyboard_key(uint32_t character)
{
	for (size_t i = 0; character && i < KEYS; i++)
		if (character == (unsigned char)latin[i] ||
			character == (unsigned char)shifted[i] || character == thai[i] ||
			character == thai_shifted[i])
			return latin[i];
	return 0;
}

/* Runs from which four following characters are a walk; the last ones are columns, where three do.
 */
static const struct {
	const char *keys;
	size_t least;
} runs[] = {
	{"`1234567890-=", 4},
	{"01234567890", 4},
	{"qwertyuiop[]\\", 4},
	{"asdfghjkl;'", 4},
	{"zxcvbnm,./", 4},
	{"abcdefghijklmnopqrstuvwxyz", 4},
	{"1q2w3e4r5t6y7u8i9o0p", 4},
	{"q1w2e3r4t5y6u7i8o9p0", 4},
	{"1qaz", 3},
	{"2wsx", 3},
	{"3edc", 3},
	{"4rfv", 3},
	{"5tgb", 3},
	{"6yhn", 3},
	{"7ujm", 3},
	{"8ik,", 3},
	{"9ol.", 3},
};

static bool in_run(struct str keys, const char *run, size_t least)
{
	char turned[BLOCKLIST_WORD_MAX];

	if (keys.n < least || keys.n > sizeof(turned))
		return false;
	if (memmem(run, strlen(run), keys.p, keys.n))
		return true;
	for (size_t i = 0; i < keys.n; i++)
		turned[i] = keys.p[keys.n - 1 - i];
	return memmem(run, strlen(run), turned, keys.n) != NULL;
}

bool keyboard_walk(struct str keys)
{
	for (size_t i = 0; i < ARRAY_LEN(runs); i++)
		if (in_run(keys, runs[i].keys, runs[i].least))
			return true;
	return false;
}
