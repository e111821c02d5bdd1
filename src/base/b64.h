/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_B64_H
#define PRATU_BASE_B64_H

/* base64url without padding (RFC 4648 section 5), hex, and SHA-256 in the forms the protocols use.
 */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#define SHA256_SIZE 32

void b64url_add(struct buf *out, struct str bytes);
struct str b64url_encode(struct arena *a, struct str bytes);
/* Canonical only: padding, other characters or non-zero spare bits are RC_INVALID. */
MUST_USE enum rc b64url_decode(struct arena *a, struct str text, struct str *ret);
/* Standard base64 with padding (RFC 4648 section 4), for HTTP Basic. */
struct str b64_encode(struct arena *a, struct str bytes);
MUST_USE enum rc b64_decode(struct arena *a, struct str text, struct str *ret);

struct str hex_encode(struct arena *a, struct str bytes);
MUST_USE enum rc hex_decode(struct arena *a, struct str text, struct str *ret);

void sha256(struct str bytes, unsigned char ret[static SHA256_SIZE]);
/* HMAC-SHA-256 of bytes under key. */
void hmac_sha256(struct str key, struct str bytes, unsigned char ret[static SHA256_SIZE]);
/* b64url(sha256(s)): PKCE S256 (RFC 7636 4.2), JWK thumbprints. */
struct str sha256_b64url(struct arena *a, struct str bytes);
/* n random bytes as base64url text. */
struct rng;
struct str random_b64url(struct arena *a, const struct rng *rng, size_t n);

#endif
