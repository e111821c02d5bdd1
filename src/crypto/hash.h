/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_HASH_H
#define PRATU_CRYPTO_HASH_H

/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). Any thread; they cannot fail. */
#include "base/str.h"

#define SHA256_SIZE 32 /* bytes */

struct arena;

void sha256(struct str bytes, unsigned char ret[static SHA256_SIZE]);
/* HMAC-SHA-256 of bytes under key. */
void hmac_sha256(struct str key, struct str bytes, unsigned char ret[static SHA256_SIZE]);
/* base64url(sha256(bytes)): PKCE S256 (RFC 7636 4.2), JWK thumbprints (RFC 7638). */
struct str sha256_base64url(struct arena *a, struct str bytes);

/* The version of OpenSSL that runs. */
const char *hash_library_version(void);
/* From now on it waits for memory (base/die.h). Before its first use. */
void crypto_library_patient(void);

#endif
