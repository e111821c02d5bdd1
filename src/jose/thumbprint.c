/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * RFC 7638 thumbprints by liboauth2. Its function exports the public part alone, writes the
 * required members in lexicographic order and hashes them; it needs no oauth2_init, and without a
 * log context it logs nothing.
 */
#include <oauth2/version.h>
#include <oauth2/jose.h>
#include <oauth2/mem.h>

#include "jose/internal.h"

#include "codec/base64.h"
#include "base/arena.h"
#include "crypto/hash.h"

struct str jwk_thumbprint(const struct jwk *k, struct arena *a)
{
	unsigned char *hash = NULL;
	unsigned int n = 0;
	struct str text;

	/* The key was imported by cjose before: what is left to fail is memory. */
	if (!oauth2_jose_jwk_thumbprint(NULL, k->cjose, &hash, &n) || n != SHA256_SIZE) {
		arena_fail(a, "a key has no thumbprint");
		return STR_NONE;
	}
	text = base64url_encode(a, (struct str){.p = (const char *)hash, .n = n});
	oauth2_mem_free(hash);
	return text;
}

const char *thumbprint_library_version(void)
{
	/* "liboauth2-1.4.5.4" */
	return oauth2_package_string() + strlen("liboauth2-");
}
