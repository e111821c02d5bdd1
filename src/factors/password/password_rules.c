/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/password_rules.h"

#include "crypto/pwhash.h"
#include "factors/password/blocklist.h"
#include "factors/password/password_guess.h"

#include "base/arena.h"

static const struct {
	unsigned bit;
	const char *word;
} words[PASSWORD_RULES] = {
	{PASSWORD_TOO_SHORT, "too_short"},
	{PASSWORD_TOO_LONG, "too_long"},
	{PASSWORD_NO_LOWER, "no_lower"},
	{PASSWORD_NO_UPPER, "no_upper"},
	{PASSWORD_NO_DIGIT, "no_digit"},
	{PASSWORD_NO_SPECIAL, "no_special"},
	{PASSWORD_HAS_SPACE, "has_space"},
	{PASSWORD_BAD_CHARACTER, "bad_character"},
	{PASSWORD_COMMON, "common"},
	{PASSWORD_PERSONAL, "personal"},
	{PASSWORD_USED_BEFORE, "used_before"},
};

const char *password_rule_word(unsigned bit)
{
	for (size_t i = 0; i < PASSWORD_RULES; i++)
		if (words[i].bit == bit)
			return words[i].word;
	return NULL;
}

bool password_rule_applies(const struct password_rules *rules, unsigned bit)
{
	switch (bit) {
	case PASSWORD_NO_LOWER: return rules->lower;
	case PASSWORD_NO_UPPER: return rules->upper;
	case PASSWORD_NO_DIGIT: return rules->digit;
	case PASSWORD_NO_SPECIAL: return rules->special;
	case PASSWORD_COMMON:
	case PASSWORD_PERSONAL: return rules->common;
	case PASSWORD_USED_BEFORE: return rules->differs > 0;
	default: return password_rule_word(bit) != NULL;
	}
}

struct counts {
	int64_t characters, lower, upper, digit, special, space;
};

static struct counts count_characters(struct str s)
{
	struct counts n = {0};

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		n.characters += (c & 0xc0) != 0x80; /* the first byte of a code point */
		n.lower += c >= 'a' && c <= 'z';
		n.upper += c >= 'A' && c <= 'Z';
		n.digit += c >= '0' && c <= '9';
		n.space += c == ' ';
		n.special += c && strchr(PASSWORD_SPECIALS, c) != NULL;
	}
	return n;
}

static unsigned broken_by(const struct password_rules *rules, struct counts n)
{
	return (n.characters < rules->min ? PASSWORD_TOO_SHORT : 0u) |
	       (n.characters > rules->max ? PASSWORD_TOO_LONG : 0u) |
	       (rules->lower && !n.lower ? PASSWORD_NO_LOWER : 0u) |
	       (rules->upper && !n.upper ? PASSWORD_NO_UPPER : 0u) |
	       (rules->digit && !n.digit ? PASSWORD_NO_DIGIT : 0u) |
	       (rules->special && !n.special ? PASSWORD_NO_SPECIAL : 0u) |
	       (n.space ? PASSWORD_HAS_SPACE : 0u);
}

static unsigned check_guessable(const struct blocklist *blocklist,
	const struct password_context *context, struct str candidate)
{
	struct guess g = guess(blocklist, context, candidate);
	unsigned broken = g.names_account ? PASSWORD_PERSONAL : 0u;

	if (g.bits >= GUESS_BITS_MIN)
		return broken;
	return broken | (g.personal ? PASSWORD_PERSONAL : PASSWORD_COMMON);
}

unsigned password_check(const struct password_rules *rules, const struct blocklist *blocklist,
	const struct password_context *context, struct str candidate)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = NULL;
	struct str normal = STR_NONE;
	unsigned broken;

	if (candidate.n > PASSWORD_MAX)
		return PASSWORD_TOO_LONG;
	if (!candidate.n)
		return broken_by(rules, (struct counts){0});
	a = arena_new(ARENA_CHUNK * 2);
	if (password_normalise(a, candidate, &normal) != RC_OK)
		return broken_by(rules, count_characters(candidate)) | PASSWORD_BAD_CHARACTER;
	broken = broken_by(rules, count_characters(normal));
	if (rules->common)
		broken |= check_guessable(blocklist, context, normal);
	return broken;
}

int password_bits(const struct blocklist *blocklist, const struct password_context *context,
	struct str candidate)
{
	return guess(blocklist, context, str_sub(candidate, 0, PASSWORD_MAX)).bits;
}

int password_strength(int bits)
{
	static const int steps[] = {20, GUESS_BITS_MIN, 40, 55};
	int strength = 0;

	while (strength < 4 && bits >= steps[strength])
		strength++;
	return strength;
}
