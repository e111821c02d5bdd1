/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_JOSE_JWS_H
#define PRATU_JOSE_JWS_H

/*
 * Compact JWS (RFC 7515) behind a front door of our own; cjose sees a token only after size, part
 * count, header members, algorithm, key and signature length have been found right (RFC 8725).
 *
 * Refused: "none" and all HMAC algorithms (but HS256 where jws_verify_secret is called); crit, b64,
 * zip, jku, x5u, jwk, x5c headers; a header member twice; alg not allowed for this use or not the
 * key's own; a kid not in the set; a token without kid when the set has more than one key of its
 * alg; padding or non-canonical base64url. Pure; any thread.
 */
#include "jose/jwk.h"

#define JWS_MAX        16384u /* bytes of a compact JWS */
#define JWS_HEADER_MAX 2048u

/* What one use of tokens accepts (RFC 8725 3.11, 3.12: one kind never passes for another). */
struct jws_use {
	unsigned algs;   /* JOSE_BIT(..) */
	const char *typ; /* expected "typ", compared without case and with "application/" dropped;
			    NULL = "JWT" or absent */
	size_t max;      /* bytes; 0 = JWS_MAX */
	bool secret;     /* HS256 alone, in place of algs: jws_verify_secret */
};

struct jws_header {
	enum jose_alg alg;
	struct str kid; /* empty when absent */
	struct str typ; /* as sent */
};

/* Reads and checks the header only: to choose where keys come from. RC_INVALID, RC_LIMITED. */
MUST_USE enum rc jws_peek(struct arena *a, struct str token, const struct jws_use *use,
	struct jws_header *ret, const char **ret_why);
/*
 * Verifies; *ret_payload is copied to the arena. RC_NOT_FOUND: no key of this kid in the set (the
 * caller may fetch keys again once); RC_DENIED: the signature is wrong; RC_INVALID, RC_LIMITED:
 * the front door. *ret_why: a static sentence.
 */
MUST_USE enum rc jws_verify(struct arena *a, struct str token, const struct jws_use *use,
	const struct jwk_set *keys, struct str *ret_payload, const char **ret_why);
/* The payload before anything is verified: to find out whose keys are to verify it, and for nothing
 * else. RC_INVALID, RC_LIMITED. */
MUST_USE enum rc jws_peek_payload(struct arena *a, struct str token, size_t max,
	struct str *ret_payload, const char **ret_why);
/*
 * As jws_verify, by a shared secret (HS256, RFC 7518 3.2): use->secret is set. A secret shorter
 * than JWS_SECRET_MIN is refused, and no key of a set is ever taken for one. secrets: those in
 * force, at most two where one follows another.
 */
#define JWS_SECRET_MIN 32u /* bytes: as long as the hash */
MUST_USE enum rc jws_verify_secret(struct arena *a, struct str token, const struct jws_use *use,
	struct strlist secrets, struct str *ret_payload, const char **ret_why);
/* Signs payload; header: alg, kid, typ (left out when NULL). RC_INVALID: no private key. */
MUST_USE enum rc jws_sign(struct arena *a, const struct jwk *key, const char *typ,
	struct str payload, struct str *ret_token);

/* The version of cjose that runs. */
const char *jws_library_version(void);
/* From now on it waits for memory (base/die.h). Before its first use. */
void jose_library_patient(void);

#endif
