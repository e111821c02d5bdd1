/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/plain_text.h"

#include <utf8proc.h>

static bool is_mark(int category)
{
	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

static bool is_right_to_left(const utf8proc_property_t *property)
{
	switch (property->bidi_class) {
	case UTF8PROC_BIDI_CLASS_R:
	case UTF8PROC_BIDI_CLASS_AL:
	case UTF8PROC_BIDI_CLASS_AN: return true;
	default: return false;
	}
}

/* Is it seen, where it stands, as one thing? */
static bool is_plain(int32_t c, const utf8proc_property_t *property)
{
	switch (property->category) {
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return false;
	case UTF8PROC_CATEGORY_ZS: return c == ' ' || c == 0xa0;
	default: break;
	}
	/* U+2800 and U+FFFC look like nothing as well. */
	return !property->ignorable && c != 0x2800 && c != 0xfffc && !is_right_to_left(property);
}

bool plain_text_valid(struct str s, size_t max)
{
	size_t characters = 0, marks = 0, seen = 0;

	while (s.n) {
		const utf8proc_property_t *property;
		size_t step = str_utf8_step(s);
		int32_t c;

		if (!step || ++characters > max)
			return false;
		utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)step, &c);
		s = str_sub(s, step, s.n);
		property = utf8proc_get_property(c);
		if (!is_plain(c, property))
			return false;
		marks = is_mark(property->category) ? marks + 1 : 0;
		if (marks > PLAIN_MARKS_MAX || (marks && characters == marks))
			return false;
		seen += property->category != UTF8PROC_CATEGORY_ZS;
	}
	return seen > 0;
}
