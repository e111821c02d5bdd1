/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_PASSWORD_BLOCKLIST_H
#define PRATU_FACTORS_PASSWORD_BLOCKLIST_H

/*
 * Words that passwords are composed of: a built-in list (common_passwords.def) and a configured
 * file. Thai words are stored as the keys they are typed with, so that one entry matches the word
 * in Thai letters and the word typed on a keyboard set to English. Read-only after blocklist_new;
 * any thread.
 */
#include "base/rc.h"
#include "base/str.h"

#define BLOCKLIST_WORD_MIN 4u /* characters */
#define BLOCKLIST_WORD_MAX 24u
#define BLOCKLIST_FILE_MAX (8u * 1024u * 1024u) /* bytes */

struct blocklist;

/* file empty: only the built-in list. RC_INVALID with a static sentence: it cannot be read. */
MUST_USE enum rc blocklist_new(struct str file, struct blocklist **ret, const char **ret_why);
void blocklist_free(struct blocklist *b); /* NULL is fine */
/* word: lower case ASCII. NULL has no words. */
bool blocklist_has(const struct blocklist *b, struct str word);

/* The key in the Latin layout (small letter, digit, mark) that types a character, on a US or a Thai
 * Kedmanee keyboard with or without shift; 0 if there is none. */
char keyboard_key(uint32_t character);
/* Whether it is a run along a row, a column or the alphabet, in either direction. keys: four or
 * more (columns: three). */
bool keyboard_walk(struct str keys);

#endif
