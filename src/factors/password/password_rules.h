/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_PASSWORD_PASSWORD_RULES_H
#define PRATU_FACTORS_PASSWORD_PASSWORD_RULES_H

/*
 * Password rules as data: one set per login policy (docs/passwords.md). Pages show every rule next
 * to the field, and which of them are violated. Pure functions; any thread.
 *
 * Length, blocklist and the reason of a refusal are those of NIST SP 800-63B-4 3.1.1.2. Classes of
 * characters and an age, which it forbids, are the department's rule; each can be switched off.
 */
#include "conf/conf.h"
#include "base/rc.h"
#include "base/str.h"

/* An entry of the configuration's list password.rules. */
struct password_rules {
	struct str name;
	int64_t min, max; /* characters */
	bool lower, upper, digit, special;
	bool common;     /* refuse what is common or made of the person's own words */
	int64_t differs; /* previous passwords not to be reused, with the present one */
	int64_t max_age; /* seconds; 0: never too old */
};

/* By the department's rule a password holds one of these, and no space. */
#define PASSWORD_SPECIALS "~!@#$%^&*()-_=+[]{}|;:,.<>/?\""

/* One bit for each rule; pages have a sentence for each (password_rule_word). */
enum password_rule {
	PASSWORD_TOO_SHORT = 1 << 0,
	PASSWORD_TOO_LONG = 1 << 1,
	PASSWORD_NO_LOWER = 1 << 2,
	PASSWORD_NO_UPPER = 1 << 3,
	PASSWORD_NO_DIGIT = 1 << 4,
	PASSWORD_NO_SPECIAL = 1 << 5,
	PASSWORD_HAS_SPACE = 1 << 6,
	PASSWORD_BAD_CHARACTER = 1 << 7, /* control characters, no UTF-8 */
	PASSWORD_COMMON = 1 << 8,        /* common words, keyboard rows, years, repetitions */
	PASSWORD_PERSONAL = 1 << 9,      /* the username, office or name with little added */
	PASSWORD_USED_BEFORE = 1 << 10,  /* reported by password_change only: it needs the hashes */
};
#define PASSWORD_RULES 11

/* Words a stranger knows of the person. Empty ones are left out. */
struct password_context {
	struct str username, office, office_name_th, office_name_en;
	struct str given_th, family_th, given_en, family_en, email, mobile;
};

struct blocklist;

/* The rules that the candidate breaks, 0 when it is good. blocklist may be NULL. */
unsigned password_check(const struct password_rules *rules, const struct blocklist *blocklist,
	const struct password_context *context, struct str candidate);

/*
 * How many guesses it takes, as a power of two, by taking it apart into listed words, the person's
 * words, keyboard rows, years, repetitions and single characters; docs/passwords.md has the table.
 */
int password_bits(const struct blocklist *blocklist, const struct password_context *context,
	struct str candidate);
/* 0 (very weak) to 4 (strong), from the bits. */
int password_strength(int bits);

/* The rule's word for templates and the log: "too_short"; NULL when bit is none or several. */
const char *password_rule_word(unsigned bit);
/* Whether these rules include the rule. (Pages list them next to the field.) */
bool password_rule_applies(const struct password_rules *rules, unsigned bit);

#endif
