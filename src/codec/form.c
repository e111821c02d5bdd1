/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/form.h"

#include "base/arena.h"

/* Value of a hexadecimal digit plus one; 0 for any other byte. */
static const uint8_t hex_values[256] = {['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16};

/* RFC 3986 section 2.3. */
static bool unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

/*
 * Decodes s to out, which has room for s.n bytes, and moves *out behind the result. plus is what
 * '+' stands for. False on a bad escape or NUL.
 */
static bool decode(struct str s, char plus, char **out, struct str *ret)
{
	char *start = *out, *p = start;

	for (size_t i = 0; i < s.n; i++) {
		unsigned high, low;

		if (s.p[i] == '\0')
			return false;
		if (s.p[i] != '%') {
			*p++ = s.p[i] == '+' ? plus : s.p[i];
			continue;
		}
		if (s.n - i < 3)
			return false;
		high = hex_values[(unsigned char)s.p[i + 1]];
		low = hex_values[(unsigned char)s.p[i + 2]];
		if (!high || !low || high + low == 2)
			return false;
		*p++ = (char)((high - 1) << 4 | (low - 1));
		i += 2;
	}
	*out = p;
	*ret = (struct str){.p = start, .n = (size_t)(p - start)};
	return true;
}

static enum rc form_refuse(enum rc rc, const char *why, const char **ret_why)
{
	*ret_why = why;
	return rc;
}

static bool stands_already(const struct form_pair *pairs, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(pairs[i].name, name))
			return true;
	return false;
}

static enum rc parse_pair(struct str part, char **out, struct form_pair *ret, const char **ret_why)
{
	size_t at = str_find(part, '=');
	struct str name = str_sub(part, 0, at), value = str_sub(part, at + 1, part.n);

	if (!decode(name, ' ', out, &ret->name) || !decode(value, ' ', out, &ret->value))
		return form_refuse(
			RC_INVALID, "a parameter holds a bad percent escape or a NUL", ret_why);
	if (ret->name.n == 0)
		return form_refuse(RC_INVALID, "a parameter has no name", ret_why);
	if (!str_is_utf8(ret->name) || !str_is_utf8(ret->value))
		return form_refuse(RC_INVALID, "a parameter is not UTF-8 text", ret_why);
	return RC_OK;
}

static size_t count_parts(struct str encoded)
{
	struct str rest = encoded, part;
	size_t n = 0;

	while (str_cut(&rest, '&', &part))
		n += part.n > 0;
	return n;
}

/* repeatable NULL: every name may stand more than once. */
static enum rc parse(struct arena *a, struct str encoded, const struct strlist *repeatable,
	struct form *ret, const char **ret_why)
{
	struct str rest = encoded, part;
	struct form_pair *pairs;
	size_t n = 0, parts;
	char *out;

	if (encoded.n > FORM_MAX_BYTES)
		return form_refuse(RC_LIMITED, "the parameters are too long", ret_why);
	parts = count_parts(encoded);
	if (parts > FORM_MAX_PAIRS)
		return form_refuse(RC_LIMITED, "there are too many parameters", ret_why);
	pairs = arena_array(a, parts, struct form_pair);
	out = arena_alloc(a, encoded.n);
	while (str_cut(&rest, '&', &part)) {
		enum rc rc;

		/* "a=1&&b=2", "a=1&": WHATWG URL 5.1 skips the empty sequence. */
		if (part.n == 0)
			continue;
		rc = parse_pair(part, &out, &pairs[n], ret_why);
		if (rc != RC_OK)
			return rc;
		/* RFC 6749 section 3.1; RFC 8707 section 2 repeats "resource". */
		if (repeatable && stands_already(pairs, n, pairs[n].name) &&
			!strlist_has(*repeatable, pairs[n].name))
			return form_refuse(
				RC_INVALID, "a parameter stands more than once", ret_why);
		n++;
	}
	*ret = (struct form){.v = pairs, .n = n};
	return RC_OK;
}

enum rc form_parse(struct arena *a, struct str encoded, struct strlist repeatable, struct form *ret,
	const char **ret_why)
{
	return parse(a, encoded, &repeatable, ret, ret_why);
}

enum rc form_parse_repeats(
	struct arena *a, struct str encoded, struct form *ret, const char **ret_why)
{
	return parse(a, encoded, NULL, ret, ret_why);
}

size_t form_count(const struct form *form, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < form->n; i++)
		n += str_eq_c(form->v[i].name, name);
	return n;
}

struct str form_get(const struct form *form, const char *name)
{
	struct str wanted = str_c(name);

	for (size_t i = 0; i < form->n; i++)
		if (form->v[i].value.n && str_eq(form->v[i].name, wanted))
			return form->v[i].value;
	return STR_NONE;
}

void percent_encode(struct buf *out, struct str s)
{
	static const char digits[16] = "0123456789ABCDEF";
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char byte = (unsigned char)s.p[i];
		char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};

		if (unreserved(byte))
			continue;
		buf_add(out, str_sub(s, from, i - from));
		buf_add(out, (struct str){.p = escape, .n = sizeof(escape)});
		from = i + 1;
	}
	buf_add(out, str_sub(s, from, s.n));
}

void form_add(struct buf *out, struct str name, struct str value)
{
	if (out->n && out->p[out->n - 1] != '?')
		buf_add_byte(out, '&');
	percent_encode(out, name);
	buf_add_byte(out, '=');
	percent_encode(out, value);
}

enum rc percent_decode(struct arena *a, struct str s, struct str *ret)
{
	char *out = arena_alloc(a, s.n);

	return decode(s, '+', &out, ret) ? RC_OK : RC_INVALID;
}
