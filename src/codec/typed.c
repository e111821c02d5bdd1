/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/typed.h"

#include "base/array.h"
#include "base/arena.h"

#include <utf8proc.h>

/* Zeros of the scripts whose digits are read: ASCII, Arabic-Indic and its Persian form, Devanagari,
 * Thai, Lao, Myanmar, Khmer, full-width. Each is followed by its nine others. */
static const int32_t zeros[] = {
	'0', 0x0660, 0x06f0, 0x0966, 0x0e50, 0x0ed0, 0x1040, 0x17e0, 0xff10};

/* Keys 1 to 9 and 0 of the top row in Kedmanee (TIS 820), as they are and with shift. */
static const int32_t keys[] = {
	0x0e45, '/', '-', 0x0e20, 0x0e16, 0x0e38, 0x0e36, 0x0e04, 0x0e15, 0x0e08};
static const int32_t keys_shifted[] = {
	'+', 0x0e51, 0x0e52, 0x0e53, 0x0e54, 0x0e39, 0x0e3f, 0x0e55, 0x0e56, 0x0e57};

#define KEYS 10

/* Takes the first character of *rest; false: it is not UTF-8, or there is none. */
static bool take_character(struct str *rest, int32_t *ret)
{
	size_t step = rest->n ? str_utf8_step(*rest) : 0;

	if (!step)
		return false;
	utf8proc_iterate((const utf8proc_uint8_t *)rest->p, (utf8proc_ssize_t)step, ret);
	*rest = str_sub(*rest, step, rest->n);
	return true;
}

/* U+2800 and U+FFFC look like nothing as well; the second one is what dictation leaves. */
static bool is_invisible(int32_t c)
{
	const utf8proc_property_t *property = utf8proc_get_property(c);

	return property->ignorable || property->category == UTF8PROC_CATEGORY_CF || c == 0x2800 ||
	       c == 0xfffc;
}

static bool is_blank(int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return true;
	case UTF8PROC_CATEGORY_CC: return c != 0;
	default: return is_invisible(c);
	}
}

/* Dashes, hyphens and minus signs; also the long-vowel sign of a Japanese keyboard. */
static bool is_dash(int32_t c)
{
	return utf8proc_category(c) == UTF8PROC_CATEGORY_PD || c == 0x2212 || c == 0x02d7 ||
	       c == 0x30fc;
}

/* Its value, or -1. */
static int digit_of(int32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return (int)(c - zeros[i]);
	return -1;
}

/* The digit on the key, or -1. */
static int key_of(const int32_t row[static KEYS], int32_t c)
{
	for (int i = 0; i < KEYS; i++)
		if (c == row[i])
			return (i + 1) % KEYS;
	return -1;
}

struct str typed_trim(struct str s)
{
	struct str rest = s;
	int32_t c;

	while (take_character(&rest, &c) && is_blank(c))
		s = rest;
	while (s.n) {
		size_t at = s.n - 1;

		while (at && ((unsigned char)s.p[at] & 0xc0u) == 0x80u)
			at--;
		rest = str_sub(s, at, s.n);
		if (!take_character(&rest, &c) || rest.n || !is_blank(c))
			break;
		s.n = at;
	}
	return s;
}

/* --- codes --- */

/* What is in a typed code: decides how it is read. */
struct code_reading {
	bool digits;  /* of any script */
	bool keys;    /* of the Thai row that are nothing else */
	bool shifted; /* the same with shift */
};

static bool look_at_code(struct str typed, struct code_reading *ret)
{
	int32_t c;

	*ret = (struct code_reading){.digits = false};
	while (take_character(&typed, &c)) {
		if (digit_of(c) >= 0)
			ret->digits = true;
		else if (key_of(keys_shifted, c) >= 0)
			ret->shifted = true;
		else if (c != '-' && c != '/' && key_of(keys, c) >= 0)
			ret->keys = true;
	}
	return typed.n == 0;
}

/* The digit that is meant; -1: none, and nothing to mind; -2: this is no code. */
static int digit_meant(const struct code_reading *reading, int32_t c)
{
	int digit = reading->shifted ? key_of(keys_shifted, c) : -1;

	if (digit >= 0)
		return digit;
	/* The rest of the row with shift: keys that have no digit. */
	if (reading->shifted && (c == 0x0e58 || c == 0x0e59))
		return -2;
	digit = digit_of(c);
	if (digit >= 0)
		return digit;
	if (c == '-' && !reading->keys && (reading->digits || reading->shifted))
		return -1;
	digit = key_of(keys, c);
	if (digit >= 0)
		return digit;
	return is_blank(c) || is_dash(c) ? -1 : -2;
}

enum rc typed_code(struct arena *a, struct str typed, size_t n, struct str *ret)
{
	struct code_reading reading;
	char *digits = arena_alloc(a, n + 1);
	size_t found = 0;
	int32_t c;

	if (typed.n > TYPED_MAX || !look_at_code(typed, &reading))
		return RC_INVALID;
	while (take_character(&typed, &c)) {
		int digit = digit_meant(&reading, c);

		if (digit == -2 || (digit >= 0 && found == n))
			return RC_INVALID;
		if (digit >= 0)
			digits[found++] = (char)('0' + digit);
	}
	if (found != n)
		return RC_INVALID;
	digits[n] = '\0';
	*ret = (struct str){digits, n};
	return RC_OK;
}

/* --- usernames and numbers --- */

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

struct str typed_narrow(struct arena *a, struct str typed)
{
	struct str s = typed_trim(typed), copy;
	utf8proc_uint8_t *normal = NULL;
	utf8proc_ssize_t n;

	if (is_ascii(s) || s.n > TYPED_MAX || !str_is_utf8(s))
		return s;
	n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &normal,
		UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_IGNORE);
	if (n < 0)
		return s;
	copy = str_dup(a, (struct str){(const char *)normal, (size_t)n});
	free(normal);
	return typed_trim(copy);
}

struct str typed_username(struct arena *a, struct str typed)
{
	struct str s = typed_narrow(a, typed);
	struct buf out;

	/* Over the maximum the forms stay as they are, and so do the digits: a text that became
	 * shorter by them would be read once more, and otherwise. */
	if (s.n > TYPED_MAX || !typed_has_other_digits(s))
		return s;
	buf_init(&out, a, s.n);
	typed_add_ascii_digits(&out, s);
	return buf_str(&out);
}

enum rc typed_number(struct arena *a, struct str typed, struct str *ret)
{
	char *out = arena_alloc(a, typed.n + 1);
	size_t n = 0;
	int32_t c;

	if (typed.n > TYPED_MAX)
		return RC_INVALID;
	while (take_character(&typed, &c)) {
		int digit = digit_of(c);

		if (digit >= 0)
			out[n++] = (char)('0' + digit);
		else if (c == '+' || c == 0xff0b)
			out[n++] = '+';
		else if (!is_blank(c) && !is_dash(c) && c != '.' && c != '(' && c != ')' &&
			 c != 0xff08 && c != 0xff09)
			return RC_INVALID;
	}
	if (typed.n)
		return RC_INVALID;
	out[n] = '\0';
	*ret = (struct str){out, n};
	return RC_OK;
}

bool typed_has_other_digits(struct str s)
{
	int32_t c;

	while (take_character(&s, &c))
		if (c > 0x7e && digit_of(c) >= 0)
			return true;
	return false;
}

void typed_add_ascii_digits(struct buf *out, struct str s)
{
	struct str rest = s;
	int32_t c;

	for (; take_character(&rest, &c); s = rest) {
		int digit = digit_of(c);

		if (digit >= 0)
			buf_add_byte(out, (unsigned char)('0' + digit));
		else
			buf_add(out, str_sub(s, 0, s.n - rest.n));
	}
	buf_add(out, rest);
}

const char *typed_library_version(void)
{
	return utf8proc_version();
}
