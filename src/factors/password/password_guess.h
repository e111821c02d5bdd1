/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_PASSWORD_PASSWORD_GUESS_H
#define PRATU_FACTORS_PASSWORD_PASSWORD_GUESS_H

/*
 * Internal to password_rules: the cheapest composition of a password from pieces that guessers try,
 * each with its price in bits. Pure; any thread.
 */
#include "factors/password/blocklist.h"
#include "factors/password/password_rules.h"

#define GUESS_BITS_MIN 28 /* below, the rule "common" refuses; eight random characters have 30 */

struct guess {
	int bits;
	bool personal;      /* a word of the person's is a piece */
	bool names_account; /* the whole username or office code is in it */
};

struct guess guess(const struct blocklist *blocklist, const struct password_context *context,
	struct str password);

#endif
