/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_HEX_H
#define PRATU_CODEC_HEX_H

/* Hexadecimal text (RFC 4648 section 8), lower case. */
#include "base/rc.h"
#include "base/str.h"

struct arena;

struct str hex_encode(struct arena *a, struct str bytes);

#endif
