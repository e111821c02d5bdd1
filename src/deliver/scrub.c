/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is kept and logged of the words of a mail server or provider. */
#include "deliver/outbox_priv.h"

#define ERROR_MAX 300u

struct str outbox_printable(struct arena *a, struct str error)
{
	struct buf out;

	buf_init(&out, a, ERROR_MAX);
	for (size_t i = 0; i < error.n && out.n < ERROR_MAX - 1; i++) {
		unsigned char c = (unsigned char)error.p[i];

		buf_add_byte(&out, c < 0x20 || c > 0x7e ? '?' : c);
	}
	return buf_str(&out);
}

/* Digits with signs between them that could be a telephone number or a code. */
static size_t number_at(struct str s, size_t at, size_t *ret_digits)
{
	size_t n = 0;

	*ret_digits = 0;
	while (at + n < s.n && strchr("0123456789+-", s.p[at + n])) {
		*ret_digits += s.p[at + n] >= '0' && s.p[at + n] <= '9';
		n++;
	}
	return n;
}

#define DIGITS_SHOWN 4 /* of a reply code */

static void add_scrubbed(struct buf *out, struct str word)
{
	for (size_t i = 0; i < word.n;) {
		size_t digits, n = number_at(word, i, &digits);

		if (digits > DIGITS_SHOWN)
			buf_add_byte(out, '#');
		else
			buf_add(out, str_sub(word, i, n ? n : 1));
		i += n ? n : 1;
	}
}

/* What a provider says of a failure may repeat where to and what was sent: neither is kept. */
struct str outbox_scrubbed(struct arena *a, struct str error)
{
	struct str rest = outbox_printable(a, error), word;
	struct buf out;

	buf_init(&out, a, ERROR_MAX);
	while (str_cut(&rest, ' ', &word)) {
		if (out.n)
			buf_add_byte(&out, ' ');
		if (str_find(word, '@') < word.n)
			buf_add_byte(&out, '#');
		else
			add_scrubbed(&out, word);
	}
	return buf_str(&out);
}
