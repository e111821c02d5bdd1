/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_PLAIN_TEXT_H
#define PRATU_CODEC_PLAIN_TEXT_H

/*
 * Text of others that a person reads before agreeing to something: it must show what it says.
 * Pure functions; any thread.
 */
#include "base/str.h"

#define PLAIN_MARKS_MAX 3 /* marks in a row on one letter; Thai needs two */

/*
 * True when s is one line of at most max characters (Unicode code points), has something to see,
 * and holds only what is seen where it stands: no control, no line or paragraph separator, nothing
 * invisible (zero width, direction marks, variation selectors, soft hyphen), nothing written from
 * right to left (it moves the numbers beside it), no private or unassigned character, no letter
 * buried under marks. Ill-formed UTF-8 is false.
 */
bool plain_text_valid(struct str s, size_t max);

#endif
