/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/str.h"

#include "base/arena.h"

struct str str_c(const char *cstr)
{
	if (!cstr)
		return STR_NONE;
	return (struct str){.p = cstr, .n = strlen(cstr)};
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_c(struct str a, const char *b)
{
	return str_eq(a, str_c(b));
}

static unsigned char lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u + 32) : u;
}

/* lower() of eight bytes at once; those above 0x7f stay. */
static uint64_t lower_eight(const char *p)
{
	const uint64_t each = UINT64_C(0x0101010101010101), high = each << 7;
	uint64_t word, low, over_z, from_a;

	memcpy(&word, p, sizeof(word));
	low = word & ~high;
	over_z = low + each * (0x7f - 'Z');
	from_a = low + each * (0x80 - 'A');
	return word | ((from_a ^ over_z) & ~word & high) >> 2;
}

bool str_ieq(struct str a, struct str b)
{
	size_t i = 0;

	if (a.n != b.n)
		return false;
	for (; a.n - i >= sizeof(uint64_t); i += sizeof(uint64_t))
		if (lower_eight(a.p + i) != lower_eight(b.p + i))
			return false;
	for (; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, suffix.n), suffix);
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

size_t str_find(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

struct str str_sub(struct str s, size_t offset, size_t n)
{
	if (offset >= s.n)
		return STR_NONE;
	if (n > s.n - offset)
		n = s.n - offset;
	return (struct str){.p = s.p + offset, .n = n};
}

struct str str_trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_sub(s, 1, s.n);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool str_cut(struct str *rest, char sep, struct str *ret_part)
{
	size_t at;

	if (!rest->p)
		return false;
	at = str_find(*rest, sep);
	*ret_part = (struct str){.p = rest->p, .n = at};
	if (at == rest->n)
		*rest = (struct str){.p = NULL, .n = 0};
	else
		*rest = (struct str){.p = rest->p + at + 1, .n = rest->n - at - 1};
	return true;
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
			__builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	if (value > max)
		return false;
	*ret = value;
	return true;
}

/* Unicode table 3-7. */
size_t str_utf8_step(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (s.n < len)
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

bool str_is_utf8(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t step = 1;

		if ((unsigned char)s.p[i] >= 0x80)
			step = str_utf8_step((struct str){.p = s.p + i, .n = s.n - i});
		if (!step)
			return false;
		i += step;
	}
	return true;
}

bool str_is_vschar(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

bool str_has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

struct str str_dup(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return (struct str){.p = copy, .n = s.n};
}

char *str_dup_c(struct arena *a, struct str s)
{
	return (char *)(uintptr_t)str_dup(a, s).p;
}

struct str str_lower(struct arena *a, struct str s)
{
	char *lower = arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		lower[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
	lower[s.n] = '\0';
	return (struct str){lower, s.n};
}

bool strlist_has(struct strlist list, struct str s)
{
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.v[i], s))
			return true;
	return false;
}

bool strlist_split(struct arena *a, struct str s, size_t max, struct strlist *ret)
{
	struct str rest = s, part;
	struct str *parts;
	size_t n = 0;

	while (str_cut(&rest, ' ', &part))
		n += part.n > 0;
	if (n > max)
		return false;
	parts = arena_array(a, n, struct str);
	n = 0;
	rest = s;
	while (str_cut(&rest, ' ', &part))
		if (part.n)
			parts[n++] = part;
	*ret = (struct strlist){.v = parts, .n = n};
	return true;
}
