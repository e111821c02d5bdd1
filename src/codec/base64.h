/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_BASE64_H
#define PRATU_CODEC_BASE64_H

/* base64url without padding (RFC 4648 section 5), and base64 (section 4). */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

void base64url_add(struct buf *out, struct str bytes);
struct str base64url_encode(struct arena *a, struct str bytes);
/* Canonical only: padding, other characters or non-zero spare bits are RC_INVALID. */
MUST_USE enum rc base64url_decode(struct arena *a, struct str text, struct str *ret);
/* Standard base64 with padding (RFC 4648 section 4), for HTTP Basic. */
struct str base64_encode(struct arena *a, struct str bytes);
MUST_USE enum rc base64_decode(struct arena *a, struct str text, struct str *ret);

/* n random bytes as base64url text. */
struct rng;
struct str random_base64url(struct arena *a, const struct rng *rng, size_t n);

#endif
