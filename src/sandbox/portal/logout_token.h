/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_PORTAL_LOGOUT_TOKEN_H
#define PRATU_SANDBOX_PORTAL_LOGOUT_TOKEN_H

/*
 * What a portal checks of a logout token besides its signature (OpenID Connect Back-Channel Logout
 * 1.0, 2.6): iss, aud, iat, exp; the event; sid or sub; no nonce.
 *
 * Pure; any thread.
 */
#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct logout_token_claims {
	struct str sid, sub; /* one may be empty */
	struct str jti;
};

/* RC_DENIED with a static sentence. Texts in the arena. */
MUST_USE enum rc logout_token_read(struct arena *a, struct str claims, struct str issuer,
	struct str client_id, int64_t now, struct logout_token_claims *ret, const char **ret_why);

#endif
