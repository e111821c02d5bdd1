/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/password_guess.h"

#include "crypto/pwhash.h"

/* Prices, in bits. docs/passwords.md has this table for people. */
#define BITS_WORD     10 /* a listed word, in whatever case, with 4 for a and the like */
#define BITS_PERSONAL 3  /* a word of the person's */
#define BITS_WALK     8  /* a run of keys */
#define BITS_YEAR     7  /* 1900 to 2039, 2440 to 2639 */
#define BITS_AGAIN    2  /* the same piece once more */
#define BITS_DIGIT    3
#define BITS_ASCII    5
#define BITS_OTHER    6

#define PERSONAL_MIN   3u /* letters of a person's word that count */
#define PERSONAL_WORDS 48u

/* The password three times, character by character: in lower case, with look-alikes read as
 * letters, and as keys of the keyboard. */
struct forms {
	size_t n;
	uint32_t raw[PASSWORD_MAX];
	char lower[PASSWORD_MAX], alike[PASSWORD_MAX], keys[PASSWORD_MAX];
};

static uint32_t next_character(struct str s, size_t *at)
{
	size_t step = str_utf8_step(str_sub(s, *at, s.n));
	uint32_t c = (unsigned char)s.p[*at];

	if (step == 2)
		c &= 0x1f;
	else if (step == 3)
		c &= 0x0f;
	else if (step == 4)
		c &= 0x07;
	for (size_t i = 1; i < step; i++)
		c = c << 6 | ((unsigned char)s.p[*at + i] & 0x3f);
	*at += step ? step : 1;
	return c;
}

static char look_alike(char c)
{
	static const char marks[] = "@4013!5$7+", letters[] = "aaoieisstt";
	const char *at = c ? strchr(marks, c) : NULL;

	return at ? letters[at - marks] : c;
}

static void read_forms(struct str password, struct forms *f)
{
	f->n = 0;
	for (size_t at = 0; at < password.n && f->n < PASSWORD_MAX; f->n++) {
		uint32_t c = next_character(password, &at);
		char small = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c < 0x80 ? (char)c : '\0';

		f->raw[f->n] = c;
		f->lower[f->n] = small;
		f->alike[f->n] = look_alike(small);
		f->keys[f->n] = keyboard_key(c);
	}
}

struct personal {
	char bytes[1024]; /* in lower case */
	struct buf text;
	struct str words[PERSONAL_WORDS];
	size_t n;
};

static bool letter_or_digit(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Thai letters as keys, so that they meet both ways of typing. */
static void add_folded(struct buf *out, struct str part)
{
	for (size_t at = 0; at < part.n;) {
		uint32_t c = next_character(part, &at);
		char key = c >= 'A' && c <= 'Z' ? (char)(c + 32)
			   : c < 0x80           ? (char)c
						: keyboard_key(c);

		if (key)
			buf_add_byte(out, (unsigned char)key);
	}
}

static void add_personal(struct personal *p, struct str part)
{
	size_t from = p->text.n;

	if (p->n == PERSONAL_WORDS)
		return;
	add_folded(&p->text, part);
	if (p->text.n - from >= PERSONAL_MIN)
		p->words[p->n++] = (struct str){p->text.p + from, p->text.n - from};
}

/* The text and each part of it between marks. */
static void add_words(struct personal *p, struct str text)
{
	size_t from = 0;

	text = str_sub(text, 0, 128);
	add_personal(p, text);
	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && letter_or_digit((unsigned char)text.p[i]))
			continue;
		if (i > from && (from || i < text.n))
			add_personal(p, str_sub(text, from, i - from));
		from = i + 1;
	}
}

static void read_context(const struct password_context *c, struct personal *p)
{
	p->n = 0;
	buf_init_fixed(&p->text, p->bytes, sizeof(p->bytes));
	add_words(p, c->username);
	add_words(p, c->office);
	add_words(p, c->given_th);
	add_words(p, c->family_th);
	add_words(p, c->given_en);
	add_words(p, c->family_en);
	add_words(p, c->email);
	add_words(p, str_sub(c->mobile, c->mobile.n > 9 ? c->mobile.n - 9 : 0, 9));
	add_words(p, c->office_name_th);
	add_words(p, c->office_name_en);
}

static bool is_personal(const struct personal *p, struct str piece)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->words[i], piece))
			return true;
	return false;
}

static bool is_year(struct str piece)
{
	uint64_t year;

	return piece.n == 4 && str_to_u64(piece, 9999, &year) &&
	       ((year >= 1900 && year < 2040) || (year >= 2440 && year < 2640));
}

static bool repeats(const struct forms *f, size_t from, size_t n)
{
	return from >= n && memcmp(f->raw + from, f->raw + from - n, n * sizeof(f->raw[0])) == 0;
}

struct piece {
	int bits; /* 0: no piece */
	bool personal;
};

static struct piece listed(const struct blocklist *b, const struct forms *f, size_t from, size_t n)
{
	if (n < BLOCKLIST_WORD_MIN || n > BLOCKLIST_WORD_MAX)
		return (struct piece){0, false};
	if (blocklist_has(b, (struct str){f->lower + from, n}) ||
		blocklist_has(b, (struct str){f->alike + from, n}) ||
		blocklist_has(b, (struct str){f->keys + from, n}))
		return (struct piece){BITS_WORD, false};
	return (struct piece){0, false};
}

static struct piece single(const struct forms *f, size_t at)
{
	uint32_t c = f->raw[at];

	if (c >= '0' && c <= '9')
		return (struct piece){BITS_DIGIT, false};
	return (struct piece){c < 0x80 ? BITS_ASCII : BITS_OTHER, false};
}

/* The cheapest reading of one part as one piece. */
static struct piece read_piece(const struct blocklist *b, const struct personal *p,
	const struct forms *f, size_t from, size_t n)
{
	if (repeats(f, from, n) && (n > 1 || (from >= 2 && repeats(f, from - 1, 1))))
		return (struct piece){BITS_AGAIN, false};
	if (is_personal(p, (struct str){f->lower + from, n}) ||
		is_personal(p, (struct str){f->alike + from, n}) ||
		is_personal(p, (struct str){f->keys + from, n}))
		return (struct piece){BITS_PERSONAL, true};
	if (is_year((struct str){f->lower + from, n}))
		return (struct piece){BITS_YEAR, false};
	if (n >= 3 && keyboard_walk((struct str){f->keys + from, n}))
		return (struct piece){BITS_WALK, false};
	return n == 1 ? single(f, from) : listed(b, f, from, n);
}

/* The whole username or office code, read as letters, stands in the password. */
static bool names_account(const struct password_context *c, const struct forms *f)
{
	char bytes[2 * 130];
	struct buf text;
	struct str name, office;

	buf_init_fixed(&text, bytes, sizeof(bytes));
	add_folded(&text, str_sub(c->username, 0, 128));
	name = buf_str(&text);
	add_folded(&text, str_sub(c->office, 0, 128));
	office = str_sub(buf_str(&text), name.n, text.n);
	return (name.n > PERSONAL_MIN && memmem(f->lower, f->n, name.p, name.n)) ||
	       (office.n > PERSONAL_MIN && memmem(f->lower, f->n, office.p, office.n));
}

struct guess guess(const struct blocklist *blocklist, const struct password_context *context,
	struct str password)
{
	struct piece best[PASSWORD_MAX + 1] = {{0, false}}; /* of the first characters, this many */
	struct personal personal;
	struct forms f;

	read_forms(str_sub(password, 0, PASSWORD_MAX), &f);
	read_context(context, &personal);
	for (size_t end = 1; end <= f.n; end++) {
		best[end].bits = INT16_MAX;
		for (size_t n = 1; n <= end; n++) {
			struct piece p = read_piece(blocklist, &personal, &f, end - n, n);
			int bits = best[end - n].bits + p.bits;

			if (!p.bits || bits >= best[end].bits)
				continue;
			best[end] = (struct piece){bits, best[end - n].personal || p.personal};
		}
	}
	return (struct guess){best[f.n].bits, best[f.n].personal, names_account(context, &f)};
}
