/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_JOSE_KEYRING_H
#define PRATU_JOSE_KEYRING_H

/*
 * The signing keys in force. A key's life: PENDING (published in the JWKS, so that every portal's
 * cache has it before it signs) -> ACTIVE (signs; one an algorithm) -> RETIRED (published until the
 * last token it signed has expired) -> gone.
 *
 * The ring is an immutable set, replaced as a whole (keyring_replace) and reference counted;
 * readers never wait. No key object leaves: callers name an algorithm and get a signature, so the
 * keys can move to another process or a PKCS#11 token without touching them. Where keys are kept
 * (sealed, in the store) is model/key.h's business.
 */
#include "jose/jws.h"

enum key_state { KEY_PENDING, KEY_ACTIVE, KEY_RETIRED, KEY_STATE_MAX };

const char *key_state_name(enum key_state state);

struct keyring_key {
	struct jwk *jwk; /* private */
	enum key_state state;
	int64_t created;       /* seconds */
	int64_t active_from;   /* PENDING: becomes active then */
	int64_t publish_until; /* RETIRED: leaves the JWKS then */
};

struct keyring;

struct keyring *keyring_new(void);
void keyring_free(struct keyring *r);
/* RC_INVALID: two active keys of one algorithm, or a public key; the old set stays. */
MUST_USE enum rc keyring_replace(struct keyring *r, const struct keyring_key *keys, size_t n);
/* Signs with the active key of alg. RC_NOT_FOUND: none. */
MUST_USE enum rc keyring_sign(struct keyring *r, enum jose_alg alg, struct arena *a,
	const char *typ, struct str payload, struct str *ret_token);
/* Verifies a token this provider signed (id_token_hint, JWT access token). As jws_verify. */
MUST_USE enum rc keyring_verify(struct keyring *r, struct arena *a, struct str token,
	const struct jws_use *use, struct str *ret_payload, const char **ret_why);
/* The published keys as a JWKS. */
void keyring_write_jwks(struct keyring *r, struct jw *out);
/* Bits of the algorithms that have an active key. */
unsigned keyring_algs(struct keyring *r);

/* What rotation does to one key at now, as a pure rule; true when the state changed. overlap:
 * seconds a pending key is published before it signs; linger: seconds the longest token lives. */
bool keyring_step(struct keyring_key *key, bool successor_active, int64_t now, int64_t linger);

#endif
