/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_LOGOUT_TOKEN_H
#define PRATU_IDP_LOGOUT_LOGOUT_TOKEN_H

/*
 * Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4): a JWT of type logout+jwt, signed as
 * the client's ID tokens are; iss, aud, iat, exp, jti, events, sub and sid; no nonce. Each attempt
 * has a token of its own, with a jti of its own.
 *
 * Any thread.
 */
#include "core/tx.h"
#include "jose/keyring.h"

#define LOGOUT_TOKEN_TYPE     "logout+jwt"
#define LOGOUT_TOKEN_LIFETIME 120 /* seconds (2.4: "preferably at most two minutes") */
#define LOGOUT_EVENT          "http://schemas.openid.net/event/backchannel-logout"

struct logout_token {
	struct str issuer, client, person, sid;
	enum jose_alg alg;
	int64_t now;
};

/* RC_NOT_FOUND: no signing key of this algorithm. */
MUST_USE enum rc logout_token_make(
	const struct app *app, struct arena *a, const struct logout_token *t, struct str *ret);

#endif
