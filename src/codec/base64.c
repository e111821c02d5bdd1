/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/base64.h"

#include "base/arena.h"
#include "base/die.h"
#include "base/random.h"

#define RANDOM_MAX 64u /* bytes of one random text */

static const char url_digits[64] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char std_digits[64] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define RANGE_AZ                                                                                   \
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,    \
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,         \
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,        \
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29,        \
	['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,        \
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,        \
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,        \
	['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,        \
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62

/* Digit value plus one; 0 marks a byte outside the alphabet. */
static const uint8_t url_values[256] = {RANGE_AZ, ['-'] = 63, ['_'] = 64};
static const uint8_t std_values[256] = {RANGE_AZ, ['+'] = 63, ['/'] = 64};

static size_t encoded_size(size_t n)
{
	return n / 3 * 4 + (n % 3 ? n % 3 + 1 : 0);
}

/* Writes encoded_size(s.n) digits. */
static void encode(const char digits[64], struct str s, char *out)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	for (; s.n - i >= 3; i += 3) {
		uint32_t group = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];

		*out++ = digits[group >> 18];
		*out++ = digits[group >> 12 & 63];
		*out++ = digits[group >> 6 & 63];
		*out++ = digits[group & 63];
	}
	if (i == s.n)
		return;
	*out++ = digits[p[i] >> 2];
	if (s.n - i == 1) {
		*out = digits[(p[i] & 3) << 4];
		return;
	}
	*out++ = digits[(p[i] & 3) << 4 | p[i + 1] >> 4];
	*out = digits[(p[i + 1] & 15) << 2];
}

/* The last two or three digits; spare bits must be zero (RFC 4648 section 3.5). */
static bool decode_tail(const uint8_t values[256], struct str tail, char *out)
{
	uint32_t group = 0;

	for (size_t i = 0; i < tail.n; i++) {
		unsigned value = values[(unsigned char)tail.p[i]];

		if (!value)
			return false;
		group = group << 6 | (value - 1);
	}
	if (tail.n == 2) {
		out[0] = (char)(group >> 4);
		return (group & 15) == 0;
	}
	out[0] = (char)(group >> 10);
	out[1] = (char)(group >> 2);
	return (group & 3) == 0;
}

static enum rc decode(const uint8_t values[256], struct arena *a, struct str text, struct str *ret)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t whole = text.n / 4, rest = text.n % 4;
	size_t n = whole * 3 + (rest ? rest - 1 : 0);
	char *bytes, *out;

	if (rest == 1)
		return RC_INVALID;
	bytes = out = arena_alloc(a, n + 1);
	for (size_t i = 0; i < whole; i++, p += 4, out += 3) {
		unsigned v0 = values[p[0]], v1 = values[p[1]], v2 = values[p[2]], v3 = values[p[3]];
		uint32_t group = (v0 - 1) << 18 | (v1 - 1) << 12 | (v2 - 1) << 6 | (v3 - 1);

		if (!v0 || !v1 || !v2 || !v3)
			return RC_INVALID;
		out[0] = (char)(group >> 16);
		out[1] = (char)(group >> 8);
		out[2] = (char)group;
	}
	if (rest && !decode_tail(values, str_sub(text, whole * 4, rest), out))
		return RC_INVALID;
	bytes[n] = '\0';
	*ret = (struct str){.p = bytes, .n = n};
	return RC_OK;
}

void base64url_add(struct buf *out, struct str bytes)
{
	size_t n = encoded_size(bytes.n);
	char *room = buf_reserve(out, n);

	if (!room)
		return;
	encode(url_digits, bytes, room);
	buf_commit(out, n);
}

struct str base64url_encode(struct arena *a, struct str bytes)
{
	size_t n = encoded_size(bytes.n);
	char *text = arena_alloc(a, n + 1);

	encode(url_digits, bytes, text);
	text[n] = '\0';
	return (struct str){.p = text, .n = n};
}

enum rc base64url_decode(struct arena *a, struct str text, struct str *ret)
{
	return decode(url_values, a, text, ret);
}

struct str base64_encode(struct arena *a, struct str bytes)
{
	size_t digits = encoded_size(bytes.n);
	size_t n = (digits + 3) / 4 * 4;
	char *text = arena_alloc(a, n + 1);

	encode(std_digits, bytes, text);
	memset(text + digits, '=', n - digits);
	text[n] = '\0';
	return (struct str){.p = text, .n = n};
}

enum rc base64_decode(struct arena *a, struct str text, struct str *ret)
{
	if (text.n % 4)
		return RC_INVALID;
	if (str_ends(text, STR("==")))
		text.n -= 2;
	else if (str_ends(text, STR("=")))
		text.n -= 1;
	return decode(std_values, a, text, ret);
}

struct str random_base64url(struct arena *a, const struct rng *rng, size_t n)
{
	char bytes[RANDOM_MAX];
	struct str text;

	if (n > sizeof(bytes))
		die("random_b64url: more bytes than its maximum");
	rng_fill(rng, bytes, n);
	text = base64url_encode(a, (struct str){.p = bytes, .n = n});
	explicit_bzero(bytes, sizeof(bytes));
	return text;
}
