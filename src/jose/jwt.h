/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_JOSE_JWT_H
#define PRATU_JOSE_JWT_H

/*
 * JWT claims (RFC 7519): the checks every use shares, over a payload that jws_verify accepted.
 */
#include "codec/json_value.h"
#include "jose/jws.h"

#define JWT_LEEWAY_MAX 60 /* seconds */

struct jwt_rules {
	struct str issuer;    /* must equal iss byte for byte; empty = not checked */
	struct str audience;  /* must be aud or one of aud; empty = not checked */
	bool single_audience; /* an array of aud is refused unless it has one element */
	int64_t now;          /* seconds */
	int64_t leeway;       /* seconds, at most JWT_LEEWAY_MAX */
	int64_t max_age;      /* seconds since iat; 0 = not checked */
	bool expired_ok;      /* id_token_hint: exp may have passed */
	bool iat_optional;    /* of assertions (RFC 7523 3): checked where it is there */
};

/*
 * Parses the payload as an object and checks iss, aud, exp (required), nbf, iat (required, not in
 * the future). RC_EXPIRED or RC_INVALID with a static sentence. The tree is the caller's to free.
 */
MUST_USE enum rc jwt_check(struct str payload, const struct jwt_rules *rules,
	struct json_value **ret_claims, const char **ret_why);
/* Sentences that a caller may want to distinguish, by address. */
extern const char jwt_wrong_issuer[], jwt_wrong_audience[], jwt_expired[];

/* Left half of SHA-256 of the ASCII token, base64url: at_hash, c_hash (OIDC Core 3.1.3.6). */
struct str jwt_half_hash(struct arena *a, struct str token);

#endif
