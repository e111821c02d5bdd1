/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_THAI_H
#define PRATU_CODEC_THAI_H

/*
 * Numbers as Thailand writes them: citizen numbers, mobile numbers; and how personal contact data
 * is masked on a page. Dates: web/i18n.h. Results are in the arena. Pure functions; any thread.
 */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#define CITIZEN_NUMBER_DIGITS 13

/*
 * Thirteen ASCII digits of which the last is right: with d1..d13,
 * d13 = (11 - (sum of d_i * (14 - i) for i = 1..12) mod 11) mod 10. No spaces, no hyphens.
 */
bool thai_citizen_number_ok(struct str digits);
/* The thirteen digits of a number as people type it: Thai digits, spaces, hyphens
 * ("1-9999-00001-01-0"; codec/typed.h). RC_INVALID: not thirteen, or a wrong check digit. */
MUST_USE enum rc thai_citizen_number_normalise(struct arena *a, struct str typed, struct str *ret);
/* "X-XXXX-XXXX5-67-8"; "X" for what has not thirteen characters. */
struct str thai_citizen_number_mask(struct arena *a, struct str digits);

/*
 * A mobile number as people type it (08, 06, 09 and eight digits; also +66, 66 and 0066 before or
 * instead of the 0, or no 0 at all; Thai digits; spaces, hyphens, dots, parentheses anywhere) as
 * "+66812345678". RC_INVALID: not a Thai mobile number.
 */
MUST_USE enum rc thai_mobile_normalise(struct arena *a, struct str typed, struct str *ret);
/* "0812345678" out of the normalised form. */
struct str thai_mobile_national(struct arena *a, struct str normalised);
/* "08X-XXX-5678" out of the normalised form; "X" for anything else. */
struct str thai_mobile_mask(struct arena *a, struct str normalised);

/* "so***@dla.go.th": two letters at most and the domain; the length is hidden. */
struct str thai_email_mask(struct arena *a, struct str address);

#endif
