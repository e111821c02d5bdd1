/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_TYPED_H
#define PRATU_CODEC_TYPED_H

/*
 * What people type and paste, as what they meant: codes, usernames, numbers. Pages, the API,
 * commands and CSV files read a typed value by the function here and by no other one, so that a
 * value that one of them accepts is accepted by all. Email addresses: codec/email.h; mobile and
 * citizen numbers: codec/thai.h.
 *
 * Digits of other scripts (๑, full-width 1) are digits. White space is whatever Unicode calls so;
 * characters that nobody can see (zero-width, direction marks, byte order marks) mean nothing.
 * Pure functions; any thread. Results are views or in the arena.
 */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#define TYPED_MAX 512u /* bytes of a code, a number or a username as typed; more is refused */

/* Without white space, control and invisible characters at both ends: a view. A NUL byte and what
 * is not UTF-8 end the trimming. */
struct str typed_trim(struct str s);

/*
 * A code of n digits. White space, invisible characters and dashes anywhere mean nothing. The top
 * row of a keyboard in Thai (Kedmanee, TIS 820) is read as its keys: ๅ / - ภ ถ ุ ึ ค ต จ for 1 to 0,
 * and with shift or Caps Lock + ๑ ๒ ๓ ๔ ู ฿ ๕ ๖ ๗. Every text has one reading only, so that a typed
 * code is one guess:
 *
 *   - with one of "+ ู ฿" it was typed with shift: Thai digits are the keys that they stand on;
 *     otherwise Thai digits are themselves
 *   - "-" is the key 3 beside keys of the row, or where there is no digit at all; otherwise a dash
 *
 * RC_INVALID: not exactly n digits. Nothing but digits can be a code, so no attempt was made.
 */
MUST_USE enum rc typed_code(struct arena *a, struct str typed, size_t n, struct str *ret);

/* A username as it may be looked for and counted: no white space or invisible character at the
 * ends, none of the latter inside, full-width letters and digits narrow (NFKC). The case is as
 * typed. Over TYPED_MAX only trimmed. Whether it can be a username is username_valid's to say. */
struct str typed_username(struct arena *a, struct str typed);

/* The digits of a number, and "+", without what people write between them: white space, dashes,
 * dots, parentheses. RC_INVALID: something else is there, too. */
MUST_USE enum rc typed_number(struct arena *a, struct str typed, struct str *ret);

/* With its full-width and other compatibility forms replaced (NFKC), without invisible characters;
 * trimmed. Only trimmed where it is not UTF-8 or over TYPED_MAX. */
struct str typed_narrow(struct arena *a, struct str typed);

/* Does it hold a digit of another script than ASCII? */
bool typed_has_other_digits(struct str s);
/* Appends the text with ASCII digits in their place. */
void typed_add_ascii_digits(struct buf *out, struct str s);

/* The version of utf8proc that runs. */
const char *typed_library_version(void);

#endif
