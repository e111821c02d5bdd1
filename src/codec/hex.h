/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_HEX_H
#define PRATU_CODEC_HEX_H

/* Hexadecimal text (RFC 4648 section 8). Results are in the arena. Pure functions; any thread. */
#include "base/rc.h"
#include "base/str.h"

struct arena;

/* In lower case. */
struct str hex_encode(struct arena *a, struct str bytes);
/* In either case. RC_INVALID: another character, or half a byte. */
MUST_USE enum rc hex_decode(struct arena *a, struct str text, struct str *ret);

#endif
