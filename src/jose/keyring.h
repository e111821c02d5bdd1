/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_JOSE_KEYRING_H
#define PRATU_JOSE_KEYRING_H

/*
 * The signing keys in force. The states of a key: PENDING (published in the JWKS, so that every
 * portal's cache has it before it signs) -> ACTIVE (signs; one an algorithm) -> RETIRED (published
 * until the last token it signed has expired) -> KEPT (verifies the id_token_hints of portals that
 * hold an expired ID token as long as a session or refresh token lives; not published) -> GONE (to
 * be deleted where it is stored).
 *
 * SPARE: of an algorithm that no client uses, and not published. It is there so that nobody waits
 * for a key to be made: the first signature of its algorithm publishes it, and is made when it is
 * published. Where keys are stored it becomes ACTIVE as soon as a client uses the algorithm.
 *
 * The ring is an immutable, reference-counted set, replaced as a whole (keyring_replace). A reader
 * holds a lock only while it copies one pointer; nothing signs, verifies or frees under it. Any
 * thread. No key object leaves: callers name an algorithm and get a signature, so the keys can move
 * to another process or a PKCS#11 token without touching them. Where keys are kept (sealed, in the
 * store) is idp/oauth/signing_keys.h's business.
 */
#include "jose/jws.h"

enum key_state {
	KEY_PENDING,
	KEY_ACTIVE,
	KEY_RETIRED,
	KEY_GONE,
	KEY_KEPT,
	KEY_SPARE,
	KEY_STATE_MAX
};

#define KEYRING_KEYS_MAX JWKS_KEYS_MAX
#define KEYRING_KEPT_MAX 8 /* the oldest goes when one more is kept */

const char *key_state_name(enum key_state state); /* "pending" */

struct keyring_key {
	struct jwk *jwk; /* private */
	enum key_state state;
	int64_t created;       /* seconds */
	int64_t active_from;   /* PENDING: becomes active then */
	int64_t publish_until; /* RETIRED: leaves the JWKS then; KEPT: goes then */
};

struct keyring;

struct keyring *keyring_new(void);
void keyring_free(struct keyring *r);
/*
 * Replaces the keys in force (references are taken; GONE ones are left out). RC_INVALID: two active
 * keys of one algorithm, or a public key; RC_EXISTS: a kid twice; RC_LIMITED: over
 * KEYRING_KEYS_MAX. The old set stays then.
 */
MUST_USE enum rc keyring_replace(struct keyring *r, const struct keyring_key *keys, size_t n);
/* Called when a signature publishes a spare key, before it is made: renews what portals fetch. Set
 * before threads start. */
void keyring_on_publish(struct keyring *r, void (*fn)(void *data), void *data);
/* Signs with the active key of alg, or its spare one, which is published then. RC_NOT_FOUND: none.
 */
MUST_USE enum rc keyring_sign(struct keyring *r, enum jose_alg alg, struct arena *a,
	const char *typ, struct str payload, struct str *ret_token);
/* Verifies a token this provider signed by a published key (JWT access token). As jws_verify. */
MUST_USE enum rc keyring_verify(struct keyring *r, struct arena *a, struct str token,
	const struct jws_use *use, struct str *ret_payload, const char **ret_why);
/* The same also by a key that is kept: for an id_token_hint, which opens nothing. */
MUST_USE enum rc keyring_verify_hint(struct keyring *r, struct arena *a, struct str token,
	const struct jws_use *use, struct str *ret_payload, const char **ret_why);
/* The published keys as a JWKS. */
void keyring_write_jwks(struct keyring *r, struct json_writer *out);
/* Bits of the algorithms that have an active key; that can sign, by a spare one, too; whose spare
 * key was published by a signature and is not stored as active yet. */
unsigned keyring_algs(struct keyring *r);
unsigned keyring_ready(struct keyring *r);
unsigned keyring_woken(struct keyring *r);

/* Rotation: pure rules over the keys as stored; all times in seconds. */
struct keyring_rotation {
	int64_t period;  /* an active key signs this long */
	int64_t overlap; /* a pending key is published at least this long before it signs */
	int64_t linger;  /* the longest token lives this long: a retired key stays published */
	int64_t keep;    /* the longest session or refresh token: a key is kept after that */
	unsigned unused; /* JOSE_BIT of algorithms that no client uses: their keys retire once they
			    have signed for the overlap, and a spare one is kept */
};

/*
 * Moves the keys on to where they must be at now; true when a state changed. A pending key whose
 * time has come becomes active and the one before it retires in the same step, so there is never a
 * moment without a signing key or with two. A spare key becomes active where its algorithm is used.
 */
bool keyring_step(
	struct keyring_key *keys, size_t n, const struct keyring_rotation *rule, int64_t now);
/*
 * Is a new key of alg to be made now? Then *ret_active_from says when it shall sign: at once when
 * alg has no key that signs or will sign, else at the end of the active key's period, but not
 * before it was published for the overlap. Of an algorithm that is not used: is a spare one to be
 * made?
 */
bool keyring_due(const struct keyring_key *keys, size_t n, enum jose_alg alg,
	const struct keyring_rotation *rule, int64_t now, int64_t *ret_active_from);

#endif
